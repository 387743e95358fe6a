//! From the engine to the screen: takes in what arrives, sets the signals that differ, and keeps the
//! row under the reader's eye where it is.

use leptos::prelude::*;
use shared::protocol::{Code, Command, RoomKind, RoomName};
#[cfg(feature = "browser")]
use shared::protocol::{Event, Frame, Seq, What};
use shared::sync::rows::{Clock, rows};
use shared::sync::{Refusal, Sync};

use super::{Chat, Standing};
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
        let news = self.read(|sync| waits(sync, &frames).or_else(|| news(sync, &frames)));
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
            self.tell("alert", sentence(refusal));
        }
        if self.sync.try_update_value(Sync::take_reported).unwrap_or_default() {
            self.tell("check", "Reported. The admins see it.".to_owned());
        }
        if let Some(opened) = self.sync.try_update_value(Sync::take_opened).flatten() {
            self.opened.set(Some(opened));
        }
        self.leave_lost();
        self.sync.with_value(|sync| {
            set(self.me, sync.me().cloned());
            let (role, policy, workspace) = (sync.role(), sync.policy(), sync.workspace().into());
            set(self.standing, Standing { role, policy, workspace });
            set(self.rooms, sync.rooms());
            set(self.unsent, sync.outbox().unsent());
            set(self.hindrance, sync.outbox().hindrance());
            set(self.around, sync.around().to_vec());
            set(self.found, sync.found().cloned());
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

    /// The room on screen is not for everyone, and not for this person any more: their way leads to
    /// the lobby. An open one that is gone has a page that says so.
    fn leave_lost(self) {
        let Some(room) = self.room.get_untracked() else { return };
        let is_gone = self.read(|sync| sync.current().is_none());
        let wanted = self.wanted.get_value();
        if room.kind.is_public() || !is_gone || wanted.as_deref() != Some(room.name.as_str()) {
            return;
        }
        self.sync.update_value(|sync| {
            if let Some(lobby) = sync.room_named(RoomName::LOBBY) {
                sync.show(lobby);
            }
        });
        self.opened.set(RoomName::parse(RoomName::LOBBY));
        let me = self.me.get_untracked().map(|me| me.id);
        let with = if room.kind == RoomKind::Direct { "the conversation with " } else { "" };
        self.tell("log-out", format!("You are not in {with}{} any more.", room.label(me)));
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
        // The other reason for it is known: who only looks on is in no table yet.
        Command::OpenDirect { .. } | Command::Add { .. } if refusal.code == Code::UnknownPerson => {
            "This person cannot be reached yet. They have to write something first.".to_owned()
        }
        Command::Rename { name, .. } => format!("“{name}”: {}", refusal.code.sentence()),
        Command::CreateRoom { name, .. } => format!("# {name}: {}", refusal.code.sentence()),
        _ => refusal.code.sentence().to_owned(),
    }
}

/// Why a message waits and for how long, where that is the room's rule or the person's own haste.
pub(crate) fn patience(why: Code, left_s: usize) -> Option<String> {
    let because = match why {
        Code::SlowMode => "Slow mode: your message",
        Code::TooFast => "You are writing very fast. It",
        _ => return None,
    };
    // Hours of seconds are no figure that anybody reads.
    let left =
        if left_s < 120 { format!("{left_s} s") } else { format!("{} min", left_s.div_ceil(60)) };
    Some(format!("{because} goes out in {left}."))
}

/// For a screen reader: a message of the room on screen has been told to wait.
#[cfg(feature = "browser")]
fn waits(sync: &Sync, frames: &[Frame]) -> Option<String> {
    let room = sync.current()?.room.id;
    frames.iter().find_map(|frame| match frame {
        Frame::RetryAfter { op, after_ms, code } => {
            let is_post = sync.outbox().posts_in(room).any(|(pending, _)| pending.op == *op);
            is_post.then(|| patience(*code, after_ms.div_ceil(1_000) as usize))?
        }
        _ => None,
    })
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
        more => Some(format!("{} new messages in {}", more + 1, state.room.label(Some(me)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_waits_says_why_and_how_long() {
        let says = |why, left_s| patience(why, left_s).unwrap_or_default();
        assert_eq!(says(Code::SlowMode, 25), "Slow mode: your message goes out in 25 s.");
        assert_eq!(says(Code::TooFast, 12), "You are writing very fast. It goes out in 12 s.");
        assert_eq!(says(Code::SlowMode, 3_541), "Slow mode: your message goes out in 60 min.");
        assert_eq!(patience(Code::CannotSave, 5), None, "the banner says that");
    }
}
