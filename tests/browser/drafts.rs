//! What has been typed and not yet sent is never lost.

use harness::browser::story;

#[tokio::test]
async fn a_draft_survives_a_reload_in_its_room() {
    story(["Alice"], async |_, [alice]| {
        alice.open("/").await;
        alice.enters("/create garden").await;
        alice.until("is in the garden", |screen| screen.heading == "garden").await;
        alice.writes("for the garden").await;
        alice.clicks("lobby").await;
        let empty = alice.until("is in the lobby", |screen| screen.heading == "lobby").await;
        assert_eq!(empty.draft.as_deref(), Some(""));
        alice.writes("for the lobby").await;

        let draft = |expected: &'static str| {
            move |screen: &harness::browser::Screen| screen.draft.as_deref() == Some(expected)
        };
        alice.reload().await;
        alice.until("has her draft", draft("for the lobby")).await;
        alice.clicks("garden").await;
        alice.until("has the other one", draft("for the garden")).await;
        alice.reload().await;
        alice.until("has it still", draft("for the garden")).await;

        // Sent is sent.
        alice.clicks_on("#composer").await;
        alice.press("End").await;
        alice.press("Enter").await;
        alice.reads(&["for the garden"]).await;
        alice.reload().await;
        alice.until("has no draft", draft("")).await;
    })
    .await;
}

/// On a slow network the page can be read and written into long before it is alive.
#[tokio::test]
async fn what_is_typed_before_the_client_wakes_up_stays() {
    /// The client is ten seconds of this.
    const BYTES_PER_S: i32 = 30_000;
    story(["Alice"], async |_, [alice]| {
        alice.has_a_slow_network(BYTES_PER_S, 20).await;
        alice.visit("/").await;
        alice.writes("Am I early?").await;
        let screen = alice.screen().await;
        assert_eq!(screen.status, "Connecting", "not awake yet");
        assert_eq!(screen.draft.as_deref(), Some("Am I early?"));
        alice.has_a_good_network().await;
        let screen = alice.connected().await;
        assert_eq!(screen.draft.as_deref(), Some("Am I early?"));
        assert_eq!(screen.focus, "composer");
        alice.types(" No.").await;
        alice.press("Enter").await;
        alice.reads(&["Am I early? No."]).await;
    })
    .await;
}
