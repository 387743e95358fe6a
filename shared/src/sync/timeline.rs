//! The stretch of one room's log that a client holds: without holes, moving over the log as a
//! window when somebody pages through it.
//!
//! Appending accepts exactly the next seq; pages attach at either end or replace everything.

use std::collections::VecDeque;

use crate::protocol::{Anchor, Event, Page, Person, Seq};

/// Most events held at once. Enough for several screens either way; more would slow every redraw.
const WINDOW_EVENTS_MAX: usize = 300;

/// Most events held while somebody reads above and new ones arrive below.
const HELD_EVENTS_MAX: usize = 2 * WINDOW_EVENTS_MAX;

/// Most presence lines kept between events; they are news, not history.
const NOTES_MAX: usize = 20;

#[derive(Clone, Debug, Default)]
pub struct Timeline {
    events: VecDeque<Event>,
    /// Whether any page has been loaded: an empty room is loaded too.
    loaded: bool,
    /// Whether the end of the window goes with the head. Not for a reader of the past, whose
    /// window has moved away from it.
    follows: bool,
    /// The page that has been asked for.
    wanted: Option<Anchor>,
    notes: VecDeque<Note>,
    notes_made: u64,
}

/// Who came and went, shown between events and never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub id: u64,
    /// The event that it stands behind.
    pub after: Seq,
    pub at_ms: i64,
    pub came: Vec<Person>,
    pub went: Vec<Person>,
}

impl Timeline {
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter()
    }

    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.notes.iter()
    }

    pub fn loaded(&self) -> bool {
        self.loaded
    }

    /// The newest seq held; 0 if nothing is.
    pub fn last(&self) -> Seq {
        self.events.back().map_or(0, |event| event.seq)
    }

    /// Whether the beginning of the room is held.
    pub fn at_start(&self) -> bool {
        self.loaded && self.events.front().is_none_or(|event| event.seq <= 1)
    }

    /// Whether the window reaches up to `head`.
    pub fn at_head(&self, head: Seq) -> bool {
        self.loaded && self.last() >= head
    }

    /// Whether the window goes with the head, also while it has still to catch up with it.
    pub fn follows(&self) -> bool {
        self.follows
    }

    /// The room's first event is about to come: there is nothing to load before it.
    pub fn begin(&mut self) {
        self.loaded = true;
        self.follows = true;
    }

    /// Starts with this page, wherever in the log it lies.
    pub fn open(&mut self, page: Page) {
        self.events = page.events.into();
        self.loaded = true;
        self.follows = self.last() >= page.head;
    }

    /// Takes the event if it is the very next one and there is room. A reader of the past in a
    /// busy room stays where they are; the newest page is loaded when they want it.
    pub fn append(&mut self, event: &Event) {
        if !self.loaded || event.seq != self.last() + 1 {
            return;
        }
        self.follows = self.events.len() < HELD_EVENTS_MAX;
        if self.follows {
            self.events.push_back(event.clone());
        }
    }

    /// Forgets the oldest events beyond the bound; for a reader who looks at the newest.
    pub fn trim_old(&mut self) {
        let excess = self.events.len().saturating_sub(WINDOW_EVENTS_MAX);
        self.events.drain(..excess);
    }

    /// Notes that a page is wanted, unless one is under way already. The newest is always wanted:
    /// a page of the past that comes later does not fit and is dropped.
    pub fn want(&mut self, anchor: Anchor) -> Option<Anchor> {
        if self.wanted.is_some() && (anchor != Anchor::Newest || self.wanted == Some(anchor)) {
            return None;
        }
        self.wanted = Some(anchor);
        self.wanted
    }

    /// The page before; none if the beginning is held, or another page is on its way.
    pub fn older(&self) -> Option<Anchor> {
        let first = self.events.front()?.seq;
        (first > 1 && self.wanted.is_none()).then_some(Anchor::Before(first))
    }

    /// The page after; none if the window reaches up to `head`, or another page is on its way.
    pub fn newer(&self, head: Seq) -> Option<Anchor> {
        let lacks = self.loaded && self.last() < head && self.wanted.is_none();
        lacks.then(|| Anchor::After(self.last()))
    }

    /// Whether another page at one end makes the window forget the other end.
    pub fn is_full(&self) -> bool {
        self.events.len() >= WINDOW_EVENTS_MAX
    }

    /// The answer is lost with its connection: it may be asked for again.
    pub fn disconnected(&mut self) {
        self.wanted = None;
    }

    /// Everything held is void.
    pub fn clear(&mut self) {
        *self = Self { notes_made: self.notes_made, ..Self::default() };
    }

    /// Attaches a page. One that does not fit the stretch held (an answer to an older question)
    /// is dropped; `newest` always replaces.
    pub fn page(&mut self, page: Page) {
        if self.wanted == Some(page.anchor) {
            self.wanted = None;
        }
        let first = page.events.first().map(|event| event.seq);
        match page.anchor {
            Anchor::Newest => {
                self.open(page);
                self.notes.clear();
                self.follows = true;
            }
            Anchor::Before(seq) => {
                let fits = self.events.front().is_some_and(|event| event.seq == seq);
                let ends = page.events.last().is_some_and(|event| event.seq + 1 == seq);
                if fits && ends {
                    for event in page.events.into_iter().rev() {
                        self.events.push_front(event);
                    }
                    self.follows &= self.events.len() <= WINDOW_EVENTS_MAX;
                    self.events.truncate(WINDOW_EVENTS_MAX);
                }
            }
            Anchor::After(seq) => {
                if self.loaded && self.last() == seq && first == Some(seq + 1) {
                    self.events.extend(page.events);
                    self.trim_old();
                    self.follows |= self.last() >= page.head;
                }
            }
        }
    }

    /// Who came and went; joined to the last note if nothing has been said since.
    pub fn note(&mut self, came: Vec<Person>, went: Vec<Person>, at_ms: i64) {
        let after = self.last();
        if self.notes.back().is_none_or(|note| note.after != after) {
            self.notes_made += 1;
            let id = self.notes_made;
            self.notes.push_back(Note { id, after, at_ms, came: Vec::new(), went: Vec::new() });
            if self.notes.len() > NOTES_MAX {
                self.notes.pop_front();
            }
        }
        let Some(note) = self.notes.back_mut() else {
            return;
        };
        for person in came {
            note.went.retain(|gone| gone.id != person.id);
            note.came.retain(|here| here.id != person.id);
            note.came.push(person);
        }
        for person in went {
            // Somebody who came and went between two messages has left nothing to tell.
            let came = note.came.len();
            note.came.retain(|here| here.id != person.id);
            if note.came.len() == came {
                note.went.push(person);
            }
        }
        if note.came.is_empty() && note.went.is_empty() {
            self.notes.pop_back();
        }
    }
}
