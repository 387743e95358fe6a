//! What was taken away is gone at once: from sockets of both protocols, from cookies, from programs.

use std::time::{Duration, Instant};

use harness::client::{new_op, post};
use harness::people::{COOKIE, PASSWORD, sign_in};
use harness::{Account, Browser, Client, Plain, Server, Workspace, eventually};
use shared::permission::Role;
use shared::protocol::*;
use tokio::time::timeout;

/// A second, on a machine on which other tests run as well.
const AT_ONCE: Duration = Duration::from_secs(3);

/// Everything with which somebody is here.
struct Presence {
    v1: Client,
    other: Client,
    program: Plain,
}

/// Mel in two browsers and as a program.
async fn everywhere(workspace: &Workspace, mel: &mut Account) -> (Presence, Account, String) {
    let token = mel.token("write").await;
    let other = workspace.sign_in("Mel").await;
    let presence = Presence {
        v1: mel.connect().await,
        other: other.connect().await,
        program: mel.program(&workspace.server, &token).await,
    };
    (presence, other, token)
}

impl Presence {
    async fn all_end(mut self) {
        let began = Instant::now();
        let unauthorized = (close::UNAUTHORIZED, "Unauthorized".to_owned());
        assert_eq!(self.v1.closed().await, unauthorized);
        assert_eq!(self.other.closed().await, unauthorized);
        assert_eq!(self.program.closed().await, unauthorized);
        assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    }
}

/// Whoever holds this is nobody: not even a new guest. The answer takes it out of the browser; whoever
/// comes with it again all the same hears the same.
async fn is_dead(mel: &mut Account) {
    let held = mel.login.browser.cookie(COOKIE).unwrap().to_owned();
    let again = |mel: &mut Account| mel.login.browser.hold(COOKIE, &held);
    assert_eq!(mel.get("/").await.status, 401);
    again(mel);
    assert_eq!(mel.get("/r/lobby").await.status, 401);
    again(mel);
    assert_eq!(mel.get("/settings").await.header("location"), "/signin?next=/settings");
    again(mel);
    let said = mel.post("/r/lobby/post", &[("op", &new_op().to_string()), ("text", "boo")]).await;
    assert_eq!(said.status, 401);
    again(mel);
    assert_eq!(mel.post("/settings/tokens", &[("name", "x")]).await.status, 401);
    again(mel);
    let mut socket = mel.login.socket().await.unwrap();
    let end = timeout(AT_ONCE, harness::client::next_text(&mut socket)).await.unwrap();
    assert_eq!(end, Err(Some((close::UNAUTHORIZED, "Unauthorized".to_owned()))));
}

async fn is_dead_token(server: &Server, token: &str) {
    let bearer = format!("Bearer {token}");
    let query = format!("/ws?token={token}");
    let ways: [(&str, &[(&'static str, &str)]); 2] =
        [("/ws", &[("authorization", &bearer)]), (&query, &[])];
    for (path, headers) in ways {
        let mut socket = Plain::socket_with(server, path, headers).await.unwrap();
        let end = timeout(AT_ONCE, harness::client::next_text(&mut socket)).await.unwrap();
        assert_eq!(end, Err(Some((close::UNAUTHORIZED, "Unauthorized".to_owned()))));
    }
}

#[tokio::test]
async fn deactivated_and_banned_people_are_gone_from_everywhere_and_come_in_nowhere() {
    for (what, fields) in [("standing", [("standing", "deactivated")]), ("ban", [("x", "y")])] {
        let mut workspace = Workspace::start().await;
        let mut mel = workspace.join("Mel", Role::Member).await;
        let (presence, mut other, token) = everywhere(&workspace, &mut mel).await;
        let mut watcher = workspace.mara.connect().await;
        workspace.mara.manage(mel.id, what, &fields).await;
        presence.all_end().await;
        for account in [&mut mel, &mut other] {
            is_dead(account).await;
        }
        is_dead_token(&workspace.server, &token).await;
        let page = sign_in(&mut Browser::new(&workspace.server), "mel", PASSWORD).await;
        assert_eq!(page.status, 422, "the same words as for a wrong password");
        watcher.say("is she here?").await;
        assert_eq!(watcher.members(watcher.lobby(), "mel").await, (0, vec![]));
        let add = Command::OpenDirect { op: new_op(), people: vec![mel.id] };
        assert_eq!(watcher.refused(&add).await, Code::UnknownPerson);
        workspace.mara.manage(mel.id, "standing", &[("standing", "active")]).await;
        is_dead(&mut mel).await;
        is_dead_token(&workspace.server, &token).await;
        workspace.sign_in("Mel").await.connect().await.say("back again").await;
    }
}

#[tokio::test]
async fn a_new_password_and_signing_somebody_out_everywhere_end_all_that_was() {
    let mut workspace = Workspace::start().await;
    let mut mel = workspace.join("Mel", Role::Member).await;
    let (presence, mut other, token) = everywhere(&workspace, &mut mel).await;
    let old = mel.clone();
    let fields = [("current", PASSWORD), ("password", "tulip harbour noon gravel")];
    let page = mel.post("/settings/password", &fields).await;
    assert_eq!(page.status, 200, "{}", page.text);
    presence.all_end().await;
    for mut account in [old, other.clone()] {
        is_dead(&mut account).await;
    }
    is_dead_token(&workspace.server, &token).await;
    mel.connect().await.say("with the new one").await;
    let page = sign_in(&mut other.login.browser, "mel", PASSWORD).await;
    assert_eq!(page.status, 422, "the old password");

    let token = mel.token("read").await;
    let mut v1 = mel.connect().await;
    let mut program = mel.program(&workspace.server, &token).await;
    workspace.mara.manage(mel.id, "signout", &[]).await;
    assert_eq!(v1.closed().await.0, close::UNAUTHORIZED);
    assert_eq!(program.closed().await.0, close::UNAUTHORIZED);
    is_dead(&mut mel).await;
    is_dead_token(&workspace.server, &token).await;
}

#[tokio::test]
async fn a_revoked_login_ends_that_browser_alone_and_a_revoked_token_that_program() {
    let mut workspace = Workspace::start().await;
    let mut mel = workspace.join("Mel", Role::Member).await;
    let (mut presence, mut other, token) = everywhere(&workspace, &mut mel).await;
    let (_, page) = {
        let text = mel.get("/settings").await.text;
        let (before, after) = text.split_once("/settings/tokens/").expect("the token");
        (before.to_owned(), after.to_owned())
    };
    let id: String = page.chars().take_while(char::is_ascii_hexdigit).collect();
    assert_ne!(id, token, "the token itself is shown once");
    assert_eq!(mel.post(&format!("/settings/tokens/{id}/revoke"), &[]).await.status, 200);
    assert_eq!(presence.program.closed().await.0, close::UNAUTHORIZED);
    is_dead_token(&workspace.server, &token).await;
    presence.other.say("the browsers go on").await;

    // Signing out in the other browser.
    assert_eq!(other.post("/signout", &[]).await.status, 303);
    assert_eq!(presence.other.closed().await.0, close::UNAUTHORIZED);
    presence.v1.say("this one stays").await;

    // From afar.
    let mut third = workspace.sign_in("Mel").await;
    let mut socket = third.connect().await;
    let text = mel.get("/settings").await.text;
    let ids = text.match_indices("/settings/logins/").map(|(at, found)| {
        text[at + found.len()..].chars().take_while(char::is_ascii_hexdigit).collect::<String>()
    });
    let ids: Vec<String> = ids.filter(|id| id.len() == 64).collect();
    assert!(!ids.is_empty());
    for id in ids {
        mel.post(&format!("/settings/logins/{id}/end"), &[]).await;
    }
    assert_eq!(socket.closed().await.0, close::UNAUTHORIZED);
    is_dead(&mut third).await;
}

#[tokio::test]
async fn somebody_elses_logins_tokens_and_invitations_are_not_ended_by_whoever_knows_their_ids() {
    let mut workspace = Workspace::start().await;
    let mut mel = workspace.join("Mel", Role::Member).await;
    let mut bo = workspace.join("Bo", Role::Member).await;
    let token = mel.token("write").await;
    let mut socket = mel.connect().await;
    let text = mel.get("/settings").await.text;
    for kind in ["/settings/tokens/", "/settings/logins/"] {
        for (at, found) in text.match_indices(kind) {
            let id = text[at + found.len()..].chars().take_while(char::is_ascii_hexdigit);
            let id: String = id.collect();
            let verb = if kind.contains("tokens") { "revoke" } else { "end" };
            let page = bo.post(&format!("{kind}{id}/{verb}"), &[]).await;
            if id.len() == 64 {
                assert_eq!(page.status, 404);
            }
        }
    }
    let link = workspace.invite(Role::Admin, 2).await;
    let code = link.rsplit('/').next().unwrap();
    assert_eq!(bo.post(&format!("/admin/invitations/{code}/end"), &[]).await.status, 403);
    assert_eq!(bo.get(&link).await.status, 200);
    assert!(!bo.get("/admin/invitations").await.text.contains(code), "only one's own");
    socket.say("still here").await;
    mel.program(&workspace.server, &token).await.say("me too").await;
    socket.post("me too").await;
}

#[tokio::test]
async fn a_role_that_was_lowered_holds_for_the_next_command_and_the_next_page() {
    let mut workspace = Workspace::start().await;
    let mut ada = workspace.join("Ada", Role::Admin).await;
    let mel = workspace.join("Mel", Role::Member).await;
    let mut socket = ada.connect().await;
    let target = mel.connect().await.say("hello").await;
    let delete = |room| Command::Delete { op: new_op(), room, target };
    let lobby = socket.lobby();
    workspace.mara.manage(ada.id, "role", &[("role", "member")]).await;
    // Either she is told by the refusal, or she is sent off to come back as what she is now.
    assert_eq!(socket.closed().await, (close::CHANGED, "Connect again".to_owned()));
    let mut again = ada.connect().await;
    assert_eq!(again.welcome.role, Role::Member);
    assert_eq!(again.refused(&delete(lobby)).await, Code::NotYours);
    assert_eq!(ada.get("/admin/people").await.status, 403);
    assert_eq!(ada.post(&format!("/admin/people/{}/ban", mel.id), &[]).await.status, 403);
    // What was written behind the server's back holds as well: each command is asked anew.
    let mut quiet = ada.connect().await;
    let db = rusqlite::Connection::open(workspace.server.database()).unwrap();
    db.execute("update users set role = 'admin' where name = 'Ada'", []).unwrap();
    quiet.achieve(&delete(lobby)).await;
    db.execute("update users set role = 'member' where name = 'Ada'", []).unwrap();
    let target = mel.connect().await.say("hello again").await;
    let delete = Command::Delete { op: new_op(), room: lobby, target };
    assert_eq!(quiet.refused(&delete).await, Code::NotYours);
}

#[tokio::test]
async fn who_was_put_out_of_a_room_hears_nothing_later_by_any_path() {
    let mut workspace = Workspace::start().await;
    let mut ned = workspace.join("Ned", Role::Member).await.connect().await;
    let mut mel = workspace.join("Mel", Role::Member).await;
    let token = mel.token("write").await;
    let mut plain = mel.program(&workspace.server, &token).await;
    let mut before = mel.connect().await;
    let mut looking = mel.connect().await;
    let name = RoomName::parse("plans").unwrap();
    let create = Command::CreateRoom { op: new_op(), name, topic: String::new(), private: true };
    let room = ned.achieve(&create).await.0;
    ned.achieve(&Command::Add { op: new_op(), room, person: mel.id }).await;
    ned.say_in(room, "while she is in").await;
    for client in [&mut before, &mut looking] {
        client.post("while she is in").await;
    }
    let address = format!("plans-{}", &room.0.simple().to_string()[22..]);
    plain.send(&format!("/join {address}")).await;
    plain.hears(&format!("You are in #{address} now. /leave leads back.")).await;
    ned.say_in(room, "to the program").await;
    plain.expect("the line", |text| text.contains("to the program")).await;
    looking.send(&Command::Resume { room, seq: 1 }).await;
    let end = ned.achieve(&Command::Remove { op: new_op(), room, person: mel.id }).await.1;

    ned.say_in(room, "after she is out").await;
    ned.send(&Command::Typing { room }).await;
    let put_out = |frame: &Frame| match frame {
        Frame::Event(event) if matches!(event.what, What::Removed { .. }) => Some(event.seq),
        _ => None,
    };
    let epoch = before.welcome.epoch;
    for client in [&mut before, &mut looking] {
        assert_eq!(client.expect("her last event", put_out).await, end);
        for asked in [
            Command::Resume { room, seq: 0 },
            Command::Resume { room, seq: end },
            Command::Backfill { room, anchor: Anchor::Newest, limit: 100 },
            Command::Backfill { room, anchor: Anchor::Before(end), limit: 100 },
            Command::Backfill { room, anchor: Anchor::After(0), limit: 100 },
            Command::Who { room },
            Command::Members { room, text: String::new() },
        ] {
            client.send(&asked).await;
            assert_eq!(client.complaint().await, Code::UnknownRoom, "{asked:?}");
        }
        for asked in [
            post(room, "let me in"),
            Command::Join { op: new_op(), room },
            Command::React { op: new_op(), room, target: 3, emoji: "👍".into(), on: true },
            Command::Report { op: new_op(), room, target: 3, reason: String::new() },
        ] {
            assert_eq!(client.refused(&asked).await, Code::UnknownRoom, "{asked:?}");
        }
    }
    let mut back = mel.login.resume(Some(epoch), &[Cursor { room, seq: 0 }]).await;
    assert!(back.welcome.rooms.iter().all(|known| known.id != room));
    back.say("everything came before this").await;
    plain.hears(&format!("You are not in #{address} any more.")).await;
    plain.hears("You are in the lobby now.").await;
    plain.send("/who").await;
    let names_both = |text: &str| text.contains("Here (") && text.contains("Mel, Ned");
    plain.expect("who is in the lobby", names_both).await;
    plain.say("and this").await;
    back.post("and this").await;
    for client in [&mut before, &mut looking, &mut back] {
        client.post("everything came before this").await;
        let told = client.texts().iter().any(|text| text.contains("after she is out"));
        assert!(!told, "{:#?}", client.texts());
    }
    assert!(!plain.heard().any(|text| text.contains("after she is out")));
    for path in [format!("/r/{address}"), format!("/r/{address}?before=99")] {
        let page = mel.get(&path).await;
        assert_eq!(page.status, 404);
        assert!(!page.text.contains("after she is out") && !page.text.contains("while she is in"));
    }
    let export = mel.get("/settings/export.json").await;
    assert!(!export.text.contains("after she is out"));
}

#[tokio::test]
async fn a_banned_address_gets_nothing_until_it_is_lifted() {
    let server = Server::start_with(&["--limits", "off", "--trusted-proxy", "127.0.0.0/8"]).await;
    let mut workspace = Workspace::set_up(server).await;
    let from = ("x-forwarded-for", "203.0.113.5");
    let mut mallory = Plain::arrive_with(&workspace.server, "Mallory", "/ws", &[from]).await;
    mallory.say("spam").await;
    eventually("it is said", async || {
        workspace.mara.get("/").await.text.contains("spam").then_some(())
    })
    .await;
    let id: UserId = harness::plain::field(&mallory.welcome, "clientId").parse().unwrap();
    workspace.mara.manage(id, "ban", &[("address", "on")]).await;
    assert_eq!(mallory.closed().await.0, close::UNAUTHORIZED);
    let refused = Plain::socket_with(&workspace.server, "/ws", &[from]).await;
    assert!(refused.is_err(), "403 before the upgrade");
    let mut browser = Browser::new(&workspace.server);
    assert_eq!(browser.request("GET", "/", &[from], "").await.status, 403);
    assert_eq!(browser.get("/").await.status, 200, "from elsewhere");
    let lift = [("address", "203.0.113.5")];
    assert_eq!(workspace.mara.post("/admin/addresses/lift", &lift).await.status, 200);
    eventually("the address is free again", async || {
        let page = browser.request("GET", "/", &[from], "").await;
        (page.status == 200).then_some(())
    })
    .await;
}
