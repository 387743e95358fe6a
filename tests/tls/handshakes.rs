//! Who comes without TLS where it is spoken, and who does not get on with it.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use harness::authority::Authority;
use harness::server::free_port;
use harness::{Browser, Client, DEADLINE, Plain, Server, Way};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

/// What the server allows for a handshake.
const PATIENCE: Duration = Duration::from_secs(10);

/// A busy machine.
const GRAIN: Duration = Duration::from_secs(3);

/// Enough that their keeping a thread each would be felt.
const SLOW: usize = 100;

/// The first bytes of a handshake, which announce 512 more.
const BEGINNING: [u8; 5] = [22, 3, 1, 2, 0];

/// What somebody gets who sends these bytes, up to the end.
async fn answer(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = timeout(DEADLINE, stream.read_to_end(&mut answer)).await.expect("an end");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn plain_http_where_tls_is_spoken_is_shown_the_way_and_nonsense_the_door() {
    let authority = Authority::founded();
    let server = Server::start_secure(authority.trust(), &authority.issue().options()).await;
    let head = format!("GET /r/garden?before=9 HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr());
    let shown = answer(&server, head.as_bytes()).await;
    assert!(shown.starts_with("HTTP/1.1 308 "), "{shown}");
    let location = format!("location: https://{}/r/garden?before=9\r\n", server.addr());
    assert!(shown.contains(&location), "{shown}");
    for nonsense in [&b"\0\0\0\0"[..], b"ssh-2.0", b"\xff"] {
        assert_eq!(answer(&server, nonsense).await, "", "{nonsense:?}");
    }
    // What begins like HTTP and is none gets an answer of HTTP, and what begins like TLS one of TLS.
    let odd = answer(&server, b"SSH-2.0-OpenSSH\r\n\r\n").await;
    assert!(odd.starts_with("HTTP/1.1 400 "), "{odd}");
    let alert = answer(&server, &[&BEGINNING[..], &[0; 512]].concat()).await;
    assert!(alert.starts_with('\x15'), "{alert:?}");
    assert_eq!(Browser::new(&server).get("/healthz").await.status, 200);
}

#[tokio::test]
async fn who_is_slow_to_shake_hands_is_let_go_of_and_nobody_waits_for_them() {
    let authority = Authority::founded();
    let server = Server::start_secure(authority.trust(), &authority.issue().options()).await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    let began = Instant::now();
    let slow = join_all((0..SLOW).map(|number| {
        let server = &server;
        async move {
            let stream = TcpStream::connect(server.addr()).await.unwrap();
            let (mut from, mut to) = stream.into_split();
            let drip = async {
                // Each byte is progress, but for those who say nothing at all.
                let mut second = interval(Duration::from_secs(1));
                let announced = BEGINNING.into_iter().chain(std::iter::repeat(0));
                for byte in announced.take(if number % 2 == 0 { 0 } else { 100 }) {
                    second.tick().await;
                    if to.write_all(&[byte]).await.is_err() {
                        break;
                    }
                }
                std::future::pending::<()>().await;
            };
            let mut told = Vec::new();
            tokio::select! {
                () = drip => unreachable!(),
                end = timeout(PATIENCE + GRAIN, from.read_to_end(&mut told)) => {
                    drop(end.expect("an end"));
                }
            }
        }
    }));
    let others = async {
        let mut turns = interval(Duration::from_millis(500));
        while began.elapsed() < PATIENCE {
            turns.tick().await;
            alice.say("still here").await;
            bob.hears("still here").await;
            let asked = Instant::now();
            assert_eq!(Browser::new(&server).get("/healthz").await.status, 200);
            assert!(asked.elapsed() < GRAIN, "somebody new waits");
        }
    };
    tokio::join!(slow, others);
    assert!(began.elapsed() > PATIENCE - GRAIN, "somebody slow still gets in");
}

#[tokio::test]
async fn another_port_leads_everyone_to_https() {
    let authority = Authority::founded();
    let port = free_port();
    let issued = authority.issue();
    let redirect = format!("127.0.0.1:{port}");
    let options = [&issued.options()[..], &["--redirect-http", &redirect]].concat();
    let server = Server::start_secure(authority.trust(), &options).await;
    let addr = redirect.parse().unwrap();
    let mut alice = Browser::on(Way { addr, name: "127.0.0.1".into(), trust: None });
    for (method, path) in [("GET", "/"), ("GET", "/r/garden?before=9"), ("POST", "/name")] {
        let answer = alice.request(method, path, &[], "op=x").await;
        assert_eq!(answer.status, 308, "{method} {path}");
        assert_eq!(answer.header("location"), format!("{}{path}", server.origin()));
        assert_eq!(answer.header("set-cookie"), "");
    }
    let options = [&options[..], &["--public-url", "https://chat.example.org"]].concat();
    drop(server);
    let _server = Server::start_secure(authority.trust(), &options).await;
    let answer = alice.request("GET", "/r/garden", &[], "").await;
    assert_eq!(answer.header("location"), "https://chat.example.org/r/garden");
}
