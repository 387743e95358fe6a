//! From the set-up link to a workspace with people in it: each step on the page that it has.

use harness::browser::{Person, Screen, story};
use harness::{Client, Server};

use crate::accounts::{PASSWORD, invites, is_at, joins, opens_person, sets_up, setup_path};
use crate::accounts::{fills_account, signs_in, signs_out};

#[tokio::test]
async fn mara_sets_up_and_bob_joins_by_her_link() {
    story(["Mara", "Bob"], async |server: &mut Server, [mara, bob]| {
        let setup = setup_path(server);
        mara.visit(&setup).await;
        // What is wrong stands at its field, and what was right stays.
        mara.fills("#workspace", "Fernhill Workshop").await;
        mara.fills("#name", "Mara Lindqvist").await;
        mara.fills("#password", "mara lindqvist").await;
        mara.clicks("Open the workspace").await;
        mara.finds("why", "return !!document.querySelector('#password-error')").await;
        let kept: String = mara.look("return document.querySelector('#workspace').value").await;
        assert_eq!(kept, "Fernhill Workshop");
        mara.fills("#password", PASSWORD).await;
        mara.clicks("Open the workspace").await;
        mara.connected_as("Mara Lindqvist").await;
        // Once.
        bob.visit(&setup).await;
        bob.sees("This page is not here").await;

        let link = invites(mara, 1).await;
        bob.visit(&link).await;
        bob.sees("Mara Lindqvist").await;
        joins(bob, &link, "Bob Brandt").await;
        bob.connected_as("Bob Brandt").await;
        mara.open("/").await;
        mara.says("Welcome, Bob").await;
        bob.reads(&["Welcome, Bob"]).await;
        bob.says("Good to be here").await;
        mara.reads(&["Welcome, Bob", "Good to be here"]).await;
        mara.visit(&link).await;
        mara.sees("This invitation").await;
    })
    .await;
}

#[tokio::test]
async fn a_guest_who_joins_keeps_their_name_and_what_they_wrote() {
    story(["Mara", "Bob"], async |server: &mut Server, [mara, bob]| {
        sets_up(mara, server).await;
        bob.open("/").await;
        bob.enters("/name Bob Brandt").await;
        bob.until("has his name", |screen| screen.me == "Bob Brandt").await;
        bob.says("I was here before").await;
        let link = invites(mara, 1).await;
        bob.visit(&link).await;
        let name: String = bob.look("return document.querySelector('#name').value").await;
        assert_eq!(name, "Bob Brandt");
        joins(bob, &link, "Bob Brandt").await;
        bob.connected_as("Bob Brandt").await;
        bob.reads(&["I was here before"]).await;
        bob.clicks_on(".message").await;
        let mine = |screen: &Screen| screen.messages().all(|row| row.by == "Bob Brandt");
        bob.until("wrote it", mine).await;
        opens_person(mara, "Bob Brandt").await;
        mara.sees("@bob").await;
    })
    .await;
}

#[tokio::test]
async fn bob_signs_up_signs_out_and_comes_back() {
    story(["Bob"], async |server: &mut Server, [bob]| {
        let setup = setup_path(server);
        sets_up(bob, server).await;
        signs_out(bob).await;
        bob.visit("/signup").await;
        fills_account(bob, "Bob Brandt").await;
        bob.clicks_on("form:not([data-passkey]) button").await;
        bob.connected_as("Bob Brandt").await;
        bob.says("Hello").await;
        signs_out(bob).await;
        let screen = bob.connected().await;
        assert!(screen.me.starts_with("User-"), "{}", screen.me);

        // Whatever was wrong, it is said in the same words.
        let mut said = Vec::new();
        for (name, password) in [("Bob Brandt", "not his at all"), ("Nobody", PASSWORD)] {
            signs_in(bob, name, password).await;
            bob.finds("why not", "return !!document.querySelector('.field-error')").await;
            said.push(
                bob.look::<String>("return document.querySelector('.field-error').innerText"),
            );
        }
        let [one, other] = <[_; 2]>::try_from(said).ok().unwrap();
        assert_eq!(one.await, other.await);
        let typed: String = bob.look("return document.querySelector('#name').value").await;
        assert_eq!(typed, "Nobody");
        // By the name that people see, as well as by the handle.
        signs_in(bob, "Bob Brandt", PASSWORD).await;
        bob.connected_as("Bob Brandt").await;
        let screen = bob.open("/r/lobby").await;
        assert_eq!(screen.said(), ["Hello"]);
        bob.visit(&setup).await;
        bob.sees("This page is not here").await;
    })
    .await;
}

/// With a code from an app, made here as an app makes it, and with one from paper.
#[tokio::test]
async fn with_two_step_codes_the_password_alone_lets_nobody_in() {
    story(["Mara"], async |server: &mut Server, [mara]| {
        sets_up(mara, server).await;
        mara.visit("/settings").await;
        mara.clicks("Set up").await;
        mara.finds("a secret", "return !!document.querySelector('.code-start .to-select')").await;
        let secret = "return document.querySelector('.code-start .to-select').textContent.trim()";
        let secret: String = mara.look(secret).await;
        mara.fills("#code", "000000").await;
        mara.clicks("Turn on").await;
        mara.finds("why not", "return !!document.querySelector('#code-error')").await;
        mara.fills("#code", &code(mara, &secret, 0).await).await;
        mara.clicks("Turn on").await;
        mara.sees("Two-step codes are on").await;
        let codes = "return [...document.querySelectorAll('.backup-codes code')]
          .map((code) => code.textContent)";
        let codes: Vec<String> = mara.look(codes).await;
        assert_eq!(codes.len(), 10);

        signs_out(mara).await;
        signs_in(mara, "mara", PASSWORD).await;
        is_at(mara, "/signin/code").await;
        mara.fills("#code", "000000").await;
        mara.clicks("Go on").await;
        mara.finds("why not", "return !!document.querySelector('#code-error')").await;
        // The one that turned the codes on is used; the one after it is good already.
        mara.fills("#code", &code(mara, &secret, 1).await).await;
        mara.clicks("Go on").await;
        mara.connected_as("Mara Lindqvist").await;

        signs_out(mara).await;
        signs_in(mara, "mara", PASSWORD).await;
        mara.clicks("Use a backup code").await;
        mara.fills("#backup-code", &codes[0]).await;
        mara.clicks_on("details[open] button").await;
        mara.connected_as("Mara Lindqvist").await;
        mara.visit("/settings").await;
        mara.sees("9 backup codes are left.").await;

        // That code let her in once.
        signs_out(mara).await;
        signs_in(mara, "mara", PASSWORD).await;
        mara.clicks("Use a backup code").await;
        mara.fills("#backup-code", &codes[0]).await;
        mara.clicks_on("details[open] button").await;
        mara.finds("why not", "return !!document.querySelector('#code-error')").await;
        mara.clicks("Use a backup code").await;
        mara.fills("#backup-code", &codes[1]).await;
        mara.press("Enter").await;
        mara.connected_as("Mara Lindqvist").await;
        mara.visit("/settings").await;
        mara.clicks("Turn off").await;
        mara.fills("#off-proof", PASSWORD).await;
        mara.clicks("Turn off two-step codes").await;
        mara.sees("Two-step codes are off.").await;
    })
    .await;
}

#[tokio::test]
async fn what_was_made_can_be_copied() {
    story(["Mara"], async |server: &mut Server, [mara]| {
        sets_up(mara, server).await;
        mara.runs_before_each_page(
            "Object.defineProperty(navigator, 'clipboard', { value: {
               async writeText(text) { window.copied = text; } } });",
        )
        .await;
        let link = invites(mara, 1).await;
        mara.clicks("Copy link").await;
        mara.finds("it is copied", &format!("return window.copied?.endsWith('{link}')")).await;
        mara.sees("Copied").await;
        mara.visit("/settings").await;
        mara.clicks("New token").await;
        mara.fills("#token-name", "Backup script").await;
        mara.clicks("Make a token").await;
        mara.clicks("Copy token").await;
        mara.finds("it is copied", "return /^[0-9a-f]{64}$/.test(window.copied)").await;
    })
    .await;
}

/// Whom an admin adds chooses the password; a new link takes the place of one that is forgotten.
#[tokio::test]
async fn mara_adds_bob_and_gives_him_a_link() {
    story(["Mara", "Bob"], async |server: &mut Server, [mara, bob]| {
        sets_up(mara, server).await;
        mara.visit("/admin/people").await;
        mara.clicks("Add a person yourself").await;
        mara.fills("#add-name", "Bob Brandt").await;
        mara.clicks("Add").await;
        let link = reset_link(mara).await;
        bob.visit(&link).await;
        bob.sees("Bob Brandt").await;
        bob.fills("#password", PASSWORD).await;
        bob.press("Enter").await;
        bob.connected_as("Bob Brandt").await;
        bob.visit(&link).await;
        bob.sees("This link has ended").await;

        opens_person(mara, "Bob Brandt").await;
        mara.clicks("Make a link for a new password").await;
        let link = reset_link(mara).await;
        bob.visit(&link).await;
        bob.fills("#password", "another orbit cactus moon").await;
        bob.press("Enter").await;
        bob.connected_as("Bob Brandt").await;
    })
    .await;
}

async fn reset_link(mara: &Person) -> String {
    mara.finds("a link", "return !!document.querySelector('.once .to-select')").await;
    let link: String =
        mara.look("return document.querySelector('.once .to-select').textContent").await;
    let at = link.find("/reset/").expect("a link for a password");
    link[at..].trim().to_owned()
}

#[tokio::test]
async fn bob_deletes_his_account_and_others_see_it() {
    story(["Bob"], async |server: &mut Server, [bob]| {
        sets_up(bob, server).await;
        let link = invites(bob, 1).await;
        signs_out(bob).await;
        joins(bob, &link, "Bob Brandt").await;
        bob.connected_as("Bob Brandt").await;
        bob.says("To be forgotten").await;
        let mut carol = Client::arrive(server, "Carol").await;
        bob.visit("/settings").await;
        bob.clicks("Delete account").await;
        bob.clicks_on("label:has([value=erase])").await;
        bob.fills("#delete-password", "not his at all").await;
        bob.clicks("Delete my account for good").await;
        bob.sees("Nothing was deleted.").await;
        bob.clicks_on("label:has([value=erase])").await;
        bob.fills("#delete-password", PASSWORD).await;
        bob.clicks("Delete my account for good").await;
        is_at(bob, "/signin").await;
        signs_in(bob, "Bob Brandt", PASSWORD).await;
        bob.finds("why not", "return !!document.querySelector('.field-error')").await;
        carol = carol.again().await;
        carol.say("Where is he?").await;
        let screen = bob.open("/").await;
        assert!(!screen.said().contains(&"To be forgotten"), "{:?}", screen.said());
    })
    .await;
}

/// The code of RFC 6238 for now, or for a step later, as an app on a phone says it.
async fn code(person: &Person, secret: &str, later: u32) -> String {
    let script = r#"
const [done, secret, later] = [arguments[0], "$secret", $later];
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const bits = [...secret.toUpperCase()].filter((letter) => letters.includes(letter))
  .map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
const bytes = Uint8Array.from(bits.match(/.{8}/g), (byte) => parseInt(byte, 2));
const moment = new DataView(new ArrayBuffer(8));
moment.setUint32(4, Math.floor(Date.now() / 30000) + later);
const algorithm = { name: "HMAC", hash: "SHA-1" };
crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"])
  .then((key) => crypto.subtle.sign("HMAC", key, moment))
  .then((hash) => {
    const view = new DataView(hash);
    const number = view.getUint32(view.getUint8(19) & 15) & 0x7fffffff;
    done(String(number % 1000000).padStart(6, "0"));
  });
"#;
    let script = script.replace("$secret", secret).replace("$later", &later.to_string());
    person.look_long(&script).await
}
