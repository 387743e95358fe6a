//! Ten thousand requests for what is not there.

use futures_util::future::join_all;
use harness::{Browser, Client, Server};

/// A few megabytes: what allocators and caches take once, not what requests leave behind.
const GROWTH_BYTES_MAX: u64 = 8 * 1024 * 1024;

async fn ask_for_absent(server: &Server, round: usize, requests: usize) {
    const LINES: usize = 10;
    let lines = (0..LINES).map(|line| async move {
        let paths = (0..requests / LINES).map(|n| match n % 4 {
            0 => format!("/absent/{round}/{line}/{n}"),
            1 => format!("/r/room-{round}-{line}-{n}"),
            2 => format!("/pkg/{round}-{line}-{n}.js"),
            _ => format!("/r/lobby/{round}/{line}/{n}?before={n}"),
        });
        Browser::new(server).hammer(paths).await
    });
    for status in join_all(lines).await.into_iter().flatten() {
        assert_eq!(status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_requests_for_absent_pages_leave_nothing_behind() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    // What any traffic makes the process take, once.
    ask_for_absent(&server, 0, 2_000).await;
    let before = server.resident_bytes();
    ask_for_absent(&server, 1, 10_000).await;
    let after = server.resident_bytes();
    assert!(after < before + GROWTH_BYTES_MAX, "grew from {before} to {after} bytes");
    alice.say("still here").await;
    assert!(Browser::new(&server).get("/").await.text.contains("still here"));
}
