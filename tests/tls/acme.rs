//! A server that gets its certificate itself.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use harness::authority::{Authority, trust};
use harness::client::new_op;
use harness::server::free_port;
use harness::{Browser, Client, Plain, Server, eventually};

use crate::pebble::Pebble;

#[tokio::test]
async fn a_domain_is_all_that_a_server_needs_to_be_told_and_its_certificate_outlives_it() {
    let authority = Authority::founded();
    let [port, management] = [free_port(), free_port()];
    let directory = format!("https://localhost:{port}/dir");
    let root = authority.root();
    let options = [
        ["--tls-domain", "localhost"],
        ["--tls-contact", "you@example.org"],
        ["--acme-directory", &directory],
        ["--acme-root", root.to_str().unwrap()],
    ];
    let mut server = Server::start_secure(authority.trust(), &options.concat()).await;
    assert_eq!(server.way().name, "localhost", "it says where to go");
    assert!(server.way().certificate().await.is_err(), "there is nobody to get one from");

    let pebble = Pebble::start(port, management, server.addr().port(), &authority);
    server.trust(trust(pebble.root().await));
    let certificate = async || server.way().certificate().await.ok();
    let first = eventually("a certificate of Pebble's is shown", certificate).await;

    let mut alice = Browser::new(&server);
    let page = alice.get("/").await;
    assert!(page.header("set-cookie").starts_with("__Host-"), "{}", page.header("set-cookie"));
    let op = new_op().to_string();
    let answer = alice.post("/r/lobby/post", &[("op", &op), ("text", "By its name")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let mut bob = Plain::arrive(&server, "Bob").await;
    Client::arrive(&server, "Carol").await.say("Hello Bob").await;
    bob.hears("Hello Bob").await;

    let kept = server.data().join("acme");
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o700);
    eventually("account and certificate are kept", async || {
        (fs::read_dir(&kept).unwrap().count() == 2).then_some(())
    })
    .await;
    drop(pebble);
    server.restart().await;
    let certificate = async || server.way().certificate().await.ok();
    assert_eq!(eventually("the kept one is shown", certificate).await, first);
}
