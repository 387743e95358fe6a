//! Requests that never become one, and sockets that never say hello: ten seconds each.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use harness::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

use crate::raw::Raw;
use crate::witnesses::{Vitals, Witnesses};

/// What the server allows for a hello, and for the head of a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// The grain of the server's deadlines, and a busy machine.
const GRAIN: Duration = Duration::from_secs(3);

/// Slow ones at once: enough that their keeping a thread each would be felt.
const SLOW: usize = 100;

/// Reads up to the end, which may be a reset: it is the connection that is over, not the test.
async fn answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE + GRAIN, stream.read_to_end(&mut answer)).await.expect("an end");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_socket_that_never_says_hello_is_closed_within_ten_seconds() {
    let server = Server::start().await;
    let mut people = Witnesses::arrive(&server).await;
    let mut mallory = Raw::v1(&server).await;
    let began = Instant::now();
    let end = mallory.end_within(PATIENCE + GRAIN).await;
    assert_eq!(end.close, Some((4002, "No hello".into())));
    assert!(began.elapsed() > PATIENCE - GRAIN, "somebody slow still gets in");
    assert!(end.frames.is_empty(), "{:?}", end.frames);
    people.talk().await;
}

#[tokio::test]
async fn nothing_half_a_request_and_a_byte_a_second_are_let_go_of_within_ten_seconds() {
    let server = Server::start().await;
    let mut people = Witnesses::arrive(&server).await;
    let before = Vitals::of(&server).await;
    let silent = async {
        let mut stream = TcpStream::connect(server.addr()).await.unwrap();
        answer(&mut stream).await
    };
    let half = async {
        let mut stream = TcpStream::connect(server.addr()).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: ").await.unwrap();
        answer(&mut stream).await
    };
    // Each byte is progress, and the head as a whole is late all the same.
    let slow = join_all((0..SLOW).map(|_| async {
        let stream = TcpStream::connect(server.addr()).await.unwrap();
        let (mut from, mut to) = stream.into_split();
        let drip = async {
            let mut second = interval(Duration::from_secs(1));
            for byte in b"GET / HTTP/1.1\r\nHost: a-name-that-does-not-end" {
                second.tick().await;
                if to.write_all(&[*byte]).await.is_err() {
                    break;
                }
            }
            std::future::pending::<()>().await;
        };
        let mut answer = Vec::new();
        let end = async { timeout(PATIENCE + GRAIN, from.read_to_end(&mut answer)).await };
        tokio::select! {
            () = drip => unreachable!(),
            end = end => drop(end.expect("an end")),
        }
        String::from_utf8_lossy(&answer).into_owned()
    }));
    let (silent, half, slow, ()) = tokio::join!(silent, half, slow, people.talk());
    for answer in slow.into_iter().chain([silent, half]) {
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
    people.talk().await;
    before.back(&server, 4 << 20).await;
}

#[tokio::test]
async fn a_megabyte_of_headers_and_ten_thousand_of_them_are_too_much() {
    let server = Server::start().await;
    let mut people = Witnesses::arrive(&server).await;
    let huge = format!("X-Huge: {}\r\n", "x".repeat(1 << 20));
    let many = (0..10_000).map(|n| format!("X-{n}: y\r\n")).collect::<String>();
    let before = Vitals::of(&server).await;
    for headers in [huge, many] {
        let mut stream = TcpStream::connect(server.addr()).await.unwrap();
        let head = format!("GET / HTTP/1.1\r\nHost: here\r\n{headers}\r\n");
        // The server need not take all of it.
        let _ = timeout(PATIENCE, stream.write_all(head.as_bytes())).await.expect("an end");
        let answer = answer(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
    people.talk().await;
    before.back(&server, 4 << 20).await;
}
