//! A long history: paging up through it, without the page jumping under the reader's eye.

use std::time::Instant;

use harness::browser::{Person, story};
use harness::client::{new_op, post};
use harness::{Client, Server};
use serde::Deserialize;
use shared::protocol::{Command, Frame};

const MESSAGES: usize = 10_000;

/// Ops that are sent before the first of them is answered.
const IN_FLIGHT: usize = 500;

/// How far up the story goes.
const PAGED_BACK: u32 = 1_000;

/// Rows that the page may hold: `HELD_EVENTS_MAX` of the engine and a little.
const ROWS_MAX: usize = 700;

const MOVED_PX_MAX: f64 = 2.0;

/// What a wheel turns at once.
const STEP_PX: i32 = 700;

#[tokio::test]
async fn alice_pages_back_through_ten_thousand_messages() {
    story(["Alice"], async |server: &mut Server, [alice]| {
        let started = Instant::now();
        fill(server).await;
        eprintln!("{MESSAGES} messages written in {:?}", started.elapsed());
        let screen = alice.open("/").await;
        assert_eq!(screen.said().last().copied(), Some(line(MESSAGES).as_str()));
        assert!(screen.rows.len() <= 60, "{} rows at first", screen.rows.len());

        watch(alice).await;
        let mut rows_max = 0;
        let seen = loop {
            alice.look::<()>(&format!("timeline.scrollBy(0, -{STEP_PX})")).await;
            let seen = settled(alice).await;
            rows_max = rows_max.max(seen.rows);
            if seen.top <= MESSAGES as u32 - PAGED_BACK {
                break seen;
            }
        };
        let Seen { pages, worst_px, .. } = seen;
        eprintln!("{pages} pages, at most {rows_max} rows, moved by at most {worst_px} px");
        assert!(pages >= 10, "{pages} pages came while she read");
        assert!(worst_px <= MOVED_PX_MAX, "a row moved by {worst_px} px");
        assert!(rows_max <= ROWS_MAX, "{rows_max} rows");

        // What comes meanwhile moves nothing, and the way back is one click.
        let mut bob = Client::arrive(server, "Bob").await;
        bob.say("Are you still reading?").await;
        let screen = alice.until("is told", |screen| screen.jump.contains("1 new")).await;
        assert!(screen.jump.starts_with("Jump to latest"), "{}", screen.jump);
        assert!(settled(alice).await.worst_px <= MOVED_PX_MAX);
        alice.screenshot("jump-light").await;
        alice.clicks("Jump to latest").await;
        alice
            .until("is at the end", |screen| {
                screen.said().last() == Some(&"Are you still reading?") && screen.jump.is_empty()
            })
            .await;
        alice.finds("the end is in view", "return timeline.scrollTop >= -1").await;
    })
    .await;
}

/// Up to the very first message of a few hundred, and down again: by scrolling, by a key, and by
/// saying something.
#[tokio::test]
async fn alice_scrolls_to_the_beginning_and_back() {
    const MESSAGES: usize = 500;
    story(["Alice"], async |server: &mut Server, [alice]| {
        let mut bob = Client::arrive(server, "Bob").await;
        let lobby = bob.lobby();
        for number in 1..=MESSAGES {
            bob.send(&post(lobby, &line(number))).await;
        }
        bob.post(&line(MESSAGES)).await;
        alice.open("/").await;
        watch(alice).await;
        scroll(alice, -STEP_PX, BEGINNING).await;
        assert_eq!(alice.screen().await.said()[0], line(1));
        scroll(alice, STEP_PX, END).await;
        assert_eq!(alice.screen().await.said().last().copied(), Some(line(MESSAGES).as_str()));
        let worst_px = settled(alice).await.worst_px;
        assert!(worst_px <= MOVED_PX_MAX, "a row moved by {worst_px} px");

        scroll(alice, -STEP_PX, BEGINNING).await;
        alice.look::<()>("timeline.focus()").await;
        alice.press("End").await;
        alice.finds("the end", &format!("return {END}")).await;

        scroll(alice, -STEP_PX, BEGINNING).await;
        alice.says("I have read everything").await;
        alice.finds("the end", &format!("return {END}")).await;
    })
    .await;
}

const BEGINNING: &str = "!!document.querySelector('.room-start')";

const END: &str = "timeline.scrollTop >= -1 && !document.querySelector('.jump')";

async fn scroll(person: &Person, step_px: i32, until: &str) {
    let script = format!("timeline.scrollBy(0, {step_px}); return {until}");
    person.finds(until, &script).await;
}

/// Words enough to be one line, or several.
fn line(number: usize) -> String {
    let words = ["Seeds", "in the", "long bed", "by the wall", "where the sun", "comes last"];
    let more = words.iter().cycle().skip(number % 5).take(number * 7 % 40);
    more.fold(format!("{number}."), |line, word| line + " " + *word)
}

async fn fill(server: &Server) {
    let mut bob = Client::arrive(server, "Bob").await;
    let lobby = bob.lobby();
    let mut answered = 0;
    for number in 1..=MESSAGES {
        bob.send(&Command::Post { op: new_op(), room: lobby, text: line(number) }).await;
        if number - answered > IN_FLIGHT {
            accepted(&mut bob).await;
            answered += 1;
        }
    }
    while answered < MESSAGES {
        accepted(&mut bob).await;
        answered += 1;
    }
}

async fn accepted(bob: &mut Client) {
    bob.expect("an acceptance", |frame| matches!(frame, Frame::Accepted { .. }).then_some(()))
        .await;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    /// How far the row under the eye has been moved by anything but the reader, at worst.
    worst_px: f64,
    /// Pages that came while the reader looked.
    pages: u32,
    /// The number of the message at the top of the window.
    top: u32,
    rows: usize,
}

/// Measures from now on, in each frame: while the reader does not scroll, the row under the eye
/// stays; and what scrolling moves it by is what was asked for.
async fn watch(person: &Person) {
    person.look::<()>(WATCH).await;
}

/// The state of things once nothing has changed for some frames.
async fn settled(person: &Person) -> Seen {
    person.look_long("watching.settled().then(arguments[0])").await
}

const WATCH: &str = r#"
const rows = () => [...timeline.querySelectorAll(".message[data-row]")];
const edge = () => timeline.getBoundingClientRect().top;
const underTheEye = () => rows().find((row) => row.getBoundingClientRect().bottom > edge() + 40);
const frame = () => new Promise(requestAnimationFrame);
const watching = { worstPx: 0, pages: 0, asked: 0 };
let eye = underTheEye();
let top = eye.getBoundingClientRect().top;
let first = rows()[0];
let last = rows().at(-1);
// The reader's own scrolling is what is asked for; at either end there is less to be had.
const scrollBy = timeline.scrollBy.bind(timeline);
timeline.scrollBy = (x, y) => {
  check();
  scrollBy(x, y);
  eye = underTheEye();
  top = eye.getBoundingClientRect().top;
};
const check = () => {
  if (eye.isConnected) {
    const moved = Math.abs(eye.getBoundingClientRect().top - top);
    watching.worstPx = Math.max(watching.worstPx, moved);
  } else {
    watching.worstPx = Infinity;
  }
  const [nowFirst, nowLast] = [rows()[0], rows().at(-1)];
  if (nowFirst !== first || nowLast !== last) {
    watching.pages += 1;
    [first, last] = [nowFirst, nowLast];
  }
};
const measure = () => {
  check();
  requestAnimationFrame(measure);
};
requestAnimationFrame(measure);
watching.settled = async () => {
  for (let quiet = 0, pages = watching.pages; quiet < 4; quiet += 1) {
    await frame();
    if (watching.pages !== pages) [quiet, pages] = [0, watching.pages];
  }
  const number = parseInt(underTheEye().querySelector(".message-body").innerText);
  return { worstPx: watching.worstPx, pages: watching.pages, top: number, rows: rows().length };
};
window.watching = watching;
"#;
