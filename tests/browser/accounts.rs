//! What people with accounts do in more than one story: setting up, inviting, joining, signing in.

use std::path::PathBuf;
use std::process::Command;

use harness::Server;
use harness::browser::Person;

pub(crate) const PASSWORD: &str = "velvet orbit cactus moon";

/// Sets the workspace up as its owner, and is in the chat.
pub(crate) async fn sets_up(mara: &Person, server: &Server) {
    mara.visit(&setup_path(server)).await;
    mara.fills("#workspace", "Fernhill Workshop").await;
    mara.fills("#name", "Mara Lindqvist").await;
    mara.fills("#handle", "mara").await;
    mara.fills("#password", PASSWORD).await;
    mara.clicks("Open the workspace").await;
    is_at(mara, "/").await;
}

/// The path of the set-up link, as the command line prints it.
pub(crate) fn setup_path(server: &Server) -> String {
    let binary = std::env::var_os("HUBBUB_BIN").map(PathBuf::from).expect("HUBBUB_BIN");
    let order = Command::new(binary).arg("setup-link").arg("--data").arg(server.data()).output();
    let said = String::from_utf8(order.unwrap().stdout).unwrap();
    let at = said.find("/setup/").unwrap_or_else(|| panic!("no link: {said}"));
    said[at..].trim().to_owned()
}

/// Makes an invitation for so many people. Gives the path of its link.
pub(crate) async fn invites(mara: &Person, uses: u32) -> String {
    mara.visit("/admin/invitations").await;
    let is_open = mara.look::<bool>("return document.querySelector('.fold').open").await;
    if !is_open {
        mara.clicks("New invitation").await;
    }
    mara.fills("#label", "Neighbours").await;
    mara.fills("#uses", &uses.to_string()).await;
    mara.clicks("Make a link").await;
    mara.sees("The link is made.").await;
    let link: String = mara.look("return document.querySelector('.to-select').textContent").await;
    let at = link.find("/join/").expect("a link to join");
    link[at..].trim().to_owned()
}

/// Joins by this link with a password, and is in the chat.
pub(crate) async fn joins(person: &Person, link: &str, name: &str) {
    person.visit(link).await;
    fills_account(person, name).await;
    person.clicks_on("form:not([data-passkey]) button").await;
    is_at(person, "/").await;
}

/// What an account with a password needs, where both ways may stand on the page.
pub(crate) async fn fills_account(person: &Person, name: &str) {
    if person.look::<bool>("return !!document.querySelector('.segmented:not([hidden])')").await {
        person.clicks_on("label:has([value=password])").await;
    }
    person.fills("#name", name).await;
    person.fills("#password", PASSWORD).await;
}

/// Fills in the page for signing in, and sends it.
pub(crate) async fn signs_in(person: &Person, name: &str, password: &str) {
    person.visit("/signin").await;
    person.fills("#name", name).await;
    person.fills("#password", password).await;
    person.clicks("Sign in").await;
}

pub(crate) async fn signs_out(person: &Person) {
    person.visit("/settings").await;
    person.clicks_on("#logins form[action='/signout'] button").await;
    is_at(person, "/").await;
}

/// Waits until this is the page in front.
pub(crate) async fn is_at(person: &Person, path: &str) {
    let is = format!("return location.pathname === '{path}'");
    person.finds(&format!("is at {path}"), &is).await;
}

/// Opens the row of what can be done about somebody, on the page of people.
pub(crate) async fn opens_person(mara: &Person, name: &str) {
    mara.visit("/admin/people").await;
    mara.clicks(&format!("What to do about {name}")).await;
}
