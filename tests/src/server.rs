//! A server in a process of its own, on a port of its own, over a directory of its own.
//!
//! It is killed when the test lets go of it. What it said on stderr is shown if the test fails.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::time::timeout;
use tokio_rustls::rustls::ClientConfig;
use uuid::Uuid;

use crate::eventually::{DEADLINE, eventually};
use crate::{Browser, Way};

/// What a service manager gives it after SIGTERM.
const STOP_MAX: Duration = Duration::from_secs(10);

const READY: &str = "Hubbub is ready: ";

pub struct Server {
    way: Way,
    data: TempDir,
    options: Vec<String>,
    /// The server's whole environment.
    env: Vec<(&'static str, PathBuf)>,
    process: Option<Process>,
}

/// How a server ended that was not killed.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stderr: String,
}

impl Server {
    /// A server without limits, so that a test may be faster than a person.
    pub async fn start() -> Self {
        Self::start_with(&["--limits", "off"]).await
    }

    /// A server with these options beside `--listen` and `--data`.
    pub async fn start_with(options: &[&str]) -> Self {
        Self::start_on(TempDir::new().unwrap(), options).await
    }

    /// A server over data that is there already.
    pub async fn start_on(data: TempDir, options: &[&str]) -> Self {
        Self::start_in(data, options, Vec::new()).await
    }

    /// The same, with these variables in the server's environment.
    pub async fn start_in(
        data: TempDir,
        options: &[&str],
        env: Vec<(&'static str, PathBuf)>,
    ) -> Self {
        Self::start_as(None, data, options, env).await
    }

    /// A server without limits that speaks TLS, and people who believe these certificates.
    pub async fn start_secure(trust: Arc<ClientConfig>, options: &[&str]) -> Self {
        let options = [&["--limits", "off"], options].concat();
        Self::start_as(Some(trust), TempDir::new().unwrap(), &options, Vec::new()).await
    }

    async fn start_as(
        trust: Option<Arc<ClientConfig>>,
        data: TempDir,
        options: &[&str],
        env: Vec<(&'static str, PathBuf)>,
    ) -> Self {
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        let addr = SocketAddr::from(([127, 0, 0, 1], 0));
        let way = Way { addr, name: addr.ip().to_string(), trust };
        let mut server = Self { way, data, options, env, process: None };
        if let Err(stderr) = server.up().await {
            panic!("the server did not start: {stderr}");
        }
        server
    }

    pub fn addr(&self) -> SocketAddr {
        self.way.addr
    }

    pub fn way(&self) -> &Way {
        &self.way
    }

    /// `http://127.0.0.1:PORT`, which is also the origin that a browser names.
    pub fn origin(&self) -> String {
        self.way.origin()
    }

    /// From now on people believe these certificates, and no others.
    pub fn trust(&mut self, trust: Arc<ClientConfig>) {
        self.way.trust = Some(trust);
    }

    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// What a server that has ended leaves behind.
    pub fn into_data(self) -> TempDir {
        assert!(self.process.is_none(), "still running");
        self.data
    }

    /// The database file in the data directory.
    pub fn database(&self) -> PathBuf {
        database(self.data())
    }

    pub fn pid(&self) -> u32 {
        self.process().child.id()
    }

    /// Memory that the process holds in RAM now, in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib * 1024
    }

    /// Files and sockets that the process has open now.
    pub fn open_files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap().count()
    }

    /// What it has said so far, on standard error and on standard output.
    pub fn said(&self) -> String {
        let process = self.process();
        let said = [&process.stderr, &process.stdout].map(|said| said.lock().unwrap().clone());
        said.concat()
    }

    /// Does something to its data from the command line, while it runs or not.
    pub fn order(&self, words: &[&str]) -> Output {
        let mut command = Command::new(binary());
        command.env_clear().args(words).arg("--data").arg(self.data.path());
        command.output().unwrap()
    }

    /// The same, which has to be done; gives what it printed.
    pub fn ordered(&self, words: &[&str]) -> String {
        let output = self.order(words);
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        printed.trim().to_owned()
    }

    /// How many people it says are connected.
    pub async fn connections(&self) -> usize {
        let page = Browser::new(self).get("/healthz").await;
        let health: serde_json::Value = serde_json::from_str(&page.text).unwrap();
        health["connections"].as_u64().unwrap() as usize
    }

    /// `kill -9`: the process is gone when this returns, without a chance to tidy up.
    pub async fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.ended().await;
    }

    /// Stops it in its tracks; it is there and does nothing, until [`Server::thaw`].
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Asks it to stop, as `systemctl stop` does. See [`Server::ended`].
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Waits until it has stopped by itself.
    pub async fn ended(&mut self) -> Ended {
        self.process.take().expect("a running server").ended().await
    }

    /// From the next start on it serves other data: a copy of its own. Gives the old ones back.
    pub fn put_on(&mut self, data: TempDir) -> TempDir {
        assert!(self.process.is_none(), "still running");
        std::mem::replace(&mut self.data, data)
    }

    /// The same data, the same port, another process.
    pub async fn restart(&mut self) {
        if self.process.is_some() {
            self.kill().await;
        }
        // For a moment the port may be somebody else's outgoing connection.
        eventually("the port is free again", async || self.up().await.ok()).await;
    }

    async fn up(&mut self) -> Result<(), String> {
        let mut command = hubbub(&self.addr().to_string(), self.data.path());
        command.args(&self.options).envs(self.env.iter().cloned());
        let mut process = Process::start(command);
        match process.ready().await {
            Some((name, port)) => {
                self.way.name = name;
                self.way.addr.set_port(port);
                self.process = Some(process);
                Ok(())
            }
            None => Err(process.ended().await.stderr),
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.pid().cast_signed()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    fn process(&self) -> &Process {
        self.process.as_ref().expect("a running server")
    }
}

/// The database file in a data directory.
pub fn database(data: &Path) -> PathBuf {
    let files = std::fs::read_dir(data).unwrap().map(|file| file.unwrap().path());
    let mut databases = files.filter(|path| path.extension().is_some_and(|ext| ext == "db"));
    databases.next().expect("a database in the data directory")
}

/// Starts a server that is expected to give up, and waits until it has.
pub async fn refuses_to_start(listen: &str, data: &Path) -> Ended {
    Process::start(hubbub(listen, data)).ended().await
}

/// The same with these options, over data of its own.
pub async fn refuses_to_start_with(options: &[&str]) -> Ended {
    let data = TempDir::new().unwrap();
    let mut command = hubbub("127.0.0.1:0", data.path());
    command.args(options);
    Process::start(command).ended().await
}

/// A port on which nobody listens, for programs that want to be told one. It is none of those that the
/// system gives to outgoing connections, so nobody takes it by chance.
pub fn free_port() -> u16 {
    let mut ports = std::iter::repeat_with(|| 20_000 + Uuid::new_v4().as_u128() as u16 % 10_000);
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.find(is_free).expect("a free port")
}

fn hubbub(listen: &str, data: &Path) -> Command {
    let mut command = Command::new(binary());
    // Nothing of the developer's own set-up gets in.
    command.env_clear().arg("serve").args(["--listen", listen]).arg("--data").arg(data);
    command
}

fn binary() -> PathBuf {
    let path = std::env::var_os("HUBBUB_BIN");
    path.expect("HUBBUB_BIN names no server to test: run `cargo xtask test`, which builds it")
        .into()
}

/// A child that does not outlive its owner.
struct Process {
    child: Child,
    lines: Option<mpsc::Receiver<String>>,
    stdout: Arc<Mutex<String>>,
    stderr: Arc<Mutex<String>>,
    /// Ends when all of stderr has been read.
    listener: Option<thread::JoinHandle<()>>,
}

impl Process {
    fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let from = BufReader::new(child.stdout.take().unwrap());
        let (told, lines) = mpsc::channel();
        let stdout = Arc::new(Mutex::new(String::new()));
        let to = Arc::clone(&stdout);
        // Read to the end, so that a full pipe never stops the server.
        thread::spawn(move || {
            for line in from.lines().map_while(Result::ok) {
                to.lock().unwrap().push_str(&format!("{line}\n"));
                let _ = told.send(line);
            }
        });
        let stderr = Arc::new(Mutex::new(String::new()));
        let mut from = BufReader::new(child.stderr.take().unwrap());
        let to = Arc::clone(&stderr);
        let listener = thread::spawn(move || {
            let mut line = Vec::new();
            while from.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
                to.lock().unwrap().push_str(&String::from_utf8_lossy(&line));
                line.clear();
            }
        });
        Self { child, lines: Some(lines), stdout, stderr, listener: Some(listener) }
    }

    /// The name and the port it says it is ready at. `None` if it ends without.
    async fn ready(&mut self) -> Option<(String, u16)> {
        let lines = self.lines.take()?;
        let ready = tokio::task::spawn_blocking(move || {
            let mut rest = std::iter::from_fn(|| lines.recv_timeout(DEADLINE).ok());
            rest.find_map(|line| {
                let (_, host) = line.strip_prefix(READY)?.split_once("://")?;
                let (name, port) = host.rsplit_once(':')?;
                Some((name.to_owned(), port.parse().ok()?))
            })
        });
        ready.await.unwrap()
    }

    async fn ended(mut self) -> Ended {
        let stop = eventually("the server has stopped", async || self.child.try_wait().unwrap());
        let status = timeout(STOP_MAX, stop).await.expect("the server stops in time");
        self.listener.take().map(thread::JoinHandle::join).transpose().unwrap();
        let stderr = std::mem::take(&mut *self.stderr.lock().unwrap());
        Ended { status, stderr }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprint!("{}", self.stderr.lock().unwrap());
        }
    }
}
