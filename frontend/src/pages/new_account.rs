//! What an account is made of: the same two forms for who signs up and who is invited.
//!
//! One makes a passkey, the other a password; with scripts one chooses, without them there is the
//! password. Each is whole by itself.

use leptos::prelude::*;
use shared::protocol::NAME_CHARS_MAX;

use super::field::{Entry, Field};
use super::passkey::{Verb, passkey_form};
use crate::components::{Icon, view};

/// As it was typed. The password is not.
#[derive(Clone, Debug, Default)]
pub struct NewAccount {
    pub name: Entry,
    pub handle: Entry,
    pub mail: Entry,
    pub password_error: Option<String>,
    /// Whether these came with a passkey: errors stand at the form that was sent.
    pub by_passkey: bool,
}

impl NewAccount {
    fn is_refused(&self) -> bool {
        let entries = [&self.name, &self.handle, &self.mail];
        self.password_error.is_some() || entries.iter().any(|entry| entry.error.is_some())
    }

    fn without_errors(&self) -> Self {
        let entry = |entry: &Entry| Entry::new(entry.value.clone());
        Self {
            name: entry(&self.name),
            handle: entry(&self.handle),
            mail: entry(&self.mail),
            ..Self::default()
        }
    }
}

/// `action` takes the password's form, and `action/passkey` the other one.
pub(super) fn forms(account: NewAccount, action: &str, submit: &'static str) -> AnyView {
    // Whoever sent the form with a password sees that one again.
    let by_password = account.is_refused() && !account.by_passkey;
    let clean = account.without_errors();
    let (by_key, account) = if by_password { (clean, account) } else { (account, clean) };
    let passkey = view! {
        {fields(by_key, "passkey-")}
        <button class="button" data-kind="primary" data-size="l" data-wide type="submit">
            <Icon name="key"/>
            {submit}
        </button>
        <p class="field-hint">
            "Your device asks for your finger, face or PIN. There is no password to remember."
        </p>
    };
    let password = Field::new_password(account.password_error.clone());
    view! {
        <div class="card two-ways">
            <fieldset class="segmented" data-passkey-only hidden>
                <legend class="visually-hidden">"Sign in later with"</legend>
                {way("passkey", "With a passkey", !by_password)}
                {way("password", "With a password", by_password)}
            </fieldset>
            {passkey_form(Verb::Create, &format!("{action}/passkey"), "card-form", passkey)}
            <form class="card-form" method="post" action=action.to_owned()>
                {fields(account, "")}
                {password.in_card()}
                <button class="button" data-kind="primary" data-size="l" data-wide type="submit">
                    {submit}
                </button>
            </form>
        </div>
    }
}

/// The radio belongs to no form: only the stylesheet asks it.
fn way(value: &'static str, words: &'static str, checked: bool) -> AnyView {
    view! {
        <label>
            <input type="radio" name="way" value=value checked=checked/>
            {words}
        </label>
    }
}

fn fields(account: NewAccount, prefix: &'static str) -> AnyView {
    let name = Field {
        prefix,
        label: "Name",
        name: "name",
        entry: account.name,
        autocomplete: "name",
        chars_max: Some(NAME_CHARS_MAX),
        ..Field::default()
    };
    let handle = handle(account.handle, prefix);
    let mail = mail(account.mail, prefix);
    view! {
        {name.in_card()}
        {handle.in_card()}
        {mail.in_card()}
    }
}

pub(super) fn handle(entry: Entry, prefix: &'static str) -> Field {
    Field {
        prefix,
        label: "Handle",
        name: "handle",
        hint: "For mentions, such as @mara. Letters, digits and dots.",
        entry,
        autocomplete: "username",
        optional: true,
        ..Field::default()
    }
}

pub(super) fn mail(entry: Entry, prefix: &'static str) -> Field {
    Field {
        prefix,
        label: "E-mail",
        name: "mail",
        kind: "email",
        hint: "Only owners and admins see it.",
        entry,
        autocomplete: "email",
        optional: true,
        ..Field::default()
    }
}
