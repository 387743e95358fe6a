//! A room's page: its text is in the HTML, escaped, before any script.

use harness::client::post;
use harness::{Browser, Client, Server};

/// The part of a page that is there without any script having run.
fn before_scripts(html: &str) -> &str {
    let body = html.find("<body").expect("a body");
    let script = html[body..].find("<script").map_or(html.len(), |script| body + script);
    &html[body..script]
}

#[tokio::test]
async fn the_newest_fifty_messages_are_in_the_page() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    for n in 1..=60 {
        alice.send(&post(alice.lobby(), &format!("«word {n}»"))).await;
    }
    alice.post("«word 60»").await;
    let mut reader = Browser::new(&server);
    for path in ["/", "/r/lobby"] {
        let page = reader.get(path).await;
        assert_eq!(page.status, 200);
        assert!(page.header("content-type").starts_with("text/html"));
        let text = before_scripts(&page.text);
        for n in 11..=60 {
            assert!(text.contains(&format!("«word {n}»")), "word {n} is not on {path}");
        }
        assert!(!text.contains("«word 10»"));
        let at = |n: u64| text.find(&format!("«word {n}»")).unwrap();
        assert!(at(11) < at(35) && at(35) < at(60), "in order");
        assert!(text.contains(&alice.me().name));
    }
}

#[tokio::test]
async fn a_reader_pages_back_to_the_first_word() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut seqs = Vec::new();
    for n in 1..=60 {
        seqs.push(alice.say(&format!("«word {n}»")).await);
    }
    let mut reader = Browser::new(&server);
    let page = reader.get(&format!("/r/lobby?before={}", seqs[30])).await;
    let text = before_scripts(&page.text);
    assert!(text.contains("«word 30»") && text.contains("«word 1»"));
    assert!(!text.contains("«word 31»"));
    // The way there is a link on the newest page.
    let newest = reader.get("/r/lobby").await.text;
    let link = newest.find("?before=").expect("a link to the page before");
    let before: u64 = newest[link + "?before=".len()..]
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .and_then(|seq| seq.parse().ok())
        .unwrap();
    assert_eq!(before, seqs[10]);
    for odd in ["0", "1", "-1", "x", "", "99999999999999999999"] {
        let page = reader.get(&format!("/r/lobby?before={odd}")).await;
        assert!([200, 303, 400].contains(&page.status), "?before={odd} got {}", page.status);
    }
}

#[tokio::test]
async fn what_looks_like_markup_is_text() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    alice.rename("<i>Alice</i>").await;
    for text in [
        "<script>alert(1)</script>",
        "</script><script>alert(2)</script>",
        "<img src=x onerror=alert(3)>",
        "<!-- unclosed",
        "\u{2028}alert(4)",
    ] {
        alice.say(text).await;
    }
    let page = Browser::new(&server).get("/r/lobby").await.text;
    for raw in
        ["<script>alert", "</script><script>alert", "<img src=x", "<!-- unclosed", "<i>Alice"]
    {
        assert!(!page.contains(raw), "{raw}");
    }
    let text = before_scripts(&page);
    assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(text.contains("&lt;i&gt;Alice&lt;/i&gt;"));
    let scripts = &page[page.find("<script").unwrap()..];
    assert!(!scripts.contains('\u{2028}'), "ends a line in older scripts");
}

#[tokio::test]
async fn a_dangerous_link_is_no_link() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    alice.say("javascript:alert(1) data:text/html,x https://example.org/a?b=1&c=\"2").await;
    let page = Browser::new(&server).get("/r/lobby").await.text;
    let text = before_scripts(&page).to_lowercase();
    assert!(!text.contains("href=\"javascript:") && !text.contains("href=\"data:"));
    assert!(text.contains("href=\"https://example.org/a?b=1&amp;c=\""));
}

#[tokio::test]
async fn a_room_has_its_page_and_others_have_none() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let garden = alice.create("größe").await;
    alice.say_in(garden, "roses").await;
    let mut reader = Browser::new(&server);
    let page = reader.get("/r/gr%C3%B6%C3%9Fe").await;
    assert_eq!(page.status, 200);
    assert!(before_scripts(&page.text).contains("roses"));
    for absent in ["/r/none", "/r/", "/r/Lobby%00", "/nowhere", "/r/lobby/nothing", "/r/%ff"] {
        let page = reader.get(absent).await;
        assert!([400, 404].contains(&page.status), "{absent} got {}", page.status);
    }
    assert_eq!(reader.get("/r/none").await.status, 404);
}
