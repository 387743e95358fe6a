//! From the engine to the screen: takes in what arrives, sets the signals that differ, and keeps the
//! row under the reader's eye where it is.

use leptos::prelude::*;
use shared::protocol::Command;
#[cfg(feature = "browser")]
use shared::protocol::{Event, Frame, Seq, What};
use shared::sync::rows::{Clock, rows};
use shared::sync::{Refusal, Sync};

use super::Chat;
use crate::browser;
use crate::view::{Eye, reconcile};

impl Chat {
    /// Tells a screen reader. The same words again are told again: they differ by a blank.
    pub(super) fn announce(self, words: String) {
        let again = self.announcement.with_untracked(|told| *told == words);
        self.announcement.set(if again { words + "\u{a0}" } else { words });
    }

    /// Takes in what has arrived, all at once, so that the screen changes once.
    #[cfg(feature = "browser")]
    pub(crate) fn receive(self, frames: Vec<Frame>) {
        let news = self.read(|sync| news(sync, &frames));
        let now_ms = browser::now_ms();
        self.sync.update_value(|sync| {
            for frame in frames {
                sync.receive(frame, now_ms);
            }
        });
        self.show_wanted();
        self.keep_changes();
        self.refresh();
        if let Some(news) = news {
            self.announce(news);
        }
    }

    /// A room that was asked for by its address may have become known.
    #[cfg(feature = "browser")]
    pub(super) fn show_wanted(self) {
        let Some(wanted) = self.wanted.get_value() else { return };
        self.sync.update_value(|sync| {
            if sync.current().is_none()
                && let Some(room) = sync.room_named(&wanted)
            {
                sync.show(room);
            }
        });
    }

    /// Shows what has changed, and keeps the row under the reader's eye where it is.
    pub(crate) fn refresh(self) {
        let eye = Eye::capture(self.at_head.get_untracked());
        self.show_changes();
        leptos::task::spawn_local(async move {
            leptos::task::tick().await;
            eye.restore();
            self.look();
        });
    }

    /// Sets every signal whose value differs.
    pub(super) fn show_changes(self) {
        let awake = self.awake.get_untracked();
        let utc = |_| 0;
        let clock = Clock {
            offset_min: if awake { &browser::offset_min } else { &utc },
            now_ms: awake.then(browser::now_ms),
        };
        let refusals = self.sync.try_update_value(Sync::take_refusals).unwrap_or_default();
        if let Some(refusal) = refusals.last() {
            self.tell(sentence(refusal));
        }
        if let Some(opened) = self.sync.try_update_value(Sync::take_opened).flatten() {
            self.opened.set(Some(opened));
        }
        self.sync.with_value(|sync| {
            set(self.me, sync.me().cloned());
            set(self.rooms, sync.rooms());
            set(self.unsent, sync.outbox().unsent());
            set(self.hindrance, sync.outbox().hindrance());
            let Some(state) = sync.current() else {
                set(self.room, None);
                self.days.set(Vec::new());
                return;
            };
            reconcile(self.days, state.room.id, rows(sync, state, clock));
            set(self.loaded, state.timeline.loaded());
            set(self.at_start, state.timeline.at_start());
            // Also while it catches up after an interruption: who looked at the newest still does.
            set(self.at_head, state.timeline.follows());
            set(self.here, state.here.clone());
            set(self.count, state.count);
            set(self.typing, clock.now_ms.map(|now| state.typing_people(now)).unwrap_or_default());
            set(self.room, Some(state.room.clone()));
        });
    }
}

/// Sets a signal if its value differs: setting alone redraws.
pub(super) fn set<T: PartialEq + Send + std::marker::Sync + 'static>(
    signal: RwSignal<T>,
    value: T,
) {
    if signal.with_untracked(|shown| *shown != value) {
        signal.set(value);
    }
}

/// Why something without a row on screen was refused.
fn sentence(refusal: &Refusal) -> String {
    match &refusal.command {
        Command::Rename { name, .. } => format!("“{name}”: {}", refusal.code.sentence()),
        Command::CreateRoom { name, .. } => format!("# {name}: {}", refusal.code.sentence()),
        _ => refusal.code.sentence().to_owned(),
    }
}

/// What others have just said in the room on screen, for a screen reader: one line, or a count.
#[cfg(feature = "browser")]
fn news(sync: &Sync, frames: &[Frame]) -> Option<String> {
    let state = sync.current()?;
    let me = sync.me()?.id;
    let is_news = |event: &Event, after: Seq| {
        event.room == state.room.id && event.seq > after && event.by.id != me
    };
    let mut said = frames.iter().filter_map(|frame| match frame {
        Frame::Event(event) if is_news(event, state.cursor) => match &event.what {
            // What was deleted before it came here was never said.
            What::Posted { text } if !text.is_empty() => Some((sync.name(&event.by), text)),
            _ => None,
        },
        _ => None,
    });
    let (who, text) = said.next()?;
    match said.count() {
        0 => Some(format!("{who}: {text}")),
        more => Some(format!("{} new messages in # {}", more + 1, state.room.name)),
    }
}
