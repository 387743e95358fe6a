//! The form above a list: a name to look for, and a kind to keep to. An address of its own, so it
//! can be kept and sent.

use leptos::prelude::*;

use crate::components::{Icon, view};
use crate::pages::picker::{Choice, picker};

pub(super) struct Search {
    pub(super) action: &'static str,
    /// What is looked for, as `q`.
    pub(super) q: String,
    pub(super) words: &'static str,
    /// The drop-down field's name, its label, what it offers, and what is chosen.
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) choices: Vec<Choice>,
    pub(super) chosen: String,
}

pub(super) fn draw(search: Search) -> AnyView {
    view! {
        <form class="page-tools" method="get" action=search.action role="search">
            <label class="visually-hidden" for="q">
                {search.words}
            </label>
            <div class="input-group">
                <Icon name="search"/>
                <input
                    class="input"
                    type="search"
                    id="q"
                    name="q"
                    value=search.q
                    placeholder=search.words
                    dir="auto"
                    autocomplete="off"
                />
            </div>
            <label class="visually-hidden" for="kept-to">
                {search.label}
            </label>
            {picker("kept-to".to_owned(), search.name, search.choices, &search.chosen)}
            <button class="button" type="submit">
                "Find"
            </button>
        </form>
    }
}
