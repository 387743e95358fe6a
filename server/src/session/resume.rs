//! Coming up: who says hello, or asks for a room again, is brought to its head or told why not. Pure.
//!
//! Heads are read from the store, or have been heard in the shard, at some moment; what is published
//! later comes to the shard by itself. A cursor therefore begins at what was read, and is brought up
//! to whatever has been heard by now: nothing is missing and nothing comes twice.

use std::collections::HashMap;

use shared::protocol::{Epoch, Frame, RESUME_EVENTS_MAX, RoomId, Seq, Welcome};

use crate::fanout::{Feeds, encode};

/// Says who one is, and brings every cursor up or tells why not. The welcome was read after the
/// connection was admitted.
pub(crate) fn greet(
    feeds: &mut Feeds,
    at: u32,
    welcome: Welcome,
    epoch: Option<Epoch>,
    cursors: &HashMap<RoomId, Seq>,
) {
    feeds.say(at, encode(&Frame::Welcome(welcome.clone())));
    let same_history = epoch == Some(welcome.epoch);
    let heads: HashMap<RoomId, Seq> =
        welcome.rooms.iter().map(|room| (room.id, room.head)).collect();
    for room in welcome.rooms {
        let head = room.head;
        match cursors.get(&room.id) {
            Some(seq) => catch_up(feeds, at, room.id, *seq, head, room.member, same_history),
            None if room.member => {
                feeds.follow(at, room.id, head, head, true);
                feeds.bring_up(at, room.id);
            }
            None => {}
        }
    }
    feeds.settle_in(at, |room| heads.get(&room).copied().unwrap_or_default());
}

/// Brings one cursor up to `head`, as a member where the connection is one already, or to look on.
pub(crate) fn resume(feeds: &mut Feeds, at: u32, room: RoomId, seq: Seq, head: Seq) {
    catch_up(feeds, at, room, seq, head, feeds.is_member(at, room), true);
}

/// The missing events and `live`, or `gap`, or `reset`.
fn catch_up(
    feeds: &mut Feeds,
    at: u32,
    room: RoomId,
    seq: Seq,
    head: Seq,
    member: bool,
    same_history: bool,
) {
    if !same_history || seq > head {
        feeds.follow(at, room, head, head, member);
        feeds.say(at, encode(&Frame::Reset { room, head }));
        feeds.bring_up(at, room);
    } else if head - seq > RESUME_EVENTS_MAX {
        feeds.follow(at, room, head, head, member);
        feeds.say(at, encode(&Frame::Gap { room, head }));
        feeds.bring_up(at, room);
    } else {
        feeds.follow(at, room, seq, head, member);
        feeds.bring_up(at, room);
        feeds.say(at, encode(&Frame::Live { room, head }));
    }
}
