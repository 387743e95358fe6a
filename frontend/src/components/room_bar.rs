//! The bar above the messages: which room this is, who is here, what can be done with it.

use leptos::prelude::*;
use shared::protocol::Room;

use super::icon::Icon;
use super::live::{live, view};
use super::people::{People, counted};
use super::room_mark::mark;
use super::room_menu::RoomMenu;
use crate::state::Chat;

#[component]
pub(crate) fn RoomBar(room: Signal<Room>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let here = live(move || chat.count.get().map(|count| format!("{} here", counted(count))));
    view! {
        <header class="bar">
            <BackToRooms/>
            <h1 class="room-title">
                {live(move || mark(&room.read(), chat, "s"))}
                <span>
                    {live(move || room.read().title(chat.my_id()))}
                    <small class="only-narrow">{here}</small>
                </span>
            </h1>
            <p class="room-topic only-wide" dir="auto">
                {live(move || room.read().topic.clone())}
            </p>
            <div class="bar-tools">
                <People room/>
                <RoomMenu room/>
            </div>
        </header>
    }
}

/// On a phone the list of rooms is a page of its own.
#[component]
pub(crate) fn BackToRooms() -> impl IntoView {
    view! {
        <a class="icon-button only-narrow" href="?rooms" aria-label="Back to rooms">
            <Icon name="back" size="l" flip=true/>
        </a>
    }
    .into_any()
}
