//! The ways to the pages before and after.

use leptos::prelude::*;

use crate::components::{Icon, view};

/// Addresses; none where there is no such page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    pub back: Option<String>,
    pub on: Option<String>,
}

/// `words` are those of the way back and of the way on.
pub(super) fn draw(paging: Paging, words: [&'static str; 2]) -> Option<AnyView> {
    if paging == Paging::default() {
        return None;
    }
    let [back, on] = words;
    let back = paging.back.map(|href| {
        view! {
            <a class="button" data-size="s" href=href rel="prev">
                <Icon name="back" size="s" flip=true/>
                {back}
            </a>
        }
    });
    let on = paging.on.map(|href| {
        view! {
            <a class="button" data-size="s" href=href rel="next">
                {on}
                <Icon name="next" size="s" flip=true/>
            </a>
        }
    });
    Some(view! {
        <nav class="paging" aria-label="Pages">
            {back}
            {on}
        </nav>
    })
}
