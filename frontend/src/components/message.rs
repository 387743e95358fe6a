//! One message: who, when, what, and how its sending goes.

use leptos::prelude::*;
use shared::civil::iso;
use shared::protocol::{Command, OpId, Person};
use shared::sync::SendState;
use shared::sync::rows::{Content, Message, Row};

use super::avatar::Avatar;
use super::icon::Icon;
use super::live::{live, on, view};
use super::text::text;
use crate::state::{Chat, Status};

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
                    {live(move || text(&message.read().text))}
                </div>
                {live(move || state_line(message.read().pending))}
            </div>
        </article>
    }
}

type ArenaMemo = Memo<Message>;

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
        SendState::Queued { .. } | SendState::Waiting { .. } | SendState::Sent => Some("pending"),
        SendState::Accepted => None,
        SendState::Refused(_) => Some("failed"),
    }
}

/// How sending goes, in words. The style keeps the first moment of it invisible: most messages
/// are there before there is anything to say.
fn state_line(pending: Option<(OpId, SendState)>) -> Option<AnyView> {
    let (op, state) = pending?;
    match state {
        SendState::Accepted => None,
        SendState::Refused(code) => {
            let chat = expect_context::<Chat>();
            let draft = expect_context::<super::composer::Draft>();
            let edit = move |_| {
                if let Some(Command::Post { text, .. } | Command::Edit { text, .. }) =
                    chat.discard(op)
                {
                    draft.take_back(text);
                }
            };
            Some(view! {
                <p class="message-state" role="alert">
                    <Icon name="alert"/>
                    {format!("Not sent. {}", code.sentence())}
                    <button class="text-button" type="button" on:click=on(move |_| chat.retry(op))>
                        "Retry"
                    </button>
                    <button class="text-button" type="button" on:click=on(edit)>
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
                        "Delete"
                    </button>
                </p>
            })
        }
        state => {
            let chat = expect_context::<Chat>();
            let words = match state {
                SendState::Sent => "Sending",
                SendState::Waiting { why, .. } => why.sentence(),
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
