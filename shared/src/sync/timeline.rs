//! The stretch of one room's log that a client holds: without holes, moving over the log as a
//! window when somebody pages through it.
//!
//! Appending accepts exactly the next seq; pages attach at either end or replace everything.

use std::collections::VecDeque;

use super::entry::{self, Entry};
use crate::protocol::{Anchor, Event, Page, Person, RoomId, Seq, UserId, View, What};

/// Most events held at once. Enough for several screens either way; more would slow every redraw.
const WINDOW_EVENTS_MAX: usize = 300;

/// Most events held while somebody reads above and new ones arrive below.
const HELD_EVENTS_MAX: usize = 2 * WINDOW_EVENTS_MAX;

/// Most presence lines kept between events; they are news, not history.
const NOTES_MAX: usize = 20;

#[derive(Clone, Debug, Default)]
pub struct Timeline {
    entries: VecDeque<Entry>,
    /// Whether any page has been loaded: an empty room is loaded too.
    loaded: bool,
    /// Whether the end of the window goes with the head. Not for a reader of the past, whose
    /// window has moved away from it.
    follows: bool,
    /// The page that has been asked for.
    wanted: Option<Anchor>,
    /// What has happened to messages since: the page may have been read before that, and hold some of
    /// them.
    meanwhile: VecDeque<Event>,
    /// From here on the window may have missed what happened to its messages: it is read again.
    stale_from: Option<Seq>,
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
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.entries.iter().map(|entry| &entry.event)
    }

    /// The event at a seq, with what has happened to it, if it is held.
    pub fn entry(&self, seq: Seq) -> Option<&Entry> {
        self.entries.get(self.index(seq)?)
    }

    /// The window has no holes: where a seq would stand in it.
    fn index(&self, seq: Seq) -> Option<usize> {
        usize::try_from(seq.checked_sub(self.first()?)?).ok()
    }

    fn first(&self) -> Option<Seq> {
        self.entries.front().map(|entry| entry.event.seq)
    }

    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.notes.iter()
    }

    pub fn loaded(&self) -> bool {
        self.loaded
    }

    /// The newest seq held; 0 if nothing is.
    pub fn last(&self) -> Seq {
        self.entries.back().map_or(0, |entry| entry.event.seq)
    }

    /// Whether the beginning of the room is held.
    pub fn at_start(&self) -> bool {
        self.loaded && self.first().is_none_or(|seq| seq <= 1)
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
        let head = page.head;
        self.begin_with(entries(page), head);
    }

    fn begin_with(&mut self, read: VecDeque<Entry>, head: Seq) {
        self.entries = read;
        self.loaded = true;
        self.stale_from = None;
        self.follows = self.last() >= head;
    }

    /// Takes the event if it is the very next one and there is room. A reader of the past in a
    /// busy room stays where they are; the newest page is loaded when they want it.
    pub fn append(&mut self, event: &Event) {
        if !self.loaded || event.seq != self.last() + 1 {
            return;
        }
        self.follows = self.entries.len() < HELD_EVENTS_MAX;
        if self.follows {
            self.entries.push_back(Entry::new(event.clone()));
        }
    }

    /// What the event does to a message that is held, or will be when the page comes.
    pub fn apply(&mut self, event: &Event, me: Option<UserId>) {
        if is_change(event) && self.wanted.is_some() {
            self.meanwhile.push_back(event.clone());
            if self.meanwhile.len() > HELD_EVENTS_MAX {
                self.meanwhile.pop_front();
            }
        }
        // What the window still lacks comes in order, with the page behind it.
        let catches_up = self.loaded && self.follows && event.seq > self.last();
        if !catches_up {
            fold(&mut self.entries, event, me);
        }
    }

    /// The log went on without this window: what it holds has to be read again.
    pub fn outdated(&mut self) {
        self.stale_from = self.first();
    }

    /// Forgets the oldest events beyond the bound; for a reader who looks at the newest.
    pub fn trim_old(&mut self) {
        let excess = self.entries.len().saturating_sub(WINDOW_EVENTS_MAX);
        self.entries.drain(..excess);
    }

    /// Notes that a page is wanted, unless one is under way already. The newest is always wanted:
    /// a page of the past that comes later does not fit and is dropped.
    pub fn want(&mut self, anchor: Anchor) -> Option<Anchor> {
        if self.wanted.is_some() && (anchor != Anchor::Newest || self.wanted == Some(anchor)) {
            return None;
        }
        if self.wanted.is_none() {
            self.meanwhile.clear();
        }
        self.wanted = Some(anchor);
        self.wanted
    }

    /// The page before; none if the beginning is held, or another page is on its way.
    pub fn older(&self) -> Option<Anchor> {
        let first = self.first()?;
        (first > 1 && self.wanted.is_none()).then_some(Anchor::Before(first))
    }

    /// The page after; none if the window reaches up to `head`, or another page is on its way.
    pub fn newer(&self, head: Seq) -> Option<Anchor> {
        let lacks = self.loaded && self.last() < head && self.wanted.is_none();
        lacks.then(|| Anchor::After(self.last()))
    }

    /// The next stretch of an outdated window.
    pub fn refresh(&self) -> Option<Anchor> {
        let from = self.stale_from.filter(|_| self.wanted.is_none())?;
        Some(Anchor::After(from.saturating_sub(1)))
    }

    /// Whether another page at one end makes the window forget the other end.
    pub fn is_full(&self) -> bool {
        self.entries.len() >= WINDOW_EVENTS_MAX
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
    /// is dropped; `newest` always replaces. What has happened to its messages meanwhile is folded in.
    pub fn page(&mut self, page: Page, me: Option<UserId>) {
        let (anchor, head) = (page.anchor, page.head);
        let changes: Vec<Event> = page.events.iter().filter(|it| is_change(it)).cloned().collect();
        let mut read = entries(page);
        if self.wanted == Some(anchor) {
            self.wanted = None;
        }
        let meanwhile = std::mem::take(&mut self.meanwhile);
        // The newest page is followed by pages of what has come since.
        for event in meanwhile.iter().filter(|_| anchor != Anchor::Newest) {
            fold(&mut read, event, me);
        }
        if self.wanted.is_some() {
            self.meanwhile = meanwhile;
        }
        if self.attach(anchor, read, head) {
            for event in &changes {
                fold(&mut self.entries, event, me);
            }
        }
    }

    /// Whether what was read has made the window longer at its end.
    fn attach(&mut self, anchor: Anchor, read: VecDeque<Entry>, head: Seq) -> bool {
        let ends = |at: Option<&Entry>| at.map(|entry| entry.event.seq);
        let (first, last) = (ends(read.front()), ends(read.back()));
        match anchor {
            Anchor::Newest => {
                self.begin_with(read, head);
                self.notes.clear();
                self.follows = true;
            }
            Anchor::Before(seq) => {
                if self.first() == Some(seq) && last.is_some_and(|last| last + 1 == seq) {
                    for entry in read.into_iter().rev() {
                        self.entries.push_front(entry);
                    }
                    self.follows &= self.entries.len() <= WINDOW_EVENTS_MAX;
                    self.entries.truncate(WINDOW_EVENTS_MAX);
                }
            }
            Anchor::After(seq) if self.stale_from == Some(seq + 1) => self.refreshed(read),
            Anchor::After(seq) => {
                if self.loaded && self.last() == seq && first == Some(seq + 1) {
                    self.entries.extend(read);
                    self.trim_old();
                    self.follows |= self.last() >= head;
                    return true;
                }
            }
        }
        false
    }

    /// A stretch of an outdated window, as it is now. What lies beyond the window is dropped.
    fn refreshed(&mut self, read: VecDeque<Entry>) {
        let last = read.back().map(|entry| entry.event.seq);
        for entry in read {
            let at = self.index(entry.event.seq);
            if let Some(held) = at.and_then(|at| self.entries.get_mut(at)) {
                *held = entry;
            }
        }
        self.stale_from = last.map(|last| last + 1).filter(|next| *next <= self.last());
    }

    /// The newest part of the window as a page of a log whose events are known up to `cursor`, to be
    /// kept and opened again. `None` while the window knows more of its messages than that, or
    /// less of the log.
    pub fn kept(&self, room: RoomId, cursor: Seq, limit: usize) -> Option<Page> {
        let whole = self.follows && self.stale_from.is_none() && self.last() == cursor;
        if !whole || self.entries.iter().any(|entry| entry.as_of() > cursor) {
            return None;
        }
        let newest = || self.entries.iter().skip(self.entries.len().saturating_sub(limit));
        Some(Page {
            room,
            anchor: Anchor::Newest,
            events: newest().map(|entry| entry.event.clone()).collect(),
            views: newest().filter_map(Entry::view).collect(),
            head: cursor,
        })
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

/// Whether it says that something has happened to messages before it.
fn is_change(event: &Event) -> bool {
    entry::target(event).is_some() || matches!(event.what, What::Purged { .. })
}

/// What an event does to the messages of a stretch without holes.
fn fold(entries: &mut VecDeque<Entry>, event: &Event, me: Option<UserId>) {
    let first = entries.front().map(|entry| entry.event.seq);
    let at = entry::target(event).zip(first).and_then(|(target, first)| target.checked_sub(first));
    let at = at.and_then(|at| usize::try_from(at).ok());
    if let Some(entry) = at.and_then(|at| entries.get_mut(at)) {
        entry.apply(event, me);
    }
    // Edits may be held as well, also where the message itself is not.
    match &event.what {
        What::Deleted { target } => {
            let gone = |post, _| post == *target;
            entries.iter_mut().for_each(|entry| entry.forget_edit(gone));
        }
        What::Purged { upto, person } => {
            let gone = |post: Seq, by: UserId| {
                post <= *upto && person.as_ref().is_none_or(|person| person.id == by)
            };
            for entry in entries {
                entry.forget_edit(gone);
                if gone(entry.event.seq, entry.event.by.id) {
                    entry.apply(event, me);
                }
            }
        }
        _ => {}
    }
}

/// The events of a page as they are at its head.
fn entries(page: Page) -> VecDeque<Entry> {
    let Page { events, mut views, head, .. } = page;
    let view = |views: &mut Vec<View>, seq| {
        let at = views.iter().position(|view| view.seq == seq)?;
        Some(views.swap_remove(at))
    };
    let entry = |event: Event| {
        let view = view(&mut views, event.seq);
        Entry::viewed(event, view, head)
    };
    events.into_iter().map(entry).collect()
}
