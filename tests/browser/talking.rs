//! Two people talk in the lobby: lines, names, who is here, who writes.

use std::time::Duration;

use harness::browser::{Kind, Screen, story};

#[tokio::test]
async fn alice_and_bob_talk_in_the_lobby() {
    story(["Alice", "Bob"], async |_, [alice, bob]| {
        alice.open("/").await;
        bob.open("/").await;
        alice.until("both are here", |screen| screen.here == "2").await;
        bob.until("both are here", |screen| screen.here == "2").await;

        alice.says("Anyone there?").await;
        bob.reads(&["Anyone there?"]).await;
        bob.says("Me").await;
        bob.says("Hello Alice").await;
        alice.says("Hello!").await;
        let all = ["Anyone there?", "Me", "Hello Alice", "Hello!"];
        let seen_by_alice = alice.reads(&all).await;
        let seen_by_bob = bob.reads(&all).await;

        assert_eq!(authors(&seen_by_alice), authors(&seen_by_bob));
        assert_eq!(authors(&seen_by_alice)[0], seen_by_alice.me);
        assert_eq!(authors(&seen_by_alice)[1], seen_by_bob.me);
        let kinds = seen_by_alice.rows.iter().map(|row| row.kind);
        assert!(kinds.clone().all(|kind| kind != Kind::New), "she saw everything as it came");

        // The page that the server draws says the same.
        alice.reload().await;
        alice.reads(&all).await;
    })
    .await;
}

/// Her own line is there at Enter, not after the server's answer.
#[tokio::test]
async fn alices_own_line_is_on_screen_at_enter() {
    story(["Alice"], async |_, [alice]| {
        alice.open("/").await;
        alice.clicks_on("#composer").await;
        // The row is looked for in the very task that handles the key, and then in each frame.
        alice
            .look::<()>(
                r#"
                window.taken_ms = null;
                composer.addEventListener("keydown", ({ key }) => {
                  if (key !== "Enter") return;
                  const pressed = performance.now();
                  const look = () => {
                    const rows = [...document.querySelectorAll(".message-body")];
                    if (rows.some((row) => row.innerText.trim() === "At once")) {
                      window.taken_ms = performance.now() - pressed;
                    } else {
                      setTimeout(look);
                    }
                  };
                  look();
                }, { capture: true });
                "#,
            )
            .await;
        alice.says("At once").await;
        let taken_ms: f64 = alice.look("return window.taken_ms").await;
        eprintln!("own line {:?} after Enter", Duration::from_secs_f64(taken_ms / 1_000.0));
    })
    .await;
}

#[tokio::test]
async fn alice_takes_a_name_by_the_card_and_bob_by_a_command() {
    story(["Alice", "Bob"], async |_, [alice, bob]| {
        let guest = alice.open("/").await.me;
        assert!(guest.starts_with("User-"), "{guest}");
        bob.open("/").await;
        alice.says("Who am I?").await;
        bob.reads(&["Who am I?"]).await;

        alice.clicks_on(".guest input[name=name]").await;
        alice.types("Alice").await;
        alice.press("Enter").await;
        alice.until("has her name", |screen| screen.me == "Alice").await;
        alice.finds("no card any more", "return !document.querySelector('.guest')").await;
        // What she wrote before is hers still.
        bob.until("sees the new name everywhere", |screen| {
            authors(screen) == ["Alice"] && screen.tells(&format!("{guest} is now known as Alice"))
        })
        .await;

        bob.enters("/name Bob").await;
        bob.until("has his name", |screen| screen.me == "Bob").await;
        bob.says("And I am Bob").await;
        alice.until("reads it under his name", |screen| authors(screen) == ["Alice", "Bob"]).await;

        // Names are unique, and a refusal says so.
        bob.writes("/name alice").await;
        bob.press("Enter").await;
        bob.until("is told why not", |screen| screen.toast.contains("“alice”")).await;
        assert_eq!(bob.screen().await.me, "Bob");
        assert_eq!(bob.reload().await.me, "Bob", "a reload keeps who he is");
    })
    .await;
}

#[tokio::test]
async fn bob_sees_that_alice_is_writing() {
    story(["Alice", "Bob"], async |_, [alice, bob]| {
        alice.open("/").await;
        alice.enters("/name Alice").await;
        alice.until("has her name", |screen| screen.me == "Alice").await;
        bob.open("/").await;
        alice.writes("I was about to").await;
        bob.until("sees her writing", |screen| screen.typing == "Alice is typing").await;
        assert_eq!(alice.screen().await.typing, "", "nobody is told of themselves");
        alice.press("Enter").await;
        bob.reads(&["I was about to"]).await;
        bob.until("sees her done", |screen| screen.typing.is_empty()).await;

        // Going away counts as well, some seconds later.
        alice.goes_away().await;
        bob.until("is alone", |screen| screen.here == "1").await;
    })
    .await;
}

fn authors(screen: &Screen) -> Vec<&str> {
    screen.messages().map(|row| row.by.as_str()).collect()
}
