//! What can be done with a message: shown on the row that is pointed at or has the focus.
//!
//! It offers actions, or emoji in their place: so it needs no room of its own that a window could
//! lack. Where there is nothing to point with, a touch on the message brings it.

use leptos::prelude::*;
use shared::permission::Verb;
use shared::sync::rows::Message;

use super::draft::Draft;
use super::icon::icon_button;
use super::live::{live, memo, on, view};
use super::row_focus::{self, RowFocus};
use crate::app::{Layer, Over};
use crate::state::Chat;

/// What people answer with most, and how it is called. A keyboard has all the others.
const EMOJI: [(&str, &str); 8] = [
    ("👍", "Thumbs up"),
    ("❤️", "Heart"),
    ("😂", "Tears of joy"),
    ("🎉", "Party popper"),
    ("😮", "Surprised"),
    ("😢", "Sad"),
    ("👀", "Eyes"),
    ("🙏", "Thank you"),
];

#[component]
pub(super) fn Toolbar(id: String, message: Memo<Message>) -> impl IntoView {
    let row_focus = expect_context::<RowFocus>();
    on_cleanup(move || {
        row_focus.picking.try_set(None);
    });
    let picking = {
        let id = id.clone();
        memo(move || row_focus.is_picking(&id))
    };
    view! {
        <div class="toolbar popover" role="toolbar" aria-label="Message actions">
            {live(move || {
                if picking.get() { emoji(&id, message) } else { actions(&id, message) }
            })}
        </div>
    }
}

fn actions(id: &str, message: Memo<Message>) -> AnyView {
    let chat = expect_context::<Chat>();
    let draft = expect_context::<Draft>();
    let row_focus = expect_context::<RowFocus>();
    let over = expect_context::<Over>();
    let may = |verb| chat.may_here(verb);
    let mine = message.read().mine;
    // It is changed where one writes.
    let edits = mine && may(Verb::ChangeOwn) && may(Verb::Post);
    let deletes = may(if mine { Verb::ChangeOwn } else { Verb::DeleteOthers });
    let reports = !mine && may(Verb::Report);
    let pick = {
        let id = id.to_owned();
        move || row_focus.pick(id.clone())
    };
    let edit = move || {
        let Message { seq, text, .. } = message.get_untracked();
        if let Some(seq) = seq {
            draft.edit(seq, text);
        }
    };
    let delete = {
        let id = id.to_owned();
        move || {
            if let Some(seq) = message.read_untracked().seq {
                // The toolbar goes with the message.
                row_focus::focus(&id);
                chat.delete(seq);
            }
        }
    };
    let report = move || {
        if let Some(seq) = message.read_untracked().seq {
            over.open(Layer::Report(seq));
        }
    };
    let copy = move || {
        let text = message.read_untracked().text.clone();
        // Refused without HTTPS.
        drop(window().navigator().clipboard().write_text(&text));
        chat.tell("check", "The text is copied.".to_owned());
    };
    view! {
        {may(Verb::React).then(|| icon_button("smile", "Add reaction", pick))}
        {icon_button("copy", "Copy text", copy)}
        {edits.then(|| icon_button("edit", "Edit", edit))}
        {reports.then(|| icon_button("flag", "Report", report))}
        {deletes.then(|| icon_button("trash", "Delete", delete))}
    }
}

fn emoji(id: &str, message: Memo<Message>) -> AnyView {
    let chat = expect_context::<Chat>();
    let row_focus = expect_context::<RowFocus>();
    let choice = |(emoji, name): (&'static str, &'static str)| {
        let id = id.to_owned();
        let choose = move |_| {
            let Message { seq, reactions, .. } = message.get_untracked();
            let mine = reactions.iter().any(|one| one.emoji == emoji && one.mine);
            row_focus.pick_nothing(&id);
            if let Some(seq) = seq {
                chat.react(seq, emoji.to_owned(), !mine);
            }
        };
        view! {
            <button
                class="icon-button"
                type="button"
                aria-label=name
                title=name
                on:click=on(choose)
            >
                {emoji}
            </button>
        }
    };
    EMOJI.into_iter().map(choice).collect_view().into_any()
}
