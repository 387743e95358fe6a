//! API tokens: keys for programs that act in one's name.

use leptos::prelude::*;

use super::{Done, Part};
use crate::components::{Icon, view};
use crate::pages::copying::to_copy;
use crate::pages::desk::Section;
use crate::pages::field::{Entry, Field};
use crate::pages::fold::{fold, give_up};
use crate::pages::picker::{Choice, picker_row};
use crate::pages::time::within;

#[derive(Clone, Debug, Default)]
pub struct Tokens {
    pub all: Vec<Token>,
    /// The one that was just made.
    pub made: Option<MadeToken>,
    /// What a new one is to be called.
    pub name: Entry,
}

#[derive(Clone, Debug)]
pub struct Token {
    pub id: String,
    pub name: String,
    /// Whether it may post, or only read.
    pub writes: bool,
    pub made: String,
    /// `None` if it was never used.
    pub used: Option<String>,
}

/// It is shown this once: the server keeps no more than its hash.
#[derive(Clone, Debug)]
pub struct MadeToken {
    pub name: String,
    pub token: String,
}

pub(super) fn draw(tokens: Tokens, done: &Done) -> AnyView {
    let rows: Vec<_> = tokens.all.into_iter().map(Token::draw).collect();
    let rows = (!rows.is_empty()).then(|| view! { <div class="panel">{rows}</div> });
    let open = tokens.name.error.is_some();
    let name = Field {
        label: "Name",
        name: "name",
        prefix: "token-",
        hint: "So that you know later which program has it.",
        entry: tokens.name,
        ..Field::default()
    };
    let scopes = vec![Choice::new("read", "May read"), Choice::new("write", "May read and write")];
    let make = view! {
        <form method="post" action="/settings/tokens">
            {name.in_row()}
            {picker_row("token-scope", "scope", "What it may do", scopes, "read")}
            <div class="panel-foot">
                <button class="button" type="submit">
                    "Make a token"
                </button>
            </div>
        </form>
    };
    let inside = view! {
        {done.in_part(Part::Tokens)}
        {tokens.made.map(MadeToken::draw)}
        {rows}
        {fold("plus", "New token", open, make)}
    };
    let about = "Keys for programs that read or write in your name.";
    Section::new(Part::Tokens.id(), "API tokens", about).draw(inside)
}

impl MadeToken {
    fn draw(self) -> AnyView {
        view! {
            <div class="panel once" role="status" tabindex="-1" autofocus=true>
                <p>
                    "Token "
                    <b><bdi>{self.name}</bdi></b>
                    ": copy it now. It is not shown again."
                </p>
                {to_copy(self.token, "Copy token")}
            </div>
        }
    }
}

impl Token {
    fn draw(self) -> AnyView {
        let used = self.used.map_or_else(
            || "not used yet".to_owned(),
            |used| format!("last used {}", within(&used)),
        );
        let scope = if self.writes { "Read and write" } else { "Read" };
        let action = format!("/settings/tokens/{}/revoke", self.id);
        let sentence = "The program that has it is shut out at once.";
        let revoke = give_up("Revoke", &self.name, sentence, action);
        view! {
            <div class="setting">
                <Icon name="code"/>
                <div>
                    <b><bdi>{self.name}</bdi></b>
                    <small>{format!("Made {}, {used}", within(&self.made))}</small>
                </div>
                <span class="tag">{scope}</span>
                {revoke}
            </div>
        }
    }
}
