//! The way out of a room: at once, or after a question where one could not come back by oneself.

use leptos::{ev, prelude::*};
use shared::protocol::{Room, RoomKind};

use super::icon::Icon;
use super::live::{live, on, view};
use super::menu::CloseMenu;
use super::modal::Question;
use crate::address::Address;
use crate::app::{Layer, Over, form_op};
use crate::state::Chat;

/// Leaves the room on screen, or asks first.
#[derive(Clone, Copy)]
pub(super) struct Leaving {
    chat: Chat,
    over: Over,
    address: Address,
}

impl Leaving {
    pub(super) fn new() -> Self {
        Self { chat: expect_context(), over: expect_context(), address: expect_context() }
    }

    pub(super) fn begin(self) {
        let kind = self.chat.room.read_untracked().as_ref().map(|room| room.kind);
        if kind == Some(RoomKind::Private) { self.over.open(Layer::Leave) } else { self.leave() }
    }

    fn leave(self) {
        if let Some(room) = self.chat.room.get_untracked() {
            self.chat.leave(room.id);
        }
        self.address.go("/");
    }
}

/// In the room's menu. Without scripts it is a form.
#[component]
pub(super) fn Leave(room: Signal<Room>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let close = expect_context::<CloseMenu>();
    let leaving = Leaving::new();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        close.0.run(());
        leaving.begin();
    };
    let words = move || {
        let room = room.read();
        match room.kind {
            RoomKind::Direct => "Leave this conversation".to_owned(),
            _ => format!("Leave {}", chat.label(&room)),
        }
    };
    view! {
        <form
            method="post"
            action=live(move || format!("{}/leave", room.read().name.path()))
            on:submit=on(submit)
        >
            <input type="hidden" name="op" value=form_op()/>
            <button class="menu-item" data-kind="danger" type="submit">
                <Icon name="log-out"/>
                {live(words)}
            </button>
        </form>
    }
}

pub(crate) fn leave_question() -> AnyView {
    let leaving = Leaving::new();
    let words = || {
        view! {
            <p>"You cannot come back by yourself: somebody who is in it has to let you in again."</p>
        }
    };
    Question {
        is: |layer| layer == Layer::Leave,
        title: "Leave this private room?",
        act: ("Leave", "danger"),
        fields: Box::new(words),
        done: Box::new(move || leaving.leave()),
    }
    .draw()
}
