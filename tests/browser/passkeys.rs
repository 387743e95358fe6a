//! Passkeys, with the virtual authenticator that Chromium has for it. Everybody here reaches the
//! server at `localhost`: an address in digits has no passkeys.

use harness::Server;
use harness::browser::{Person, story_at};

use crate::accounts::{PASSWORD, fills_account, is_at, sets_up, setup_path, signs_in, signs_out};

#[tokio::test]
async fn bob_signs_up_with_a_passkey_and_comes_back_with_it() {
    story_at("localhost", ["Bob"], async |server: &mut Server, [bob]| {
        let device = bob.has_an_authenticator().await;
        has_a_passkey_only(bob, server).await;
        assert_eq!(bob.counts_passkeys(&device).await, 1);
        bob.says("No password").await;
        bob.visit("/settings").await;
        bob.sees("First passkey").await;

        // The field offers the passkey by itself; whoever does not take it has the button.
        bob.answers(&device, false).await;
        signs_out(bob).await;
        bob.visit("/signin").await;
        bob.sees("Continue with a passkey").await;
        bob.answers(&device, true).await;
        comes_back(bob).await;
        bob.connected_as("Bob Brandt").await;
        let screen = bob.open("/r/lobby").await;
        assert_eq!(screen.said(), ["No password"]);
    })
    .await;
}

/// Nothing is clicked on: the browser offers the passkey in the field, and it is taken.
#[tokio::test]
async fn the_field_for_the_name_offers_the_passkey() {
    story_at("localhost", ["Bob"], async |server: &mut Server, [bob]| {
        let _device = bob.has_an_authenticator().await;
        has_a_passkey_only(bob, server).await;
        signs_out(bob).await;
        bob.visit("/signin?next=/settings").await;
        is_at(bob, "/settings").await;
        bob.sees("First passkey").await;
    })
    .await;
}

#[tokio::test]
async fn a_second_passkey_is_added_and_the_last_way_in_is_not_removed() {
    story_at("localhost", ["Bob"], async |server: &mut Server, [bob]| {
        let first = bob.has_an_authenticator().await;
        has_a_passkey_only(bob, server).await;

        // This device has one already, and says so.
        bob.visit("/settings").await;
        adds(bob, "Again").await;
        bob.sees("This device has a passkey for your account already.").await;
        bob.loses(first).await;
        let second = bob.has_an_authenticator().await;
        bob.visit("/settings").await;
        adds(bob, "Key ring").await;
        bob.sees("The passkey is added.").await;
        bob.sees("Key ring").await;
        assert_eq!(bob.counts_passkeys(&second).await, 1);

        removes(bob, "First passkey").await;
        bob.sees("The passkey is removed.").await;
        removes(bob, "Key ring").await;
        bob.finds(
            "why not",
            "return !!document.querySelector('#sign-in .field-error[role=alert]')",
        )
        .await;
        bob.sees("Key ring").await;

        // With a password there is another way in.
        bob.clicks("Choose a password").await;
        bob.fills("#password", PASSWORD).await;
        bob.clicks("Change password").await;
        bob.sees("Your password is changed.").await;
        removes(bob, "Key ring").await;
        bob.sees("The passkey is removed.").await;
        bob.sees("No passkeys yet").await;
        // It would offer by itself what is known here no more.
        bob.loses(second).await;
        signs_out(bob).await;
        signs_in(bob, "Bob Brandt", PASSWORD).await;
        bob.connected_as("Bob Brandt").await;
    })
    .await;
}

/// A device on which nobody answers, and one whose passkey was removed here.
#[tokio::test]
async fn a_passkey_that_does_not_do_says_so() {
    story_at("localhost", ["Mara"], async |server: &mut Server, [mara]| {
        let device = mara.has_an_authenticator().await;
        sets_up(mara, server).await;
        mara.visit("/settings").await;
        adds(mara, "Desk").await;
        mara.sees("The passkey is added.").await;
        removes(mara, "Desk").await;
        mara.sees("The passkey is removed.").await;
        mara.answers(&device, false).await;
        signs_out(mara).await;
        mara.visit("/signin").await;
        mara.sees("Continue with a passkey").await;
        mara.answers(&device, true).await;
        mara.clicks("Continue with a passkey").await;
        mara.sees("This passkey is not known here.").await;
    })
    .await;
}

/// Whose login has ended in this browser, and who makes a new account there, is known by it.
#[tokio::test]
async fn a_browser_that_was_signed_out_makes_a_passkey_for_somebody_new() {
    story_at("localhost", ["Mara", "Bob"], async |server: &mut Server, [mara, bob]| {
        let device = bob.has_an_authenticator().await;
        sets_up(mara, server).await;
        signs_up(bob, "Bob Brandt").await;
        bob.connected_as("Bob Brandt").await;
        crate::accounts::opens_person(mara, "Bob Brandt").await;
        mara.clicks("Sign out everywhere").await;
        mara.sees("They are signed out everywhere.").await;
        bob.loses(device).await;
        let device = bob.has_an_authenticator().await;
        signs_up(bob, "Robert").await;
        bob.connected_as("Robert").await;
        bob.answers(&device, false).await;
        signs_out(bob).await;
        bob.visit("/signin").await;
        bob.sees("Continue with a passkey").await;
        bob.answers(&device, true).await;
        comes_back(bob).await;
        bob.connected_as("Robert").await;
    })
    .await;
}

/// Without HTTPS, at an address in digits: what could not work is not there.
#[tokio::test]
async fn where_there_are_no_passkeys_nobody_is_offered_one() {
    story_at("127.0.0.1", ["Mara"], async |server: &mut Server, [mara]| {
        mara.visit(&setup_path(server)).await;
        sets_up(mara, server).await;
        signs_out(mara).await;
        mara.visit("/signin").await;
        mara.finds(
            "no button",
            "return !document.querySelector('[data-passkey]').checkVisibility()",
        )
        .await;
        mara.visit("/signup").await;
        fills_account(mara, "Other").await;
        mara.finds("no choice", "return !document.querySelector('.segmented').checkVisibility()")
            .await;
    })
    .await;
}

/// In a workspace that this same browser has set up, Bob makes an account without a password.
async fn has_a_passkey_only(bob: &Person, server: &Server) {
    sets_up(bob, server).await;
    signs_out(bob).await;
    signs_up(bob, "Bob Brandt").await;
    bob.connected_as("Bob Brandt").await;
}

async fn signs_up(person: &Person, name: &str) {
    person.visit("/signup").await;
    person.sees("With a passkey").await;
    person.fills("#passkey-name", name).await;
    person.clicks_on("form[data-passkey] button").await;
    is_at(person, "/").await;
}

async fn comes_back(person: &Person) {
    person.clicks("Continue with a passkey").await;
    is_at(person, "/").await;
}

async fn adds(person: &Person, name: &str) {
    person.clicks("Add a passkey").await;
    person.fills("#passkey-name", name).await;
    person.clicks_on("form[data-passkey] button").await;
}

async fn removes(person: &Person, name: &str) {
    person.clicks(&format!("Remove: {name}")).await;
    person.clicks(&format!("Remove it: {name}")).await;
}
