//! The bounds that both ends keep: the client so that people see them early, the server because
//! clients lie. Characters are Unicode scalar values.

use super::Seq;

/// Longest text of one message.
pub const TEXT_CHARS_MAX: usize = 8_000;

/// Longest name of a person; the tutorial's figure.
pub const NAME_CHARS_MAX: usize = 20;

/// Longest name of a room, so that `/r/<name>` stays readable.
pub const ROOM_NAME_CHARS_MAX: usize = 40;

/// Longest emoji in bytes: the longest sequences of Unicode's emoji list have 35.
pub const EMOJI_BYTES_MAX: usize = 40;

/// Different reactions under one message: about two lines of them.
pub const REACTIONS_MAX: usize = 20;

/// People named of one reaction; the others are counted.
pub const REACTION_PEOPLE_MAX: usize = 8;

/// People in a direct room, oneself among them. More are a room of its own.
pub const DIRECT_PEOPLE_MAX: usize = 12;

/// Longest word on why a message is reported.
pub const REASON_CHARS_MAX: usize = 500;

/// Longest pause of the slow mode, in seconds: six hours.
pub const SLOW_S_MAX: u32 = 6 * 60 * 60;

/// Longest time that messages are kept where they are not kept for ever, in days: ten years.
pub const KEEP_DAYS_MAX: u32 = 3_650;

/// Longest topic: one line in the room's bar.
pub const TOPIC_CHARS_MAX: usize = 200;

/// Largest frame a client may send. A full message of four-byte characters fits.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;

/// Events in one page, and in the page a browser gets with its HTML.
pub const PAGE_EVENTS: usize = 50;

/// Most events one backfill answers with.
pub const PAGE_EVENTS_MAX: usize = 100;

/// A resume that is further behind than this gets a gap instead of the events: reading a page
/// is then cheaper for both ends than replaying a day.
pub const RESUME_EVENTS_MAX: Seq = 500;

/// Open rooms altogether: everyone's list of rooms has to stay a list that people can read.
pub const ROOMS_MAX: u64 = 1_000;

/// Private and direct rooms that one person has opened and is in.
pub const HIDDEN_ROOMS_MAX: u64 = 500;

/// Rooms one connection may follow without being a member of them.
pub const FOLLOWED_ROOMS_MAX: usize = 16;

/// Cursors one hello may carry: as many as fit into [`FRAME_BYTES_MAX`].
pub const CURSORS_MAX: usize = 800;

/// People listed by name in `here`; beyond it only the count is sent.
pub const HERE_PEOPLE_MAX: usize = 100;

/// People listed by name in `members`. Whoever looks for another types a letter more.
pub const MEMBERS_PEOPLE_MAX: usize = 50;

/// With more people than this in a room, comings and goings are counted but not announced:
/// lines for everyone about everyone cost the square of the people.
pub const PRESENCE_PEOPLE_MAX: usize = 500;

/// The server pings this often, with the heads of the rooms that moved.
pub const PING_INTERVAL_S: u64 = 25;

/// A client that has not answered a ping for this long is gone.
pub const PONG_TIMEOUT_S: u64 = 10;

/// A typing notice stands for this long unless it is repeated.
pub const TYPING_S: u64 = 6;
