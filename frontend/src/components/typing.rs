//! Who is writing: a fixed slot under the composer, so that nothing moves.

use leptos::prelude::*;
use shared::protocol::Person;

use super::live::{live, view};
use crate::state::Chat;

#[component]
pub(crate) fn Typing() -> impl IntoView {
    let chat = expect_context::<Chat>();
    view! { <div class="typing">{live(move || line(&chat.typing.read()))}</div> }
}

fn line(people: &[Person]) -> Option<AnyView> {
    let name = |person: &Person| view! { <b dir="auto">{person.name.clone()}</b> };
    let words = match people {
        [] => return None,
        [one] => view! { {name(one)}" is typing" },
        [one, other] => view! { {name(one)}" and "{name(other)}" are typing" },
        _ => "Several people are typing".into_any(),
    };
    Some(view! {
        <span class="typing-dots" aria-hidden="true">
            <i></i>
            <i></i>
            <i></i>
        </span>
        {words}
    })
}
