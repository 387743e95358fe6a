//! One line that says how things stand with the server.

use leptos::prelude::*;
use shared::permission::Role;

use crate::state::{Chat, Status};

/// How long until the next attempt, where one waits; not for ears, it changes every second.
pub(crate) fn countdown(chat: Chat) -> Option<String> {
    match chat.status.get() {
        Status::Waiting(seconds) => Some(format!(" in {seconds} s")),
        _ => None,
    }
}

/// `Connected`, `Reconnecting`, `Offline`; of who looks after the workspace, what they are.
pub(crate) fn words(chat: Chat) -> &'static str {
    match chat.status.get() {
        Status::Connecting => "Connecting",
        Status::Connected => match chat.standing.read().role {
            Role::Admin => "Admin",
            Role::Owner => "Owner",
            Role::Guest | Role::Member => "Connected",
        },
        Status::Waiting(_) => "Reconnecting",
        Status::Offline => "Offline",
        Status::SignedOut => "Signed out",
    }
}

/// The mark beside one's own name: full when connected, hollow when not.
pub(crate) fn mark(chat: Chat) -> &'static str {
    if chat.status.get() == Status::Connected { "online" } else { "offline" }
}
