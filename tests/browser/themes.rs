//! Light and dark: as the system has it, or as somebody chose.

use harness::browser::{Person, story};

#[tokio::test]
async fn the_page_follows_the_system_or_alices_choice() {
    story(["Alice"], async |_, [alice]| {
        alice.prefers("light").await;
        alice.open("/").await;
        assert!(!is_dark(alice).await);
        alice.prefers("dark").await;
        assert!(is_dark(alice).await);

        choose(alice, "Light").await;
        alice
            .finds("the choice", "return document.documentElement.dataset.theme === 'light'")
            .await;
        assert!(!is_dark(alice).await);
        // The server draws it: it is there before any script.
        alice.runs_no_scripts().await;
        alice.visit("/").await;
        assert!(!is_dark(alice).await);
        alice.runs_scripts_again().await;

        alice.prefers("light").await;
        alice.open("/").await;
        choose(alice, "Dark").await;
        alice.finds("the choice", "return document.documentElement.dataset.theme === 'dark'").await;
        assert!(is_dark(alice).await);
        alice.reload().await;
        assert!(is_dark(alice).await);

        choose(alice, "Look like the system").await;
        alice.finds("no choice", "return !document.documentElement.dataset.theme").await;
        assert!(!is_dark(alice).await);
        alice.reload().await;
        assert!(!is_dark(alice).await);
    })
    .await;
}

async fn choose(person: &Person, theme: &str) {
    person.clicks_on("summary.me").await;
    person.clicks(theme).await;
}

/// Whether text is lighter than what it stands on.
async fn is_dark(person: &Person) -> bool {
    person
        .look(
            r#"
            const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
            const light = (color) => {
              canvas.fillStyle = color;
              canvas.fillRect(0, 0, 1, 1);
              return canvas.getImageData(0, 0, 1, 1).data.slice(0, 3).reduce((a, b) => a + b);
            };
            const style = getComputedStyle(document.body);
            return light(style.color) > light(style.backgroundColor);
            "#,
        )
        .await
}
