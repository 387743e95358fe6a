//! Those who look after rooms and people: rules, reports, erasing, and accounts that are deleted.

use harness::client::{new_op, post};
use harness::people::PASSWORD;
use harness::{Client, Workspace};
use shared::permission::Role;
use shared::protocol::*;

fn rules(room: RoomId, rules: Rules) -> Command {
    Command::SetRules { op: new_op(), room, rules }
}

#[tokio::test]
async fn in_slow_mode_one_message_follows_another_after_some_time_and_who_looks_after_it_waits_not()
{
    let mut workspace = Workspace::start().await;
    let mel = workspace.join("Mel", Role::Member).await;
    let (mut mara, mut mel) = (workspace.mara.connect().await, mel.connect().await);
    let room = mara.create("garden").await;
    mel.join(room).await;
    mara.achieve(&rules(room, Rules { slow_s: 600, ..Rules::default() })).await;
    mel.say_in(room, "first").await;
    let second = post(room, "second");
    for client in [&mut mel.again().await, &mut mel] {
        match client.ask(&second).await {
            Frame::RetryAfter { after_ms, code, .. } => {
                assert_eq!(code, Code::SlowMode);
                assert!((500_000..=600_000).contains(&after_ms), "{after_ms}");
            }
            other => panic!("{other:?}"),
        }
    }
    let op = new_op().to_string();
    let mut browser = mel.login.browser.clone();
    let page = browser.post("/r/garden/post", &[("op", &op), ("text", "by a form")]).await;
    assert_eq!(page.status, 429);
    assert!(page.text.starts_with("This room is in slow mode."), "{}", page.text);
    assert!(!page.header("retry-after").is_empty());
    for line in ["as often", "as she likes"] {
        mara.say_in(room, line).await;
    }
    mara.achieve(&rules(room, Rules::default())).await;
    mel.achieve(&second).await;
    // Whoever merely is there sets none, and nobody sets what is out of bounds.
    assert_eq!(mel.refused(&rules(room, Rules::default())).await, Code::Forbidden);
    let endless = Rules { slow_s: SLOW_S_MAX + 1, ..Rules::default() };
    assert_eq!(mara.refused(&rules(room, endless)).await, Code::BadRequest);
}

#[tokio::test]
async fn in_a_read_only_room_others_read_and_react() {
    let mut workspace = Workspace::start().await;
    let mel = workspace.join("Mel", Role::Member).await;
    let (mut mara, mut mel) = (workspace.mara.connect().await, mel.connect().await);
    let room = mara.create("news").await;
    mel.join(room).await;
    let before = mel.say_in(room, "before").await;
    mara.achieve(&rules(room, Rules { read_only: true, ..Rules::default() })).await;
    let news = mara.say_in(room, "news").await;
    assert_eq!(mel.refused(&post(room, "and me")).await, Code::ReadOnly);
    let op = new_op().to_string();
    let mut browser = mel.login.browser.clone();
    let page = browser.post("/r/news/post", &[("op", &op), ("text", "by a form")]).await;
    assert_eq!(page.header("location"), "/r/news?refused=readOnly");
    let react = Command::React { op: new_op(), room, target: news, emoji: "👍".into(), on: true };
    mel.achieve(&react).await;
    mel.achieve(&Command::Delete { op: new_op(), room, target: before }).await;
}

/// Where the report of a message can be decided about.
fn decision(page: &str) -> String {
    let start = page.find("/admin/reports/").expect("a report");
    let end = start + page[start..].find("/close").expect("its form") + "/close".len();
    page[start..end].to_owned()
}

#[tokio::test]
async fn a_reported_message_is_deleted_by_an_admin_who_is_not_in_the_room() {
    let mut workspace = Workspace::start().await;
    let mel = workspace.join("Mel", Role::Member).await;
    let bo = workspace.join("Bo", Role::Member).await;
    let mut ada = workspace.join("Ada", Role::Admin).await;
    let (mut mel, bo_is) = (mel.connect().await, bo.id);
    let mut bo = bo.connect().await;
    let open = Command::OpenDirect { op: new_op(), people: vec![bo_is] };
    let room = mel.achieve(&open).await.0;
    let target = bo.say_in(room, "something vile").await;
    bo.say_in(room, "something else").await;
    let report = Command::Report { op: new_op(), room, target, reason: "it hurts".into() };
    assert_eq!(mel.achieve(&report).await, (room, target), "and no event");
    assert_eq!(mel.achieve(&report).await, (room, target), "once");
    let page = ada.get("/admin/reports").await.text;
    assert!(page.contains("something vile") && page.contains("it hurts"), "{page}");
    assert!(!page.contains("something else"), "only what was shown");
    assert_eq!(page.matches("it hurts").count(), 1, "{page}");
    let close = decision(&page);
    // Neither a member nor a guess decides.
    let mut member = mel.login.browser.clone();
    assert_eq!(member.post(&close, &[("action", "delete")]).await.status, 403);
    assert_eq!(ada.post("/admin/reports/9999/close", &[("action", "delete")]).await.status, 422);
    let page = ada.post(&close, &[("action", "delete")]).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(!page.text.contains("something vile"));
    let deleted = mel
        .expect("the deletion", |frame| match frame {
            Frame::Event(event) if matches!(event.what, What::Deleted { .. }) => {
                Some(event.clone())
            }
            _ => None,
        })
        .await;
    assert_eq!((deleted.room, deleted.what), (room, What::Deleted { target }));
    is_gone(&workspace, "something vile").await;
    let noted = ada.get("/admin/audit?kind=messageRemoved").await.text;
    assert!(noted.contains("Ada") && noted.contains(">Bo<") && !noted.contains("something vile"));
}

/// A text is neither in the log nor in what is kept beside it, nor anywhere else in the files.
async fn is_gone(workspace: &Workspace, text: &str) {
    let db = rusqlite::Connection::open(workspace.server.database()).unwrap();
    let tables: Vec<String> = {
        let mut asking = db.prepare("select name from sqlite_schema where type = 'table'").unwrap();
        let names = asking.query_map([], |row| row.get(0)).unwrap();
        names.collect::<Result<_, _>>().unwrap()
    };
    for table in tables {
        let mut asking = db.prepare(&format!("select * from \"{table}\"")).unwrap();
        let columns = asking.column_count();
        let mut rows = asking.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                let value = row.get_ref(column).unwrap();
                let bytes = match value {
                    rusqlite::types::ValueRef::Text(bytes)
                    | rusqlite::types::ValueRef::Blob(bytes) => bytes,
                    _ => continue,
                };
                let found = String::from_utf8_lossy(bytes).contains(text);
                assert!(!found, "{text:?} is still in {table}");
            }
        }
    }
}

#[tokio::test]
async fn everything_that_somebody_wrote_is_erased_everywhere_and_others_words_stay() {
    let mut workspace = Workspace::start().await;
    let mel = workspace.join("Mel", Role::Member).await;
    let mel_is = mel.id;
    let mut mel = mel.connect().await;
    let mut mara = workspace.mara.connect().await;
    let lobby = mel.lobby();
    let name = RoomName::parse("plans").unwrap();
    let create = Command::CreateRoom { op: new_op(), name, topic: String::new(), private: true };
    let private = mel.achieve(&create).await.0;
    let first = mel.say_in(lobby, "the first of Mel").await;
    mara.say("a word of Mara").await;
    let edit =
        Command::Edit { op: new_op(), room: lobby, target: first, text: "edited by Mel".into() };
    mel.achieve(&edit).await;
    mel.say_in(private, "in private by Mel").await;
    workspace.mara.manage(mel_is, "erase", &[]).await;
    let purged = |frame: &Frame| match frame {
        Frame::Event(event) => matches!(event.what, What::Purged { .. }).then(|| event.room),
        _ => None,
    };
    let mut rooms = vec![mel.expect("a purge", purged).await, mel.expect("another", purged).await];
    rooms.sort_unstable();
    let mut both = vec![lobby, private];
    both.sort_unstable();
    assert_eq!(rooms, both, "also where the admin is not");
    for text in ["the first of Mel", "edited by Mel", "in private by Mel"] {
        is_gone(&workspace, text).await;
        for path in ["/", "/?after=0"] {
            assert!(!workspace.mara.get(path).await.text.contains(text), "{text}");
        }
        let page = mara.page(lobby, Anchor::After(0), 100).await;
        assert!(!format!("{page:?}").contains(text), "{text}");
    }
    assert!(workspace.mara.get("/").await.text.contains("a word of Mara"));
    mel.say("I may go on").await;
}

#[tokio::test]
async fn a_deleted_account_leaves_no_name_and_its_words_or_not() {
    for keep in ["keep", "erase"] {
        let mut workspace = Workspace::start().await;
        let mut mel = workspace.join("Melisande", Role::Member).await;
        let bo = workspace.join("Bo", Role::Member).await;
        let fields =
            [("name", "Melisande"), ("handle", "melisande.q"), ("mail", "mel@fernhill.example")];
        assert_eq!(mel.post("/settings/profile", &fields).await.status, 303);
        let token = mel.token("write").await;
        let mut socket = mel.connect().await;
        let lobby = socket.lobby();
        socket.say("words to keep").await;
        let open = Command::OpenDirect { op: new_op(), people: vec![bo.id] };
        let direct = socket.achieve(&open).await.0;
        socket.say_in(direct, "between us").await;
        let mut mara = workspace.mara.connect().await;
        mara.say("hello @melisande.q").await;

        let mut stale = mel.login.browser.clone();
        let wrong = [("password", "velvet moon"), ("keep", keep)];
        assert_eq!(mel.post("/settings/delete", &wrong).await.status, 422);
        let page = mel.post("/settings/delete", &[("password", PASSWORD), ("keep", keep)]).await;
        assert_eq!((page.status, page.header("location")), (303, "/signin"), "{}", page.text);
        assert_eq!(socket.closed().await.0, close::UNAUTHORIZED);
        // Nothing is kept of the cookie either: whoever has it is nobody in particular.
        let page = stale.post("/settings/tokens", &[("name", "x")]).await;
        assert_eq!(page.status, 401);
        let path = format!("/?token={token}");
        let mut bot = harness::Plain::socket(&workspace.server, &path, None).await;
        assert!(harness::client::next_text(&mut bot).await.is_err());

        for hidden in ["Melisande", "mel@fernhill.example"] {
            for path in ["/", "/admin/people", "/?after=0", "/admin/audit"] {
                let text = workspace.mara.get(path).await.text;
                assert!(!text.contains(hidden), "{keep}: {hidden} on {path}");
            }
            for room in [lobby, direct] {
                let mut bo = bo.connect().await;
                let page = bo.page(room, Anchor::After(0), 100).await;
                assert!(!format!("{page:?}").contains(hidden), "{keep}: {page:#?}");
                assert!(!format!("{:?}", bo.welcome).contains(hidden), "{keep}");
                bo.send(&Command::Who { room: lobby }).await;
                let here = bo
                    .expect("who is here", |frame| match frame {
                        Frame::Here { people, .. } => Some(people.clone()),
                        _ => None,
                    })
                    .await;
                assert!(!format!("{here:?}").contains(hidden), "{keep}");
            }
            is_gone(&workspace, hidden).await;
        }
        for text in ["words to keep", "between us"] {
            if keep == "erase" {
                is_gone(&workspace, text).await;
            }
        }
        let text = workspace.mara.get("/").await.text;
        assert_eq!(text.contains("words to keep"), keep == "keep");
        // Name and handle are free.
        workspace.join("Melisande", Role::Member).await;
    }
}

#[tokio::test]
async fn an_export_holds_ones_own_words_and_nobody_elses() {
    let mut workspace = Workspace::start().await;
    let mut mel = workspace.join("Mel", Role::Member).await;
    let mut mara = workspace.mara.connect().await;
    let mut socket = mel.connect().await;
    let (mine, gone) = (socket.say("what Mel said").await, socket.say("taken back").await);
    mara.say("what Mara said").await;
    let room = socket.lobby();
    let edit = Command::Edit { op: new_op(), room, target: mine, text: "said otherwise".into() };
    socket.achieve(&edit).await;
    socket.achieve(&Command::Delete { op: new_op(), room, target: gone }).await;
    mel.token("write").await;
    let hash: String = {
        let db = rusqlite::Connection::open(workspace.server.database()).unwrap();
        let asked = "select password_hash from users where name = 'Mel'";
        db.query_row(asked, [], |row| row.get(0)).unwrap()
    };
    for path in ["/settings/export.json", "/settings/export.html"] {
        let page = mel.get(path).await;
        assert_eq!(page.status, 200);
        assert!(page.header("content-disposition").starts_with("attachment"));
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(page.text.contains("said otherwise"), "{}", page.text);
        for other in ["what Mara said", "taken back", "Fernhill", &hash] {
            assert!(!page.text.contains(other), "{path}: {other}");
        }
    }
    let json: serde_json::Value =
        serde_json::from_str(&mel.get("/settings/export.json").await.text).unwrap();
    assert_eq!(json["account"]["name"], "Mel");
    let guest = Client::arrive(&workspace.server, "Gus").await;
    let mut guest = guest.login.browser;
    assert_eq!(guest.get("/settings/export.json").await.status, 303);
}

#[tokio::test]
async fn what_is_done_to_people_in_rooms_is_noted_without_a_word_of_what_they_wrote() {
    let mut workspace = Workspace::start().await;
    let mel = workspace.join("Mel", Role::Member).await;
    let ada = workspace.join("Ada", Role::Admin).await;
    let (mut mel, mut ada) = (mel.connect().await, ada.connect().await);
    let person = mel.me().id;
    let garden = ada.create("garden").await;
    let name = RoomName::parse("attic").unwrap();
    let create = Command::CreateRoom { op: new_op(), name, topic: String::new(), private: true };
    let attic = ada.achieve(&create).await.0;
    for room in [garden, attic] {
        ada.achieve(&Command::Add { op: new_op(), room, person }).await;
        ada.achieve(&rules(room, Rules { keep_days: 30, ..Rules::default() })).await;
        let target = mel.say_in(room, "something vile").await;
        let own = mel.say_in(room, "something mild").await;
        mel.achieve(&Command::Delete { op: new_op(), room, target: own }).await;
        ada.achieve(&Command::Delete { op: new_op(), room, target }).await;
        ada.achieve(&Command::Remove { op: new_op(), room, person }).await;
    }
    let mut noted = Vec::new();
    for kind in ["rulesChanged", "messageDeleted", "personPutOut"] {
        let page = workspace.mara.get(&format!("/admin/audit?kind={kind}")).await.text;
        assert_eq!(page.matches("# garden").count(), 1, "{kind}: {page}");
        assert!(page.contains("Ada") && page.contains("127.0.0.1"), "{page}");
        noted.push(page);
    }
    assert!(noted[1].contains("Mel: # garden") && noted[2].contains("Mel: # garden"));
    // What happens in a private room is nobody's business who is not in it.
    let all = workspace.mara.get("/admin/audit").await.text;
    for secret in ["attic", "something vile", "something mild"] {
        assert!(!all.contains(secret), "{all}");
    }
}
