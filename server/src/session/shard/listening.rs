//! What connections say: bytes become messages, and messages go to their protocol.
//!
//! Who asks for more than can be answered is not read meanwhile; what was read already is kept. One
//! connection's bug ends that connection.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use shared::protocol::close;

use super::Shard;
use super::deadlines::BLOCKED_MAX;
use crate::fanout::{Opcode, frame};
use crate::session::connection::Kind;
use crate::session::reader::{Message, Violation};
use crate::session::wheel::{Tick, ticks};
use crate::session::{plain, v1};

/// Ops of one connection on their way to the disk. Who sends more is not read meanwhile.
const IN_FLIGHT_MAX: u16 = 64;

/// Answers that may wait for a blocked socket before its input is left unread.
const UNSENT_BYTES_MAX: usize = 256 * 1024;

/// How long a message may take from its first byte to its last.
const MESSAGE_WAIT: Tick = ticks(Duration::from_secs(30));

impl Shard {
    pub(super) fn read_all(&mut self, buffer: &mut [u8]) {
        for at in std::mem::take(&mut self.readable) {
            let read = AssertUnwindSafe(|| self.read(at, buffer));
            // One connection's bug is not the others'.
            if catch_unwind(read).is_err() {
                tracing::error!("a connection was dropped after a panic");
                self.drop_connection(at);
            }
        }
    }

    fn read(&mut self, at: u32, buffer: &mut [u8]) {
        if !self.may_take(at) {
            return;
        }
        let Some(connection) = self.connection(at) else { return };
        let mut unread = std::mem::take(&mut connection.unread);
        if !unread.is_empty() {
            self.take(at, &mut unread);
            self.readable.push(at);
            return;
        }
        if !std::mem::take(&mut connection.is_readable) {
            return;
        }
        match connection.socket.read(buffer) {
            Ok(None) => {}
            Ok(Some(0)) | Err(_) => self.drop_connection(at),
            Ok(Some(bytes)) => {
                connection.pong_by = 0;
                // Less than there is room for is all that there was; more comes with an event, except
                // the end, if we have been told of it already.
                if bytes == buffer.len() || connection.is_hung_up {
                    connection.is_readable = true;
                    self.readable.push(at);
                }
                self.take(at, &mut buffer[..bytes]);
            }
        }
    }

    /// Whether input of this connection may be looked at now.
    fn may_take(&mut self, at: u32) -> bool {
        let is_stopping = self.stop_by.is_some();
        let answer_bytes = match self.connection(at) {
            Some(_) => self.feeds.answer_bytes(at),
            None => return false,
        };
        self.connection(at).is_some_and(|connection| {
            let is_free = !connection.is_waiting && !is_stopping;
            // Of who is closing only the close is waited for.
            let may =
                is_free && connection.in_flight < IN_FLIGHT_MAX && answer_bytes < UNSENT_BYTES_MAX;
            may || connection.is_closing()
        })
    }

    fn take(&mut self, at: u32, bytes: &mut [u8]) {
        let Some(connection) = self.connection(at) else { return };
        if connection.is_deaf {
            return;
        }
        let mut reader = std::mem::take(&mut connection.reader);
        let bytes_max = connection.kind.bytes_max();
        let mut input = bytes;
        loop {
            if !self.may_take(at) {
                if let Some(connection) = self.connection(at) {
                    connection.unread = (&*input).into();
                }
                break;
            }
            match reader.next(&mut input, bytes_max) {
                Ok(Some(message)) => self.message(at, &message),
                Ok(None) => break,
                Err(violation) => {
                    self.violated(at, violation);
                    break;
                }
            }
        }
        let now = self.wheel.now();
        let is_waiting = reader.is_waiting();
        if let Some(connection) = self.connection(at) {
            connection.reader = reader;
            if !is_waiting {
                connection.message_by = 0;
            } else if connection.message_by == 0 {
                connection.message_by = now + MESSAGE_WAIT;
            }
        }
    }

    fn message(&mut self, at: u32, message: &Message<'_>) {
        let Some(connection) = self.connection(at) else { return };
        let is_closing = connection.is_closing();
        let is_v1 = matches!(connection.kind, Kind::V1(_));
        #[cfg(test)]
        let is_echo = matches!(connection.kind, Kind::Echo);
        match message {
            Message::Close(code) => {
                connection.is_closed = true;
                let code = code.map(|code| code.to_be_bytes());
                let code = code.as_ref().map_or(&[][..], |code| code);
                self.finish(at, frame(Opcode::Close, code).into(), true, BLOCKED_MAX);
                self.ending.push(at);
            }
            _ if is_closing => {}
            Message::Ping(payload) => self.feeds.say(at, frame(Opcode::Pong, payload).into()),
            Message::Pong => {}
            #[cfg(test)]
            Message::Text(_) | Message::Binary(_) if is_echo => {
                super::conformance::echo(self, at, message)
            }
            Message::Text(text) if is_v1 => v1::input(self, at, text),
            Message::Text(text) => plain::input(self, at, text),
            // Some libraries send text like this.
            Message::Binary(bytes) => match str::from_utf8(bytes) {
                Ok(text) if is_v1 => v1::input(self, at, text),
                Ok(text) => plain::input(self, at, text),
                Err(_) if is_v1 => v1::bad_request(self, at),
                Err(_) => {}
            },
        }
    }

    /// The peer is told, and may go on with what it was sending: a socket that was closed before
    /// all of that is read would answer with a reset, which can overtake the close frame.
    fn violated(&mut self, at: u32, violation: Violation) {
        let Some(connection) = self.connection(at) else { return };
        connection.is_deaf = true;
        // If the last word was said before.
        self.ending.push(at);
        match violation {
            Violation::Protocol => self.end(at, close::PROTOCOL, "Not a WebSocket frame"),
            Violation::NotUtf8 => self.end(at, close::NOT_UTF8, "Not UTF-8"),
            Violation::TooBig => self.end(at, close::TOO_BIG, "Too big"),
        }
    }
}
