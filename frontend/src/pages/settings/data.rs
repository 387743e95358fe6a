//! Taking everything along, and leaving for good.

use leptos::prelude::*;

use super::{Done, Part};
use crate::components::{Icon, view};
use crate::pages::desk::Section;
use crate::pages::field::{Entry, Field};
use crate::pages::fold::fold;

/// The form that deletes the account.
#[derive(Clone, Debug, Default)]
pub struct Leaving {
    /// Why it did not, at the password or the word.
    pub error: Option<String>,
}

pub(super) fn draw(leaving: Leaving, has_password: bool, done: &Done) -> AnyView {
    let inside = view! {
        {done.in_part(Part::Data)}
        <div class="panel">
            <div class="setting">
                <Icon name="download"/>
                <div>
                    <b>"Take it with you"</b>
                    <small>"All that you wrote, and what is kept about you."</small>
                </div>
                <a class="button" data-size="s" href="/settings/export.html" download>
                    "To read (HTML)"
                </a>
                <a class="button" data-size="s" href="/settings/export.json" download>
                    "For programs (JSON)"
                </a>
            </div>
        </div>
        {delete(leaving, has_password)}
    };
    Section::new(Part::Data.id(), "Your data", "It is yours, to take or to delete.").draw(inside)
}

fn delete(leaving: Leaving, has_password: bool) -> AnyView {
    let open = leaving.error.is_some();
    let proof = match has_password {
        true => Field {
            prefix: "delete-",
            ..Field::password("Your password", "password", leaving.error)
        },
        false => Field {
            label: "To be sure",
            name: "word",
            prefix: "delete-",
            hint: "Type the word delete.",
            entry: Entry::secret(leaving.error),
            ..Field::default()
        },
    };
    let form = view! {
        <form method="post" action="/settings/delete">
            <fieldset class="setting choices">
                <legend>"What you wrote"</legend>
                <label class="choice">
                    <input type="radio" name="keep" value="keep" checked/>
                    <b>"Stays, under “Deleted account”"</b>
                    <span>"Conversations of others keep their sense."</span>
                </label>
                <label class="choice">
                    <input type="radio" name="keep" value="erase"/>
                    <b>"Is erased"</b>
                    <span>"Every message of yours, in every room, for good."</span>
                </label>
            </fieldset>
            {proof.in_row()}
            <div class="panel-foot">
                <button class="button" data-kind="danger" type="submit">
                    "Delete my account for good"
                </button>
            </div>
        </form>
    };
    fold("trash", "Delete account", open, form)
}
