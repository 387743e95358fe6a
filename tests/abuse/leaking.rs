//! What is nobody's business is in no frame, on no page, in no log.

use std::collections::BTreeSet;
use std::path::PathBuf;

use harness::client::new_op;
use harness::people::{COOKIE, PASSWORD, account_form, setup_path, sign_in};
use harness::{Browser, Client, Plain, Server, Workspace};
use rusqlite::Connection;
use shared::permission::Role;
use shared::protocol::*;

/// Where Mel comes from, as a proxy says it.
const ADDRESS: &str = "203.0.113.77";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Everything that the database keeps of how people get in.
fn kept_secrets(server: &Server) -> BTreeSet<String> {
    let db = Connection::open(server.database()).unwrap();
    let mut secrets = BTreeSet::new();
    for asked in [
        "select token_hash from logins",
        "select token_hash from tokens",
        "select password_hash from users where password_hash is not null",
        "select code from invitations",
        "select email from users where email is not null",
    ] {
        let mut asking = db.prepare(asked).unwrap();
        let mut rows = asking.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            secrets.insert(match row.get_ref(0).unwrap() {
                rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
                rusqlite::types::ValueRef::Blob(bytes) => hex(bytes),
                other => panic!("{other:?}"),
            });
        }
    }
    secrets
}

#[tokio::test]
async fn no_frame_and_no_page_of_others_has_an_address_a_mail_a_token_or_a_deleted_text() {
    let options = ["--limits", "off", "--trusted-proxy", "127.0.0.0/8"];
    let mut workspace = Workspace::set_up(Server::start_with(&options).await).await;
    let mut mel = workspace.join("Mel", Role::Member).await;
    let bo = workspace.join("Bo", Role::Member).await;
    let fields = [("name", "Mel"), ("handle", "mel"), ("mail", "mel@fernhill.example")];
    assert_eq!(mel.post("/settings/profile", &fields).await.status, 303);
    let token = mel.token("write").await;
    let from = [("x-forwarded-for", ADDRESS)];
    let origin = workspace.server.origin();
    let form = [
        ("origin", origin.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
        from[0],
    ];
    let body = format!("name=mel&password={}", PASSWORD.replace(' ', "+"));
    let page = mel.login.browser.request("POST", "/signin", &form, &body).await;
    assert_eq!(page.status, 303);
    let link = workspace.invite(Role::Member, 5).await;
    workspace.mara.manage(bo.id, "reset", &[]).await;

    // A long story: everything that people do to messages and rooms.
    let mut socket = mel.connect().await;
    let mut other = bo.connect().await;
    let mut plain = Plain::arrive_with(&workspace.server, "plain", "/", &from).await;
    let lobby = socket.lobby();
    let garden = socket.create("garden").await;
    other.join(garden).await;
    let op = new_op;
    for room in [lobby, garden] {
        let taken_back = socket.say_in(room, "a text that was taken back").await;
        let edited = socket.say_in(room, "a text that was edited").await;
        let twice = socket.say_in(room, "a first draft of it").await;
        let react =
            Command::React { op: op(), room, target: edited, emoji: "👍".into(), on: true };
        other.achieve(&react).await;
        for (target, text) in [(twice, "a second draft of it"), (edited, "how it reads now")] {
            let text = text.to_owned();
            socket.achieve(&Command::Edit { op: op(), room, target, text }).await;
        }
        for target in [taken_back, twice] {
            socket.achieve(&Command::Delete { op: op(), room, target }).await;
        }
        let topic = Command::SetTopic { op: op(), room, topic: "seeds".into() };
        socket.achieve(&topic).await;
    }
    let report =
        Command::Report { op: op(), room: lobby, target: 1, reason: "an ugly word".into() };
    let _ = socket.ask(&report).await;
    other.achieve(&Command::OpenDirect { op: op(), people: vec![mel.id] }).await;
    plain.say("hello from a script").await;
    other.post("hello from a script").await;
    let gone = ["a text that was taken back", "a first draft of it", "a second draft of it"];

    // Whoever comes now, and asks for everything there is.
    let mut told = Vec::new();
    let guest = Client::arrive(&workspace.server, "Gus").await.vanish();
    for login in [guest, bo.login.clone()] {
        let epoch = socket.welcome.epoch;
        let cursors = [lobby, garden].map(|room| Cursor { room, seq: 0 });
        let mut late = login.resume(Some(epoch), &cursors).await;
        for room in [lobby, garden] {
            for anchor in [Anchor::After(0), Anchor::Newest, Anchor::Before(9)] {
                late.page(room, anchor, 100).await;
            }
            late.send(&Command::Resume { room, seq: 0 }).await;
            late.send(&Command::Who { room }).await;
            late.send(&Command::Members { room, text: String::new() }).await;
        }
        late.say("everything came before this").await;
        late.post("everything came before this").await;
        told.push(serde_json::to_string(&Frame::Welcome(late.welcome.clone())).unwrap());
        told.extend(late.texts().iter().cloned());
        let mut browser = login.browser;
        for path in ["/", "/r/garden", "/?after=0", "/r/garden?after=0", "/shell", "/nothing"] {
            let page = browser.request("GET", path, &[("accept", "text/html")], "").await;
            told.push(page.text);
        }
    }
    let newcomer = Plain::arrive(&workspace.server, "newcomer").await;
    told.push(newcomer.welcome.clone());
    told.extend(newcomer.heard().map(str::to_owned));
    let fresh = told.len();
    // And what those heard who were there; of that only the texts are meant for them.
    told.extend(socket.texts().iter().chain(other.texts()).cloned());
    told.extend(plain.heard().map(str::to_owned));

    let mut secrets = kept_secrets(&workspace.server);
    assert!(secrets.len() > 8, "{secrets:?}");
    secrets.extend([token, ADDRESS.to_owned(), PASSWORD.to_owned(), link]);
    secrets.extend(["an ugly word", "hubbub_login"].map(str::to_owned));
    secrets.insert(mel.login.browser.cookie(COOKIE).unwrap().to_owned());
    for text in &told {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{secret} in {text}");
        }
    }
    for text in &told[..fresh] {
        for gone in gone {
            assert!(!text.contains(gone), "{gone:?} in {text}");
        }
    }
}

#[tokio::test]
async fn no_log_has_a_password_a_token_a_text_or_a_line_that_somebody_else_wrote() {
    let env = vec![("RUST_LOG", PathBuf::from("debug"))];
    let data = tempfile::TempDir::new().unwrap();
    let server = Server::start_in(data, &["--limits", "off"], env).await;
    let set_up = setup_path(&server).await;
    let mut workspace = Workspace::set_up(server).await;
    let link = workspace.invite(Role::Member, 20).await;
    let mut secrets = vec![PASSWORD.to_owned(), PASSWORD.replace(' ', "+")];
    secrets.push(PASSWORD.replace(' ', "%20"));
    secrets.push(link.rsplit('/').next().unwrap().to_owned());
    let guess = "velvet guess at midnight";
    let page = sign_in(&mut Browser::new(&workspace.server), "mara", guess).await;
    assert_eq!(page.status, 422);
    secrets.push(guess.to_owned());
    let mut mel = workspace.sign_in("Mara").await;
    let token = mel.token("write").await;
    let mut plain =
        Plain::arrive_at(&workspace.server, "by address", &format!("/?token={token}")).await;
    // What one says oneself comes back by the client's own protocol only.
    let mut socket = mel.connect().await;
    plain.say("a line of plain text").await;
    socket.post("a line of plain text").await;
    let mut bot = mel.program(&workspace.server, &token).await;
    bot.say("a line of a bot").await;
    socket.post("a line of a bot").await;
    secrets.push(token);
    for browser in [&mel.login.browser, &workspace.mara.login.browser] {
        secrets.push(browser.cookie(COOKIE).unwrap().to_owned());
    }
    socket.say("a line of Mara's").await;
    socket.send_text("{\"type\":\"post\",\"text\":\"a broken line\"").await;
    assert_eq!(socket.complaint().await, Code::BadRequest);
    let room = socket.create("secret-garden").await;
    let edit = "an edited line".to_owned();
    let target = socket.say_in(room, "before").await;
    socket.achieve(&Command::Edit { op: new_op(), room, target, text: edit }).await;
    for text in ["a line of plain text", "a line of a bot", "a line of Mara's", "a broken line"] {
        secrets.push(text.to_owned());
    }
    secrets.push("an edited line".to_owned());
    let reset = workspace.server.ordered(&["user", "reset", "mara"]);
    let path = &reset[reset.find("/reset/").unwrap()..];
    let new = "tulip harbour noon gravel";
    let mut browser = Browser::new(&workspace.server);
    assert_eq!(browser.post(path, &[("password", new)]).await.status, 303);
    secrets.extend([path.rsplit('/').next().unwrap().to_owned(), new.to_owned()]);
    secrets.push(browser.cookie(COOKIE).unwrap().to_owned());
    // Names and paths that would write lines of their own.
    for name in ["Eve\r\nERROR all is lost", "Eve\u{1b}[31mred", "Eve\u{9b}31m"] {
        let mut browser = Browser::new(&workspace.server);
        browser.post(&link, &account_form(name)).await;
        sign_in(&mut browser, name, PASSWORD).await;
    }
    let origin = ("origin", "https://evil.example");
    for path in ["/theme%0d%0aERROR%20all", "/%1b[31m", "/r/a%0ab/post"] {
        browser.request("POST", path, &[origin], "").await;
    }
    workspace.server.terminate();
    let Workspace { mut server, .. } = workspace;
    let printed = server.said();
    let ended = server.ended().await;
    assert!(ended.stderr.lines().count() > 3, "it does log: {}", ended.stderr);
    let said = format!("{printed}\n{}", ended.stderr);
    for secret in secrets {
        assert!(!said.contains(&secret), "{secret}: {said}");
    }
    // The link is for whoever sets it up, and was good once.
    let code = set_up.rsplit('/').next().unwrap();
    let lines: Vec<&str> = said.lines().filter(|line| line.contains(code)).collect();
    assert!(lines.iter().all(|line| line.starts_with("Set up your workspace")), "{lines:?}");
    for line in said.lines() {
        assert!(!line.starts_with("ERROR all"), "{line}");
        assert!(!line.contains("\u{1b}[31mred") && !line.contains('\u{9b}'), "{line}");
    }
}
