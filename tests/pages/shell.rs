//! What opens the client without a network: a worker that keeps the client, and a page of nobody.

use harness::{Browser, Client, Server};

#[tokio::test]
async fn the_shell_says_nothing_of_anybody_and_writes_no_cookie() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    alice.say("Between us").await;
    let me = alice.me().name.clone();
    let mut browser = alice.login.browser.clone();
    assert!(browser.get("/").await.text.contains("Between us"));
    for mut whose in [browser, Browser::new(&server)] {
        let shell = whose.get("/shell").await;
        assert_eq!(shell.status, 200);
        assert_eq!(shell.header("set-cookie"), "");
        assert!(shell.text.contains("hydrate"), "it wakes up");
        for secret in ["Between us", me.as_str(), "id=\"boot\""] {
            assert!(!shell.text.contains(secret), "{secret}");
        }
    }
}

#[tokio::test]
async fn the_worker_keeps_what_the_shell_needs_and_is_asked_for_each_time() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    let worker = alice.get("/sw.js").await;
    assert_eq!(worker.status, 200);
    assert!(worker.header("content-type").starts_with("text/javascript"));
    assert_eq!(worker.header("cache-control"), "no-cache");
    let shell = alice.get("/shell").await.text;
    for path in shell.split(['"', '\'']).filter(|part| part.starts_with("/pkg/")) {
        assert!(worker.text.contains(path), "{path}");
    }
    let policy = alice.get("/").await.header("content-security-policy").to_owned();
    assert!(policy.contains("worker-src 'self'"), "{policy}");
}
