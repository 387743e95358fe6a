//! `/reset/{code}`: a new password, with the link that an admin made.

use leptos::prelude::*;

use super::arrival::{self, Arrival};
use super::field::Field;
use crate::components::view;

#[derive(Clone, Debug)]
pub struct ResetPage {
    pub code: String,
    /// Whose password it is.
    pub name: String,
    pub error: Option<String>,
}

pub(super) fn draw(page: ResetPage) -> AnyView {
    let password = Field { label: "New password", ..Field::new_password(page.error) };
    let name = page.name.clone();
    let card = view! {
        <form class="card" method="post" action=format!("/reset/{}", page.code)>
            // For whoever keeps passwords: whose this one is.
            <input type="text" value=name autocomplete="username" hidden/>
            {password.in_card()}
            <button class="button" data-kind="primary" data-size="l" data-wide type="submit">
                "Keep it and sign in"
            </button>
        </form>
    };
    arrival::draw(Arrival {
        title: "Choose a new password".into_any(),
        about: Some(view! {
            "For "
            <b><bdi>{page.name}</bdi></b>
            ". Your other devices are signed out."
        }),
        card,
        ways: None,
    })
}
