//! ChromeDriver in a process of its own, and the browser that it starts.
//!
//! Both are gone when the owner lets go, even if the page hangs and the browser does not listen.

use std::future::Future;
use std::io::{BufRead, BufReader};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper::header::HOST;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use thirtyfour::error::{WebDriverErrorInner, WebDriverResult};
use thirtyfour::session::http::{Body, HttpClient};
use thirtyfour::{
    CapabilitiesHelper, ChromeCapabilities, ChromiumLikeCapabilities, LoggingPrefsLogLevel,
    PageLoadStrategy, WebDriver,
};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::DEADLINE;

/// Nothing that asks the network for something, and nothing that a container lacks.
const FLAGS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=en-US",
    "--window-size=1440,900",
];

const PORT_LINE: &str = "was started successfully on port ";

/// One browser with a profile that nobody has used.
pub(super) struct Driver {
    // In this order: the browser dies, the session with it; then its driver, then its files.
    browser: Browser,
    pub(super) session: WebDriver,
    _process: Process,
    _profile: TempDir,
}

impl Driver {
    pub(super) async fn start() -> Self {
        let profile = TempDir::new().unwrap();
        let (process, port) = tokio::task::spawn_blocking(Process::start).await.unwrap();
        let mut wanted = ChromeCapabilities::new();
        for flag in FLAGS {
            wanted.add_arg(flag).unwrap();
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        // A page counts as there when it can be read: the stories are about what comes after.
        wanted.set_page_load_strategy(PageLoadStrategy::Eager).unwrap();
        let address = format!("http://127.0.0.1:{port}");
        let session = WebDriver::builder(address, wanted).client(Http).await;
        let session = session.unwrap_or_else(|error| panic!("no browser: {error}"));
        let pid = session.capabilities().get("goog:processID").and_then(|pid| pid.as_i64());
        let browser = Browser(Some(pid.expect("the browser's process id") as i32));
        Self { browser, session, _process: process, _profile: profile }
    }

    /// Closes the browser as its user would.
    pub(super) async fn quit(mut self) {
        self.session.clone().quit().await.unwrap();
        self.browser.0 = None;
    }
}

/// ChromeDriver closes its browser when the session ends, but waits for a page that hangs, and
/// leaves the browser behind when it is killed itself.
struct Browser(Option<i32>);

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(pid) = self.0.and_then(Pid::from_raw) {
            // It may have died already.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

struct Process(Child);

impl Process {
    /// Returns once it listens, with its port.
    fn start() -> (Self, u16) {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("chromedriver does not start ({error}): run `cargo xtask test`")
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port =
            lines.find_map(|line| line.split_once(PORT_LINE)?.1.trim_end_matches('.').parse().ok());
        // Read to the end, so that a full pipe never stops it.
        thread::spawn(move || lines.for_each(drop));
        (Self(child), port.expect("chromedriver listens"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One connection for each command: nothing is left over when a test's runtime ends.
struct Http;

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl HttpClient for Http {
    fn send<'a, 'b, 'c>(
        &'a self,
        request: Request<Body<'b>>,
    ) -> Answer<'c, WebDriverResult<Response<Bytes>>>
    where
        'a: 'c,
        'b: 'c,
    {
        Box::pin(async {
            match timeout(DEADLINE, exchange(request)).await {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(error)) => Err(lost(error.to_string())),
                Err(_) => Err(lost("ChromeDriver does not answer".to_owned())),
            }
        })
    }

    fn new<'a, 'c>(&'a self) -> Answer<'c, Arc<dyn HttpClient>>
    where
        'a: 'c,
    {
        Box::pin(async { Arc::new(Self) as Arc<dyn HttpClient> })
    }
}

fn lost(words: String) -> thirtyfour::error::WebDriverError {
    WebDriverErrorInner::HttpError(words).into()
}

async fn exchange(
    request: Request<Body<'_>>,
) -> Result<Response<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
    let (mut head, body) = request.into_parts();
    let authority = head.uri.authority().expect("an absolute address").to_string();
    head.uri = head.uri.path_and_query().expect("a path").as_str().parse()?;
    head.headers.insert(HOST, authority.parse()?);
    let body = match body {
        Body::Empty => Bytes::new(),
        Body::Json(json) => Bytes::from(serde_json::to_vec(json)?),
    };
    let stream = TcpStream::connect(&authority).await?;
    let (mut line, driver) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(driver);
    let request = Request::from_parts(head, Full::new(body));
    let (head, body) = line.send_request(request).await?.into_parts();
    Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
}
