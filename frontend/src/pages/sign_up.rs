//! `/signup`: an account for whoever wants one. A guest keeps who they are.

use leptos::prelude::*;
use shared::protocol::Person;

use super::arrival::{self, Arrival};
use super::new_account::{self, NewAccount};
use crate::components::view;

#[derive(Clone, Debug)]
pub struct SignUpPage {
    pub account: NewAccount,
    /// Who asks, if the server knows them as a guest.
    pub guest: Option<Person>,
}

pub(super) fn draw(page: SignUpPage, workspace: &str) -> AnyView {
    let keeps = page.guest.is_some();
    arrival::draw(Arrival {
        title: view! { "Join " <bdi>{workspace.to_owned()}</bdi> },
        about: Some(match page.guest {
            Some(guest) => stays(guest),
            None => "An account of your own, on all your devices.".into_any(),
        }),
        card: new_account::forms(page.account, "/signup", "Create account"),
        ways: Some(view! {
            <a href="/signin">"I have an account"</a>
            {keeps.then(|| view! { <a href="/">"Stay a guest"</a> })}
        }),
    })
}

/// What becomes of a guest who makes an account.
pub(super) fn stays(guest: Person) -> AnyView {
    view! {
        "You are a guest, "
        <b><bdi>{guest.name}</bdi></b>
        ". Your name, your rooms and what you wrote stay yours."
    }
}
