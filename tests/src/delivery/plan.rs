//! What people do on their devices: drawn from the device's seed, a little every few milliseconds.
//!
//! Every text that is said is unlike any other ([`token`]), so that it can be looked for later,
//! wherever it may have got to.

use std::time::{Duration, Instant};

use shared::protocol::{Command, RoomId, Seq, What};
use shared::sync::Link;

use super::device::Device;
use crate::client::new_op;

/// How often a device that may do something does.
const ACTS_PERCENT: usize = 25;

/// Whoever has so much on its way waits.
const UNSENT_MAX: usize = 12;

const EMOJI: [&str; 4] = ["👍", "🌱", "☕", "🎉"];

/// What every text begins with, before sixteen hexadecimal digits.
pub const TOKEN: &str = "said-";

/// A text that nobody has said before.
pub fn token(number: u64) -> String {
    format!("{TOKEN}{number:016x}")
}

/// The texts in some bytes.
pub fn tokens(bytes: &[u8]) -> impl Iterator<Item = &str> {
    let length = TOKEN.len() + 16;
    let starts = bytes.windows(TOKEN.len()).enumerate();
    starts
        .filter(|(_, window)| *window == TOKEN.as_bytes())
        .filter_map(move |(at, _)| str::from_utf8(bytes.get(at..at + length)?).ok())
}

impl Device {
    pub(super) async fn act(&mut self) {
        if !self.dice.chance(ACTS_PERCENT) {
            return;
        }
        match self.dice.below(100) {
            0..=69 if self.sync.outbox().unsent() < UNSENT_MAX => self.change(),
            0..=69 => {}
            70..=87 => self.look_around(),
            88..=91 => self.say_again().await,
            92..=94 => self.mark_behind().await,
            95 => {
                // In mid-sentence: nobody knows what became of it.
                self.change();
                self.keep_and_send().await;
                self.disconnect(20);
            }
            96 => self.disconnect(400),
            97 | 98 => self.reload(),
            _ => {
                let time = Duration::from_millis(50 + self.dice.below(400) as u64);
                self.slow_until = Some(Instant::now() + time);
            }
        }
    }

    fn change(&mut self) {
        let op = new_op();
        let Some(state) = self.sync.current() else { return };
        let room = state.room.id;
        // Now and then what is somebody else's, which is refused.
        let me = self.sync.me().map(|me| me.id).filter(|_| self.dice.chance(85));
        let posts = state.timeline.events().filter(|event| {
            matches!(event.what, What::Posted { .. }) && me.is_none_or(|me| event.by.id == me)
        });
        let posts: Vec<Seq> = posts.map(|event| event.seq).collect();
        let target = self.dice.one(&posts).copied().unwrap_or(1);
        let number = self.dice.any();
        let text = match self.dice.below(12) {
            0 => format!("{}\n{}.", token(number), "beans and peas, ".repeat(150)),
            _ => token(number),
        };
        let command = match self.dice.below(20) {
            0..=8 => Command::Post { op, room, text },
            9..=11 => Command::Edit { op, room, target, text },
            12 => Command::Delete { op, room, target },
            13..=15 => {
                let emoji = EMOJI[self.dice.below(EMOJI.len())].to_owned();
                Command::React { op, room, target, emoji, on: self.dice.chance(60) }
            }
            16 | 17 => Command::Join { op, room },
            18 => Command::Leave { op, room },
            _ => Command::SetTopic { op, room, topic: format!("About {number}") },
        };
        self.ask(command);
    }

    fn look_around(&mut self) {
        let rooms: Vec<RoomId> = self.sync.rooms().into_iter().map(|room| room.id).collect();
        let shown = self.sync.current().map(|state| state.room.id);
        match (self.dice.below(7), shown) {
            (0, Some(room)) => self.sync.page_older(room),
            (1, Some(room)) => self.sync.page_newer(room),
            (2, Some(room)) => self.sync.page_newest(room),
            (3 | 4, _) => self.sync.mark_read(),
            _ => {
                if let Some(room) = self.dice.one(&rooms) {
                    self.sync.show(*room);
                }
            }
        }
    }

    /// Says that less was read than is known already, as a device does that was away.
    async fn mark_behind(&mut self) {
        let Some((room, read)) = self.sync.current().map(|state| (state.room.id, state.room.read))
        else {
            return;
        };
        if self.sync.link == Link::Up && read > 3 {
            let seq = read - 1 - self.dice.below(3) as Seq;
            self.send(&Command::MarkRead { room, seq }, false).await;
        }
    }
}
