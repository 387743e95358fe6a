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
async fn every_answer_says_what_a_browser_may_not_do_with_it() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    let nothing = "default-src 'none'; frame-ancestors 'none'";
    let foreign = [("origin", "https://evil.example")];
    for (method, path, headers, policy) in [
        ("GET", "/", &[] as &[_], None),
        ("GET", "/r/none", &[("accept", "text/html")], None),
        ("GET", "/healthz", &[], Some(nothing)),
        ("GET", "/nowhere", &[], Some(nothing)),
        ("GET", "/ws", &[], Some(nothing)),
        ("PUT", "/", &[("origin", &*server.origin())], Some(nothing)),
        // Refused before anything has looked at it.
        ("POST", "/name", &foreign, Some(nothing)),
        // A worker fetches, and a script of a page is held to the page's policy.
        ("GET", "/sw.js", &[], Some("default-src 'none'; connect-src 'self'")),
        ("GET", "/pkg/nothing.js", &[], Some("")),
    ] {
        let answer = alice.request(method, path, headers, "").await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{method} {path}");
            assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{method} {path}");
        }
        let denied = answer.header("permissions-policy");
        for feature in ["camera=()", "microphone=()", "geolocation=()"] {
            assert!(denied.contains(feature), "{method} {path}: {denied}");
        }
        let found = answer.header("content-security-policy");
        match policy {
            Some(policy) => assert_eq!(found, policy, "{method} {path}"),
            None => assert!(found.contains("script-src 'self' 'nonce-"), "{path}: {found}"),
        }
    }
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
