//! Every connection, frame by frame: nothing missing and nothing twice, gaps and resets only where
//! they must be, nothing after removal, nothing older than what one has done oneself, read cursors
//! only forward, one epoch, and no deleted text for whoever comes after its deletion.

use std::collections::{HashMap, HashSet, VecDeque};

use shared::protocol::{
    Anchor, Command, Epoch, Event, Frame, OpId, Page, RESUME_EVENTS_MAX, RoomId, Seq, UserId,
    Welcome, What,
};

use super::super::history::Happened;
use super::super::plan::tokens;
use super::log::Log;

#[derive(Default)]
pub(super) struct Wire {
    /// Events that came for a resume.
    pub(super) replayed: u64,
    connections: HashMap<usize, Connection>,
    owners: HashMap<usize, UserId>,
    epoch: Option<Epoch>,
    /// Whether the next welcome must, or may, name another epoch.
    must_rewind: bool,
    may_rewind: bool,
    /// Up to where each device has changed a room itself, as it was told.
    done: HashMap<(usize, RoomId), Seq>,
    /// Up to where a person has read, as any device was told.
    read: HashMap<(UserId, RoomId), Seq>,
    /// What each deletion erases, by its op; and what is erased by now.
    erased_by: HashMap<OpId, Vec<String>>,
    erased: HashSet<String>,
}

/// One connection of a device.
#[derive(Default)]
struct Connection {
    /// What was known of the history when it was opened.
    began_in: Option<Epoch>,
    hello: HashMap<RoomId, Seq>,
    epoch: Option<Epoch>,
    /// The newest event of each room that is followed.
    last: HashMap<RoomId, Seq>,
    resumes: HashMap<RoomId, VecDeque<Resume>>,
    pages: Vec<(RoomId, Anchor, Seq)>,
    /// What held when the hello left.
    done: HashMap<RoomId, Seq>,
    read: HashMap<RoomId, Seq>,
    erased: HashSet<String>,
    told_read: HashMap<RoomId, Seq>,
}

/// A cursor that was presented and has no answer yet.
#[derive(Clone, Copy)]
struct Resume {
    seq: Seq,
    /// The cursor is of another history.
    is_void: bool,
}

impl Wire {
    pub(super) fn new(erased_by: HashMap<OpId, Vec<String>>) -> Self {
        Self { erased_by, ..Self::default() }
    }

    pub(super) fn note(&mut self, happened: &Happened) {
        match happened {
            Happened::Owned { device, user } => {
                self.owners.insert(*device, *user);
            }
            Happened::MayRewind => self.may_rewind = true,
            Happened::Rewound { .. } => {
                self.must_rewind = true;
                self.done.clear();
                self.read.clear();
                self.erased.clear();
            }
            Happened::Opened { device, .. } => {
                let erased = self.erased.clone();
                let began_in = self.epoch;
                let connection = Connection { erased, began_in, ..Connection::default() };
                self.connections.insert(*device, connection);
            }
            Happened::Closed { device, .. } => {
                self.connections.remove(device);
            }
            Happened::Sent { device, command, .. } => self.sent(*device, command),
            Happened::Heard { device, frame, .. } => {
                if let Frame::Accepted { op, room, seq } = frame {
                    let done = self.done.entry((*device, *room)).or_default();
                    *done = (*done).max(*seq);
                    self.erased.extend(self.erased_by.get(op).into_iter().flatten().cloned());
                }
                if let Some(mut connection) = self.connections.remove(device) {
                    self.heard(*device, &mut connection, frame);
                    self.connections.insert(*device, connection);
                }
            }
            _ => {}
        }
    }

    fn sent(&mut self, device: usize, command: &Command) {
        let owner = self.owners.get(&device);
        let Some(connection) = self.connections.get_mut(&device) else { return };
        let done = |room: RoomId| self.done.get(&(device, room)).copied().unwrap_or_default();
        match command {
            Command::Hello { epoch, cursors } => {
                let cursors = cursors.iter().map(|cursor| (cursor.room, cursor.seq));
                connection.hello = cursors.collect();
                connection.epoch = *epoch;
                let done = self.done.iter().filter(|((by, _), _)| *by == device);
                connection.done = done.map(|((_, room), seq)| (*room, *seq)).collect();
                let read = self.read.iter().filter(|((user, _), _)| Some(user) == owner);
                connection.read = read.map(|((_, room), seq)| (*room, *seq)).collect();
            }
            Command::Resume { room, seq } => {
                let resume = Resume { seq: *seq, is_void: false };
                connection.resumes.entry(*room).or_default().push_back(resume);
            }
            Command::Backfill { room, anchor, .. } => {
                connection.pages.push((*room, *anchor, done(*room)));
            }
            _ => {}
        }
    }

    fn heard(&mut self, device: usize, connection: &mut Connection, frame: &Frame) {
        let who = format!("device {device}");
        match frame {
            Frame::Welcome(welcome) => {
                // The last word of a server that is gone already may come behind the first of the next.
                let began_in = connection.began_in;
                let is_late = began_in != self.epoch && began_in == Some(welcome.epoch);
                if !is_late {
                    self.welcomed(&who, welcome);
                }
                connection.welcomed(&who, welcome);
                let read = welcome.rooms.iter().filter(|room| room.member);
                for room in read {
                    self.has_read(welcome.you.id, room.id, room.read);
                }
            }
            Frame::Event(event) => {
                let me = self.owners[&device];
                self.replayed += u64::from(connection.hears(&who, event, me));
            }
            Frame::Live { room, head } => {
                let resume = connection.answered(&who, *room);
                assert!(!resume.is_void, "{who} goes on in a history that is another's");
                let last = connection.last.entry(*room).or_insert(resume.seq);
                *last = (*last).max(resume.seq);
                assert!(*last >= *head, "{who} lacks {last} to {head} of {room}, and is live");
            }
            Frame::Gap { room, head } => {
                let Resume { seq, is_void } = connection.answered(&who, *room);
                assert!(!is_void, "{who} has a gap in a history that is another's");
                assert!(head - seq > RESUME_EVENTS_MAX, "{who} has a gap from {seq} to {head}");
                connection.last.insert(*room, *head);
            }
            Frame::Reset { room, head } => {
                let Resume { seq, is_void } = connection.answered(&who, *room);
                assert!(is_void || seq > *head, "{who} is reset at {seq} of {head} for nothing");
                connection.last.insert(*room, *head);
            }
            Frame::Page(page) => connection.reads(&who, page),
            Frame::Read { room, seq } => {
                let before = connection.told_read.insert(*room, *seq).unwrap_or_default();
                assert!(*seq >= before, "{who}: a read cursor went from {before} to {seq}");
                self.has_read(self.owners[&device], *room, *seq);
            }
            _ => {}
        }
    }

    fn welcomed(&mut self, who: &str, welcome: &Welcome) {
        let before = self.epoch.replace(welcome.epoch);
        if let Some(before) = before {
            let changed = before != welcome.epoch;
            assert!(changed || !self.must_rewind, "{who}: a rewound history has its old epoch");
            let may = self.must_rewind || self.may_rewind;
            assert!(!changed || may, "{who}: another epoch, and nothing was rewound");
            if changed {
                (self.must_rewind, self.may_rewind) = (false, false);
            }
        }
    }

    fn has_read(&mut self, user: UserId, room: RoomId, seq: Seq) {
        let read = self.read.entry((user, room)).or_default();
        *read = (*read).max(seq);
    }

    /// What anybody was told that they had read is read in the end.
    pub(super) fn cursors_agree_with(&self, log: &Log) {
        for ((user, room), told) in &self.read {
            if let Some(read) = log.read.get(&(*user, *room)) {
                assert!(read >= told, "{user:?} had read {room} up to {told}, and now to {read}");
            }
        }
    }
}

impl Connection {
    fn welcomed(&mut self, who: &str, welcome: &Welcome) {
        let is_void = self.epoch != Some(welcome.epoch);
        for room in &welcome.rooms {
            if let Some(seq) = self.hello.get(&room.id) {
                let resume = Resume { seq: *seq, is_void };
                self.resumes.insert(room.id, VecDeque::from([resume]));
            } else if room.member {
                self.last.insert(room.id, room.head);
            }
            let done = self.done.get(&room.id).copied().unwrap_or_default();
            assert!(room.head >= done, "{who} has written {done} of {}, not there", room.id);
            let read = self.read.get(&room.id).copied().unwrap_or_default();
            let is_read = !room.member || room.read >= read;
            assert!(is_read, "{who} had read {read} of {}, now {}", room.id, room.read);
        }
    }

    /// Whether the event came for a resume.
    fn hears(&mut self, who: &str, event: &Event, me: UserId) -> bool {
        let Event { room, seq, .. } = *event;
        let resumes = self.resumes.get(&room);
        let resumed = resumes.is_some_and(|all| all.iter().any(|one| one.seq + 1 == seq));
        let last = self.last.get(&room).copied();
        let is_mine = event.by.id == me;
        let enters = is_mine && matches!(event.what, What::Joined | What::Created { .. });
        let follows = last.is_some_and(|last| last + 1 == seq);
        let is_due = follows || resumed || (last.is_none() && enters);
        assert!(is_due, "{who} has {last:?} of {room} and hears {event:?}");
        let replays = resumes.is_some_and(|all| !all.is_empty());
        self.last.insert(room, seq);
        // In a replay this was long ago.
        if is_mine && event.what == What::Left && !replays {
            self.last.remove(&room);
        }
        if let What::Posted { text } | What::Edited { text, .. } = &event.what {
            self.may_hear(who, text);
        }
        replays
    }

    fn answered(&mut self, who: &str, room: RoomId) -> Resume {
        let resume = self.resumes.get_mut(&room).and_then(VecDeque::pop_front);
        resume.unwrap_or_else(|| panic!("{who} has not asked to resume {room}"))
    }

    fn reads(&mut self, who: &str, page: &Page) {
        let asked = |(room, anchor, _): &(RoomId, Anchor, Seq)| {
            (room, anchor) == (&page.room, &page.anchor)
        };
        let at = self.pages.iter().position(asked);
        let at = at.unwrap_or_else(|| panic!("{who} has not asked for {:?}", page.anchor));
        let (_, _, done) = self.pages.remove(at);
        assert!(page.head >= done, "{who} has written {done}, a page knows {}", page.head);
        let seqs: Vec<Seq> = page.events.iter().map(|event| event.seq).collect();
        let dense = seqs.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        assert!(dense, "{who}: a page has holes: {seqs:?}");
        for event in &page.events {
            if let What::Posted { text } | What::Edited { text, .. } = &event.what {
                self.may_hear(who, text);
            }
        }
        for text in page.views.iter().filter_map(|view| view.text.as_ref()) {
            self.may_hear(who, text);
        }
    }

    fn may_hear(&self, who: &str, text: &str) {
        let erased = tokens(text.as_bytes()).any(|token| self.erased.contains(token));
        assert!(!erased, "{who} came after the deletion of {text:?} and hears it");
    }
}
