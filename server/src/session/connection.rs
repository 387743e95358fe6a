//! What a shard knows of one connection, besides its cursors. Idle, it is these few words.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use shared::protocol::{FRAME_BYTES_MAX, PING_INTERVAL_S, RoomId, RoomName};

use super::reader::Reader;
use super::socket::Socket;
use super::wheel::{Tick, ticks};

/// Every connection is asked this often whether it is there.
pub(super) const PING_INTERVAL: Tick = ticks(Duration::from_secs(PING_INTERVAL_S));

/// Pings of people who came together are spread over this time.
const PING_SPREAD: Tick = ticks(Duration::from_secs(5));

pub(super) struct Connection {
    pub(super) socket: Socket,
    pub(super) reader: Reader,
    pub(super) kind: Kind,
    /// SHA-256 of the login's token, for who has one.
    pub(super) login: Option<Box<[u8; 32]>>,
    pub(super) address: IpAddr,
    /// Whether the person has an account, of which sockets are counted.
    pub(super) has_account: bool,
    /// Whether they may change anything: some programs may only read.
    pub(super) may_write: bool,
    /// Input that came while the connection could not take any.
    pub(super) unread: Box<[u8]>,
    /// There may be bytes in the socket.
    pub(super) is_readable: bool,
    /// The peer sends nothing more: what is in the socket ends.
    pub(super) is_hung_up: bool,
    /// Something that was asked of the store is not answered yet; input waits for it.
    pub(super) is_waiting: bool,
    /// The peer has closed.
    pub(super) is_closed: bool,
    /// What the peer sent was no frame, so that nobody knows where the next one begins: whatever
    /// comes is thrown away.
    pub(super) is_deaf: bool,
    /// Ops on their way to the disk.
    pub(super) in_flight: u16,
    /// The slot of the wheel in which this connection stands.
    pub(super) due: Tick,
    /// When it must have said hello; 0 once it has.
    pub(super) hello_by: Tick,
    pub(super) ping_at: Tick,
    /// When a pong must have come; 0 while none is waited for.
    pub(super) pong_by: Tick,
    /// When the message that was begun must be complete; 0 between messages.
    pub(super) message_by: Tick,
    /// When the socket last took a byte.
    pub(super) progress_at: Tick,
    /// When it is dropped; 0 unless we have said goodbye.
    pub(super) close_by: Tick,
}

pub(super) enum Kind {
    /// With the last senseless frames, if there were any.
    V1(Option<Box<BadRequests>>),
    /// With the room that it hears and speaks in, if it is not the lobby.
    Plain(Option<Box<Place>>),
    /// Sends back what it gets, so that others' tests of WebSockets can be run against a shard.
    #[cfg(test)]
    Echo,
}

/// When the last few frames came that made no sense.
#[derive(Default)]
pub(super) struct BadRequests {
    pub(super) at: VecDeque<Tick>,
}

pub(super) struct Place {
    pub(super) id: RoomId,
    pub(super) name: RoomName,
}

impl Kind {
    /// The largest message that it takes.
    pub(super) fn bytes_max(&self) -> usize {
        match self {
            Self::V1(_) | Self::Plain(_) => FRAME_BYTES_MAX,
            #[cfg(test)]
            Self::Echo => super::shard::ECHO_BYTES_MAX,
        }
    }
}

impl Connection {
    /// `at` is its number, by which pings are spread.
    pub(super) fn new(socket: Socket, kind: Kind, at: u32, now: Tick) -> Self {
        Self {
            socket,
            reader: Reader::default(),
            kind,
            login: None,
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            has_account: false,
            may_write: true,
            unread: Box::default(),
            is_readable: false,
            is_hung_up: false,
            is_waiting: false,
            is_closed: false,
            is_deaf: false,
            in_flight: 0,
            due: Tick::MAX,
            hello_by: 0,
            ping_at: now + PING_INTERVAL - at % PING_SPREAD,
            pong_by: 0,
            message_by: 0,
            progress_at: now,
            close_by: 0,
        }
    }

    /// Whether there may be something that it has sent and nobody has looked at.
    pub(super) fn has_input(&self) -> bool {
        self.is_readable || !self.unread.is_empty()
    }

    pub(super) fn is_closing(&self) -> bool {
        self.close_by > 0
    }
}
