//! The same thing many times, things that are not one's own, and what is said of oneself in a body.

use futures_util::future::join_all;
use harness::client::{new_op, post};
use harness::{Browser, Client, Server, Workspace};
use shared::permission::Role;
use shared::protocol::*;

/// How often the same is asked for.
const TIMES: usize = 50;

#[tokio::test]
async fn one_op_fifty_times_on_two_connections_and_by_forms_is_one_event() {
    let server = Server::start().await;
    let mut one = Client::arrive(&server, "Alice").await;
    let mut two = one.again().await;
    let before = one.say("before").await;
    let said = post(one.lobby(), "once");
    let op = said.op().unwrap();
    for _ in 0..TIMES / 2 {
        tokio::join!(one.send(&said), two.send(&said));
    }
    let mut answers = Vec::new();
    for client in [&mut one, &mut two] {
        for _ in 0..TIMES / 2 {
            answers.push(client.answer(op).await);
        }
    }
    let room = one.lobby();
    let first = Frame::Accepted { op, room, seq: before + 1 };
    assert!(answers.iter().all(|answer| *answer == first), "{answers:#?}");

    let op = new_op().to_string();
    let forms = (0..TIMES).map(|_| {
        let mut browser = one.login.browser.clone();
        let op = &op;
        async move {
            let fields = [("op", op.as_str()), ("text", "once by a form")];
            browser.post("/r/lobby/post", &fields).await
        }
    });
    let pages = join_all(forms).await;
    assert!(pages.iter().all(|page| (page.status, page.header("location")) == (303, "/r/lobby")));
    assert_eq!(one.say("after").await, before + 3);
    // Another text by the same op is refused, by whichever way.
    let other = Command::Post { op: said.op().unwrap(), room, text: "twice".into() };
    assert_eq!(two.refused(&other).await, Code::OpReused);
}

#[tokio::test]
async fn others_messages_deleted_ones_and_rooms_that_one_has_left_are_left_alone() {
    let mut workspace = Workspace::start().await;
    let mut mel = workspace.join("Mel", Role::Member).await.connect().await;
    let mut bo = workspace.join("Bo", Role::Member).await.connect().await;
    let room = mel.create("garden").await;
    bo.join(room).await;
    let (kept, gone) = (mel.say_in(room, "kept").await, mel.say_in(room, "gone").await);
    let own = bo.say_in(room, "Bo's own").await;
    mel.achieve(&Command::Delete { op: new_op(), room, target: gone }).await;
    let op = new_op;
    let edit = |target| Command::Edit { op: op(), room, target, text: "mine".into() };
    let delete = |target| Command::Delete { op: op(), room, target };
    let react = |target| Command::React { op: op(), room, target, emoji: "👍".into(), on: true };
    let report = |target| Command::Report { op: op(), room, target, reason: String::new() };
    let head = mel.say_in(room, "the last event").await;
    assert_eq!(bo.refused(&edit(kept)).await, Code::NotYours);
    assert_eq!(bo.refused(&delete(kept)).await, Code::NotYours);
    for target in [gone, 0, 1, head + 1, Seq::MAX >> 11] {
        for command in [edit(target), delete(target), react(target), report(target)] {
            assert_eq!(bo.refused(&command).await, Code::UnknownMessage, "{command:?}");
        }
    }
    bo.achieve(&Command::Leave { op: op(), room }).await;
    for command in [edit(own), delete(own), react(kept), report(kept), post(room, "still?")] {
        assert_eq!(bo.refused(&command).await, Code::NotMember, "{command:?}");
    }
    assert_eq!(mel.say_in(room, "nothing but the leaving").await, head + 2);
}

#[tokio::test]
async fn what_a_body_says_of_its_author_time_and_place_is_not_believed() {
    let mut workspace = Workspace::start().await;
    let mut mel = workspace.join("Mel", Role::Member).await;
    let mut socket = mel.connect().await;
    let mut mara = workspace.mara.connect().await;
    let before = mara.say("before").await;
    let (room, op) = (socket.lobby(), new_op());
    let smuggled = serde_json::json!({
        "type": "post", "op": op, "room": room, "text": "smuggled",
        "role": "owner", "author": workspace.mara.id, "user": workspace.mara.id,
        "by": { "id": workspace.mara.id, "name": "Mara" },
        "seq": 1, "at": 0, "atMs": 0, "member": true, "kind": "private",
    });
    socket.send_text(&smuggled.to_string()).await;
    assert_eq!(socket.answer(op).await, Frame::Accepted { op, room, seq: before + 1 });
    let event = mara.post("smuggled").await;
    assert_eq!((event.by.id, event.seq, event.room), (mel.id, before + 1, room));
    assert!(event.at_ms > 1_600_000_000_000, "{}", event.at_ms);

    let op = new_op();
    let create = serde_json::json!({
        "type": "createRoom", "op": op, "name": "garden", "topic": "", "private": false,
        "kind": "lobby", "id": room, "made": true, "rules": { "readOnly": true },
    });
    socket.send_text(&create.to_string()).await;
    let Frame::Accepted { room: garden, .. } = socket.answer(op).await else { panic!() };
    assert_ne!(garden, room);
    let again = socket.again().await;
    assert_eq!(again.welcome.role, Role::Member);
    assert!(again.room("garden").rules.are_none());

    let text = new_op().to_string();
    let fields = [
        ("op", text.as_str()),
        ("text", "by a form"),
        ("author", &workspace.mara.id.to_string()),
        ("role", "owner"),
        ("seq", "1"),
    ];
    let mut browser = mel.login.browser.clone();
    assert_eq!(browser.post("/r/lobby/post", &fields).await.status, 303);
    assert_eq!(mara.post("by a form").await.by.id, mel.id);
    let fields = [
        ("name", "Mel"),
        ("handle", "mel"),
        ("role", "owner"),
        ("standing", "active"),
        ("id", &workspace.mara.id.to_string()),
        ("password", "x"),
    ];
    assert_eq!(mel.post("/settings/profile", &fields).await.status, 303);
    assert_eq!(mel.get("/admin").await.status, 403);
    let form = [("name", "Eve"), ("password", harness::people::PASSWORD), ("role", "owner")];
    let mut eve = Browser::new(&workspace.server);
    assert_eq!(eve.post("/signup?role=owner", &form).await.status, 303);
    assert_eq!(eve.get("/admin").await.status, 403);
    // The role of a token is its own: what is no word for one reads only.
    let token = mel.token("admin").await;
    let mut bot = mel.program(&workspace.server, &token).await;
    bot.say("boo").await;
    bot.hears(Code::Forbidden.sentence()).await;
}
