//! Names that pretend to be somebody else's: of people, handles and rooms, by every way to take one.

use harness::client::new_op;
use harness::people::{PASSWORD, account_form};
use harness::{Browser, Client, Workspace};
use shared::permission::Role;
use shared::protocol::*;

/// What the eye takes for Mara.
const LIKE_MARA: [&str; 8] = [
    "MARA",
    " Mara ",
    "M a r a",
    "Ma\u{200b}ra",
    "М\u{430}ra",
    "\u{202e}Mara",
    "Ｍａｒａ",
    "Mara\u{3164}",
];

#[tokio::test]
async fn a_name_that_looks_like_anothers_is_nobody_elses_however_it_is_taken() {
    let mut workspace = Workspace::start().await;
    let mut mel = workspace.join("Mel", Role::Member).await;
    let link = workspace.invite(Role::Member, 50).await;
    let mut member = mel.connect().await;
    let mut guest = Client::arrive(&workspace.server, "Gus").await;
    for name in LIKE_MARA {
        for client in [&mut member, &mut guest] {
            let rename = Command::Rename { op: new_op(), name: name.into() };
            assert_eq!(client.refused(&rename).await, Code::NameTaken, "{name:?}");
        }
        for path in ["/signup", &link] {
            let mut browser = Browser::new(&workspace.server);
            let page = browser.post(path, &account_form(name)).await;
            assert_eq!(page.status, 422, "{path} {name:?}");
            assert!(page.text.contains("Somebody already has this name."), "{path} {name:?}");
        }
        let fields = [("name", name), ("handle", "mel")];
        assert_eq!(mel.post("/settings/profile", &fields).await.status, 422, "{name:?}");
        let fields = [("name", name), ("role", "member")];
        let page = workspace.mara.post("/admin/people", &fields).await;
        assert!(page.text.contains("Somebody already has this name."), "{name:?}");
        assert!(!workspace.server.order(&["user", "add", name]).status.success(), "{name:?}");
        let op = new_op().to_string();
        let page = mel.post("/name", &[("op", &op), ("name", name)]).await;
        assert!(page.header("location").ends_with("?refused=nameTaken"), "{name:?}");
    }
    assert_eq!(mel.connect().await.me().name, "Mel");
}

#[tokio::test]
async fn a_handle_is_nobodys_name_and_a_name_nobodys_handle() {
    let mut workspace = Workspace::start().await;
    let mut mel = workspace.join("Mel", Role::Member).await;
    let fields = [("name", "Mel"), ("handle", "keeper"), ("mail", "mel@fernhill.example")];
    assert_eq!(mel.post("/settings/profile", &fields).await.status, 303);
    let mut guest = Client::arrive(&workspace.server, "Gus").await;
    for name in ["keeper", "Keeper", "KEEPER "] {
        let rename = Command::Rename { op: new_op(), name: name.into() };
        assert_eq!(guest.refused(&rename).await, Code::NameTaken, "{name}");
    }
    let sign_up = async |fields: &[(&str, &str)]| {
        let mut browser = Browser::new(&workspace.server);
        browser.post("/signup", fields).await
    };
    for handle in ["mara", "keeper", "@Keeper", "mel"] {
        let form = [("name", "Zoe"), ("handle", handle), ("password", PASSWORD)];
        let page = sign_up(&form).await;
        assert_eq!(page.status, 422, "{handle}");
        assert!(page.text.contains("Somebody already signs in with this."), "{handle}");
    }
    for handle in ["a", "a b", "мара", "..", "a\u{200b}b", "a/b", "<b>"] {
        let form = [("name", "Zoe"), ("handle", handle), ("password", PASSWORD)];
        assert_eq!(sign_up(&form).await.status, 422, "{handle:?}");
    }
    for mail in ["mel@fernhill.example", "MEL@Fernhill.example", "x\r\nBcc: y@z.example", "x"] {
        let form = [("name", "Zoe"), ("mail", mail), ("password", PASSWORD)];
        assert_eq!(sign_up(&form).await.status, 422, "{mail:?}");
    }
}

#[tokio::test]
async fn towers_overrides_and_nothing_at_all_are_mended_or_refused() {
    let mut workspace = Workspace::start().await;
    let link = workspace.invite(Role::Member, 20).await;
    let tower = format!("Z{}algo", "\u{335}".repeat(10_000));
    let long = "x".repeat(21);
    for (typed, shown) in [
        ("  ADMIN  ", Some("ADMIN")),
        ("\u{202e}nimda\u{2066}x", Some("nimdax")),
        (tower.as_str(), Some("Z\u{335}\u{335}algo")),
        ("Eve\u{1b}[31m\r\nroot", None),
        ("\u{200b}\u{2060}", None),
        ("!!!", None),
        ("User-3f2a", None),
        (long.as_str(), None),
    ] {
        let mut browser = Browser::new(&workspace.server);
        let page = browser.post(&link, &account_form(typed)).await;
        match shown {
            Some(shown) => {
                assert_eq!(page.status, 303, "{typed:.30?} {}", page.text);
                let login = harness::Login { label: "somebody", browser };
                assert_eq!(login.connect().await.me().name, shown);
            }
            None if page.status == 303 => {
                let login = harness::Login { label: "somebody", browser };
                let name = login.connect().await.me().name.clone();
                assert!(!name.contains(char::is_control), "{name:?}");
            }
            None => assert_eq!(page.status, 422, "{typed:.30?}"),
        }
    }
    let mut browser = Browser::new(&workspace.server);
    assert_eq!(browser.post(&link, &account_form("admin")).await.status, 422, "ADMIN is there");
}
