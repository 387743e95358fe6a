//! One line that says how things stand with the server.

use leptos::prelude::*;

use crate::state::{Chat, Status};

/// `Connected`, `Reconnecting in 4 s`, `Offline`.
pub(crate) fn words(chat: Chat) -> String {
    match chat.status.get() {
        Status::Connecting => "Connecting".into(),
        Status::Connected => "Connected".into(),
        Status::Waiting(seconds) => format!("Reconnecting in {seconds} s"),
        Status::Offline => "Offline".into(),
        Status::Unauthorized => "Not signed in".into(),
    }
}

/// The mark beside one's own name: full when connected, hollow when not.
pub(crate) fn mark(chat: Chat) -> &'static str {
    if chat.status.get() == Status::Connected { "online" } else { "offline" }
}
