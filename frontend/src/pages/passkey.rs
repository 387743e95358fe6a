//! Forms that a passkey fills, with the help of `/passkey.js`.
//!
//! The script asks `data-begin` what to sign, lets the device sign it, puts both into the hidden
//! fields and sends the form. Without it, what only it could do is not there.

use leptos::prelude::*;

use crate::components::view;

/// What the device is to do with the passkey.
#[derive(Clone, Copy)]
pub(super) enum Verb {
    Create,
    Get,
}

/// Begins at `action` with `/begin` behind it. `class` is the form's.
pub(super) fn passkey_form(
    verb: Verb,
    action: &str,
    class: &'static str,
    fields: AnyView,
) -> AnyView {
    let verb = match verb {
        Verb::Create => "create",
        Verb::Get => "get",
    };
    view! {
        <form
            class=class
            method="post"
            action=action.to_owned()
            data-passkey=verb
            data-begin=format!("{action}/begin")
            data-passkey-only
            hidden
        >
            <input type="hidden" name="ticket"/>
            <input type="hidden" name="response"/>
            {fields}
            <p class="field-error" role="alert" data-passkey-error hidden></p>
        </form>
    }
}
