//! The messages of a room: days, rows, paging at both ends, and the way back to the newest.

use leptos::{ev, prelude::*};
use shared::protocol::{Room, RoomKind};
use shared::sync::rows::{Content, Row};

use super::icon::Icon;
use super::live::{each, live, on, shown, view};
use super::message::MessageRow;
use super::room_mark::mark;
use super::row_focus::RowFocus;
use super::system::SystemRow;
use crate::state::Chat;
use crate::view::{DayView, RowView, TIMELINE_ID};

#[component]
pub(crate) fn Timeline(room: Signal<Room>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let row_focus = RowFocus::new();
    provide_context(row_focus);
    view! {
        <div class="timeline-frame">
            <div
                class="scroll timeline"
                id=TIMELINE_ID
                role="log"
                aria-live="off"
                aria-label=live(move || format!("Messages in {}", chat.label(&room.read())))
                tabindex="0"
                on:scroll=on(move |_| chat.look())
                on:keydown=on(move |key| row_focus.press(&key, chat))
                on:pointerover=on(move |event| row_focus.point(&event))
                on:pointerleave=on(move |_: ev::PointerEvent| row_focus.point_away())
                on:focusin=on(move |event| row_focus.enter(&event))
                on:focusout=on(move |event| row_focus.leave(&event))
            >
                <div class="timeline-content">
                    {live(move || match (chat.loaded.get(), chat.at_start.get()) {
                        (true, true) => view! { <RoomStart room/> },
                        (true, false) => view! { <Earlier/> },
                        (false, _) => view! { <Loading/> },
                    })}
                    {each(
                        move || chat.days.get(),
                        |day| format!("{}-{}", day.key.0, day.key.1),
                        |day| view! { <Day day/> },
                    )}
                </div>
            </div>
            <Jump room/>
        </div>
    }
}

#[component]
fn Day(day: DayView) -> impl IntoView {
    let DayView { label, rows, .. } = day;
    let heading = label.clone();
    view! {
        <section class="day" aria-label=live(move || label.get())>
            <h2 class="divider">{live(move || heading.get())}</h2>
            {each(move || rows.get(), RowView::element_id, draw)}
        </section>
    }
}

fn draw(view: RowView) -> AnyView {
    let id = view.element_id();
    let first = view.row.read_untracked().content.clone();
    match first {
        Content::Message(first) => view! { <MessageRow id row=view.row first/> },
        Content::System(_) => view! { <SystemRow id row=view.row/> },
        Content::Gap(_) => view! { <Gap id row=view.row/> },
        Content::New => view! {
            <div class="new-divider" id=id role="separator" data-row>
                "New"
            </div>
        },
    }
}

/// What came while nobody listened and is not loaded yet: the pages above, one by one.
#[component]
fn Gap(id: String, row: ArcRwSignal<Row>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let missing = live(move || match row.read().content {
        Content::Gap(1) => "1 more message came while you were away.".to_owned(),
        Content::Gap(missing) => format!("{missing} more messages came while you were away."),
        _ => String::new(),
    });
    view! {
        <p class="system" id=id data-row>
            <Icon name="clock"/>
            <span>
                {missing}" "
                <button
                    class="text-button"
                    type="button"
                    on:click=on(move |_| chat.page_older())
                >
                    "Load more"
                </button>
            </span>
        </p>
    }
}

/// What stands above the first message of a room.
#[component]
fn RoomStart(room: Signal<Room>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let words = move || {
        let room = room.read();
        match room.kind {
            RoomKind::Lobby => {
                "Everyone who visits lands here. Say hello, or just read along.".to_owned()
            }
            RoomKind::Private if room.topic.is_empty() => {
                "Only those who were let in see this room. To everyone else it is not there."
                    .to_owned()
            }
            RoomKind::Direct => {
                "Only you and the people named here read what is written here.".to_owned()
            }
            RoomKind::Open if room.topic.is_empty() => {
                "Anyone here may read and join. Say what this room is for, and people will know \
                 what to bring."
                    .to_owned()
            }
            RoomKind::Open | RoomKind::Private => room.topic.clone(),
        }
    };
    let title = move || {
        let room = room.read();
        let label = chat.label(&room);
        if room.kind == RoomKind::Direct { label } else { format!("Welcome to {label}") }
    };
    view! {
        <div class="room-start">
            <span class="room-mark">
                {live(move || mark(&room.read(), chat, "l"))}
            </span>
            <h2>{live(title)}</h2>
            <p dir="auto">{live(words)}</p>
        </div>
    }
}

/// The way to the page before. With scripts it loads by itself, unless everything fits the screen.
#[component]
fn Earlier() -> impl IntoView {
    let chat = expect_context::<Chat>();
    let first = move || {
        let days = chat.days.read();
        let first = days.first()?.rows.read().first()?.row.read().content.clone();
        match first {
            Content::Message(message) => message.seq,
            _ => chat.read(|sync| sync.current()?.timeline.events().next().map(|event| event.seq)),
        }
    };
    let load = move |event: ev::MouseEvent| {
        event.prevent_default();
        chat.page_older();
    };
    view! {
        <p class="earlier">
            <a
                class="text-button"
                href=live(move || first().map(|seq| format!("?before={seq}")))
                on:click=on(load)
            >
                "Earlier messages"
            </a>
        </p>
    }
}

/// Placeholders of the messages' measures; the style shows them after 300 ms only.
#[component]
fn Loading() -> impl IntoView {
    let row = |widths: &'static [&'static str]| {
        view! {
            <div class="message" aria-hidden="true">
                <div class="message-gutter">
                    <span class="skeleton" data-width="avatar"></span>
                </div>
                <div class="message-main">
                    {widths
                        .iter()
                        .map(|width| view! { <span class="skeleton" data-width=*width></span> })
                        .collect_view()}
                </div>
            </div>
        }
    };
    view! {
        <div class="loading">
            {row(&["1", "3", "2"])} {row(&["1", "2"])} {row(&["1", "3"])}
        </div>
    }
}

#[component]
fn Jump(room: Signal<Room>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let needed = move || chat.away.get() || (chat.loaded.get() && !chat.at_head.get());
    let jump = move |event: ev::MouseEvent| {
        event.prevent_default();
        chat.page_newest();
        chat.mark_read();
    };
    let unread = move || {
        let unread = room.read().unread;
        (unread > 0).then(|| view! { <b>{format!("{unread} new")}</b> })
    };
    let button = move || {
        view! {
            <a class="jump" href=live(move || room.read().name.path()) on:click=on(jump)>
                <Icon name="arrow-down" size="s"/>
                "Jump to latest"
                {live(unread)}
            </a>
        }
    };
    shown(needed, button)
}
