//! Too much of something: sockets, posts, letters.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use harness::client::{Socket, new_op, post};
use harness::people::account_form;
use harness::{Account, Browser, Client, Plain, Server, Workspace};
use shared::permission::Role;
use shared::protocol::*;
use tokio::net::TcpSocket;
use tokio::time::{interval, timeout};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Error;

use crate::witnesses::{LINE_MAX, one_crowd_at_a_time, sockets};

/// Sockets from one address, as the server counts them.
const ADDRESS_SOCKETS_MAX: usize = 2_500;

const ACCOUNT_SOCKETS_MAX: usize = 20;

/// Handshakes at a time: the crowd stands in line, as it would before any server.
const AT_ONCE: usize = 50;

fn status(error: &Error) -> u16 {
    match error {
        Error::Http(response) => response.status().as_u16(),
        other => panic!("{other}"),
    }
}

/// A plain guest from another address of this machine.
async fn from_elsewhere(server: &Server) -> Result<Socket, Error> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 2], 0))).unwrap();
    let line: harness::way::Line = Box::new(socket.connect(server.addr()).await.unwrap());
    Ok(client_async(server.way().socket("/ws"), line).await?.0)
}

#[tokio::test]
async fn sockets_of_one_address_are_so_many_and_another_address_is_welcome() {
    let _alone = one_crowd_at_a_time().await;
    let wanted = sockets(ADDRESS_SOCKETS_MAX);
    let server = Server::start_with(&[]).await;
    let mut crowd = Vec::new();
    while crowd.len() < wanted {
        let batch = (wanted - crowd.len()).min(AT_ONCE);
        let batch = (0..batch).map(|_| Plain::socket(&server, "/ws", None));
        crowd.extend(join_all(batch).await);
    }
    if wanted == ADDRESS_SOCKETS_MAX {
        let refused = Plain::socket_with(&server, "/ws", &[]).await;
        assert_eq!(status(&refused.err().expect("one too many")), 429);
        let mut browser = Browser::new(&server);
        assert_eq!(browser.get("/healthz").await.status, 200, "pages are read all the same");
    }
    let mut socket = from_elsewhere(&server).await.unwrap();
    let welcome = timeout(LINE_MAX, harness::client::next_text(&mut socket)).await.unwrap();
    assert!(welcome.unwrap().contains("Welcome!"));
    drop(crowd.pop());
    harness::eventually("a place is free again", async || {
        Plain::socket_with(&server, "/ws", &[]).await.ok()
    })
    .await;
}

#[tokio::test]
async fn one_account_has_twenty_sockets_and_another_from_there_is_welcome() {
    let mut workspace = Workspace::start_with(&[]).await;
    let mut mel = workspace.join("Mel", Role::Member).await;
    let token = mel.token("read").await;
    harness::eventually("the harness's own sockets are gone", async || {
        (workspace.server.connections().await == 0).then_some(())
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..ACCOUNT_SOCKETS_MAX {
        held.push(mel.login.socket().await.unwrap());
    }
    assert_eq!(status(&mel.login.socket().await.err().expect("a refusal")), 429);
    let bearer = format!("Bearer {token}");
    let program = [("authorization", bearer.as_str())];
    let refused = Plain::socket_with(&workspace.server, "/ws", &program).await;
    assert_eq!(
        status(&refused.err().expect("a refusal")),
        429,
        "programs are counted as their owner"
    );
    workspace.mara.connect().await.say("I am here").await;
    held.pop();
    harness::eventually("a place is free again", async || mel.login.socket().await.ok()).await;
}

/// Posts as fast as it can on one socket, without waiting as it is told to.
async fn flood(account: &Account, until: Instant) -> (usize, Duration) {
    let mut client = account.connect().await;
    let room = client.lobby();
    let mut tick = interval(Duration::from_millis(50));
    let (mut accepted, mut longest) = (0, Duration::ZERO);
    while Instant::now() < until {
        tick.tick().await;
        match client.ask(&post(room, "flood")).await {
            Frame::Accepted { .. } => accepted += 1,
            Frame::RetryAfter { after_ms, code, .. } => {
                assert_eq!(code, Code::TooFast);
                longest = longest.max(Duration::from_millis(after_ms));
            }
            other => panic!("{other:?}"),
        }
    }
    (accepted, longest)
}

/// How long somebody's posts take, a little below what they may.
async fn pace(client: &mut Client) -> Vec<Duration> {
    let mut tick = interval(Duration::from_millis(300));
    let mut times = Vec::new();
    for _ in 0..12 {
        tick.tick().await;
        let began = Instant::now();
        client.say("in peace").await;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    times
}

#[tokio::test]
async fn two_hundred_posts_a_second_over_ten_sockets_are_one_persons_and_nobody_else_waits() {
    let mut workspace = Workspace::start_with(&[]).await;
    let mallory = workspace.join("Mallory", Role::Member).await;
    let mut alice = workspace.join("Alice", Role::Member).await.connect().await;
    let mut bob = workspace.join("Bob", Role::Member).await.connect().await;
    let quiet = pace(&mut alice).await;
    let began = Instant::now();
    let until = began + Duration::from_secs(4);
    let (floods, busy) =
        tokio::join!(join_all((0..10).map(|_| flood(&mallory, until))), pace(&mut bob));
    let took = began.elapsed().as_secs() as usize + 1;
    let accepted: usize = floods.iter().map(|(accepted, _)| accepted).sum();
    assert!(accepted <= 10 + 2 * took, "{accepted} posts in {took} s");
    let longest = floods.iter().map(|(_, longest)| *longest).max().unwrap();
    assert!(longest > Duration::from_secs(20), "never blocked: {longest:?}");
    let (before, during) = (quiet[quiet.len() / 2], busy[busy.len() / 2]);
    assert!(during < before * 3 + Duration::from_millis(50), "{before:?}, then {during:?}");
    assert!(*busy.last().unwrap() < LINE_MAX, "{busy:?}");
}

#[tokio::test]
async fn everything_that_people_write_has_an_end() {
    let mut workspace = Workspace::start().await;
    let mel = workspace.join("Mel", Role::Member).await;
    let ned = workspace.join("Ned", Role::Member).await;
    let mut client = mel.connect().await;
    let room = client.create("garden").await;
    let target = client.say_in(room, "hello").await;
    let x = |count: usize| "x".repeat(count);
    let op = new_op;
    let name = RoomName::parse("tools").unwrap();
    let strangers = (0..DIRECT_PEOPLE_MAX + 1).map(|_| ned.id).collect();
    let too_long = [
        post(room, &x(TEXT_CHARS_MAX + 1)),
        Command::Edit { op: op(), room, target, text: x(TEXT_CHARS_MAX + 1) },
        Command::SetTopic { op: op(), room, topic: x(TOPIC_CHARS_MAX + 1) },
        Command::CreateRoom { op: op(), name, topic: x(TOPIC_CHARS_MAX + 1), private: true },
        Command::Report { op: op(), room, target, reason: x(REASON_CHARS_MAX + 1) },
        Command::Rename { op: op(), name: x(NAME_CHARS_MAX + 1) },
    ];
    for command in too_long {
        assert_eq!(client.refused(&command).await, Code::TooLong);
    }
    let react =
        |emoji: &str| Command::React { op: op(), room, target, emoji: emoji.into(), on: true };
    for bad in ["x", "", "👍👍👍👍👍👍👍👍👍👍👍👍", "@everyone"] {
        assert_eq!(client.refused(&react(bad)).await, Code::BadRequest, "{bad}");
    }
    let open = Command::OpenDirect { op: op(), people: strangers };
    assert_eq!(client.refused(&open).await, Code::TooManyPeople);
    let slow = Rules { keep_days: KEEP_DAYS_MAX + 1, ..Rules::default() };
    let rules = Command::SetRules { op: op(), room, rules: slow };
    assert_eq!(client.refused(&rules).await, Code::BadRequest);

    // However many reactions: so many different ones stay.
    let emoji = (0x1f400..0x1f400 + 40_u32).filter_map(char::from_u32).map(String::from);
    let mut stay = 0;
    for emoji in emoji {
        match client.ask(&react(&emoji)).await {
            Frame::Accepted { .. } => stay += 1,
            Frame::Refused { code, .. } => assert_eq!(code, Code::TooManyReactions),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(stay, REACTIONS_MAX);
    // Five hundred mentions are a text like any other.
    client.say_in(room, &"@ned ".repeat(500)).await;

    let mut browser = mel.login.browser.clone();
    let long = x(31);
    for (fields, status) in [
        ([("name", "Mel"), ("handle", long.as_str())], 422),
        ([("name", &*x(NAME_CHARS_MAX + 1)), ("handle", "mel")], 422),
    ] {
        assert_eq!(browser.post("/settings/profile", &fields).await.status, status);
    }
    let mail = format!("{}@fernhill.example", x(250));
    let fields = [("name", "Mel"), ("handle", "mel"), ("mail", mail.as_str())];
    assert_eq!(browser.post("/settings/profile", &fields).await.status, 422);
    let megabyte = x(1 << 20);
    for (path, field) in [
        ("/settings/profile", "name"),
        ("/settings/tokens", "name"),
        ("/signin", "password"),
        ("/r/garden/post", "text"),
        ("/signup", "name"),
    ] {
        let page = browser.post(path, &[(field, &megabyte)]).await;
        assert_eq!(page.status, 413, "{path}");
    }
    let page = browser.post("/signin", &[("name", "mel"), ("password", &x(100_000))]).await;
    assert_eq!(page.status, 422, "and no hash of it");
    for number in 0..60 {
        let page = browser.post("/settings/tokens", &[("name", &*x(500))]).await;
        // What is refused stands in its field again, as it was typed.
        let is_made = number < 50;
        assert_eq!(page.status, if is_made { 200 } else { 422 }, "{number}");
        assert!(!is_made || !page.text.contains(&x(81)), "a name has an end");
    }
    let db = rusqlite::Connection::open(workspace.server.database()).unwrap();
    let tokens: i64 = db.query_row("select count(*) from tokens", [], |row| row.get(0)).unwrap();
    assert_eq!(tokens, 50);
    for (uses, days) in [("1001", "1"), ("1", "366"), ("0", "1"), ("-1", "1"), ("x", "1")] {
        let wanted = [("label", "x"), ("role", "member"), ("uses", uses), ("days", days)];
        let page = workspace.mara.post("/admin/invitations", &wanted).await;
        assert!(!page.text.contains("The link is made."), "{uses} {days}");
    }
}

#[tokio::test]
async fn a_guest_and_a_member_may_only_say_everyone() {
    let mut workspace = Workspace::start().await;
    workspace.join("Mel", Role::Member).await;
    let mut guest = Client::arrive(&workspace.server, "Gus").await;
    let mut mara = workspace.mara.connect().await;
    guest.say("@everyone @here @channel").await;
    mara.post("@everyone @here @channel").await;
    let mut browser = Browser::new(&workspace.server);
    let page = browser.post("/signup", &account_form("everyone")).await;
    assert_eq!(page.status, 303, "a name like any other: {}", page.text);
    let weak = [("name", "Weak"), ("password", "password1234")];
    assert_eq!(Browser::new(&workspace.server).post("/signup", &weak).await.status, 422);
}
