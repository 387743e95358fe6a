//! `/setup/{code}`: three questions to the owner, once.

use leptos::prelude::*;
use shared::protocol::NAME_CHARS_MAX;

use super::field::{Entry, Field};
use super::new_account::{handle, mail};
use super::picker::join_cards;
use crate::components::{Icon, view};
use shared::permission::Door;

#[derive(Clone, Debug)]
pub struct SetupPage {
    pub code: String,
    /// What was looked at, and whether it is as it should be.
    pub checks: Vec<(bool, String)>,
    pub workspace: Entry,
    pub name: Entry,
    pub handle: Entry,
    pub mail: Entry,
    pub password_error: Option<String>,
    pub join: Door,
}

pub(super) fn draw(page: SetupPage) -> AnyView {
    let workspace = Field {
        label: "Workspace name",
        name: "workspace",
        hint: "People see it in the sidebar and on the sign-in page.",
        entry: page.workspace,
        ..Field::default()
    };
    let name = Field {
        label: "Your name",
        name: "name",
        entry: page.name,
        autocomplete: "name",
        chars_max: Some(NAME_CHARS_MAX),
        ..Field::default()
    };
    let password = Field::new_password(page.password_error);
    view! {
        <div class="setup">
            <header class="setup-intro">
                <svg class="logo" data-size="l" aria-hidden="true">
                    <use href="#i-logo"></use>
                </svg>
                <h1>"Set up your workspace"</h1>
                <p>
                    "Three questions, about a minute. Everything can be changed later in the settings."
                </p>
                {checks(page.checks)}
            </header>
            <main>
                <form class="card setup-form" method="post" action=format!("/setup/{}", page.code)>
                    <section class="setup-step" aria-labelledby="step-1">
                        {step("1", "Name your workspace")}
                        {workspace.in_card()}
                    </section>
                    <hr/>
                    <section class="setup-step" aria-labelledby="step-2">
                        {step("2", "Create the owner")}
                        {name.in_card()}
                        {handle(page.handle, "").in_card()}
                        {mail(page.mail, "").in_card()}
                        {password.in_card()}
                        <p class="field-hint setup-later">
                            <Icon name="key" size="s"/>
                            "You can add passkeys in the settings, as soon as you are in."
                        </p>
                    </section>
                    <hr/>
                    <fieldset class="setup-step" aria-labelledby="step-3">
                        {step("3", "Who can join")}
                        {join_cards(page.join)}
                    </fieldset>
                    <button class="button" data-kind="primary" data-size="l" data-wide type="submit">
                        "Open the workspace"
                    </button>
                </form>
            </main>
        </div>
    }
}

fn step(number: &'static str, words: &'static str) -> AnyView {
    view! {
        <h2 id=format!("step-{number}")>
            <span aria-hidden="true">{number}</span>
            {words}
        </h2>
    }
}

fn checks(checks: Vec<(bool, String)>) -> AnyView {
    let checks: Vec<_> = checks
        .into_iter()
        .map(|(good, words)| {
            let (icon, state) = if good { ("check", None) } else { ("clock", Some("waiting")) };
            // The icon's meaning, to the ear.
            let waits = (!good).then(|| view! { <span class="visually-hidden">"To do: "</span> });
            view! {
                <li data-state=state>
                    <Icon name=icon/>
                    <span>{waits} {words}</span>
                </li>
            }
        })
        .collect();
    view! {
        <ul class="checks" role="list" aria-label="This server">
            {checks}
        </ul>
    }
}
