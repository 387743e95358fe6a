//! The pages before one is in.

use shared::permission::Role;

use super::{HARM, page, samples};
use crate::pages::*;

fn sign_in() -> SignInPage {
    SignInPage {
        host: format!("chat.fernhill.example{HARM}"),
        name: format!("mara{HARM}"),
        error: None,
        next: format!("/r/garden{HARM}"),
        may_sign_up: true,
        may_look_around: true,
    }
}

#[test]
fn signing_in() {
    let html = page(AccountPage::SignIn(sign_in()));
    html.has_form("/signin", &["name", "password", "next"]);
    html.has_form("/signin/passkey", &["ticket", "response", "next"]);
    html.says(HARM, 6);
    assert!(html.has_link("/signup") && html.has_link("/"));
    assert_eq!(html.all("script").count(), 1);
    assert!(html.field("password").get("value").is_none());
}

#[test]
fn signing_in_where_nobody_else_comes_in() {
    let closed = SignInPage { may_sign_up: false, may_look_around: false, ..sign_in() };
    let html = page(AccountPage::SignIn(closed));
    assert!(!html.has_link("/signup") && !html.has_link("/"));
}

#[test]
fn a_refused_password_is_said_at_the_password_and_the_name_is_kept() {
    let wrong = "Name or password is not right.";
    let html = page(AccountPage::SignIn(SignInPage {
        name: "mara".to_owned(),
        error: Some(wrong.to_owned()),
        ..sign_in()
    }));
    html.refuses("password", wrong);
    assert_eq!(html.field("name").get("value"), Some("mara"));
}

#[test]
fn the_second_step() {
    let (error, next) = (Some(format!("That was not it.{HARM}")), format!("/{HARM}"));
    let html = page(AccountPage::Code(CodePage { error, next }));
    html.has_form("/signin/code", &["code", "next"]);
    html.says(HARM, 4);
    assert_eq!(html.all("script").count(), 0);
    let codes: Vec<_> = html.all("input").filter_map(|input| input.get("aria-invalid")).collect();
    assert_eq!(codes, ["true"]);
}

#[test]
fn signing_up_as_a_guest() {
    let guest = Some(samples::person(7, "User-3f2a", HARM));
    let account = samples::new_account(HARM);
    let html = page(AccountPage::SignUp(SignUpPage { account, guest }));
    let fields = ["name", "handle", "mail"];
    assert!(html.text.contains(&format!("At least {PASSWORD_CHARS_MIN} characters.")));
    html.has_form("/signup", &[fields.as_slice(), &["password"]].concat());
    html.has_form("/signup/passkey", &[fields.as_slice(), &["ticket", "response"]].concat());
    html.says(HARM, 8);
    assert!(html.text.contains("stay yours"));
}

#[test]
fn a_refused_sign_up_shows_the_form_that_was_sent() {
    let taken = "Somebody is called that already.";
    let account = NewAccount { name: Entry::refused("Kofi", taken), ..samples::new_account("") };
    let html = page(AccountPage::SignUp(SignUpPage { account, guest: None }));
    html.refuses("name", taken);
    let chosen = html.all("input").find(|way| way.get("checked").is_some());
    assert_eq!(chosen.and_then(|way| way.get("value")), Some("password"));
    assert!(!html.text.contains("stay yours"));
}

#[test]
fn a_refused_passkey_shows_its_form_again() {
    let name = Entry::refused("Kofi", "Somebody is called that already.");
    let account = NewAccount { name, by_passkey: true, ..samples::new_account("") };
    let html = page(AccountPage::SignUp(SignUpPage { account, guest: None }));
    let refused = html.all("input").filter(|field| field.get("aria-invalid").is_some());
    let ids: Vec<_> = refused.filter_map(|field| field.get("id")).collect();
    assert_eq!(ids, ["passkey-name"]);
    let chosen = html.all("input").find(|way| way.get("checked").is_some());
    assert_eq!(chosen.and_then(|way| way.get("value")), Some("passkey"));
}

#[test]
fn an_invitation_says_who_invites_as_what() {
    let html = page(AccountPage::Join(Box::new(JoinPage {
        code: "Zk3v9".to_owned(),
        by: format!("Ines Duarte{HARM}"),
        role: Role::Admin,
        account: samples::new_account(HARM),
        guest: None,
    })));
    html.has_form("/join/Zk3v9", &["name", "handle", "mail", "password"]);
    html.has_form("/join/Zk3v9/passkey", &["name", "handle", "mail", "ticket", "response"]);
    html.says(HARM, 8);
    assert!(html.text.contains(" invites you as an admin."));
}

#[test]
fn an_invitation_that_has_ended() {
    let html = page(AccountPage::Ended);
    assert!(html.has_link("/signin"));
    assert_eq!(html.all("form").count(), 0);
}

#[test]
fn a_new_password() {
    let weak = "Everybody tries this one first.";
    let html = page(AccountPage::Reset(ResetPage {
        code: "Zk3v9".to_owned(),
        name: format!("Mara{HARM}"),
        error: Some(weak.to_owned()),
    }));
    html.has_form("/reset/Zk3v9", &["password"]);
    html.refuses("password", weak);
    html.says(HARM, 2);
}

#[test]
fn setting_up() {
    let html = page(AccountPage::Setup(samples::setup(HARM)));
    html.has_form("/setup/8fj2k", &["workspace", "name", "handle", "mail", "password", "join"]);
    html.refuses("mail", "This address has no ending such as .org.");
    html.says(HARM, 6);
    let join: Vec<_> = html
        .all("input")
        .filter(|input| input.get("name") == Some("join"))
        .map(|input| (input.get("value").unwrap(), input.get("checked").is_some()))
        .collect();
    assert_eq!(join, [("guests", true), ("signUp", false), ("invitation", false)]);
    assert!(html.text.contains("<title>Set up Hubbub</title>"));
}

#[test]
fn what_went_wrong() {
    let html = page(AccountPage::Message(MessagePage {
        title: format!("Too many tries{HARM}"),
        sentence: format!("Wait five minutes.{HARM}"),
        href: "/signin".to_owned(),
        words: format!("Back{HARM}"),
    }));
    html.says(HARM, 4);
    assert!(html.has_link("/signin"));
}
