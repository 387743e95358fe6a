//! `/signin`: with a passkey or a password, and the other ways in.

use leptos::prelude::*;

use super::arrival::{self, Arrival};
use super::field::{Entry, Field};
use super::passkey::{Verb, passkey_form};
use crate::components::{Icon, view};

#[derive(Clone, Debug)]
pub struct SignInPage {
    /// The host of the address, so that people see where they are.
    pub host: String,
    /// As it was typed.
    pub name: String,
    /// Why this did not let anybody in.
    pub error: Option<String>,
    /// The path to go to afterwards.
    pub next: String,
    pub may_sign_up: bool,
    /// Whether guests are let in.
    pub may_look_around: bool,
}

pub(super) fn draw(page: SignInPage, workspace: &str) -> AnyView {
    let name = Field {
        label: "E-mail or name",
        name: "name",
        entry: Entry::new(page.name),
        autocomplete: "username webauthn",
        input_mode: Some("email"),
        ..Field::default()
    };
    let password = Field::password("Password", "password", page.error);
    let next = page.next.clone();
    let passkey = view! {
        <input type="hidden" name="next" value=page.next/>
        <button class="button" data-kind="primary" data-size="l" data-wide type="submit">
            <Icon name="key"/>
            "Continue with a passkey"
        </button>
    };
    let card = view! {
        <div class="card">
            {passkey_form(Verb::Get, "/signin/passkey", "card-form", passkey)}
            <p class="or" data-passkey-only hidden>
                "or use a password"
            </p>
            <form class="card-form" method="post" action="/signin">
                <input type="hidden" name="next" value=next/>
                {name.in_card()}
                {password.with(forgotten())}
                <button class="button" data-wide type="submit">
                    "Sign in"
                </button>
            </form>
        </div>
    };
    arrival::draw(Arrival {
        title: view! { "Sign in to " <bdi>{workspace.to_owned()}</bdi> },
        about: Some(page.host.into_any()),
        card,
        ways: Some(ways(page.may_sign_up, page.may_look_around)),
    })
}

/// There is no mail to send a link with: a person makes it.
fn forgotten() -> AnyView {
    view! {
        <details class="beside">
            <summary>
                <span class="text-button">"Forgotten it?"</span>
            </summary>
            <p class="field-hint">
                "Ask an owner or an admin. They can make a link with which you choose a new one."
            </p>
        </details>
    }
}

fn ways(may_sign_up: bool, may_look_around: bool) -> AnyView {
    view! {
        {may_sign_up.then(|| view! { <a href="/signup">"Create an account"</a> })}
        {may_look_around.then(|| view! { <a href="/">"Look around as a guest"</a> })}
        <details>
            <summary>"I have an invitation link"</summary>
            <p>
                "Open the link in this browser. It says who invites you, and makes your account."
            </p>
        </details>
    }
}
