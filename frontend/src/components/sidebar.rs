//! The desk: rooms one is in, people one writes to, rooms one could join, and oneself.

use leptos::prelude::*;
use shared::permission::{Role, Verb};
use shared::protocol::{Room, RoomKind};

use super::icon::Icon;
use super::list_focus::move_focus;
use super::live::{each, live, memo, on, shown, view};
use super::me::Me;
use super::room_mark::mark;
use crate::app::{Layer, Over, form_op};
use crate::document::workspace_name;
use crate::state::Chat;

#[component]
pub(crate) fn Sidebar() -> impl IntoView {
    let chat = expect_context::<Chat>();
    let over = expect_context::<Over>();
    let section = move |wanted: Section| {
        memo(move || {
            let (rooms, me) = (chat.rooms.read(), chat.my_id());
            let mine = rooms.iter().filter(|room| Section::of(room) == wanted);
            mine.map(|room| (room.title(me), room.clone())).collect::<Vec<Entry>>()
        })
    };
    let mine = section(Section::Rooms);
    let direct = section(Section::Direct);
    let others = section(Section::Open);
    let find = move |_| over.open(Layer::Switcher);
    let writes = move || chat.may(Verb::OpenDirect, None);
    view! {
        <nav class="sidebar" aria-label="Workspace">
            <div class="sidebar-top">
                <a class="workspace" href="/">
                    <svg class="logo" aria-hidden="true">
                        <use href="#i-logo"></use>
                    </svg>
                    <span dir="auto">
                        {live(move || workspace_name(&chat.standing.read().workspace).to_owned())}
                    </span>
                </a>
            </div>
            <button class="sidebar-search" type="button" aria-haspopup="dialog" on:click=on(find)>
                <Icon name="search"/>
                "Search or jump to"
                <kbd>"Ctrl K"</kbd>
            </button>
            <div class="scroll sidebar-list">
                <div class="sidebar-section">
                    <h2 id="nav-rooms">"Rooms"</h2>
                    <button
                        class="icon-button"
                        type="button"
                        aria-label="Create or find a room"
                        on:click=on(find)
                    >
                        <Icon name="plus"/>
                    </button>
                </div>
                <RoomList rooms=mine labelled_by="nav-rooms"/>
                {shown(
                    move || writes() || !direct.read().is_empty(),
                    move || {
                        let write = move || {
                            view! {
                                <button
                                    class="icon-button"
                                    type="button"
                                    aria-label="Write to somebody"
                                    on:click=on(find)
                                >
                                    <Icon name="plus"/>
                                </button>
                            }
                        };
                        view! {
                            <div class="sidebar-section">
                                <h2 id="nav-direct">"Direct messages"</h2>
                                {shown(writes, write)}
                            </div>
                            {shown(
                                move || !direct.read().is_empty(),
                                move || view! { <RoomList rooms=direct labelled_by="nav-direct"/> },
                            )}
                        }
                    },
                )}
                {shown(
                    move || !others.read().is_empty(),
                    move || {
                        view! {
                            <div class="sidebar-section">
                                <h2 id="nav-others">"Open rooms"</h2>
                            </div>
                            <RoomList rooms=others labelled_by="nav-others"/>
                        }
                    },
                )}
                <noscript>
                    <form class="sidebar-create" method="post" action="/rooms">
                        <input type="hidden" name="op" value=form_op()/>
                        <input class="input" name="name" placeholder="New room" aria-label="New room"/>
                        <button class="button" data-size="s" type="submit">
                            "Create"
                        </button>
                        <label>
                            <input class="checkbox" type="checkbox" name="private"/>
                            "Only for whom I let in"
                        </label>
                    </form>
                </noscript>
            </div>
            <div class="sidebar-foot">
                <Me/>
                {shown(
                    move || chat.standing.read().role == Role::Guest,
                    || {
                        view! {
                            <a class="button" data-size="s" href="/signin">
                                "Sign in"
                            </a>
                        }
                    },
                )}
            </div>
        </nav>
    }
}

/// Where a room stands in the list.
#[derive(Clone, Copy, PartialEq)]
enum Section {
    Rooms,
    Direct,
    Open,
}

impl Section {
    fn of(room: &Room) -> Self {
        match room.kind {
            RoomKind::Direct => Self::Direct,
            _ if room.member => Self::Rooms,
            _ => Self::Open,
        }
    }
}

/// A room and what it is called, which people's names may change.
type Entry = (String, Room);

#[component]
fn RoomList(rooms: Memo<Vec<Entry>>, labelled_by: &'static str) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let current = memo(move || chat.room.read().as_ref().map(|room| room.id));
    // One tab stop per list: the room on screen, or else the first.
    let stop = memo(move || {
        let rooms = rooms.read();
        let shown = rooms.iter().find(|(_, room)| Some(room.id) == current.get());
        shown.or(rooms.first()).map(|(_, room)| room.id)
    });
    let row = move |(title, room): Entry| {
        let id = room.id;
        let is_current = move || current.get() == Some(id);
        let unread = room.unread > 0;
        let badge = unread.then(|| {
            let count = if room.unread > 99 { "99+".to_owned() } else { room.unread.to_string() };
            let label = format!("{count} unread");
            // What is for one alone calls louder.
            let kind = (room.kind != RoomKind::Direct).then_some("quiet");
            view! {
                <b class="badge" data-kind=kind aria-label=label role="img">
                    {count}
                </b>
            }
        });
        view! {
            <li>
                <a
                    class="sidebar-row"
                    href=room.name.path()
                    data-unread=unread
                    aria-current=live(move || is_current().then_some("page"))
                    tabindex=live(move || (chat.awake.get() && stop.get() != Some(id)).then_some("-1"))
                >
                    {mark(&room, chat, "xs")}
                    <span dir="auto">{title}</span>
                    {badge}
                </a>
            </li>
        }
    };
    view! {
        <ul role="list" aria-labelledby=labelled_by on:keydown=on(move_focus)>
            {each(move || rooms.get(), |(title, room)| format!("{}-{}-{title}", room.id, room.unread), row)}
        </ul>
    }
}
