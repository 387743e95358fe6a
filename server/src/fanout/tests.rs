//! What publishing makes connections hear, as stories of Alice, Bob and their devices.

use shared::protocol::{Frame, Person};
use uuid::Uuid;

use super::*;

const ROOM: RoomId = RoomId(Uuid::from_u128(1));

fn person(number: u128, name: &str) -> Person {
    Person { id: UserId(Uuid::from_u128(number)), name: name.into() }
}

fn event(by: &Person, seq: Seq, what: What) -> Event {
    Event { what, room: ROOM, seq, at_ms: 0, by: by.clone(), op: None }
}

fn posted(by: &Person, seq: Seq) -> Event {
    event(by, seq, What::Posted { text: format!("said {seq}") })
}

/// A server with one shard, and what it has written to each connection.
struct House {
    fanout: Fanout,
    inbox: Inbox,
    feeds: Feeds,
    /// What the store holds.
    log: Vec<Event>,
    written: Vec<Vec<u8>>,
    /// Bytes that each socket takes in one write.
    takes: usize,
    writes: usize,
}

impl House {
    fn new() -> Self {
        let (port, inbox) = Inbox::new(|| {});
        let fanout = Fanout::new(vec![port]);
        let (feeds, log, written) = (Feeds::default(), Vec::new(), Vec::new());
        Self { fanout, inbox, feeds, log, written, takes: usize::MAX, writes: 0 }
    }

    /// A connection that follows the room from its head on.
    fn device(&mut self, person: &Person, dialect: Dialect) -> u32 {
        let at = self.feeds.open(self.fanout.next_id(), person.id, dialect);
        if dialect == Dialect::V1 {
            self.feeds.admit(at);
            self.feeds.settle_in(at, |_| 0);
        }
        let head = self.fanout.head(ROOM).unwrap_or_default();
        self.feeds.follow(at, ROOM, head, head, true);
        self.written.resize(self.written.len().max(at as usize + 1), Vec::new());
        at
    }

    fn publish(&mut self, events: Vec<Event>) {
        self.log.extend(events.iter().cloned());
        self.fanout.publish(events);
        self.hear();
        self.write();
    }

    fn hear(&mut self) {
        while let Some(mail) = self.inbox.take() {
            match mail {
                Mail::Published(published) => {
                    self.feeds.publish(&published, &mut Vec::new());
                }
                Mail::Ephemeral { room, dialect, not_for, frame } => {
                    self.feeds.ephemeral(room, dialect, not_for, frame);
                }
                Mail::ReadTo { .. } | Mail::Answered { .. } => {}
            }
        }
    }

    /// Turns until nothing more is written.
    fn write(&mut self) {
        while self.feeds.has_work(false) {
            let (takes, written, writes) = (self.takes, &mut self.written, &mut self.writes);
            let mut write = |at: u32, bytes: &[u8]| {
                *writes += 1;
                let taken = bytes.len().min(takes);
                written[at as usize].extend(&bytes[..taken]);
                taken
            };
            self.feeds.sweep(false, 3, &mut write);
            self.feeds.drain(&self.fanout, 3, &mut write);
            for (at, Lack { room, after, upto }) in self.feeds.lacking() {
                let lacking = |event: &&Event| event.room == room && event.seq > after;
                let events = self.log.iter().filter(lacking).take((upto - after) as usize);
                self.feeds.supply(at, Chunk::new(events.cloned().collect()).map(Arc::new));
            }
        }
    }

    /// The seqs of the events that were written to a connection of `hubbub.v1`.
    fn seqs(&self, at: u32) -> Vec<Seq> {
        let seq = |text: String| match serde_json::from_str(&text) {
            Ok(Frame::Event(event)) => event.seq,
            other => panic!("{other:?}"),
        };
        self.texts(at).into_iter().map(seq).collect()
    }

    fn texts(&self, at: u32) -> Vec<String> {
        let mut bytes = &self.written[at as usize][..];
        let mut texts = Vec::new();
        while let [0x81, length, rest @ ..] = bytes {
            let (length, rest) = match length {
                126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), &rest[2..]),
                short => (usize::from(*short), rest),
            };
            texts.push(String::from_utf8(rest[..length].to_vec()).unwrap());
            bytes = &rest[length..];
        }
        assert!(bytes.is_empty(), "a frame begins in a frame");
        texts
    }
}

#[test]
fn what_was_committed_together_is_one_write_for_everyone() {
    let (alice, bob) = (person(1, "Alice"), person(2, "Bob"));
    let mut house = House::new();
    let devices: Vec<u32> = (0..7).map(|_| house.device(&alice, Dialect::V1)).collect();
    house.publish(vec![posted(&bob, 1), posted(&bob, 2), posted(&bob, 3)]);
    house.publish(vec![posted(&bob, 4)]);
    assert_eq!(house.writes, 14);
    for at in devices {
        assert_eq!(house.seqs(at), [1, 2, 3, 4]);
        assert!(house.feeds.is_told(at));
    }
}

#[test]
fn who_leaves_is_told_up_to_the_leaving_and_who_stays_to_the_end() {
    let (alice, bob) = (person(1, "Alice"), person(2, "Bob"));
    let mut house = House::new();
    let (alices, bobs) = (house.device(&alice, Dialect::V1), house.device(&bob, Dialect::V1));
    house.publish(vec![posted(&bob, 1), event(&alice, 2, What::Left), posted(&bob, 3)]);
    house.publish(vec![posted(&bob, 4)]);
    assert_eq!(house.seqs(alices), [1, 2]);
    assert_eq!(house.seqs(bobs), [1, 2, 3, 4]);
}

#[test]
fn who_joins_and_leaves_at_once_is_told_what_lies_between_and_no_more() {
    let (alice, bob) = (person(1, "Alice"), person(2, "Bob"));
    let mut house = House::new();
    let alices = house.device(&alice, Dialect::V1);
    house.feeds.unfollow(alices, ROOM);
    house.publish(vec![
        posted(&bob, 1),
        event(&alice, 2, What::Joined),
        posted(&bob, 3),
        event(&alice, 4, What::Left),
        posted(&bob, 5),
    ]);
    house.publish(vec![posted(&bob, 6)]);
    assert_eq!(house.seqs(alices), [2, 3, 4]);
}

#[test]
fn what_moves_while_the_memberships_are_read_is_made_up_for() {
    let (alice, bob) = (person(1, "Alice"), person(2, "Bob"));
    let mut house = House::new();
    let at = house.feeds.open(house.fanout.next_id(), alice.id, Dialect::V1);
    house.written.push(Vec::new());
    house.feeds.admit(at);
    // Read at head 0; then she joins on another device, before the answer is here.
    house.publish(vec![posted(&bob, 1), event(&alice, 2, What::Joined), posted(&bob, 3)]);
    house.feeds.settle_in(at, |_| 0);
    house.write();
    house.publish(vec![posted(&bob, 4)]);
    assert_eq!(house.seqs(at), [2, 3, 4]);
}

#[test]
fn an_end_that_was_read_of_already_ends_nothing() {
    let (alice, bob) = (person(1, "Alice"), person(2, "Bob"));
    let mut house = House::new();
    let (member, looker) = (house.device(&alice, Dialect::V1), house.device(&alice, Dialect::V1));
    for at in [member, looker] {
        house.feeds.unfollow(at, ROOM);
    }
    // Committed, and on its way to the shard, when what follows is read.
    house.fanout.publish(vec![
        posted(&bob, 1),
        event(&alice, 2, What::Left),
        event(&alice, 3, What::Joined),
        posted(&bob, 4),
    ]);
    house.feeds.follow(member, ROOM, 4, 4, true);
    house.feeds.follow(looker, ROOM, 2, 2, false);
    house.hear();
    house.write();
    house.publish(vec![posted(&bob, 5), event(&alice, 6, What::Left), posted(&bob, 7)]);
    assert_eq!(house.seqs(member), [5, 6], "nothing twice, and nothing behind the end");
    assert_eq!(house.seqs(looker), [3, 4, 5, 6]);
}

#[test]
fn nobody_waits_for_the_whole_of_a_huge_room() {
    let (alice, bob) = (person(1, "Alice"), person(2, "Bob"));
    let garden = RoomId(Uuid::from_u128(2));
    let mut house = House::new();
    for _ in 0..100 {
        house.device(&alice, Dialect::V1);
    }
    let apart = house.device(&bob, Dialect::V1);
    house.feeds.unfollow(apart, ROOM);
    house.feeds.follow(apart, garden, 0, 0, true);
    house.fanout.publish(vec![posted(&alice, 1)]);
    house.hear();
    let mut told = Vec::new();
    let mut write = |at: u32, bytes: &[u8]| {
        told.push(at);
        bytes.len()
    };
    house.feeds.sweep(false, 10, &mut write);
    // The huge room is under way when somebody says something elsewhere.
    house.fanout.publish(vec![Event { room: garden, ..posted(&bob, 1) }]);
    if let Some(Mail::Published(published)) = house.inbox.take() {
        house.feeds.publish(&published, &mut Vec::new());
    }
    house.feeds.sweep(false, 10, &mut write);
    house.feeds.sweep(false, 10, &mut write);
    assert!(told.contains(&apart), "after {} others", told.len());
}

#[test]
fn heads_are_told_behind_the_events_that_they_are_of() {
    let (alice, bob) = (person(1, "Alice"), person(2, "Bob"));
    let mut house = House::new();
    let at = house.device(&alice, Dialect::V1);
    house.fanout.publish(vec![posted(&bob, 1), posted(&bob, 2)]);
    house.hear();
    // Nothing is written yet when she is to be pinged.
    let heads = house.feeds.moved_heads(at);
    assert_eq!(heads.iter().map(|head| head.seq).collect::<Vec<_>>(), [2]);
    house.feeds.say(at, encode(&Frame::Ping { heads }));
    house.write();
    let texts = house.texts(at);
    assert!(texts[2].contains("ping") && texts.len() == 3, "{texts:?}");
    assert!(house.feeds.moved_heads(at).is_empty());
}

#[test]
fn a_room_that_is_gone_is_told_of_behind_the_last_word_in_it() {
    let alice = person(1, "Alice");
    let lobby = RoomId(Uuid::from_u128(2));
    let mut house = House::new();
    let at = house.device(&alice, Dialect::V1);
    house.feeds.follow(at, lobby, 0, 0, true);
    let name = shared::protocol::RoomName::parse("garden").unwrap();
    let in_lobby = |seq, what| Event { room: lobby, ..event(&alice, seq, what) };
    house.publish(vec![
        in_lobby(1, What::Posted { text: "bye".into() }),
        event(&alice, 1, What::Left),
        in_lobby(2, What::Unlisted { unlisted: ROOM, name }),
    ]);
    let texts = house.texts(at);
    let place = |word: &str| texts.iter().position(|text| text.contains(word)).unwrap();
    assert!(place("left") < place("unlisted"), "{texts:?}");
}

#[test]
fn joining_moves_all_devices_but_not_a_plain_connection() {
    let alice = person(1, "Alice");
    let mut house = House::new();
    let (phone, script) = (house.device(&alice, Dialect::V1), house.device(&alice, Dialect::Plain));
    house.feeds.unfollow(phone, ROOM);
    house.feeds.unfollow(script, ROOM);
    house.publish(vec![event(&alice, 1, What::Joined), posted(&alice, 2)]);
    assert_eq!(house.seqs(phone), [1, 2]);
    assert_eq!(house.texts(script), [""; 0]);
}

#[test]
fn a_plain_author_does_not_hear_their_own_lines() {
    let (alice, bob) = (person(1, "Alice"), person(2, "Bob"));
    let mut house = House::new();
    let alices = house.device(&alice, Dialect::Plain);
    let bobs = house.device(&bob, Dialect::Plain);
    house.publish(vec![posted(&alice, 1), posted(&bob, 2), posted(&alice, 3)]);
    let said = |at| -> Vec<String> {
        let texts = house.texts(at).into_iter();
        texts.map(|text| text.split('"').nth(11).unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(
        (said(alices), said(bobs)),
        (vec!["said 2".into()], vec!["said 1".into(), "said 3".into()])
    );
}

#[test]
fn however_little_a_socket_takes_every_frame_comes_whole_and_in_order() {
    let (alice, bob) = (person(1, "Alice"), person(2, "Bob"));
    for takes in [1, 2, 7, 50, 200, 333, 1_000] {
        let mut house = House::new();
        let at = house.device(&alice, Dialect::V1);
        house.takes = takes;
        let mut seq = 0;
        for burst in 1..=12 {
            house.publish((1..=burst).map(|more| posted(&bob, seq + more)).collect());
            seq += burst;
            house.feeds.unblock(at);
            house.write();
        }
        while !house.feeds.is_told(at) {
            house.feeds.unblock(at);
            house.write();
        }
        assert_eq!(house.seqs(at), (1..=seq).collect::<Vec<_>>(), "{takes} bytes at once");
    }
}

#[test]
fn a_socket_that_takes_nothing_costs_a_mark_and_little_of_what_is_never_stored() {
    let (alice, bob) = (person(1, "Alice"), person(2, "Bob"));
    let mut house = House::new();
    let at = house.device(&alice, Dialect::V1);
    house.takes = 0;
    for seq in 1..=2_000 {
        house.publish(vec![posted(&bob, seq)]);
        house.fanout.ephemeral(ROOM, Dialect::V1, None, &text("typing"));
        house.hear();
        house.write();
    }
    let mails = house.feeds.waiting(at);
    assert!(mails <= 2 + 64, "{mails}");
}

#[test]
fn a_deleted_text_is_not_in_the_tail_any_more() {
    let alice = person(1, "Alice");
    let house = House::new();
    let edited = What::Edited { target: 1, text: "secret too".into() };
    let said = What::Posted { text: "secret".into() };
    house.fanout.publish(vec![event(&alice, 1, said), event(&alice, 2, edited)]);
    house.fanout.publish(vec![posted(&alice, 3), event(&alice, 4, What::Deleted { target: 1 })]);
    let first = house.fanout.chunk(ROOM, 0).unwrap();
    let second = house.fanout.chunk(ROOM, 2).unwrap();
    assert_eq!((first.last(), second.last()), (2, 4));
    let both = [first, second].map(|chunk| chunk.frames(Dialect::V1).clone());
    let told: String = both.iter().map(|it| String::from_utf8_lossy(it.bytes())).collect();
    assert!(!told.contains("secret") && told.contains("said 3"), "{told}");
}

#[test]
fn a_connection_that_is_gone_leaves_nothing_behind() {
    let (alice, bob) = (person(1, "Alice"), person(2, "Bob"));
    let mut house = House::new();
    let devices: Vec<u32> = (0..200).map(|_| house.device(&alice, Dialect::V1)).collect();
    let stays = house.device(&bob, Dialect::V1);
    house.publish(vec![posted(&bob, 1)]);
    for at in devices {
        house.feeds.close(at);
    }
    house.publish(vec![posted(&bob, 2)]);
    assert_eq!(house.seqs(stays), [1, 2], "who stays has another place in the row now");
    house.feeds.close(stays);
    house.publish(vec![posted(&bob, 3)]);
    assert!(house.feeds.is_empty());
}
