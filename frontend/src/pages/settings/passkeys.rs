//! Passkeys: which there are, and one more.

use leptos::prelude::*;

use crate::components::{Icon, view};
use crate::pages::field::{Entry, Field};
use crate::pages::fold::{fold_row, give_up};
use crate::pages::passkey::{Verb, passkey_form};
use crate::pages::time::within;

#[derive(Clone, Debug, Default)]
pub struct Passkeys {
    pub all: Vec<Passkey>,
    /// What a new one is to be called.
    pub name: Entry,
    /// Why one was not removed.
    pub error: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Passkey {
    pub id: String,
    pub name: String,
    pub added: String,
    /// `None` if it was never used.
    pub used: Option<String>,
}

impl Passkeys {
    pub(super) fn draw(self) -> AnyView {
        let rows: Vec<_> = self.all.into_iter().map(Passkey::draw).collect();
        let none = rows.is_empty().then(|| {
            view! {
                <div class="setting">
                    <Icon name="key"/>
                    <div>
                        <b>"No passkeys yet"</b>
                        <small>"Sign in with your finger, face or PIN, and nothing to remember."</small>
                    </div>
                </div>
            }
        });
        let refused = self.name.error.is_some();
        let name = Field {
            label: "Name of the new passkey",
            name: "name",
            prefix: "passkey-",
            hint: "Such as the device that keeps it.",
            entry: self.name,
            ..Field::default()
        };
        let add = view! {
            {name.in_row()}
            <div class="panel-foot">
                <button class="button" type="submit">
                    "Add a passkey"
                </button>
            </div>
        };
        let add = fold_row("plus", "Add a passkey", refused, view! { <div>{add}</div> });
        let error = self.error.map(|error| {
            view! {
                <p class="setting field-error" role="alert" tabindex="-1" autofocus=true>
                    <Icon name="alert" size="s"/>
                    {error}
                </p>
            }
        });
        view! {
            <div class="panel" role="group" aria-label="Passkeys">
                {rows}
                {none}
                {error}
                {passkey_form(Verb::Create, "/settings/passkeys", "panel-form", add)}
                <noscript>
                    <p class="setting field-hint">"Adding a passkey needs JavaScript."</p>
                </noscript>
            </div>
        }
    }
}

impl Passkey {
    fn draw(self) -> AnyView {
        let used = self.used.map_or_else(
            || "not used yet".to_owned(),
            |used| format!("last used {}", within(&used)),
        );
        let action = format!("/settings/passkeys/{}/remove", self.id);
        let sentence = "It lets nobody in any more. It may stay on the device.";
        let remove = give_up("Remove", &self.name, sentence, action);
        view! {
            <div class="setting">
                <Icon name="key"/>
                <div>
                    <b><bdi>{self.name}</bdi></b>
                    <small>{format!("Added {}, {used}", within(&self.added))}</small>
                </div>
                {remove}
            </div>
        }
    }
}
