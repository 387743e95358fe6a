//! The command line on the data of a server that runs.

use std::time::{Duration, Instant};

use harness::client::next_text;
use harness::people::{PASSWORD, account_form, setup_path, sign_in};
use harness::{Browser, Plain, Server, Workspace, eventually};
use shared::permission::Role;
use shared::protocol::close;

/// The server looks every second, on a machine on which other tests run as well.
const SOON: Duration = Duration::from_secs(5);

fn path(link: &str) -> String {
    let (_, rest) = link.split_once("://").expect("a link");
    rest[rest.find('/').unwrap()..].to_owned()
}

#[tokio::test]
async fn people_are_added_and_made_more_and_less_beside_a_running_server() {
    let workspace = Workspace::start().await;
    let server = &workspace.server;
    let link = server.ordered(&["user", "add", "Ada Byron", "--role", "admin"]);
    assert!(link.starts_with(&format!("{}/reset/", server.origin())), "{link}");
    let mut ada = Browser::new(server);
    let page = ada.get(&path(&link)).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Ada Byron"));
    assert_eq!(ada.post(&path(&link), &[("password", "short")]).await.status, 422);
    assert_eq!(ada.post(&path(&link), &[("password", PASSWORD)]).await.status, 303);
    assert_eq!(ada.get("/admin/people").await.status, 200);
    assert_eq!(ada.post(&path(&link), &[("password", PASSWORD)]).await.status, 410, "once");
    assert_eq!(ada.get(&path(&link)).await.status, 410);

    server.ordered(&["user", "role", "ada.byron", "member"]);
    eventually("she is a member", async || {
        (ada.get("/admin/people").await.status == 403).then_some(())
    })
    .await;
    for (words, said) in [
        (["user", "role", "nobody", "admin"].as_slice(), "Nobody here is called"),
        (&["user", "role", "ada.byron", "guest"], "one of: owner, admin, member"),
        (&["user", "add", "Mara"], "Somebody already has this name."),
        (&["user", "add", "MARA"], "Somebody already has this name."),
        (&["user", "add", "\u{200b}"], "This name cannot be used."),
        (&["token", "create", "nobody"], "Nobody here is called"),
        (&["invite", "create", "--uses", "0"], "This number is too small or too large."),
        (&["invite", "create", "--role", "guest"], "one of: owner, admin, member"),
    ] {
        let output = server.order(words);
        assert!(!output.status.success() && output.stdout.is_empty(), "{words:?}");
        let why = String::from_utf8_lossy(&output.stderr);
        assert!(why.contains(said), "{words:?}: {why}");
    }
}

#[tokio::test]
async fn deactivating_from_the_command_line_closes_sockets_within_two_seconds() {
    let mut workspace = Workspace::start().await;
    let mut mel = workspace.join("Mel", Role::Member).await;
    let server = &workspace.server;
    let token = server.ordered(&["token", "create", "mel", "--name", "a bot"]);
    let reading = server.ordered(&["token", "create", "mel", "--read-only"]);
    let mut socket = mel.connect().await;
    let mut bot = mel.program(server, &token).await;
    bot.say("from the bot").await;
    socket.post("from the bot").await;
    let mut reader = mel.program(server, &reading).await;
    reader.say("not this").await;
    reader.hears(shared::protocol::Code::Forbidden.sentence()).await;

    let began = Instant::now();
    assert_eq!(server.ordered(&["user", "deactivate", "mel"]), "Done: mel.");
    assert_eq!(socket.closed().await.0, close::UNAUTHORIZED);
    assert_eq!(bot.closed().await.0, close::UNAUTHORIZED);
    assert_eq!(reader.closed().await.0, close::UNAUTHORIZED);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert_eq!(mel.get("/").await.status, 401);
    let mut socket = Plain::socket(server, &format!("/ws?token={token}"), None).await;
    assert!(next_text(&mut socket).await.is_err());

    server.ordered(&["user", "reactivate", "mel"]);
    let link = server.ordered(&["user", "reset", "@mel"]);
    let mut browser = Browser::new(server);
    assert_eq!(sign_in(&mut browser, "mel", PASSWORD).await.status, 303, "the old one holds still");
    let fields = [("password", "tulip harbour noon gravel")];
    assert_eq!(browser.post(&path(&link), &fields).await.status, 303);
    assert_eq!(sign_in(&mut Browser::new(server), "mel", PASSWORD).await.status, 422);
}

#[tokio::test]
async fn an_invitation_from_the_command_line_lets_in_as_many_as_it_says() {
    let workspace = Workspace::start().await;
    let server = &workspace.server;
    let link = server.ordered(&["invite", "create", "--uses", "2", "--role", "admin"]);
    for name in ["Ada", "Abe"] {
        let mut browser = Browser::new(server);
        assert_eq!(browser.post(&path(&link), &account_form(name)).await.status, 303);
        assert_eq!(browser.get("/admin/people").await.status, 200);
    }
    let mut late = Browser::new(server);
    assert_eq!(late.post(&path(&link), &account_form("Abel")).await.status, 410);
}

#[tokio::test]
async fn the_set_up_link_is_to_be_had_again_until_it_was_used() {
    let server = Server::start().await;
    let printed = setup_path(&server).await;
    assert_eq!(server.ordered(&["setup-link"]), format!("{}{printed}", server.origin()));
    let mut again = server;
    again.restart().await;
    assert_eq!(setup_path(&again).await, printed, "the same at the next start");
}

#[tokio::test]
async fn before_it_is_set_up_nobody_invites_from_the_command_line() {
    let server = Server::start().await;
    let output = server.order(&["invite", "create"]);
    assert!(!output.status.success());
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(why.contains("Set it up first: hubbub setup-link."), "{why}");
}
