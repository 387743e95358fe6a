//! Which page is for whom: every route of the router as every role. The list is held against the
//! router's text, so that a new route without a row fails; and rooms of others are nowhere by any.

use std::collections::BTreeSet;

use harness::client::new_op;
use harness::{Browser, Client, Page, Workspace};
use shared::permission::Role;
use shared::protocol::*;

/// The source that has every route.
const ROUTER: &str = include_str!("../../server/src/router.rs");

/// Whom a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// Whoever comes: what they may is asked further in.
    All,
    /// Those with an account.
    Members,
    /// Those who look after the workspace.
    Admins,
}

use For::{Admins, All, Members};

const ROWS: &[(&str, &str, For)] = &[
    ("any", "/", All),
    ("any", "/ws", All),
    ("get", "/r/{name}", All),
    ("post", "/r/{name}/post", All),
    ("post", "/r/{name}/join", All),
    ("post", "/r/{name}/leave", All),
    ("post", "/r/{name}/topic", All),
    ("get", "/shell", All),
    ("get", "/sw.js", All),
    ("post", "/rooms", All),
    ("post", "/name", All),
    ("post", "/theme", All),
    ("get", "/pkg/{*path}", All),
    ("get", "/healthz", All),
    ("get", "/signin", All),
    ("post", "/signin", All),
    ("get", "/signin/code", All),
    ("post", "/signin/code", All),
    ("post", "/signin/passkey/begin", All),
    ("post", "/signin/passkey", All),
    ("post", "/signout", All),
    ("get", "/setup/{code}", All),
    ("post", "/setup/{code}", All),
    ("get", "/signup", All),
    ("post", "/signup", All),
    ("post", "/signup/passkey/begin", All),
    ("post", "/signup/passkey", All),
    ("get", "/join/{code}", All),
    ("post", "/join/{code}", All),
    ("post", "/join/{code}/passkey/begin", All),
    ("post", "/join/{code}/passkey", All),
    ("get", "/reset/{code}", All),
    ("post", "/reset/{code}", All),
    // Guests have a name and how it looks.
    ("get", "/settings", All),
    ("post", "/settings/profile", All),
    ("post", "/settings/password", Members),
    ("post", "/settings/passkeys/begin", Members),
    ("post", "/settings/passkeys", Members),
    ("post", "/settings/passkeys/{id}/remove", Members),
    ("post", "/settings/totp/start", Members),
    ("post", "/settings/totp/confirm", Members),
    ("post", "/settings/totp/codes", Members),
    ("post", "/settings/totp/off", Members),
    ("post", "/settings/logins/end-others", Members),
    ("post", "/settings/logins/{id}/end", Members),
    ("post", "/settings/tokens", Members),
    ("post", "/settings/tokens/{id}/revoke", Members),
    ("get", "/settings/export.json", Members),
    ("get", "/settings/export.html", Members),
    ("post", "/settings/delete", Members),
    ("get", "/admin", Admins),
    ("get", "/admin/people", Admins),
    ("post", "/admin/people", Admins),
    ("post", "/admin/people/{id}/role", Admins),
    ("post", "/admin/people/{id}/standing", Admins),
    ("post", "/admin/people/{id}/ban", Admins),
    ("post", "/admin/people/{id}/reset", Admins),
    ("post", "/admin/people/{id}/signout", Admins),
    ("post", "/admin/people/{id}/erase", Admins),
    // Members may invite, and see what they have made.
    ("get", "/admin/invitations", Members),
    ("post", "/admin/invitations", Members),
    ("post", "/admin/invitations/{code}/end", Members),
    ("get", "/admin/rooms", Admins),
    ("post", "/admin/rooms/{name}/rules", Admins),
    ("get", "/admin/access", Admins),
    ("post", "/admin/access", Admins),
    ("post", "/admin/addresses/lift", Admins),
    ("get", "/admin/audit", Admins),
    ("get", "/admin/reports", Admins),
    ("post", "/admin/reports/{id}/close", Admins),
];

/// Method and path of every route, as the router has them.
fn routes() -> BTreeSet<(String, String)> {
    let mut routes = BTreeSet::new();
    for route in ROUTER.split(".route(").skip(1) {
        let mut parts = route.split('"');
        let path = parts.nth(1).expect("a path");
        let methods = parts.next().unwrap();
        let methods = methods.split_once(")\n").map_or(methods, |(methods, _)| methods);
        for method in ["any", "get", "post", "put", "delete", "patch"] {
            if methods.contains(&format!("{method}(")) {
                routes.insert((method.to_owned(), path.to_owned()));
            }
        }
    }
    routes
}

#[test]
fn every_route_has_its_row() {
    let rows = ROWS.iter().map(|(method, path, _)| (method.to_string(), path.to_string()));
    let rows: BTreeSet<_> = rows.collect();
    assert_eq!(rows, routes());
    assert_eq!(ROUTER.matches(".route(").count(), ROUTER.matches(".route(\"").count());
    assert!(!ROUTER.contains(".nest(") && !ROUTER.contains("method_routing"));
}

/// A path of this kind that leads to nothing.
fn nowhere(path: &str) -> String {
    let path = path.replace("{*path}", "nothing.js").replace("{name}", "nothing");
    let code = "0".repeat(32);
    let id = if path.starts_with("/admin/reports") { "999999" } else { code.as_str() };
    path.replace("{code}", &code).replace("{id}", id)
}

async fn ask(browser: &mut Browser, method: &str, path: &str) -> Page {
    if method == "post" { browser.post(path, &[]).await } else { browser.get(path).await }
}

#[tokio::test]
async fn every_route_is_for_whom_it_is_for() {
    let mut workspace = Workspace::start().await;
    workspace.join("Mel", Role::Member).await;
    workspace.join("Ada", Role::Admin).await;
    for role in Role::ALL {
        let signed_in = async || match role {
            Role::Guest => Browser::new(&workspace.server),
            Role::Member => workspace.sign_in("Mel").await.login.browser,
            Role::Admin => workspace.sign_in("Ada").await.login.browser,
            Role::Owner => workspace.sign_in("Mara").await.login.browser,
        };
        let mut browser = signed_in().await;
        browser.get("/").await;
        for (method, path, whom) in ROWS {
            let page = ask(&mut browser, method, &nowhere(path)).await;
            let cell = format!("{role:?} {method} {path}: {} {}", page.status, page.text);
            let is_let_in = match whom {
                All => true,
                Members => role > Role::Guest,
                Admins => role > Role::Member,
            };
            let to_sign_in = page.header("location").starts_with("/signin?next=");
            match (is_let_in, role, *method) {
                (true, ..) => {
                    assert!(!matches!(page.status, 401 | 403), "{cell}");
                    assert!(!to_sign_in, "{cell}");
                    assert!(page.status < 500, "{cell}");
                }
                (false, Role::Guest, "post") => assert_eq!(page.status, 401, "{cell}"),
                (false, Role::Guest, _) => {
                    assert_eq!(page.status, 303, "{cell}");
                    assert!(to_sign_in, "{cell}");
                }
                (false, ..) => assert_eq!(page.status, 403, "{cell}"),
            }
            if path.contains("signout") || path.ends_with("end-others") {
                browser = signed_in().await;
            }
        }
    }
}

/// What a page says, but for what is drawn anew each time, and the name that was asked for.
fn words(page: &Page, name: &str) -> (u16, String, String) {
    let text = page.text.replace(name, "NAME");
    let mut words = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_hexdigit() || c == '-' {
            run.push(c);
        } else {
            words.push_str(if run.len() >= 32 { "#" } else { &run });
            run.clear();
            words.push(c);
        }
    }
    (page.status, page.header("location").replace(name, "NAME"), words)
}

#[tokio::test]
async fn a_room_of_others_is_as_absent_to_every_page_and_form() {
    let mut workspace = Workspace::start().await;
    let ned = workspace.join("Ned", Role::Member).await;
    let bo = workspace.join("Bo", Role::Member).await;
    let mel = workspace.join("Mel", Role::Member).await;
    let ada = workspace.join("Ada", Role::Admin).await;
    let mut ned = ned.connect().await;
    let name = RoomName::parse("plans").unwrap();
    let create =
        Command::CreateRoom { op: new_op(), name, topic: "surprise".into(), private: true };
    let private = ned.achieve(&create).await.0;
    let direct = ned.achieve(&Command::OpenDirect { op: new_op(), people: vec![bo.id] }).await.0;
    let guest = Client::arrive(&workspace.server, "Gus").await.vanish();
    let mara = workspace.mara.clone();
    let id = private.0.simple().to_string();
    let pairs = [
        (format!("plans-{}", &id[22..]), format!("plans-{}", "0123456789")),
        (direct.0.simple().to_string(), "0192".repeat(8)),
    ];
    for room in [private, direct] {
        ned.say_in(room, "of others").await;
    }
    for login in [guest, mel.login, ada.login, mara.login] {
        let mut browser = login.browser;
        for (there, absent) in &pairs {
            for query in ["", "?before=9", "?after=0"] {
                let one = browser.get(&format!("/r/{there}{query}")).await;
                let other = browser.get(&format!("/r/{absent}{query}")).await;
                assert_eq!(one.status, 404, "{}", login.label);
                assert_eq!(words(&one, there), words(&other, absent), "{}", login.label);
                assert!(!one.text.contains("of others") && !one.text.contains("surprise"));
            }
            for form in ["post", "join", "leave", "topic"] {
                let fields = || {
                    let op = new_op().to_string();
                    [("op", op), ("text", "hello".into()), ("topic", "mine".into())]
                };
                let mut answers = Vec::new();
                for name in [there, absent] {
                    let fields = fields();
                    let fields: Vec<(&str, &str)> =
                        fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                    let page = browser.post(&format!("/r/{name}/{form}"), &fields).await;
                    answers.push(words(&page, name));
                }
                assert_eq!(answers[0], answers[1], "{} {form}", login.label);
                assert_eq!(answers[0].0, 303);
            }
            let rules = [("slow_s", "5"), ("keep_days", "1")];
            let one = browser.post(&format!("/admin/rooms/{there}/rules"), &rules).await;
            let other = browser.post(&format!("/admin/rooms/{absent}/rules"), &rules).await;
            assert_eq!(words(&one, there), words(&other, absent), "{}", login.label);
        }
        for page in ["/", "/admin/rooms", "/admin/audit", "/admin/people", "/settings"] {
            let text = browser.get(page).await.text;
            for room in [private, direct] {
                assert!(!text.contains(&room.to_string()), "{} {page}", login.label);
                assert!(!text.contains(&room.0.simple().to_string()), "{} {page}", login.label);
            }
            assert!(!text.contains(&pairs[0].0), "{} {page}", login.label);
        }
    }
    for room in [private, direct] {
        let next = ned.say_in(room, "nothing happened").await;
        let page = ned.page(room, Anchor::Before(next), 1).await;
        assert_eq!(page.events[0].what, What::Posted { text: "of others".into() });
    }
}
