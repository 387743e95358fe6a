//! Nothing on the page moves by itself.

use harness::browser::{Person, story};
use harness::{Client, Server};

/// As the browser scores it: the share of the window that moved, times how far.
const SHIFT_MAX: f64 = 0.02;

#[tokio::test]
async fn nothing_shifts_while_the_page_loads_and_messages_come() {
    story(["Alice"], async |server: &mut Server, [alice]| {
        let mut bob = Client::arrive(server, "Bob").await;
        // Less than a page. When the one before it comes, the list grows out of sight, at its
        // beginning; the score counts that although no row moves, which `paging` measures.
        for number in 0..40 {
            bob.say(&format!("Line {number}")).await;
        }
        alice.open("/").await;
        let loaded = shifts(alice).await;
        for number in 0..10 {
            bob.say(&format!("News {number}")).await;
        }
        alice.until("reads the last", |screen| screen.said().last() == Some(&"News 9")).await;
        let came = shifts(alice).await;
        eprintln!("layout shift: {loaded} while loading, {came} with ten messages");
        assert!(came < SHIFT_MAX, "{loaded}, then {came}");
    })
    .await;
}

/// The sum of all shifts since the page began.
async fn shifts(person: &Person) -> f64 {
    let shifts: Vec<(f64, Vec<String>)> = person.look_long(SHIFTS).await;
    for (value, moved) in &shifts {
        eprintln!("{value}: {moved:?}");
    }
    shifts.iter().map(|(value, _)| value).sum()
}

const SHIFTS: &str = r#"
const done = arguments[0];
const name = (node) => node?.localName ? `${node.localName}.${node.className}` : "gone";
const shifts = [];
const observer = new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries()) {
    shifts.push([value, sources.map(({ node }) => name(node))]);
  }
});
observer.observe({ type: "layout-shift", buffered: true });
// Entries are handed over with a frame; after two of them all are there.
requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(shifts))));
"#;
