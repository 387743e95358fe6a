//! What was deleted is gone from the disk, also when the server had no time to see to it.

use harness::client::new_op;
use harness::{Client, Server, eventually};
use shared::protocol::Command;

#[tokio::test]
async fn killed_behind_a_deletion_the_server_wipes_the_text_when_it_is_back() {
    const TEXT: &str = "nobody should ever have read this";
    let mut server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let target = alice.say(TEXT).await;
    let (op, room) = (new_op(), alice.lobby());
    alice.achieve(&Command::Delete { op, room, target }).await;
    server.kill().await;
    server.restart().await;
    let files = ["hubbub.db", "hubbub.db-wal"].map(|file| server.data().join(file));
    eventually("the text is gone from the disk", async || {
        let has_it = |bytes: Vec<u8>| bytes.windows(TEXT.len()).any(|some| some == TEXT.as_bytes());
        let gone = files.iter().all(|file| !std::fs::read(file).is_ok_and(has_it));
        gone.then_some(())
    })
    .await;
}
