//! `/signin/code`: the second step, for those who asked for one.

use leptos::prelude::*;

use super::arrival::{self, Arrival};
use super::field::{Entry, Field};
use crate::components::view;

#[derive(Clone, Debug)]
pub struct CodePage {
    pub error: Option<String>,
    /// The path to go to afterwards.
    pub next: String,
}

pub(super) fn draw(page: CodePage) -> AnyView {
    let code = Field {
        label: "Code",
        name: "code",
        hint: "Six digits, from the app on your phone.",
        entry: Entry::secret(page.error),
        autocomplete: "one-time-code",
        input_mode: Some("numeric"),
        focus: true,
        ..Field::default()
    };
    let backup =
        Field { label: "Backup code", name: "code", prefix: "backup-", ..Field::default() };
    let next = page.next.clone();
    let card = view! {
        <div class="card">
            <form class="card-form" method="post" action="/signin/code">
                <input type="hidden" name="next" value=page.next/>
                {code.in_card()}
                <button class="button" data-kind="primary" data-size="l" data-wide type="submit">
                    "Go on"
                </button>
            </form>
            <hr/>
            <details class="ask-first">
                <summary class="text-button">"Use a backup code"</summary>
                <form class="card-form" method="post" action="/signin/code">
                    <input type="hidden" name="next" value=next/>
                    {backup.in_card()}
                    <button class="button" data-wide type="submit">
                        "Go on"
                    </button>
                </form>
            </details>
        </div>
    };
    arrival::draw(Arrival {
        title: "One more step".into_any(),
        about: Some("Your account asks for a code besides the password.".into_any()),
        card,
        ways: Some(view! { <a href="/signin">"Sign in as somebody else"</a> }),
    })
}
