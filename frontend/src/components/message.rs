//! One message: who, when, what, what others make of it, and how its sending goes.

use std::time::Duration;

use leptos::{ev, prelude::*};
use shared::civil::iso;
use shared::protocol::{Code, Command, OpId, Person};
use shared::sync::SendState;
use shared::sync::rows::{Content, Message, Row};

use super::avatar::Avatar;
use super::icon::Icon;
use super::live::{live, on, shown, view};
use super::reactions::Reactions;
use super::row_focus::RowFocus;
use super::text::text;
use super::toolbar::Toolbar;
use crate::browser;
use crate::state::{Chat, Status, patience};

#[component]
pub(crate) fn MessageRow(id: String, row: ArcRwSignal<Row>, first: Message) -> impl IntoView {
    let message = ArcMemo::new(move |_| match &row.read().content {
        Content::Message(message) => message.clone(),
        // A row never becomes another kind of row: its key says which it is.
        _ => first.clone(),
    });
    let message = ArenaMemo::from(message);
    let person = Signal::derive(move || message.read().by.clone());
    let label = live(move || {
        let message = message.read();
        format!("{}, {}", message.by.name, message.time)
    });
    let body = format!("{id}-text");
    let row_focus = expect_context::<RowFocus>();
    let in_use = {
        let id = id.clone();
        move || {
            let acts = message.with(|message| message.seq.is_some() && !message.deleted);
            acts && row_focus.is_on(&id)
        }
    };
    let toolbar_id = id.clone();
    let reactions_id = id.clone();
    view! {
        <article
            class="message"
            id=id
            tabindex="-1"
            data-row
            data-grouped=live(move || message.read().grouped)
            data-state=live(move || state_name(message.read().pending))
            aria-label=label
            // Who comes to it by J and K hears who spoke, and then what.
            aria-describedby=body
        >
            <div class="message-gutter">
                {live(move || gutter(message.read().grouped, person, message))}
            </div>
            <div class="message-main">
                {live(move || (!message.read().grouped).then(|| head(person, message)))}
                <div class="message-body" id=body.clone() dir="auto">
                    {live(move || content(&message.read()))}
                </div>
                {shown(
                    move || !message.read().reactions.is_empty(),
                    move || view! { <Reactions id=reactions_id.clone() message/> },
                )}
                {live(move || state_line(&message.read()))}
            </div>
            {shown(in_use, move || view! { <Toolbar id=toolbar_id.clone() message/> })}
        </article>
    }
}

type ArenaMemo = Memo<Message>;

fn content(message: &Message) -> Vec<AnyView> {
    if message.deleted {
        return vec![view! { <p class="message-deleted">"Message deleted"</p> }];
    }
    text(&message.text, message.edited)
}

fn gutter(grouped: bool, person: Signal<Person>, message: ArenaMemo) -> AnyView {
    if grouped {
        time(message)
    } else {
        view! { <Avatar person/> }
    }
}

fn head(person: Signal<Person>, message: ArenaMemo) -> AnyView {
    view! {
        <div class="message-head">
            <b class="message-author" dir="auto">{live(move || person.read().name.clone())}</b>
            {time(message)}
        </div>
    }
}

fn time(message: ArenaMemo) -> AnyView {
    view! {
        <time
            datetime=live(move || iso(message.read().at_ms))
            title=live(move || message.read().exact.clone())
        >
            {live(move || message.read().time.clone())}
        </time>
    }
}

fn state_name(pending: Option<(OpId, SendState)>) -> Option<&'static str> {
    match pending?.1 {
        SendState::Accepted => None,
        SendState::Refused(_) => Some("failed"),
        _ => Some("pending"),
    }
}

/// How sending goes, in words. The style keeps the first moment of it invisible: most messages
/// are there before there is anything to say.
fn state_line(message: &Message) -> Option<AnyView> {
    let (op, state) = message.pending?;
    let is_edit = message.seq.is_some();
    match state {
        SendState::Accepted => None,
        SendState::Refused(code) => {
            let chat = expect_context::<Chat>();
            let edit = take_back(op);
            Some(view! {
                <p class="message-state" role="alert">
                    <Icon name="alert"/>
                    <span>
                        {if is_edit { "Not changed. " } else { "Not sent. " }} {code.sentence()}
                    </span>
                    <button class="text-button" type="button" on:click=on(move |_| chat.retry(op))>
                        "Retry"
                    </button>
                    <button class="text-button" type="button" on:click=edit>
                        "Edit"
                    </button>
                    <button
                        class="text-button"
                        data-kind="danger"
                        type="button"
                        on:click=on(move |_| {
                            chat.discard(op);
                        })
                    >
                        {if is_edit { "Discard" } else { "Delete" }}
                    </button>
                </p>
            })
        }
        state => {
            let chat = expect_context::<Chat>();
            let words = match state {
                SendState::Sent => "Sending",
                SendState::Waiting { not_before_ms, why } => {
                    return Some(view! { <Patience op not_before_ms why/> });
                }
                _ if chat.status.get() == Status::Connected => "Waiting for its turn",
                _ => "Waiting for a connection",
            };
            Some(view! {
                <p class="message-state">
                    <Icon name="clock"/>
                    {words}
                </p>
            })
        }
    }
}

/// Puts what could not be sent, or not yet, where one writes.
fn take_back(op: OpId) -> Box<dyn FnMut(ev::MouseEvent)> {
    let chat = expect_context::<Chat>();
    let draft = expect_context::<super::draft::Draft>();
    on(move |_| match chat.discard(op) {
        Some(Command::Post { text, .. }) => draft.take_back(text),
        Some(Command::Edit { target, text, .. }) => draft.edit(target, text),
        _ => {}
    })
}

/// Why it waits, and for how long. For eyes: ears were told once, when it began.
#[component]
fn Patience(op: OpId, not_before_ms: i64, why: Code) -> impl IntoView {
    let left_s = move || {
        let left_ms = (not_before_ms - browser::now_ms()).max(0);
        left_ms.unsigned_abs().div_ceil(1_000) as usize
    };
    let left = RwSignal::new(left_s());
    let timer = set_interval_with_handle(move || left.set(left_s()), Duration::from_secs(1));
    on_cleanup(move || drop(timer.map(|timer| timer.clear())));
    view! {
        <p class="message-state">
            <Icon name="clock"/>
            {live(move || patience(why, left.get()).unwrap_or_else(|| why.sentence().to_owned()))}
            <button class="text-button" type="button" on:click=take_back(op)>
                "Take back"
            </button>
        </p>
    }
}
