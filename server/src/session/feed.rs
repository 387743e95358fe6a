//! What one connection still has to be told: cursors over logs, and the mail in between. Pure.
//!
//! A [`Feed`] says step by step what is to be written, and which stretch of which log is to be read
//! for it; `link` does so and writes. The rules of the seam are here: a room is followed before its
//! head is read, a cursor moves over every seq once, and nothing is told from behind the event that
//! ended a membership. Knows no socket, no clock and no database.

use std::collections::{HashMap, HashSet, VecDeque};

use axum::extract::ws::Utf8Bytes;
use shared::protocol::{
    Cursor, Epoch, FOLLOWED_ROOMS_MAX, Frame, RESUME_EVENTS_MAX, RoomId, Seq, UserId, Welcome,
};

use crate::fanout::{Dialect, Fanout, Line, Mail, Registration, encode};

pub(crate) struct Feed {
    /// The rooms that the person is in, as this connection has heard.
    pub(crate) members: HashSet<RoomId>,
    user: UserId,
    dialect: Dialect,
    registration: Registration,
    cursors: HashMap<RoomId, Place>,
    /// Rooms followed without being a member, the oldest first.
    looked_at: VecDeque<RoomId>,
    /// Taken from the mailbox or said by the session itself, and not passed on yet.
    mails: VecDeque<Mail>,
    /// Rooms that the person has left and that are followed on: their session is still to hear it.
    exited: Vec<RoomId>,
}

/// What is to be done next.
#[derive(Debug)]
pub(crate) enum Step {
    Write(Utf8Bytes),
    /// Lines with `after < seq <= upto` are lacking: read some and [`Feed::pass`] them.
    Read {
        room: RoomId,
        after: Seq,
        upto: Seq,
    },
    /// The person is in this room from here on.
    Entered(RoomId),
    /// The person is not in this room any more, and nothing of it follows unless they ask.
    Exited(RoomId),
    /// Everything has been told.
    Done,
}

/// How far one room's log has been passed on.
struct Place {
    at: Seq,
    /// The head that the last ping told.
    pinged: Seq,
    /// How far this client says that it was read.
    read: Seq,
}

impl Feed {
    pub(crate) fn new(registration: Registration, dialect: Dialect) -> Self {
        Self {
            members: HashSet::new(),
            user: registration.mailbox.user,
            dialect,
            registration,
            cursors: HashMap::new(),
            looked_at: VecDeque::new(),
            mails: VecDeque::new(),
            exited: Vec::new(),
        }
    }

    /// This connection's number, to be left out where others are told.
    pub(crate) fn id(&self) -> u64 {
        self.registration.mailbox.id
    }

    /// Says something to this client, after what it was told before.
    pub(crate) fn say(&mut self, frame: Utf8Bytes) {
        self.mails.push_back(Mail::Answer(frame));
    }

    /// Waits until there may be mail.
    pub(crate) async fn mailed(&self) {
        self.registration.mailbox.pushed().await;
    }

    /// Bytes of answers that wait to be written.
    pub(crate) fn unsent_bytes(&self) -> usize {
        let bytes = |mail: &Mail| match mail {
            Mail::Answer(frame) => frame.len(),
            _ => 0,
        };
        self.mails.iter().map(bytes).sum()
    }
}

/// Coming up: follow, read, catch up, in this order.
impl Feed {
    /// A hello has come: from now on the person's joining and leaving moves this connection, and
    /// everything that could be followed is followed. What is read **afterwards** goes to
    /// [`Feed::greet`]. Returns the rooms that were followed.
    pub(crate) fn admit(&mut self, rooms: impl IntoIterator<Item = RoomId>) -> HashSet<RoomId> {
        self.registration.admit();
        let rooms: HashSet<RoomId> = rooms.into_iter().collect();
        for room in &rooms {
            self.follow(*room, Seq::MAX);
        }
        rooms
    }

    /// Says who one is, and brings every cursor up or tells why not. The welcome was read after
    /// `followed` was: heads and memberships belong together.
    pub(crate) fn greet(
        &mut self,
        welcome: Welcome,
        epoch: Option<Epoch>,
        cursors: &HashMap<RoomId, Seq>,
        mut followed: HashSet<RoomId>,
    ) {
        self.say(encode(&Frame::Welcome(welcome.clone())));
        let same_history = epoch == Some(welcome.epoch);
        for room in welcome.rooms {
            followed.remove(&room.id);
            if room.member {
                self.members.insert(room.id);
            }
            match cursors.get(&room.id) {
                Some(seq) => {
                    if !room.member {
                        self.look_at(room.id);
                    }
                    self.catch_up(room.id, *seq, room.head, same_history);
                }
                None if room.member => self.follow(room.id, room.head),
                None => self.unfollow(room.id),
            }
        }
        // Rooms that are not there, or not any more.
        for room in followed {
            self.unfollow(room);
        }
    }

    /// A room is about to be resumed: its head is to be read now.
    pub(crate) fn begin_resume(&mut self, room: RoomId) {
        // Until no exit was published between the two: one that comes later ends what begins here.
        loop {
            self.registration.follow(room);
            if !self.forget_exit(room) {
                break;
            }
        }
        if !self.members.contains(&room) {
            self.look_at(room);
        }
        self.follow(room, Seq::MAX);
    }

    /// An exit that was published before somebody asked for the room again must not end what they
    /// asked for. Its event lies behind the cursor, or comes with what is resumed. Whether there
    /// was one.
    fn forget_exit(&mut self, room: RoomId) -> bool {
        self.registration.mailbox.take(&mut self.mails);
        let is_exit =
            |mail: &Mail| matches!(mail, Mail::Exit { room: exited, .. } if *exited == room);
        let Some(last) = self.mails.iter().rposition(is_exit) else { return false };
        let mut at = 0;
        self.mails.retain(|mail| {
            at += 1;
            let is_enter = matches!(mail, Mail::Enter { room: entered, .. } if *entered == room);
            at > last + 1 || !(is_exit(mail) || is_enter)
        });
        self.members.remove(&room);
        self.exited.push(room);
        true
    }

    /// Brings a cursor to `head`, which was read after the room was followed: the missing events
    /// and `live`, or `gap`, or `reset`.
    pub(crate) fn catch_up(&mut self, room: RoomId, seq: Seq, head: Seq, same_history: bool) {
        let frame = if !same_history || seq > head {
            self.follow(room, head);
            Frame::Reset { room, head }
        } else if head - seq > RESUME_EVENTS_MAX {
            self.follow(room, head);
            Frame::Gap { room, head }
        } else {
            self.follow(room, seq);
            self.bring_up(room, head);
            Frame::Live { room, head }
        };
        self.say(encode(&frame));
    }

    /// Follows a room from here on.
    pub(crate) fn follow(&mut self, room: RoomId, after: Seq) {
        self.registration.follow(room);
        self.cursors.insert(room, Place::new(after));
    }

    /// Tells what the cursor lacks, up to this seq.
    pub(crate) fn bring_up(&mut self, room: RoomId, seq: Seq) {
        self.mails.push_back(Mail::UpTo { room, seq });
    }

    pub(crate) fn unfollow(&mut self, room: RoomId) {
        self.registration.unfollow(room);
        self.cursors.remove(&room);
    }

    /// Follows a room without being a member; the one looked at longest ago is given up.
    fn look_at(&mut self, room: RoomId) {
        self.looked_at.retain(|looked_at| *looked_at != room);
        self.looked_at.push_back(room);
        if self.looked_at.len() > FOLLOWED_ROOMS_MAX
            && let Some(oldest) = self.looked_at.pop_front()
            && !self.members.contains(&oldest)
        {
            self.unfollow(oldest);
        }
    }
}

/// Going on.
impl Feed {
    /// The next thing to do. What is to be read is asked for until it has been passed.
    pub(crate) fn next(&mut self) -> Step {
        if let Some(room) = self.exited.pop() {
            return Step::Exited(room);
        }
        loop {
            if self.mails.is_empty() {
                self.registration.mailbox.take(&mut self.mails);
            }
            let Some(mail) = self.mails.pop_front() else { return Step::Done };
            let lacking = match &mail {
                Mail::UpTo { room, seq } | Mail::Exit { room, seq } => self.lacking(*room, *seq),
                _ => None,
            };
            if let Some(read) = lacking {
                self.mails.push_front(mail);
                return read;
            }
            match mail {
                Mail::Answer(frame) | Mail::Ephemeral(frame) => return Step::Write(frame),
                Mail::UpTo { .. } => {}
                Mail::Enter { room, seq } => {
                    self.members.insert(room);
                    // The publisher marks this connection since the event; here it gets its cursor.
                    self.cursors.entry(room).or_insert(Place::new(seq.saturating_sub(1)));
                    self.mails.push_front(Mail::UpTo { room, seq });
                    return Step::Entered(room);
                }
                Mail::Exit { room, .. } => {
                    self.unfollow(room);
                    self.members.remove(&room);
                    return Step::Exited(room);
                }
            }
        }
    }

    /// Moves the cursor over a line that was read. What there is to write of it, if anything.
    pub(crate) fn pass(&mut self, room: RoomId, line: Line) -> Option<Utf8Bytes> {
        let place = self.cursors.get_mut(&room).filter(|place| place.at < line.seq)?;
        place.at = line.seq;
        match self.dialect {
            Dialect::V1 => Some(line.v1),
            Dialect::Plain => line.plain.filter(|_| line.echoed || line.author != self.user),
        }
    }

    /// There is nothing to read where something must be: the mark is given up.
    pub(crate) fn give_up(&mut self) {
        self.mails.pop_front();
    }

    /// Moves the read cursor to what this client has been shown, at most. `None` if that is no
    /// news: a client that says the same again, or makes up seqs, asks nothing of the writer.
    pub(crate) fn read(&mut self, room: RoomId, seq: Seq) -> Option<Seq> {
        let place = self.cursors.get_mut(&room)?;
        let seq = seq.min(place.at);
        if seq <= place.read {
            return None;
        }
        place.read = seq;
        Some(seq)
    }

    /// The heads of the rooms that moved since this was last asked.
    pub(crate) fn moved_heads(&mut self, fanout: &Fanout) -> Vec<Cursor> {
        let moved = self.cursors.iter_mut().filter_map(|(room, place)| {
            let seq = fanout.head(*room).unwrap_or(place.at).max(place.at);
            let moved = seq > place.pinged;
            place.pinged = seq;
            moved.then_some(Cursor { room: *room, seq })
        });
        moved.collect()
    }

    fn lacking(&self, room: RoomId, upto: Seq) -> Option<Step> {
        let place = self.cursors.get(&room).filter(|place| place.at < upto)?;
        Some(Step::Read { room, after: place.at, upto })
    }
}

impl Place {
    fn new(at: Seq) -> Self {
        Self { at, pinged: at, read: 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shared::protocol::{Event, Person, What};
    use uuid::Uuid;

    use super::*;

    fn event(by: u128, seq: Seq, what: What) -> Event {
        let by = Person { id: UserId(Uuid::from_u128(by)), name: String::new() };
        Event { what, room: RoomId(Uuid::from_u128(7)), seq, at_ms: 0, by, op: None }
    }

    /// Everything that there is to do, as the session would do it.
    fn tell(feed: &mut Feed, fanout: &Fanout) -> Vec<Seq> {
        let mut told = Vec::new();
        loop {
            match feed.next() {
                Step::Done => return told,
                Step::Read { room, after, upto } => {
                    for line in fanout.lines(room, after, upto, 100).unwrap() {
                        told.push(line.seq);
                        feed.pass(room, line);
                    }
                }
                Step::Write(_) | Step::Entered(_) | Step::Exited(_) => {}
            }
        }
    }

    #[test]
    fn who_leaves_and_goes_on_looking_hears_what_comes() {
        let (alice, bob) = (1, 2);
        let fanout = Arc::new(Fanout::default());
        let room = RoomId(Uuid::from_u128(7));
        let registration = fanout.connect(UserId(Uuid::from_u128(alice)), Dialect::V1);
        let mut feed = Feed::new(registration, Dialect::V1);
        feed.admit([room]);
        feed.members.insert(room);
        feed.follow(room, 0);
        fanout.publish(&[event(bob, 1, What::Joined), event(alice, 2, What::Left)]);
        // The answer to her leaving is still in the mail when she asks to look on.
        feed.begin_resume(room);
        feed.catch_up(room, 1, 2, true);
        assert_eq!(tell(&mut feed, &fanout), [2]);
        fanout.publish(&[event(bob, 3, What::Posted { text: "Still there?".into() })]);
        assert_eq!(tell(&mut feed, &fanout), [3]);
        assert!(!feed.members.contains(&room));
        // What is left without looking on is silent.
        fanout.publish(&[event(alice, 4, What::Joined), event(alice, 5, What::Left)]);
        fanout.publish(&[event(bob, 6, What::Posted { text: "Gone.".into() })]);
        assert_eq!(tell(&mut feed, &fanout), [4, 5]);
    }
}
