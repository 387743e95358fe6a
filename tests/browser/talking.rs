//! Two people talk in the lobby.

use harness::browser::{Kind, story};

#[tokio::test]
async fn alice_and_bob_talk_in_the_lobby() {
    story(["Alice", "Bob"], async |_, [alice, bob]| {
        alice.open("/").await;
        bob.open("/").await;
        alice.until("both are here", |screen| screen.here == "2").await;

        alice.says("Anyone there?").await;
        bob.reads(&["Anyone there?"]).await;
        bob.says("Me").await;
        bob.says("Hello Alice").await;
        alice.says("Hello!").await;
        let all = ["Anyone there?", "Me", "Hello Alice", "Hello!"];
        let seen_by_alice = alice.reads(&all).await;
        let seen_by_bob = bob.reads(&all).await;

        let authors = |screen: &harness::browser::Screen| -> Vec<String> {
            screen.messages().map(|row| row.by.clone()).collect()
        };
        assert_eq!(authors(&seen_by_alice), authors(&seen_by_bob));
        assert_eq!(seen_by_alice.messages().next().unwrap().by, seen_by_alice.me);
        assert!(seen_by_alice.rows.iter().all(|row| row.kind != Kind::New));
    })
    .await;
}
