//! One of several: a drop-down field, and cards to choose from.

use leptos::prelude::*;

use shared::permission::Door;

use super::role;
use crate::components::{Icon, view};

/// What a field may be, and how people call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub words: String,
}

impl Choice {
    pub fn new(value: impl Into<String>, words: impl Into<String>) -> Self {
        Self { value: value.into(), words: words.into() }
    }
}

/// A drop-down field. The label is somewhere else, and names `id`.
pub(super) fn picker(
    id: String,
    name: &'static str,
    choices: Vec<Choice>,
    chosen: &str,
) -> AnyView {
    let options: Vec<_> = choices
        .into_iter()
        .map(|Choice { value, words }| {
            let selected = value == chosen;
            view! {
                <option value=value selected=selected>
                    {words}
                </option>
            }
        })
        .collect();
    view! {
        <div class="input-group">
            <select class="input" id=id name=name>
                {options}
            </select>
            <Icon name="chevron"/>
        </div>
    }
}

/// A drop-down field as a row of a panel.
pub(super) fn picker_row(
    id: &str,
    name: &'static str,
    label: &'static str,
    choices: Vec<Choice>,
    chosen: &str,
) -> AnyView {
    view! {
        <div class="setting">
            <div>
                <label for=id.to_owned()>{label}</label>
            </div>
            {picker(id.to_owned(), name, choices, chosen)}
        </div>
    }
}

/// Who is let in: three cards.
pub(super) fn join_cards(chosen: Door) -> AnyView {
    let cards: Vec<_> = Door::ALL
        .into_iter()
        .map(|join| {
            let (words, meaning) = role::door_words(join);
            view! {
                <label class="choice">
                    <input type="radio" name="join" value=join.as_str() checked=join == chosen/>
                    <b>{words}</b>
                    <span>{meaning}</span>
                </label>
            }
        })
        .collect();
    cards.into_any()
}
