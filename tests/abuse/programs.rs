//! Programs: what the tutorial's client gets where guests are not let in, and tokens that may write, or
//! only read.

use harness::client::{new_op, next_text, post};
use harness::plain::field;
use harness::{Browser, Client, Plain, Server, Workspace};
use shared::permission::Role;
use shared::protocol::*;

const CLOSED: &[&str] = &["--limits", "off", "--guests", "off"];

#[tokio::test]
async fn where_guests_are_not_let_in_the_tutorials_client_is_told_so_by_a_close() {
    let mut workspace = Workspace::start_with(CLOSED).await;
    let server = &workspace.server;
    let unauthorized = Err(Some((close::UNAUTHORIZED, "Unauthorized".to_owned())));
    for path in ["/", "/ws"] {
        let mut socket = Plain::socket(server, path, None).await;
        assert_eq!(next_text(&mut socket).await, unauthorized);
    }
    let mut socket = Plain::socket(server, "/ws?token=nonsense", None).await;
    assert_eq!(next_text(&mut socket).await, unauthorized);
    let mut guest = Browser::new(server);
    assert_eq!(guest.get("/").await.status, 401);
    assert_eq!(guest.get("/signin").await.status, 200);
    let op = new_op().to_string();
    for (form, fields) in [
        ("/r/lobby/post", [("op", op.as_str()), ("text", "hello")]),
        ("/name", [("op", op.as_str()), ("name", "Gus")]),
        ("/rooms", [("op", op.as_str()), ("name", "garden")]),
    ] {
        assert_eq!(guest.post(form, &fields).await.status, 401, "{form}");
    }
    guest.post("/settings/profile", &[("name", "Gus")]).await;
    let users = rusqlite::Connection::open(server.database()).unwrap();
    let users: i64 = users.query_row("select count(*) from users", [], |row| row.get(0)).unwrap();
    assert_eq!(users, 1, "only Mara");

    let token = workspace.mara.token("write").await;
    let bearer = format!("Bearer {token}");
    let server = &workspace.server;
    let mut mara = workspace.mara.connect().await;
    let by_header = ("/ws", vec![("authorization", bearer.as_str())]);
    let by_address = (format!("/?token={token}"), Vec::new());
    for (path, headers) in [(by_header.0.to_owned(), by_header.1), by_address] {
        let mut bot = Plain::arrive_with(server, "a bot", &path, &headers).await;
        assert_eq!(field(&bot.welcome, "message"), "Welcome! You are connected as Mara");
        assert_eq!(field(&bot.welcome, "clientId"), workspace.mara.id.to_string());
        bot.say(&format!("by {}", path.len())).await;
        let heard = mara.post(&format!("by {}", path.len())).await;
        assert_eq!(heard.by.id, workspace.mara.id);
    }
}

#[tokio::test]
async fn a_program_that_may_read_changes_nothing() {
    let mut workspace = Workspace::start().await;
    let token = workspace.mara.token("read").await;
    let mut mara = workspace.mara.connect().await;
    let mut bot = workspace.mara.program(&workspace.server, &token).await;
    Client::arrive(&workspace.server, "Gus").await.say("listen").await;
    bot.hears("listen").await;
    let seq = mara.say("her own").await;
    bot.say("I have heard it").await;
    bot.hears(Code::Forbidden.sentence()).await;
    for line in ["/name Bot", "/join garden", "/join lobby"] {
        bot.send(line).await;
    }
    bot.send("/rooms").await;
    bot.hears("Rooms: #lobby").await;
    // The same over the client's own protocol.
    let mut v1 = v1_with_token(&workspace.server, &token).await;
    let room = mara.lobby();
    let op = new_op;
    for command in [
        post(room, "boo"),
        Command::Edit { op: op(), room, target: seq, text: "boo".into() },
        Command::Delete { op: op(), room, target: seq },
        Command::React { op: op(), room, target: seq, emoji: "👍".into(), on: true },
        Command::Rename { op: op(), name: "Boo".into() },
        Command::OpenDirect { op: op(), people: vec![workspace.mara.id] },
        Command::Join { op: op(), room },
        Command::Leave { op: op(), room },
        Command::SetTopic { op: op(), room, topic: "boo".into() },
        Command::Report { op: op(), room, target: seq, reason: String::new() },
        Command::SetRules { op: op(), room, rules: Rules::default() },
    ] {
        assert_eq!(refusal(&mut v1, &command).await, Code::Forbidden, "{command:?}");
    }
    assert_eq!(mara.say("nothing happened").await, seq + 1);
    assert_eq!(mara.again().await.me().name, "Mara");
}

/// A v1 socket of a program, greeted.
async fn v1_with_token(server: &Server, token: &str) -> harness::client::Socket {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("sec-websocket-protocol", SUBPROTOCOL)];
    let mut socket = Plain::socket_with(server, "/ws", &headers).await.unwrap();
    tell(&mut socket, &Command::Hello { epoch: None, cursors: Vec::new() }).await;
    let welcome = next_text(&mut socket).await.unwrap();
    assert!(welcome.contains(r#""type":"welcome""#), "{welcome}");
    socket
}

async fn tell(socket: &mut harness::client::Socket, command: &Command) {
    use futures_util::SinkExt;
    use tokio_tungstenite::tungstenite::Message;
    let text = serde_json::to_string(command).unwrap();
    socket.send(Message::text(text)).await.unwrap();
}

async fn refusal(socket: &mut harness::client::Socket, command: &Command) -> Code {
    tell(socket, command).await;
    loop {
        let text = next_text(socket).await.unwrap();
        let frame: Frame = serde_json::from_str(&text).unwrap();
        match frame {
            Frame::Refused { op, code, .. } if op == command.op() => return code,
            Frame::Accepted { .. } => panic!("{command:?} was accepted"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_token_in_an_address_is_not_enough_for_a_page_of_another_site() {
    let mut workspace = Workspace::start().await;
    let token = workspace.mara.token("write").await;
    let cookie = workspace.mara.login.browser.cookies().unwrap();
    for origin in ["https://evil.example", "null"] {
        let headers = [("origin", origin), ("cookie", cookie.as_str())];
        let path = format!("/ws?token={token}");
        let refused = Plain::socket_with(&workspace.server, &path, &headers).await;
        assert!(refused.is_err(), "{origin}: a cookie came along");
    }
}

#[tokio::test]
async fn a_plain_connection_with_a_members_cookie_is_that_member_and_with_a_guests_somebody_new() {
    let workspace = Workspace::start().await;
    let server = &workspace.server;
    let origin = server.origin();
    let guest = Client::arrive(server, "Gus").await;
    let cookies =
        [workspace.mara.login.browser.cookies().unwrap(), guest.login.browser.cookies().unwrap()];
    let mut ids = Vec::new();
    for cookie in &cookies {
        let headers = [("origin", origin.as_str()), ("cookie", cookie.as_str())];
        let plain = Plain::arrive_with(server, "a tab", "/ws", &headers).await;
        ids.push(field(&plain.welcome, "clientId"));
    }
    assert_eq!(ids[0], workspace.mara.id.to_string());
    assert_ne!(ids[1], guest.me().id.to_string());
    assert_eq!(guest.welcome.role, Role::Guest);
}
