//! The settings, of a guest and of somebody with an account.

use shared::permission::Role;

use super::html::Html;
use super::{HARM, page, samples};
use crate::pages::settings::*;
use crate::pages::*;

fn sample() -> SettingsPage {
    let passkey = |id: &str, name: &str, used: Option<&str>| Passkey {
        id: id.to_owned(),
        name: format!("{name}{HARM}"),
        added: format!("2 March 2026{HARM}"),
        used: used.map(|used| format!("{used}{HARM}")),
    };
    let login = |id: &str, device: &str, used: &str| Login {
        id: id.to_owned(),
        device: format!("{device}{HARM}"),
        is_phone: device.contains("iPhone"),
        address: format!("192.0.2.14{HARM}"),
        used: format!("{used}{HARM}"),
        is_this: id == "1",
    };
    let token = |id: &str, name: &str, writes: bool| Token {
        id: id.to_owned(),
        name: format!("{name}{HARM}"),
        writes,
        made: format!("9 November 2026{HARM}"),
        used: writes.then(|| format!("yesterday at 22:10{HARM}")),
    };
    let account = Account {
        handle: Entry::new(format!("mara{HARM}")),
        mail: Entry::new(format!("mara@fernhill.example{HARM}")),
        password: Password { has_one: true, ..Password::default() },
        passkeys: Passkeys {
            all: vec![passkey("1", "Laptop", Some("today at 07:58")), passkey("2", "Phone", None)],
            ..Passkeys::default()
        },
        codes: Codes::On { unused: 8, fresh: Vec::new(), error: None },
        logins: vec![
            login("1", "Chromium on Linux", "Active now"),
            login("2", "Safari on iPhone", "Today at 07:58"),
            login("3", "Firefox on Windows", "3 November at 16:20"),
        ],
        tokens: Tokens {
            all: vec![token("1", "Door sensor", true), token("2", "Weekly digest", false)],
            ..Tokens::default()
        },
        leaving: Leaving::default(),
    };
    SettingsPage {
        me: samples::mara(HARM),
        done: Some((Part::Profile, format!("Your profile is saved.{HARM}"))),
        name: Entry::new(format!("Mara Lindqvist{HARM}")),
        whose: Whose::Account(Box::new(account)),
    }
}

fn account(page: &mut SettingsPage) -> &mut Account {
    match &mut page.whose {
        Whose::Account(account) => account,
        Whose::Guest { .. } => panic!("a guest"),
    }
}

fn settings(change: impl FnOnce(&mut SettingsPage)) -> Html {
    let mut settings = sample();
    change(&mut settings);
    page(AccountPage::Settings(Box::new(settings)))
}

#[test]
fn an_account_has_all_of_it() {
    let html = settings(|_| {});
    html.has_form("/settings/profile", &["name", "handle", "mail"]);
    html.has_form("/settings/password", &["current", "password"]);
    assert!(html.text.contains(&format!("At least {PASSWORD_CHARS_MIN} characters.")));
    html.has_form("/settings/passkeys", &["name", "ticket", "response"]);
    html.has_form("/settings/passkeys/2/remove", &[]);
    html.has_form("/settings/totp/codes", &[]);
    html.has_form("/settings/totp/off", &["proof"]);
    html.has_form("/theme", &["theme"]);
    html.has_form("/settings/logins/2/end", &[]);
    html.has_form("/settings/logins/end-others", &[]);
    html.has_form("/signout", &[]);
    html.has_form("/settings/tokens", &["name", "scope"]);
    html.has_form("/settings/tokens/1/revoke", &[]);
    html.has_form("/settings/delete", &["keep", "password"]);
    assert!(html.has_link("/settings/export.json") && html.has_link("/settings/export.html"));
    assert!(html.has_link("/admin/people"));
    html.says(HARM, 25);
}

#[test]
fn a_guest_has_a_name_and_how_it_looks() {
    let html = settings(|page| {
        page.me = Me { role: Role::Guest, administers: false, invites: false, ..page.me.clone() };
        page.whose = Whose::Guest { may_sign_up: true };
    });
    html.has_form("/settings/profile", &["name"]);
    assert_eq!(html.all("form").count(), 2);
    assert!(html.has_link("/signup") && !html.has_link("#tokens"));
    assert!(!html.has_link("/admin/people"));
}

#[test]
fn what_was_done_is_said_in_its_part() {
    let html = settings(|page| page.done = Some((Part::Logins, "Signed out there.".to_owned())));
    let said = html.text.find("Signed out there.").unwrap();
    assert!(said > html.text.find("id=\"logins\"").unwrap());
    assert!(said < html.text.find("id=\"tokens\"").unwrap());
}

#[test]
fn the_look_that_is_chosen_is_pressed() {
    let html = settings(|_| {});
    let pressed: Vec<_> = html
        .all("button")
        .filter(|button| button.get("aria-pressed") == Some("true"))
        .filter_map(|button| button.get("value"))
        .collect();
    assert_eq!(pressed, ["dark"]);
}

#[test]
fn a_refused_password_opens_its_fold() {
    let wrong = "This is not your present password.";
    let html = settings(|page| {
        account(page).password.current_error = Some(wrong.to_owned());
    });
    html.refuses("current", wrong);
    assert!(html.all("details").any(|fold| fold.get("open").is_some()));
}

#[test]
fn who_has_no_password_is_asked_for_none() {
    let html = settings(|page| account(page).password.has_one = false);
    html.has_form("/settings/password", &["password"]);
    html.has_form("/settings/delete", &["keep", "word"]);
}

#[test]
fn two_step_codes_are_off_then_started_then_on() {
    let html = settings(|page| account(page).codes = Codes::Off);
    html.has_form("/settings/totp/start", &[]);

    let wrong = "That was not it. Look whether the clock of the phone is right.";
    let html = settings(|page| {
        account(page).codes = Codes::Starting {
            qr: samples::qr(),
            secret: format!("JBSW Y3DP{HARM}"),
            error: Some(wrong.to_owned()),
        };
    });
    html.has_form("/settings/totp/confirm", &["secret", "code"]);
    html.refuses("code", wrong);
    assert!(html.all("svg").any(|svg| svg.get("viewBox") == Some("-4 -4 37 37")));

    let html = settings(|page| {
        let fresh = vec!["4k7m-9xq2".to_owned(), format!("p3wd-6htz{HARM}")];
        account(page).codes = Codes::On { unused: 10, fresh, error: None };
    });
    assert!(html.text.contains("data-copy=\"4k7m-9xq2\np3wd-6htz"));
}

#[test]
fn a_token_is_shown_when_it_is_made() {
    let html = settings(|page| {
        account(page).tokens.made = Some(MadeToken {
            name: format!("Door sensor{HARM}"),
            token: format!("hub_Zk3v9QmT5wXr8LbN{HARM}"),
        });
    });
    let copied = html.all("button").filter_map(|button| button.get("data-copy"));
    assert!(copied.into_iter().any(|text| text.starts_with("hub_Zk3v9QmT5wXr8LbN")));
}
