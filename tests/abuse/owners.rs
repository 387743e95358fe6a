//! Somebody is always able to look after the workspace, whoever demotes whom at the same moment.

use harness::people::{PASSWORD, setup_form, setup_path};
use harness::{Browser, Server, Workspace};
use shared::permission::Role;

/// Races of two who demote each other.
const ROUNDS: usize = 25;

fn owners(workspace: &Workspace) -> i64 {
    let db = rusqlite::Connection::open(workspace.server.database()).unwrap();
    let count = "select count(*) from users where role = 'owner' and standing = 'active'";
    db.query_row(count, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn the_last_owner_neither_demotes_nor_deactivates_nor_deletes_themself() {
    let mut workspace = Workspace::start().await;
    workspace.join("Ada", Role::Admin).await;
    let mara = workspace.mara.id;
    for (what, field) in [
        ("role", ("role", "member")),
        ("standing", ("standing", "deactivated")),
        ("ban", ("address", "on")),
    ] {
        let page = workspace.mara.post(&format!("/admin/people/{mara}/{what}"), &[field]).await;
        assert_eq!(page.status, 422, "{what}");
    }
    let page =
        workspace.mara.post("/settings/delete", &[("password", PASSWORD), ("keep", "erase")]).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("The last owner stays one."), "{}", page.text);
    for words in [["user", "role", "mara", "member"].as_slice(), &["user", "deactivate", "mara"]] {
        assert!(!workspace.server.order(words).status.success(), "{words:?}");
    }
    assert_eq!(owners(&workspace), 1);
    assert_eq!(workspace.mara.get("/admin/people").await.status, 200);
}

#[tokio::test]
async fn two_owners_who_demote_each_other_at_once_leave_one() {
    let mut workspace = Workspace::start().await;
    let mut otto = workspace.join("Otto", Role::Owner).await;
    for round in 0..ROUNDS {
        let (mara, other) = (workspace.mara.id, otto.id);
        let (one, two) =
            (format!("/admin/people/{other}/role"), format!("/admin/people/{mara}/role"));
        let fields = [("role", "member")];
        let answers = tokio::join!(workspace.mara.post(&one, &fields), otto.post(&two, &fields));
        let statuses = [answers.0.status, answers.1.status];
        assert!(statuses.contains(&200), "{round}: {statuses:?}");
        assert!(statuses.iter().any(|status| [403, 422].contains(status)), "{statuses:?}");
        assert_eq!(owners(&workspace), 1, "{round}");
        for name in ["mara", "otto"] {
            workspace.server.ordered(&["user", "role", name, "owner"]);
        }
        assert_eq!(owners(&workspace), 2);
    }
}

#[tokio::test]
async fn two_owners_who_leave_at_once_leave_one() {
    let mut workspace = Workspace::start().await;
    let mut otto = workspace.join("Otto", Role::Owner).await;
    let leave = [("password", PASSWORD), ("keep", "keep")];
    let answers = tokio::join!(
        workspace.mara.post("/settings/delete", &leave),
        otto.post("/settings/delete", &leave)
    );
    let mut statuses = [answers.0.status, answers.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
    assert_eq!(owners(&workspace), 1);
}

#[tokio::test]
async fn an_admin_has_no_power_over_admins_and_owners_and_makes_nobody_an_owner() {
    let mut workspace = Workspace::start().await;
    let mut ada = workspace.join("Ada", Role::Admin).await;
    let abe = workspace.join("Abe", Role::Admin).await;
    let mel = workspace.join("Mel", Role::Member).await;
    for target in [workspace.mara.id, abe.id] {
        for (what, fields) in [
            ("role", [("role", "member")]),
            ("standing", [("standing", "deactivated")]),
            ("ban", [("address", "on")]),
            ("reset", [("x", "")]),
            ("signout", [("x", "")]),
            ("erase", [("x", "")]),
        ] {
            let page = ada.post(&format!("/admin/people/{target}/{what}"), &fields).await;
            assert_eq!(page.status, 422, "{what}");
            assert!(!page.text.contains("/reset/"), "no link is made");
        }
    }
    let promote = [("role", "owner")];
    for target in [mel.id, ada.id] {
        let page = ada.post(&format!("/admin/people/{target}/role"), &promote).await;
        assert_eq!(page.status, 422);
    }
    let invite = [("label", "x"), ("role", "owner"), ("uses", "1"), ("days", "1")];
    assert_eq!(ada.post("/admin/invitations", &invite).await.status, 403);
    let mut mel = mel;
    let invite = [("label", "x"), ("role", "admin"), ("uses", "1"), ("days", "1")];
    assert_eq!(mel.post("/admin/invitations", &invite).await.status, 403);
    let access = [
        ("workspace", "Mine"),
        ("join", "guests"),
        ("create", "guest"),
        ("invite", "guest"),
        ("post", "guest"),
    ];
    assert_eq!(ada.post("/admin/access", &access).await.status, 422, "the owner decides");
    workspace.mara.connect().await.say("still here").await;
    abe.connect().await.say("me too").await;
    assert_eq!(owners(&workspace), 1);
}

#[tokio::test]
async fn a_word_that_is_no_role_and_no_door_decides_nothing() {
    let server = Server::start().await;
    let link = setup_path(&server).await;
    let form = setup_form("Mara").map(|(field, value)| match field {
        "join" => (field, "everybody"),
        _ => (field, value),
    });
    assert_eq!(Browser::new(&server).post(&link, &form).await.status, 422);
    assert_eq!(server.ordered(&["setup-link"]), format!("{}{link}", server.origin()));

    let mut workspace = Workspace::set_up(server).await;
    let mel = workspace.join("Mel", Role::Member).await.id;
    let policy = [("workspace", "Hill"), ("invite", "member"), ("post", "guest")];
    let with = |join, create| [&policy[..], &[("join", join), ("create", create)]].concat();
    for (path, fields) in [
        (format!("/admin/people/{mel}/role"), vec![("role", "wizard")]),
        (format!("/admin/people/{mel}/role"), vec![("role", "")]),
        (format!("/admin/people/{mel}/standing"), vec![("standing", "banned")]),
        ("/admin/access".to_owned(), with("everybody", "member")),
        ("/admin/access".to_owned(), with("invitation", "wizard")),
        ("/admin/people".to_owned(), vec![("name", "Gil"), ("role", "wizard")]),
        ("/admin/invitations".to_owned(), vec![("label", "x"), ("role", "wizard")]),
    ] {
        let page = workspace.mara.post(&path, &fields).await;
        assert_eq!(page.status, 422, "{path} {fields:?}: {}", page.text);
    }
    let db = rusqlite::Connection::open(workspace.server.database()).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let as_before = "select count(*) from users where name = 'Mel' and role = 'member'
                     and standing = 'active'";
    assert_eq!(count(as_before), 1);
    assert_eq!(count("select count(*) from users where role <> 'guest'"), 2);
    assert_eq!(count("select count(*) from invitations where label = 'x'"), 0);
    assert!(workspace.mara.get("/").await.text.contains("Fernhill"));
}
