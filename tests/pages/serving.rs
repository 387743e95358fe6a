//! Health, assets, methods and the headers of every answer.

use harness::{Browser, Server};

/// What `<link>` and scripts of a page point to below `/pkg/`.
fn assets(html: &str) -> Vec<String> {
    let mut paths: Vec<String> = html
        .split(['"', '\'', '`'])
        .filter(|part| part.starts_with("/pkg/"))
        .map(str::to_owned)
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

#[tokio::test]
async fn the_server_says_that_it_is_well() {
    let server = Server::start().await;
    let health = Browser::new(&server).get("/healthz").await;
    assert_eq!(health.status, 200);
    assert_eq!(health.header("set-cookie"), "");
}

#[tokio::test]
async fn what_a_page_links_is_there_for_ever_and_small() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    let paths = assets(&alice.get("/").await.text);
    let mut statuses = Vec::new();
    for path in &paths {
        statuses.push(alice.get(path).await.status);
    }
    // A server that plain cargo built has no site inside; half a site would be a broken one.
    if statuses.iter().all(|status| *status == 404) {
        return;
    }
    for (path, status) in paths.iter().zip(statuses) {
        assert_eq!(status, 200, "{path}");
        let brotli = alice.request("GET", path, &[("accept-encoding", "br, gzip")], "").await;
        assert!(brotli.header("cache-control").contains("immutable"), "{path}");
        assert_eq!(brotli.header("content-encoding"), "br", "{path}");
        assert!(brotli.header("vary").to_lowercase().contains("accept-encoding"), "{path}");
        let kind = brotli.header("content-type");
        let expected = match path.rsplit('.').next() {
            Some("js") => "text/javascript",
            Some("css") => "text/css",
            Some("wasm") => "application/wasm",
            _ => "",
        };
        assert!(kind.starts_with(expected), "{path}: {kind}");
    }
}

#[tokio::test]
async fn a_page_may_run_only_its_own_scripts_and_nobody_may_frame_it() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    for path in ["/", "/r/lobby", "/r/none"] {
        let page = alice.get(path).await;
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("default-src") || policy.contains("script-src"),
            "{path}: {policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("script-src 'unsafe-inline'"), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert!(!page.header("referrer-policy").is_empty(), "{path}");
        assert!(page.header("cache-control").contains("no-store"), "{path}");
    }
    let nonces: Vec<String> = [alice.get("/").await, alice.get("/").await]
        .iter()
        .map(|page| page.header("content-security-policy").to_owned())
        .collect();
    assert_ne!(nonces[0], nonces[1], "a nonce is used once");
}

#[tokio::test]
async fn methods_get_the_answers_they_should() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    let head = alice.request("HEAD", "/", &[], "").await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(alice.request("HEAD", "/r/none", &[], "").await.status, 404);
    let origin = server.origin();
    for (method, path) in [
        ("DELETE", "/"),
        ("PUT", "/r/lobby"),
        ("POST", "/healthz"),
        ("BREW", "/"),
        ("GET", "/r/lobby/post"),
        ("GET", "/rooms"),
    ] {
        let answer = alice.request(method, path, &[("origin", &origin)], "").await;
        assert!([404, 405].contains(&answer.status), "{method} {path} got {}", answer.status);
    }
}

#[tokio::test]
async fn a_form_as_large_as_a_house_is_not_read() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    alice.get("/").await;
    let answer = alice.post("/r/lobby/post", &[("op", "x"), ("text", &"x".repeat(1 << 20))]).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn the_web_socket_address_is_no_page() {
    let server = Server::start().await;
    let answer = Browser::new(&server).get("/ws").await;
    assert!((400..500).contains(&answer.status), "{}", answer.status);
}
