//! What people write is text, whatever it looks like; and many small lines are one.

use harness::browser::story;
use harness::client::new_op;
use harness::{Client, Server};
use shared::protocol::Command;

#[tokio::test]
async fn markup_that_alice_types_is_text_to_bob() {
    const LINES: [&str; 5] = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "</script><script>alert(2)</script>",
        "&lt;b&gt; &amp; <b>bold</b>",
        "javascript:alert(1)",
    ];
    story(["Alice", "Bob"], async |_, [alice, bob]| {
        alice.open("/").await;
        bob.open("/").await;
        for line in LINES {
            alice.says(line).await;
        }
        alice.reads(&LINES).await;
        bob.reads(&LINES).await;
        bob.reload().await;
        bob.reads(&LINES).await;
        let markup =
            "return document.querySelectorAll('.message-body :is(script, img, b, a)').length";
        assert_eq!(bob.look::<u32>(markup).await, 0);
    })
    .await;
}

#[tokio::test]
async fn lines_stay_indented_and_each_in_its_own_direction() {
    const CODE: &str = "fn sow() {\n    rake();\n}";
    story(["Alice"], async |server: &mut Server, [alice]| {
        let mut bob = Client::arrive(server, "Bob").await;
        bob.say(CODE).await;
        bob.say("The shelf is called:\n\nהמדף העליון").await;
        alice.open("/").await;
        alice.reads(&[CODE, "The shelf is called:\n\nהמדף העליון"]).await;
        // The first line begins at the left edge of the text, the second at its right.
        let edges: Vec<(f64, f64)> = alice
            .look(
                "const body = [...document.querySelectorAll('.message-body')].at(-1);
                 const within = body.getBoundingClientRect();
                 return [...body.querySelectorAll('p')].map((line) => {
                   const range = document.createRange();
                   range.selectNodeContents(line);
                   const { left, right } = range.getBoundingClientRect();
                   return [left - within.left, within.right - right];
                 });",
            )
            .await;
        assert!(edges[0].0 < 2.0 && edges[1].1 < 2.0, "{edges:?}");
    })
    .await;
}

/// Goal: a crowd at the door does not push the conversation off the screen.
#[tokio::test]
async fn hundreds_of_lines_of_coming_and_going_fold() {
    const TIMES: usize = 140;
    const LINES: &str = "return [...document.querySelectorAll('.system')]
        .filter((line) => line.checkVisibility()).map((line) => line.innerText)";
    story(["Alice"], async |server: &mut Server, [alice]| {
        let mut bob = Client::arrive(server, "Bob").await;
        let mut carol = Client::arrive(server, "Carol").await;
        carol.rename("Carol").await;
        let garden = bob.create("garden").await;
        bob.say_in(garden, "Before the crowd").await;
        alice.open("/r/garden").await;
        alice.reads(&["Before the crowd"]).await;
        for _ in 0..TIMES {
            carol.join(garden).await;
            carol.achieve(&Command::Leave { op: new_op(), room: garden }).await;
        }
        bob.say_in(garden, "After the crowd").await;
        alice.reads(&["Before the crowd", "After the crowd"]).await;
        let lines: Vec<String> = alice.look(LINES).await;
        assert!(lines.len() <= 3, "{lines:?}");
        alice.screenshot("folded-light").await;
        // It opens, and then tells everything.
        alice.clicks("Carol joined, Carol left").await;
        let all = format!("{LINES}.length >= {}", 2 * TIMES);
        alice.finds("every line", &all).await;
    })
    .await;
}

/// More lines than are held fold into less than a screen: neither end pushes out the other by
/// itself, and what is above is one click away.
#[tokio::test]
async fn more_lines_than_are_held_come_to_rest() {
    const TIMES: usize = 170;
    const CHANGES_IN_A_SECOND: &str = "let changes = 0;
        const observer = new MutationObserver((list) => { changes += list.length });
        observer.observe(timeline, { childList: true, subtree: true });
        setTimeout(() => { observer.disconnect(); arguments[0](changes) }, 1000)";
    story(["Alice"], async |server: &mut Server, [alice]| {
        let mut bob = Client::arrive(server, "Bob").await;
        let mut carol = Client::arrive(server, "Carol").await;
        let garden = bob.create("garden").await;
        bob.say_in(garden, "Before the crowd").await;
        for _ in 0..TIMES {
            carol.join(garden).await;
            carol.achieve(&Command::Leave { op: new_op(), room: garden }).await;
        }
        bob.say_in(garden, "After the crowd").await;
        alice.open("/r/garden").await;
        alice.reads(&["After the crowd"]).await;
        alice.until("rests", |screen| screen.rows.len() <= 4).await;
        let changes: u32 = alice.look_long(CHANGES_IN_A_SECOND).await;
        assert_eq!(changes, 0, "a page that nothing happens to does not change");

        alice.clicks("Earlier messages").await;
        alice.until("reads on", |screen| screen.said() == ["Before the crowd"]).await;
        alice.clicks("Jump to latest").await;
        alice.reads(&["After the crowd"]).await;
    })
    .await;
}
