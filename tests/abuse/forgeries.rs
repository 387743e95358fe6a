//! Requests that say they are somebody else's.

use harness::{Browser, Server};

/// What the server has written about those whom it has refused.
async fn refusals(mut server: Server) -> Vec<String> {
    server.terminate();
    let stderr = server.ended().await.stderr;
    let refusals = stderr.lines().filter(|line| line.contains("refused a request"));
    refusals.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_login_from_another_sites_page_is_refused_with_a_line_each() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    alice.get("/").await;
    let own = server.origin();
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let socket = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    for origin in [Some("https://evil.example"), Some("null"), None] {
        let origin = origin.map(|origin| ("origin", origin));
        let form: Vec<_> = [kind].into_iter().chain(origin).collect();
        assert_eq!(alice.request("POST", "/theme", &form, "theme=dark").await.status, 403);
        let upgrade: Vec<_> = socket.into_iter().chain(origin).collect();
        assert_eq!(alice.request("GET", "/ws", &upgrade, "").await.status, 403);
    }
    let form = [kind, ("origin", &*own)];
    assert_eq!(alice.request("POST", "/theme", &form, "theme=dark").await.status, 303);
    // Without her cookie nobody is asked whose page it is, and others' pages post nothing either.
    let mut script = Browser::new(&server);
    assert_eq!(script.request("POST", "/theme", &[kind], "theme=dark").await.status, 303);
    let foreign = [kind, ("origin", "https://evil.example")];
    assert_eq!(script.request("POST", "/theme", &foreign, "theme=dark").await.status, 403);
    let lines = refusals(server).await;
    assert_eq!(lines.len(), 7, "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains("hubbub_login")), "no token in it");
}

#[tokio::test]
async fn who_claims_another_address_is_known_by_their_own() {
    for (trusted, address) in [("192.0.2.0/24", "127.0.0.1"), ("127.0.0.0/8", "198.51.100.7")] {
        let server = Server::start_with(&["--trusted-proxy", trusted]).await;
        let mut mallory = Browser::new(&server);
        let forged = [
            ("origin", "https://evil.example"),
            ("x-forwarded-for", "203.0.113.66, 127.0.0.1"),
            ("x-forwarded-for", "198.51.100.7"),
            ("forwarded", "for=203.0.113.66"),
            ("x-real-ip", "203.0.113.66"),
        ];
        assert_eq!(mallory.request("POST", "/theme", &forged, "theme=dark").await.status, 403);
        let lines = refusals(server).await;
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert!(lines[0].ends_with(address), "{}", lines[0]);
    }
}
