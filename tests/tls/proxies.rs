//! A proxy in front, which speaks TLS for us.

use harness::{Browser, Server};

const PUBLIC: &str = "https://chat.example.org";

#[tokio::test]
async fn behind_a_proxy_that_is_named_people_come_over_https() {
    let server =
        Server::start_with(&["--trusted-proxy", "127.0.0.1", "--public-url", PUBLIC]).await;
    let mut proxy = Browser::new(&server);
    let hsts = "strict-transport-security";
    let secure = proxy.request("GET", "/", &[("x-forwarded-proto", "https")], "").await;
    assert!(secure.header(hsts).starts_with("max-age="));
    assert!(secure.header("set-cookie").starts_with("__Host-"));
    let plain = proxy.request("GET", "/", &[("x-forwarded-proto", "http")], "").await;
    assert_eq!(plain.header(hsts), "");
}

#[tokio::test]
async fn nobody_else_is_believed() {
    let server = Server::start_with(&["--trusted-proxy", "192.0.2.0/24,2001:db8::/32"]).await;
    let mut stranger = Browser::new(&server);
    let page = stranger.request("GET", "/", &[("x-forwarded-proto", "https")], "").await;
    assert_eq!(page.header("strict-transport-security"), "");
}

#[tokio::test]
async fn where_people_come_from_is_the_configured_address_whatever_the_proxy_calls_us() {
    let server = Server::start_with(&["--public-url", PUBLIC]).await;
    let mut alice = Browser::new(&server);
    alice.get("/").await;
    for (origin, status) in [(PUBLIC, 303), (&*server.origin(), 403), ("null", 403)] {
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let headers = [kind, ("origin", origin)];
        let answer = alice.request("POST", "/theme", &headers, "theme=dark").await;
        assert_eq!(answer.status, status, "{origin}");
    }
}
