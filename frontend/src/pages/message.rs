//! Why there is nothing else to see: a title, a sentence, and one way on.

use leptos::prelude::*;

use super::arrival::{self, Arrival};
use crate::components::view;

#[derive(Clone, Debug)]
pub struct MessagePage {
    pub title: String,
    /// What to do about it.
    pub sentence: String,
    /// Where the way on leads, and its words.
    pub href: String,
    pub words: String,
}

pub(super) fn draw(page: MessagePage) -> AnyView {
    let card = view! {
        <p class="arrival-way">
            <a class="button" data-kind="primary" data-size="l" href=page.href>
                {page.words}
            </a>
        </p>
    };
    arrival::draw(Arrival {
        title: page.title.into_any(),
        about: Some(page.sentence.into_any()),
        card,
        ways: None,
    })
}
