//! Looking on: one cookie, and not a byte written.

use harness::{Browser, Client, Server};
use rusqlite::{Connection, OpenFlags};

/// How many rows the tables have that a visit could write to.
fn rows(server: &Server) -> Vec<i64> {
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(server.database(), read_only).unwrap();
    ["events", "users", "logins", "members", "rooms"]
        .map(|table| format!("select count(*) from {table}"))
        .map(|count| database.query_row(&count, [], |row| row.get(0)).unwrap())
        .to_vec()
}

#[tokio::test]
async fn the_cookie_is_set_once_and_kept() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    let first = alice.get("/").await;
    let cookie = first.header("set-cookie").to_lowercase();
    assert!(cookie.contains("httponly") && cookie.contains("samesite=lax"), "{cookie}");
    assert!(cookie.contains("path=/") && cookie.contains("max-age="), "{cookie}");
    let name = |html: &str| html[html.find("User-").unwrap()..][..9].to_owned();
    for path in ["/", "/r/lobby"] {
        let again = alice.get(path).await;
        assert_eq!(again.header("set-cookie"), "");
        assert_eq!(name(&again.text), name(&first.text));
    }
    assert_ne!(name(&Browser::new(&server).get("/").await.text), name(&first.text));
}

#[tokio::test]
async fn a_cookie_that_is_no_good_is_replaced() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    alice.get("/").await;
    let cookie = alice.cookies().unwrap();
    let (name, _) = cookie.split_once('=').unwrap();
    for bad in ["", "x", "ü", &"x".repeat(5_000), "../../etc/passwd", "' or 1=1 --"] {
        let mut mallory = Browser::new(&server);
        let page = mallory.request("GET", "/", &[("cookie", &format!("{name}={bad}"))], "").await;
        assert!([200, 400, 431].contains(&page.status), "{bad:?} got {}", page.status);
    }
}

#[tokio::test]
async fn looking_on_writes_nothing() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    alice.say("hello").await;
    let before = rows(&server);
    for _ in 0..20 {
        let mut visitor = Browser::new(&server);
        for path in ["/", "/r/lobby", "/r/lobby?before=1", "/r/none", "/healthz"] {
            visitor.get(path).await;
        }
    }
    let watcher = Client::arrive(&server, "watcher").await;
    assert_eq!(rows(&server), before);
    // The first word makes a row: a person, a cookie, a place in the lobby.
    let mut watcher = watcher.again().await;
    watcher.say("now I count").await;
    let after = rows(&server);
    let grown: Vec<i64> = after.iter().zip(&before).map(|(after, before)| after - before).collect();
    assert_eq!(grown, [1, 1, 1, 1, 0], "events, users, logins, members, rooms");
}

#[tokio::test]
async fn where_guests_are_not_allowed_the_page_shows_nothing() {
    let mut server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    alice.say("a secret").await;
    server.terminate();
    server.ended().await;
    let server = Server::start_on(server.into_data(), &["--guests", "off"]).await;
    let page = Browser::new(&server).get("/r/lobby").await;
    assert!([401, 403].contains(&page.status), "{}", page.status);
    assert!(!page.text.contains("a secret"));
}
