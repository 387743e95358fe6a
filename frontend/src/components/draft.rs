//! What stands in the composer: a draft per room, kept on the device, or a message of one's own that is
//! edited. The draft waits until that is done.

use leptos::html;
use leptos::prelude::*;
use shared::protocol::{RoomId, Seq};

use crate::browser;

/// The text in the composer. The field itself holds it, so that typing never waits for a signal;
/// the signal follows.
#[derive(Clone, Copy)]
pub(crate) struct Draft {
    pub(crate) text: RwSignal<String>,
    /// The message that is edited, and how it read before.
    pub(super) editing: RwSignal<Option<(Seq, String)>>,
    pub(super) field: NodeRef<html::Textarea>,
    pub(super) room: StoredValue<Option<RoomId>>,
}

impl Draft {
    pub(crate) fn new() -> Self {
        Self {
            text: RwSignal::new(String::new()),
            editing: RwSignal::new(None),
            field: NodeRef::new(),
            room: StoredValue::new(None),
        }
    }

    /// Replaces the text and puts the caret behind it.
    pub(super) fn write(self, text: String) {
        if let Some(field) = self.field.get_untracked() {
            field.set_value(&text);
        }
        self.keep(text);
        self.focus();
    }

    /// Puts a text before what is being written.
    pub(crate) fn take_back(self, text: String) {
        self.end_edit();
        let written = self.text.get_untracked();
        self.write(if written.is_empty() { text } else { format!("{text}\n{written}") });
    }

    /// From now on the composer holds a message of one's own.
    pub(crate) fn edit(self, seq: Seq, text: String) {
        self.editing.set(Some((seq, text.clone())));
        self.write(text);
    }

    /// The room's draft is there again.
    pub(super) fn end_edit(self) {
        if self.is_editing()
            && let Some(room) = self.room.get_value()
        {
            self.load(room);
        }
    }

    pub(super) fn is_editing(self) -> bool {
        self.editing.read_untracked().is_some()
    }

    pub(super) fn keep(self, text: String) {
        if !self.is_editing()
            && let Some(room) = self.room.get_value()
        {
            browser::store(&key(room), &text);
        }
        self.text.set(text);
    }

    pub(crate) fn focus(self) {
        if let Some(field) = self.field.get_untracked() {
            let _ = field.focus();
        }
    }

    pub(super) fn load(self, room: RoomId) {
        self.room.set_value(Some(room));
        self.editing.set(None);
        let kept = browser::stored(&key(room)).unwrap_or_default();
        if let Some(field) = self.field.get_untracked() {
            field.set_value(&kept);
        }
        self.text.set(kept);
    }
}

fn key(room: RoomId) -> String {
    format!("draft:{room}")
}
