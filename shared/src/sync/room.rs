//! One room as a client holds it: what the server said of it, how far its log has been received,
//! what of it is on screen, who is there.

use super::map::Map;
use super::{Timeline, entry};
use crate::protocol::{Event, Person, Room, Seq, TYPING_S, UserId, What};

#[derive(Clone, Debug)]
pub struct RoomState {
    pub room: Room,
    /// Everything up to here has been received; what resume asks from.
    pub cursor: Seq,
    pub timeline: Timeline,
    /// Where the "New" line stands: behind this seq, until the room is left.
    pub new_after: Option<Seq>,
    /// How many people are here now, where that is known.
    pub count: Option<usize>,
    /// Who is here now, as far as they are named.
    pub here: Vec<Person>,
    /// Behind this seq the client did not follow: what came then has to be loaded by hand.
    pub gap_after: Option<Seq>,
    /// Whether what is kept of the room is no longer what is held.
    pub(super) changed: bool,
    /// Whether a resume is under way: the next events will close the hole.
    pub resuming: bool,
    /// Up to here the server has counted what is unread.
    counted: Seq,
    typing: Map<UserId, (Person, i64)>,
}

impl RoomState {
    pub fn new(room: Room) -> Self {
        Self {
            cursor: room.head,
            counted: room.head,
            room,
            timeline: Timeline::default(),
            new_after: None,
            count: None,
            here: Vec::new(),
            gap_after: None,
            changed: false,
            resuming: false,
            typing: Map::default(),
        }
    }

    /// The server has described the room anew; what is held of it stays. A room of which nothing
    /// is held gets no cursor in the hello, so the server follows it from its head.
    pub fn welcomed(self, room: Room) -> Self {
        let cursor = if self.timeline.loaded() { self.cursor } else { room.head };
        Self { cursor, counted: room.head, room, ..self }
    }

    /// Moves the cursor over the event. Returns whether it was news.
    pub fn receive(&mut self, event: &Event, me: UserId) -> bool {
        if event.seq <= self.cursor {
            return false;
        }
        self.cursor = event.seq;
        self.changed = true;
        self.room.head = self.room.head.max(event.seq);
        if event.seq == 1 {
            self.timeline.begin();
        }
        let erased = entry::target(event).is_some_and(|target| self.is_erased(target));
        self.timeline.append(event);
        self.timeline.apply(event, Some(me));
        self.typing.remove(&event.by.id);
        match &event.what {
            What::Posted { text } if event.by.id != me => {
                let counts = self.room.member && event.seq > self.counted && !text.is_empty();
                self.room.unread += u32::from(counts);
            }
            // Whoever answers has read what was above.
            What::Posted { .. } => self.read(event.seq),
            // Whoever deletes an unread message takes it from what is unread.
            What::Deleted { target } if *target > self.room.read && event.by.id != me => {
                let counted = event.seq > self.counted && !erased;
                self.room.unread = self.room.unread.saturating_sub(u32::from(counted));
            }
            What::TopicChanged { topic } => self.room.topic.clone_from(topic),
            What::RulesChanged { rules } => self.room.rules = *rules,
            What::Added { people, .. } if !people.is_empty() => {
                self.room.people.clone_from(people);
            }
            _ => {}
        }
        if let Some((person, entered)) = event.what.moves(&event.by)
            && person.id == me
        {
            self.room.member = entered;
        }
        true
    }

    fn is_erased(&self, seq: Seq) -> bool {
        self.timeline.entry(seq).is_some_and(|entry| entry.text() == Some(""))
    }

    /// How many events of the gap are not loaded, if it is in sight: above what is held.
    pub fn gap(&self) -> Option<u64> {
        let first = self.timeline.events().next()?.seq;
        self.gap_after.map(|after| first.saturating_sub(after + 1)).filter(|missing| *missing > 0)
    }

    /// Up to where this person could have read by now and has not; `None` if everything is read,
    /// or the newest is not held.
    pub fn to_read(&self) -> Option<Seq> {
        let seq = self.timeline.last();
        (seq > self.room.read && self.timeline.at_head(self.room.head)).then_some(seq)
    }

    /// Moves the read cursor, only ever forward.
    pub fn read(&mut self, seq: Seq) {
        if seq > self.room.read {
            self.room.read = seq;
        }
        if self.room.read >= self.room.head {
            self.room.unread = 0;
        }
    }

    /// A person has another name.
    pub fn renamed(&mut self, person: &Person) {
        for here in self.here.iter_mut().chain(&mut self.room.people) {
            if here.id == person.id {
                here.name.clone_from(&person.name);
            }
        }
    }

    /// Who came and went.
    pub fn presence(&mut self, count: usize, came: &[Person], went: &[Person]) {
        self.count = Some(count);
        self.here.retain(|here| !went.iter().chain(came).any(|moved| moved.id == here.id));
        self.here.extend_from_slice(came);
    }

    pub fn typing(&mut self, person: Person, now_ms: i64) {
        self.typing.insert(person.id, (person, now_ms + TYPING_S as i64 * 1_000));
    }

    /// Who is writing now, in the order of their ids.
    pub fn typing_people(&self, now_ms: i64) -> Vec<Person> {
        let still = self.typing.values().filter(|(_, until_ms)| *until_ms > now_ms);
        still.map(|(person, _)| person.clone()).collect()
    }
}
