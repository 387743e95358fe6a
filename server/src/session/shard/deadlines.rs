//! Deadlines: who says nothing, takes nothing, or does not finish.
//!
//! Each connection stands in one slot of the wheel, that of its next deadline; when its time comes,
//! all of them are looked at.

use std::time::Duration;

use shared::protocol::{PONG_TIMEOUT_S, close};

use super::Shard;
use crate::fanout::{Opcode, frame};
use crate::session::connection::{Connection, Kind, PING_INTERVAL};
use crate::session::v1;
use crate::session::wheel::{TICK, Tick, ticks};

/// A socket that takes nothing for so long is closed; its client resumes from its cursors.
pub(super) const BLOCKED_MAX: Tick = ticks(Duration::from_secs(30));

const PONG_WAIT: Tick = ticks(Duration::from_secs(PONG_TIMEOUT_S));

impl Shard {
    /// The shard has slept: deadlines that are set from here on count from now. Gives whom to look at,
    /// once what they have sent is read.
    pub(super) fn look_at_the_clock(&mut self) -> Vec<u32> {
        let now = self.began.elapsed().as_millis() / TICK.as_millis() + 1;
        self.wheel.turn(now as Tick)
    }

    pub(super) fn look_at(&mut self, connections: Vec<u32>) {
        let now = self.wheel.now();
        for at in connections {
            if self.connection(at).is_some_and(|connection| connection.due <= now) {
                self.due(at, now);
            }
        }
    }

    fn due(&mut self, at: u32, now: Tick) {
        let is_blocked = self.feeds.is_blocked(at);
        let Some(connection) = self.connection(at) else { return };
        let is_over = |by: Tick| by > 0 && by <= now;
        connection.due = Tick::MAX;
        if connection.is_closing() {
            if is_over(connection.close_by) {
                self.drop_connection(at);
            } else {
                self.schedule(at);
            }
            return;
        }
        if is_blocked && connection.progress_at + BLOCKED_MAX <= now {
            self.end(at, close::SLOW, "Too slow");
        } else if is_over(connection.hello_by) {
            self.end(at, close::SILENT, "No hello");
        } else if is_over(connection.message_by) {
            self.end(at, close::SILENT, "Half a message");
        } else if is_blocked {
            // Whoever takes nothing cannot have seen a ping.
            if connection.pong_by > 0 {
                connection.pong_by = now + PONG_WAIT;
            }
            connection.ping_at = connection.ping_at.max(now + 1);
        } else if is_over(connection.pong_by) {
            self.end(at, close::SILENT, "No pong");
        } else if connection.ping_at <= now {
            connection.ping_at = now + PING_INTERVAL;
            connection.pong_by = now + PONG_WAIT;
            match connection.kind {
                Kind::V1(_) => v1::ping(self, at),
                // A control frame, which every WebSocket library answers.
                Kind::Plain(_) => self.feeds.say(at, frame(Opcode::Ping, b"").into()),
                #[cfg(test)]
                Kind::Echo => {}
            }
        }
        self.schedule(at);
    }

    /// Puts the connection into the slot of its next deadline, unless it stands before that.
    pub(super) fn schedule(&mut self, at: u32) {
        let is_blocked = self.feeds.is_blocked(at);
        let Some(connection) = self.connection(at) else { return };
        let blocked = if is_blocked { connection.progress_at + BLOCKED_MAX } else { 0 };
        let deadlines = if connection.is_closing() {
            [connection.close_by, 0, 0, 0, 0]
        } else {
            let Connection { hello_by, ping_at, pong_by, message_by, .. } = *connection;
            [hello_by, ping_at, pong_by, message_by, blocked]
        };
        let next = deadlines.into_iter().filter(|by| *by > 0).min().unwrap_or(Tick::MAX);
        if next < connection.due {
            connection.due = next;
            self.wheel.add(at, next);
        }
    }
}
