//! Others' opinion of our WebSockets: a real shard that echoes, and Autobahn's cases against it.
//!
//! Everything is the product's, from the handshake over what is read and written to deadlines and
//! the close; only what a message means is not: it comes back. The cases are those of `kosoku`,
//! which `cargo xtask test` installs and names in `HUBBUB_KOSOKU`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use shared::protocol::UserId;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, Interest};
use tokio::net::{TcpListener, UnixStream};
use tokio::time::{interval, timeout};
use uuid::Uuid;

use super::super::upgrade;
use super::*;
use crate::config::Config;
use crate::fanout::{Dialect, Opcode, frame};
use crate::session::reader::Message;
use crate::session::socket::Socket;

/// The largest of the cases sends sixteen megabytes.
pub(in crate::session) const ECHO_BYTES_MAX: usize = 16 * 1024 * 1024 + 1024;

/// Cases of the whole suite; one more or less is another version, not an accident.
const CASES_MIN: usize = 240;

/// Cases of compression, which is an extension that nobody is offered here.
const COMPRESSED: [&str; 2] = ["12.*", "13.*"];

/// How long anything else may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// How often it is looked whether something has ended that nothing announces.
const LOOK: Duration = Duration::from_millis(10);

pub(super) fn echo(shard: &mut Shard, at: u32, message: &Message<'_>) {
    match message {
        Message::Text(text) => shard.say(at, frame(Opcode::Text, text.as_bytes()).into()),
        Message::Binary(bytes) => shard.say(at, frame(Opcode::Binary, bytes).into()),
        _ => {}
    }
}

/// One shard that echoes, over a directory of its own.
#[derive(Clone)]
struct Echo {
    app: Arc<App>,
    shard: Doorway,
    data: Arc<TempDir>,
}

impl Echo {
    fn start() -> Self {
        let data = TempDir::new().unwrap();
        let config = Config {
            data: data.path().into(),
            public_url: None,
            other_urls: Vec::new(),
            guests: None,
            limits: false,
            tls: None,
            trusted_proxies: Vec::new(),
        };
        let app = App::open(config).unwrap();
        let shard = Quiet::new().unwrap().start(0, app.clone()).unwrap();
        Self { app, shard, data: Arc::new(data) }
    }

    /// Serves one connection, whatever it is made of.
    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let answer = self.clone().answer(request.map(Body::new));
            async { Ok::<_, Infallible>(answer) }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        let _ = connection.with_upgrades().await;
    }

    fn answer(self, mut request: Request) -> Response {
        let accept = match upgrade::accept(&request) {
            Ok(accept) => accept,
            Err(refused) => return refused.into_response(),
        };
        let upgraded = hyper::upgrade::on(&mut request);
        self.app.fanout.connect();
        let id = self.app.fanout.next_id();
        tokio::spawn(async move {
            let (socket, early) = Socket::take(upgraded.await.unwrap()).unwrap();
            self.shard.pass(move |shard| {
                let at = shard.feeds.open(id, UserId(Uuid::new_v4()), Dialect::Plain);
                assert!(shard.seat(at, socket, Kind::Echo, early));
                shard.schedule(at);
            });
        });
        upgrade::switch(accept)
    }

    /// Somebody whose bytes go over what is no TCP: their end, behind the handshake.
    async fn carried(&self) -> UnixStream {
        let (mut own, other) = UnixStream::pair().unwrap();
        tokio::spawn(self.clone().serve(other));
        let head = "GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        own.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(own.read_u8().await.unwrap());
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        // The protocol's own example.
        assert!(answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{answer}");
        own
    }

    async fn is_deserted(&self) {
        let mut look = interval(LOOK);
        let deserted = async {
            while self.app.fanout.connections() > 0 {
                look.tick().await;
            }
        };
        timeout(DEADLINE, deserted).await.expect("nobody is connected any more");
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // The last but the shard's own.
        if Arc::strong_count(&self.data) == 1 {
            self.shard.stop();
        }
    }
}

/// A frame as a client sends it, with a mask that changes nothing.
fn client_frame(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut bytes = frame(opcode, payload);
    let header = bytes.len() - payload.len();
    bytes[1] |= 0x80;
    bytes.splice(header..header, [0; 4]);
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_autobahns_cases_pass() {
    let Some(kosoku) = kosoku() else {
        eprintln!("skipped: `kosoku` is not installed, and HUBBUB_KOSOKU does not name it");
        return;
    };
    let echo = Echo::start();
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = echo.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            tokio::spawn(server.clone().serve(stream));
        }
    });
    let report = TempDir::new().unwrap();
    let mut command = Command::new(kosoku);
    command
        .args(["-m", "fuzzingclient", "-x", COMPRESSED[0], "-x", COMPRESSED[1], "-o"])
        .arg(report.path())
        .arg(addr.to_string());
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.unwrap().expect("kosoku can be started");
    let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    // "247 cases passed", at the end.
    let last = told.lines().last().unwrap_or_default();
    let cases = last.strip_suffix(" cases passed").and_then(|cases| cases.parse::<usize>().ok());
    assert!(cases.is_some_and(|cases| cases >= CASES_MIN), "{told}");
    echo.is_deserted().await;
}

/// The program; `None` only where nobody asked for it.
fn kosoku() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("HUBBUB_KOSOKU") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|path| path.join("kosoku")).find(|path| path.is_file())
}

#[tokio::test]
async fn what_is_no_tcp_is_carried_whole_and_in_order() {
    const MESSAGES: usize = 300;
    let echo = Echo::start();
    let own = echo.carried().await;
    let (mut from, mut to) = tokio::io::split(own);
    // From a byte to more than any buffer on the way holds, so that everything is blocked in turn.
    let payload = |number: usize| vec![number as u8; 1 + number * number * 3];
    let say = async {
        for number in 0..MESSAGES {
            to.write_all(&client_frame(Opcode::Binary, &payload(number))).await.unwrap();
        }
    };
    let hear = async {
        for number in 0..MESSAGES {
            let expected = frame(Opcode::Binary, &payload(number));
            let mut got = vec![0; expected.len()];
            from.read_exact(&mut got).await.unwrap();
            assert!(got == expected, "message {number}");
        }
    };
    timeout(DEADLINE, async { tokio::join!(say, hear) }).await.expect("everything comes");
    to.write_all(&client_frame(Opcode::Close, b"\x03\xe8")).await.unwrap();
    let mut rest = Vec::new();
    timeout(DEADLINE, from.read_to_end(&mut rest)).await.expect("an end").unwrap();
    assert_eq!(rest, frame(Opcode::Close, b"\x03\xe8"));
    echo.is_deserted().await;
}

#[tokio::test]
async fn who_is_carried_and_breaks_off_is_gone() {
    let echo = Echo::start();
    let own = echo.carried().await;
    drop(own);
    echo.is_deserted().await;
}

#[tokio::test]
async fn a_carried_peer_that_we_close_hears_the_end_though_it_says_nothing_more() {
    let echo = Echo::start();
    let mut own = echo.carried().await;
    // Unmasked: it is told so, and keeps its own half open.
    own.write_all(&frame(Opcode::Text, b"")).await.unwrap();
    let mut told = Vec::new();
    timeout(DEADLINE, own.read_to_end(&mut told)).await.expect("an end").unwrap();
    assert_eq!(told, fanout::close(shared::protocol::close::PROTOCOL, "Not a WebSocket frame"));
    echo.is_deserted().await;
    // It says nothing, and its line is let go of all the same.
    let mut look = interval(LOOK);
    let gone = async {
        while !own.ready(Interest::WRITABLE).await.unwrap().is_write_closed() {
            look.tick().await;
        }
    };
    timeout(DEADLINE, gone).await.expect("its line is let go of");
}

/// Deadlines are set while the shard hears what has come, after it may have slept for long.
#[tokio::test]
async fn the_last_word_is_said_also_by_a_shard_that_has_slept() {
    let echo = Echo::start();
    let mut own = echo.carried().await;
    echo.shard.pass(|shard| {
        shard.began -= Duration::from_secs(60);
        shard.end(0, shared::protocol::close::UNAUTHORIZED, "Unauthorized");
    });
    let mut last = Vec::new();
    timeout(DEADLINE, own.read_to_end(&mut last)).await.unwrap().unwrap();
    assert_eq!(last, b"\x88\x0e\x0f\xa1Unauthorized");
}
