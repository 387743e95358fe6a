//! Name, handle, mail: how one appears to others.

use leptos::prelude::*;
use shared::protocol::{NAME_CHARS_MAX, Person};

use super::{Done, Part};
use crate::components::{Avatar, Icon, view};
use crate::pages::desk::Section;
use crate::pages::field::{Entry, Field};
use crate::pages::new_account::{handle, mail};

pub(super) enum Profile {
    Guest(Entry),
    Account { name: Entry, handle: Entry, mail: Entry },
}

pub(super) fn draw(profile: Profile, person: Person, done: &Done) -> AnyView {
    let (name, rest) = match profile {
        Profile::Guest(name) => (name, None),
        Profile::Account { name, handle: its, mail: address } => {
            let rest = view! {
                {handle(its, "").in_row()}
                {mail(address, "").in_row()}
            };
            (name, Some(rest))
        }
    };
    let shown = person.name.clone();
    let name = Field {
        label: "Name",
        name: "name",
        entry: name,
        autocomplete: "name",
        chars_max: Some(NAME_CHARS_MAX),
        ..Field::default()
    };
    let inside = view! {
        {done.in_part(Part::Profile)}
        <form class="panel" method="post" action="/settings/profile">
            <div class="profile">
                <Avatar person=Signal::stored(person) size="l"/>
                <b><bdi>{shown}</bdi></b>
            </div>
            {name.in_row()}
            {rest}
            <div class="panel-foot">
                <button class="button" type="submit">
                    "Save"
                </button>
            </div>
        </form>
    };
    Section::new(Part::Profile.id(), "Profile", "How you appear to others.").draw(inside)
}

/// What a guest is offered.
pub(super) fn sign_up() -> AnyView {
    view! {
        <section class="offer" aria-labelledby="sign-up-title">
            <Icon name="user-plus"/>
            <div>
                <h2 id="sign-up-title">"Create an account"</h2>
                <p>
                    "It keeps your name, your rooms and what you wrote, and takes you to your other devices."
                </p>
            </div>
            <a class="button" data-kind="primary" href="/signup">
                "Create an account"
            </a>
        </section>
    }
}
