//! The pages of accounts in a browser that runs no scripts: setting up, signing in and up, settings,
//! administration.

use harness::Server;
use harness::browser::{Person, story};

use crate::accounts::{PASSWORD, invites, is_at, opens_person, sets_up, signs_in, signs_out};

#[tokio::test]
async fn an_account_needs_no_scripts() {
    story(["Mara", "Bob"], async |server: &mut Server, [mara, bob]| {
        mara.runs_no_scripts().await;
        bob.runs_no_scripts().await;
        sets_up(mara, server).await;
        mara.sees("Mara Lindqvist").await;

        bob.visit("/signup").await;
        bob.fills("#name", "Bob Brandt").await;
        bob.fills("#password", PASSWORD).await;
        bob.clicks("Create account").await;
        is_at(bob, "/").await;
        bob.visit("/settings").await;
        bob.sees("Adding a passkey needs JavaScript.").await;
        bob.fills("#name", "Robert Brandt").await;
        bob.clicks("Save").await;
        is_at(bob, "/settings").await;
        bob.clicks("Change password").await;
        bob.fills("#current", PASSWORD).await;
        bob.fills("#password", "another orbit cactus moon").await;
        bob.clicks_on("form[action='/settings/password'] button").await;
        bob.sees("Your password is changed.").await;
        // The page is the answer to a form now, and the choice of theme leads back all the same.
        bob.clicks("Dark").await;
        is_at(bob, "/settings").await;
        assert_eq!(theme(bob).await, "dark");
        bob.clicks("New token").await;
        bob.fills("#token-name", "Backup script").await;
        bob.clicks("Make a token").await;
        bob.sees("copy it now").await;
        bob.clicks("Revoke").await;
        bob.clicks("Revoke it").await;
        bob.finds("it is gone", "return !document.body.innerText.includes('Backup script')").await;
        signs_out(bob).await;
        signs_in(bob, "Robert Brandt", PASSWORD).await;
        bob.finds("why not", "return !!document.querySelector('.field-error')").await;
        signs_in(bob, "Robert Brandt", "another orbit cactus moon").await;
        is_at(bob, "/").await;
        bob.sees("Robert Brandt").await;
    })
    .await;
}

#[tokio::test]
async fn a_workspace_is_looked_after_without_scripts() {
    story(["Mara", "Bob"], async |server: &mut Server, [mara, bob]| {
        mara.runs_no_scripts().await;
        bob.runs_no_scripts().await;
        sets_up(mara, server).await;
        let link = invites(mara, 1).await;
        bob.visit(&link).await;
        bob.fills("#name", "Bob Brandt").await;
        bob.fills("#password", PASSWORD).await;
        bob.press("Enter").await;
        is_at(bob, "/").await;

        opens_person(mara, "Bob Brandt").await;
        mara.look::<()>("document.querySelector('.person-role select').value = 'admin'").await;
        mara.clicks("Change").await;
        mara.sees("The role is changed.").await;
        bob.visit("/admin/people").await;
        bob.sees("Administration").await;

        mara.visit("/admin/access").await;
        mara.fills("#workspace", "Fernhill Garden").await;
        mara.clicks_on("label:has([value=invitation])").await;
        mara.clicks("Save").await;
        mara.sees("Saved. It holds from now on.").await;
        bob.visit("/signup").await;
        is_at(bob, "/settings").await;
        bob.sees("Fernhill Garden").await;

        mara.visit("/admin/rooms").await;
        mara.clicks("lobby").await;
        mara.clicks_on("form[action='/admin/rooms/lobby/rules'] [name=read_only]").await;
        mara.clicks_on("form[action='/admin/rooms/lobby/rules'] button").await;
        mara.sees("The rules are set.").await;

        opens_person(mara, "Bob Brandt").await;
        mara.clicks("Ban").await;
        mara.clicks_on("form[action$='/ban'] button").await;
        mara.sees("They are banned.").await;
        bob.visit("/").await;
        bob.finds("has to sign in", "return !!document.querySelector('form[action=\"/signin\"]')")
            .await;
        mara.visit("/admin/audit").await;
        mara.sees("Bob Brandt").await;
        mara.visit("/admin/invitations").await;
        mara.sees("Used up").await;
    })
    .await;
}

async fn theme(person: &Person) -> String {
    person.look("return document.documentElement.dataset.theme ?? ''").await
}
