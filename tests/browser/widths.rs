//! Phone, tablet, desk: what is on screen at which width, and that a thumb can use it.

use harness::Server;
use harness::browser::{Person, story};

const WIDTHS_PX: [u32; 4] = [320, 390, 768, 1440];

#[tokio::test]
async fn alice_uses_hubbub_on_a_phone() {
    story(["Alice", "Bob"], async |_, [alice, bob]| {
        bob.open("/").await;
        bob.enters("/create garden").await;
        bob.until("is in the garden", |screen| screen.heading == "garden").await;
        bob.clicks("lobby").await;
        bob.until("is in the lobby", |screen| screen.heading == "lobby").await;
        bob.says("Are you on your way?").await;

        alice.holds_a_phone().await;
        alice.open("/").await;
        assert!(shows(alice, "main").await && !shows(alice, ".sidebar").await);
        assert_eq!(small_targets(alice).await, [] as [String; 0]);
        alice.screenshot("phone-welcome-light").await;
        let card: f64 =
            alice.look("return document.querySelector('.guest').offsetHeight / innerHeight").await;
        assert!(card < 0.12, "the card takes {card} of the screen");
        alice.clicks("Not now").await;
        alice.writes("On the bus").await;
        alice.clicks("Send").await;
        bob.until("reads it", |screen| screen.said().contains(&"On the bus")).await;
        alice.screenshot("phone-lobby-light").await;

        alice.clicks("Back to rooms").await;
        alice.finds("the list", SIDEBAR_SHOWS).await;
        assert!(!shows(alice, "main").await);
        alice.screenshot("phone-list-light").await;
        assert_eq!(small_targets(alice).await, [] as [String; 0]);
        alice.clicks("garden").await;
        alice.finds("the room", "return document.querySelector('main').checkVisibility()").await;
        assert!(alice.screen().await.heading.starts_with("garden"), "with its people below");
        assert!(!shows(alice, ".sidebar").await);
        assert_eq!(small_targets(alice).await, [] as [String; 0]);
        alice.prefers("dark").await;
        alice.screenshot("phone-room-dark").await;
    })
    .await;
}

#[tokio::test]
async fn a_page_that_is_not_there_leads_to_the_rooms_on_a_phone() {
    story(["Alice"], async |_, [alice]| {
        alice.holds_a_phone().await;
        alice.open("/r/nowhere").await;
        alice.sees("This page is not here").await;
        alice.clicks("Back to rooms").await;
        alice.finds("the list", SIDEBAR_SHOWS).await;
        alice.clicks("lobby").await;
        alice.until("is in the lobby", |screen| screen.heading.starts_with("lobby")).await;
    })
    .await;
}

/// On a phone there is no Enter that says why nothing is sent.
#[tokio::test]
async fn too_long_a_message_says_so_on_a_phone() {
    story(["Alice"], async |_, [alice]| {
        alice.holds_a_phone().await;
        alice.open("/").await;
        let place = "const { x, y } = document.querySelector('.composer-send')
            .getBoundingClientRect(); return x";
        let before: f64 = alice.look(place).await;
        alice.look::<()>(LONG_TEXT).await;
        alice.sees("Too long by 5").await;
        alice.finds("the reason", HINT_SHOWS).await;
        let after: f64 = alice.look(place).await;
        assert!((before - after).abs() < 1.0, "the button went from {before} to {after}");
    })
    .await;
}

/// Five characters more than a message may have.
const LONG_TEXT: &str = r#"
const composer = document.getElementById("composer");
composer.value = "x".repeat(8005);
composer.dispatchEvent(new Event("input", { bubbles: true }));
"#;

#[tokio::test]
async fn no_width_scrolls_sideways() {
    story(["Alice"], async |_: &mut Server, [alice]| {
        alice.open("/").await;
        alice.says(&"Donaudampfschiff".repeat(20)).await;
        alice
            .says("https://example.com/a/very/long/address/that/nobody/would/ever/break/in/two")
            .await;
        for width in WIDTHS_PX {
            alice.has_a_window((width, 844), width < 768).await;
            for path in ["/", "/?rooms", "/r/nowhere"] {
                alice.open(path).await;
                let (content, window): (u32, u32) = alice
                    .look("return [document.documentElement.scrollWidth, window.innerWidth]")
                    .await;
                assert!(content <= window, "{path} is {content} px wide in {window}");
                let beyond: Vec<String> = alice.look(BEYOND).await;
                assert!(beyond.is_empty(), "{path} at {width}: {beyond:#?}");
            }
            alice.open("/").await;
            let both = shows(alice, ".sidebar").await && shows(alice, "main").await;
            assert_eq!(both, width >= 768, "list and room side by side at {width}");
            alice.screenshot(&format!("width-{width}-light")).await;
        }
    })
    .await;
}

const HINT_SHOWS: &str = "return document.querySelector('.composer-hint')
    .checkVisibility({ visibilityProperty: true })";

const SIDEBAR_SHOWS: &str = "return document.querySelector('.sidebar').checkVisibility()";

async fn shows(person: &Person, css: &str) -> bool {
    person.look(&format!("return document.querySelector('{css}').checkVisibility()")).await
}

/// Controls that a thumb hits on less than 44 × 44 px. Hit, not painted: a control may reach
/// further than it looks.
async fn small_targets(person: &Person) -> Vec<String> {
    person.look(SMALL_TARGETS).await
}

const SMALL_TARGETS: &str = r#"
const extent = (one, dx, dy) => {
  const { x, y, width, height } = one.getBoundingClientRect();
  const hits = (step) => {
    const at = document.elementFromPoint(x + width / 2 + dx * step, y + height / 2 + dy * step);
    return one.contains(at) || at?.closest("label")?.control === one;
  };
  const reach = (sign) => {
    let step = 0;
    while (step < 22 && hits(sign * (step + 1))) step += 1;
    return step;
  };
  return reach(1) + reach(-1);
};
return [...document.querySelectorAll("a[href], button, summary, input, textarea")]
  .filter((one) => one.checkVisibility() && one.type !== "hidden" && !one.matches(".skip-link"))
  // Links in running text may be as high as their line.
  .filter((one) => !one.closest(".message-body, .system"))
  .map((one) => [one, extent(one, 1, 0), extent(one, 0, 1)])
  .filter(([, width, height]) => width < 43 || height < 43)
  .map(([one, width, height]) => `${width} x ${height}: ${one.outerHTML.slice(0, 120)}`);
"#;

/// Visible things that stick out of the window sideways.
const BEYOND: &str = r#"
return [...document.querySelectorAll("body *")]
  .filter((one) => one.checkVisibility() && !one.closest(".visually-hidden, .skip-link"))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, { left, right, width }]) => width > 0 && (left < -1 || right > window.innerWidth + 1))
  .map(([one, { left, right }]) => `${left}..${right}: ${one.outerHTML.slice(0, 120)}`);
"#;
