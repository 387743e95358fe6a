//! A room as rows for a screen: days, messages grouped by author, folded lines of the system.
//!
//! Pure and the same on server and client, so that what wakes up in the browser is what was drawn
//! there. The reader's clock is an argument, and absent in the first render.

use super::entry::{Entry, react};
use super::{Pending, RoomState, SendState, Sync};
use crate::civil::{Civil, day_name};
use crate::protocol::{
    Command, Event, OpId, Person, Reaction, RoomKind, RoomName, Rules, Seq, What,
};

/// Messages of one author further apart than this start a new group.
const GROUP_MS: i64 = 5 * 60 * 1_000;

/// Fewer lines of the system in a row than this stand alone.
const FOLD_LINES_MIN: usize = 3;

/// What the reader's clock says.
#[derive(Clone, Copy)]
pub struct Clock<'a> {
    /// Minutes east of Greenwich at a moment (milliseconds since 1970 UTC) where the reader is.
    pub offset_min: &'a dyn Fn(i64) -> i32,
    /// Now, in milliseconds since 1970 UTC. `None` in the first render.
    pub now_ms: Option<i64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// Days since 1970 where the reader is.
    pub day: i64,
    pub label: String,
    pub rows: Vec<Row>,
}

/// Identifies a row for as long as it is on screen: a post keeps its key when it settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Op(OpId),
    Seq(Seq),
    Note(u64),
    Gap,
    New,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub key: Key,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Message(Message),
    /// Lines of the system that follow each other; three and more are folded into one.
    System(Vec<Line>),
    /// So many events above are not loaded: they came while nobody listened.
    Gap(u64),
    /// From here on is new.
    New,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Absent while the message is on its way.
    pub seq: Option<Seq>,
    pub op: Option<OpId>,
    pub by: Person,
    pub text: String,
    pub at_ms: i64,
    /// `09:14`.
    pub time: String,
    /// `Saturday, 21 November 2026 at 09:14:05`.
    pub exact: String,
    /// Whether it continues the message above: no name, no avatar.
    pub grouped: bool,
    /// Whether the reader wrote it, and it is in the log: then it can be edited and deleted.
    pub mine: bool,
    pub edited: bool,
    pub deleted: bool,
    pub reactions: Vec<Reaction>,
    /// The op that is on its way, of the message itself or of an edit of it. `None` once everything
    /// that shows is in the log.
    pub pending: Option<(OpId, SendState)>,
}

impl Message {
    fn new(by: Person) -> Self {
        Self {
            seq: None,
            op: None,
            by,
            text: String::new(),
            at_ms: 0,
            time: String::new(),
            exact: String::new(),
            grouped: false,
            mine: false,
            edited: false,
            deleted: false,
            reactions: Vec::new(),
            pending: None,
        }
    }
}

/// One line of the system: somebody did something.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub who: Vec<Person>,
    pub did: Did,
    pub exact: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Did {
    Created,
    Joined,
    Left,
    RenamedFrom(String),
    Added(Person),
    Removed(Person),
    ChangedTopic(String),
    ChangedRules(Rules),
    /// Messages of this person, or old ones.
    Purged(Option<Person>),
    OpenedRoom(RoomName),
    ClosedRoom(RoomName),
    /// Presence: here just now.
    Came,
    Went,
}

/// Draws up a room. Rows are oldest first; what is on its way comes last.
pub fn rows(sync: &Sync, state: &RoomState, clock: Clock<'_>) -> Vec<Day> {
    let is_direct = state.room.kind == RoomKind::Direct;
    let mut rows = Rows { sync, clock, is_direct, days: Vec::new(), new_after: state.new_after };
    let mut notes = state.timeline.notes().peekable();
    let changes: Vec<(&Pending, Seq)> = sync.outbox().changes_in(state.room.id).collect();
    if let (Some(missing), Some(first)) = (state.gap(), state.timeline.events().next()) {
        rows.gap(missing, first.at_ms);
    }
    for entry in state.timeline.entries() {
        let seq = entry.event.seq;
        while let Some(note) = notes.next_if(|note| note.after < seq) {
            rows.note(note);
        }
        match entry.text() {
            Some(text) => rows.posted(entry, text, &changes),
            None => rows.event(&entry.event),
        }
    }
    // A stretch of the past ends where it ends; news and what is on its way belong to the newest,
    // also while it has still to be caught up with.
    if state.timeline.follows() {
        notes.for_each(|note| rows.note(note));
        for (pending, text) in sync.outbox().posts_in(state.room.id) {
            let Some(me) = sync.me() else { continue };
            rows.message(Message {
                op: Some(pending.op),
                text: text.to_owned(),
                at_ms: pending.asked_ms,
                pending: Some((pending.op, pending.state)),
                ..Message::new(me.clone())
            });
        }
    }
    rows.days
}

struct Rows<'a> {
    sync: &'a Sync,
    clock: Clock<'a>,
    is_direct: bool,
    days: Vec<Day>,
    new_after: Option<Seq>,
}

impl Rows<'_> {
    /// A message as it is now, and as this person has already asked it to be.
    fn posted(&mut self, entry: &Entry, text: &str, changes: &[(&Pending, Seq)]) {
        let event = &entry.event;
        let deleted = text.is_empty();
        if !deleted {
            self.new_divider(event);
        }
        let mut message = Message {
            seq: Some(event.seq),
            op: event.op,
            text: text.to_owned(),
            at_ms: event.at_ms,
            mine: self.mine(&event.by),
            edited: entry.is_edited(),
            deleted,
            reactions: entry.reactions().to_vec(),
            ..Message::new(event.by.clone())
        };
        let about_this = changes.iter().filter(|(_, target)| *target == event.seq);
        for (pending, _) in about_this.filter(|_| !deleted) {
            self.asked(&mut message, pending);
        }
        self.message(message);
    }

    /// What this person has asked for is on screen before it is in the log.
    fn asked(&self, message: &mut Message, pending: &Pending) {
        match &pending.command {
            Command::Edit { text, .. } => {
                message.text.clone_from(text);
                message.edited = true;
                message.pending = Some((pending.op, pending.state));
            }
            Command::Delete { .. } => {
                message.text.clear();
                message.deleted = true;
                message.reactions.clear();
            }
            Command::React { emoji, on, .. } => {
                let shown = message.reactions.iter().any(|one| one.emoji == *emoji && one.mine);
                if let Some(me) = self.sync.me().filter(|_| shown != *on) {
                    react(&mut message.reactions, emoji, *on, me, true);
                }
            }
            _ => {}
        }
    }

    /// Above what is held lies what came while the client did not follow.
    fn gap(&mut self, missing: u64, at_ms: i64) {
        let day = self.civil(at_ms).day;
        self.day(day).push(Row { key: Key::Gap, content: Content::Gap(missing) });
    }

    fn event(&mut self, event: &Event) {
        // Who is in a direct room is what it is called: nobody has to be told who began it.
        if self.is_direct && matches!(event.what, What::Created { .. } | What::Added { .. }) {
            return;
        }
        let did = match &event.what {
            What::Created { .. } => Did::Created,
            What::Joined => Did::Joined,
            What::Left => Did::Left,
            What::Added { person, .. } => Did::Added(self.named(person)),
            What::Removed { person } => Did::Removed(self.named(person)),
            What::Purged { person, .. } => {
                Did::Purged(person.as_ref().map(|person| self.named(person)))
            }
            What::TopicChanged { topic } => Did::ChangedTopic(topic.clone()),
            What::RulesChanged { rules } => Did::ChangedRules(*rules),
            What::Renamed { from } => Did::RenamedFrom(from.clone()),
            What::Listed { name, .. } => Did::OpenedRoom(name.clone()),
            What::Unlisted { name, .. } => Did::ClosedRoom(name.clone()),
            What::Posted { .. }
            | What::Edited { .. }
            | What::Deleted { .. }
            | What::Reacted { .. }
            | What::Unknown => return,
        };
        self.line(Key::Seq(event.seq), vec![event.by.clone()], did, event.at_ms);
    }

    fn note(&mut self, note: &super::Note) {
        for (people, did) in [(&note.came, Did::Came), (&note.went, Did::Went)] {
            if !people.is_empty() {
                self.line(Key::Note(note.id), people.clone(), did, note.at_ms);
            }
        }
    }

    fn message(&mut self, mut message: Message) {
        message.by.name = self.sync.name(&message.by).to_owned();
        for person in message.reactions.iter_mut().flat_map(|reaction| &mut reaction.people) {
            person.name = self.sync.name(person).to_owned();
        }
        let civil = self.civil(message.at_ms);
        message.time = civil.time();
        message.exact = civil.exact();
        // Ops are unique per author only: another's could be a copy of one that is on screen.
        let mine = self.mine(&message.by);
        let rows = self.day(civil.day);
        message.grouped = match rows.last().map(|row| &row.content) {
            Some(Content::Message(above)) => {
                above.by.id == message.by.id && message.at_ms.saturating_sub(above.at_ms) < GROUP_MS
            }
            _ => false,
        };
        let key = match (message.op, message.seq) {
            (Some(op), _) if mine => Key::Op(op),
            (_, seq) => Key::Seq(seq.unwrap_or_default()),
        };
        rows.push(Row { key, content: Content::Message(message) });
    }

    fn line(&mut self, key: Key, mut who: Vec<Person>, did: Did, at_ms: i64) {
        // A rename tells both names itself; everybody else is called as they are called now.
        if !matches!(did, Did::RenamedFrom(_)) {
            for person in &mut who {
                person.name = self.sync.name(person).to_owned();
            }
        }
        let civil = self.civil(at_ms);
        let line = Line { who, did, exact: civil.exact() };
        let rows = self.day(civil.day);
        match rows.last_mut().map(|row| &mut row.content) {
            Some(Content::System(lines)) => lines.push(line),
            _ => rows.push(Row { key, content: Content::System(vec![line]) }),
        }
    }

    fn new_divider(&mut self, event: &Event) {
        let starts = self.new_after.is_some_and(|after| event.seq > after);
        if starts && !self.mine(&event.by) {
            self.new_after = None;
            let day = self.civil(event.at_ms).day;
            self.day(day).push(Row { key: Key::New, content: Content::New });
        }
    }

    fn named(&self, person: &Person) -> Person {
        Person { id: person.id, name: self.sync.name(person).to_owned() }
    }

    fn mine(&self, by: &Person) -> bool {
        self.sync.me().is_some_and(|me| me.id == by.id)
    }

    fn civil(&self, at_ms: i64) -> Civil {
        Civil::new(at_ms, (self.clock.offset_min)(at_ms))
    }

    /// The rows of a day. A clock that was set back does not reopen the day before.
    fn day(&mut self, day: i64) -> &mut Vec<Row> {
        let newest = self.days.last().map(|newest| newest.day);
        let day = newest.map_or(day, |newest| newest.max(day));
        if newest != Some(day) {
            let today = self.clock.now_ms.map(|now_ms| self.civil(now_ms).day);
            self.days.push(Day { day, label: day_name(day, today), rows: Vec::new() });
        }
        let last = self.days.len() - 1;
        &mut self.days[last].rows
    }
}

impl Content {
    /// Whether the lines are many enough to be shown as one that opens.
    pub fn folds(&self) -> bool {
        matches!(self, Self::System(lines) if lines.len() >= FOLD_LINES_MIN)
    }
}
