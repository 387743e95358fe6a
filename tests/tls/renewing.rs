//! Certificates that somebody else renews, while people talk.

use harness::authority::Authority;
use harness::{Client, Plain, Server, eventually};

#[tokio::test]
async fn a_certificate_that_is_renewed_is_shown_and_nobody_is_cut_off() {
    let authority = Authority::founded();
    let first = authority.issue();
    let server = Server::start_secure(authority.trust(), &first.options()).await;
    assert_eq!(server.way().certificate().await.unwrap(), first.der);
    let mut alice = Client::arrive(&server, "Alice").await;
    let second = authority.issue();
    eventually("the new certificate is shown", async || {
        let shown = server.way().certificate().await.unwrap();
        assert!(shown == first.der || shown == second.der);
        (shown == second.der).then_some(())
    })
    .await;
    let mut bob = Plain::arrive(&server, "Bob").await;
    alice.say("still here").await;
    bob.hears("still here").await;
}
