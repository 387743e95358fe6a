//! One room as a shard sees it: who follows it, and the news on their way to them. Pure.
//!
//! Followers stand in a row; a place that is given up stays vacant until somebody takes it or the
//! row is closed up, so that a sweep that is under way passes everyone once. Owned by `feeds`.

use std::sync::Arc;

use shared::protocol::{RoomId, Seq, UserId};
use slab::Slab;

use super::chunk::Frames;
use super::feed::{Feed, Place};
use super::{Chunk, Dialect, Wire};

/// Vacant places among a room's followers are closed up when there are more than this, and more
/// than followers.
const VACANT_MAX: usize = 64;

/// A place among a room's followers that nobody has.
pub(super) const VACANT: u32 = u32::MAX;

/// A room that somebody here follows.
pub(super) struct Room {
    pub(super) id: RoomId,
    /// The newest seq that is known here.
    pub(super) head: Seq,
    /// Which of the published chunks was its newest.
    pub(super) published: u64,
    /// Connections by their number, or [`VACANT`].
    pub(super) followers: Vec<u32>,
    pub(super) vacant: Vec<u32>,
    pub(super) news: Vec<News>,
    pub(super) sweep: Option<Sweep>,
    pub(super) is_queued: bool,
}

#[derive(Clone)]
pub(super) enum News {
    Chunk(Arc<Chunk>),
    Ephemeral { dialect: Dialect, not_for: Option<UserId>, frame: Wire },
}

/// News on their way to a room's followers.
pub(super) struct Sweep {
    /// The follower whose turn it is.
    pub(super) at: usize,
    news: Vec<News>,
    /// The cursor of who has heard everything before.
    after: Seq,
    v1: Option<Arc<Frames>>,
    plain: Option<Arc<Frames>>,
}

impl Room {
    pub(super) fn new(id: RoomId) -> Self {
        Self {
            id,
            head: 0,
            published: 0,
            followers: Vec::new(),
            vacant: Vec::new(),
            news: Vec::new(),
            sweep: None,
            is_queued: false,
        }
    }

    /// Up to where this follower may be told: what was heard, or was read for it alone.
    pub(super) fn known_to(&self, place: &Place) -> Seq {
        self.head.max(place.goal)
    }

    pub(super) fn following(&self) -> usize {
        self.followers.len() - self.vacant.len()
    }

    pub(super) fn is_deserted(&self) -> bool {
        self.following() == 0
    }

    /// Gives a connection a place among the followers.
    pub(super) fn seat(&mut self, at: u32) -> u32 {
        if let Some(slot) = self.vacant.pop() {
            self.followers[slot as usize] = at;
            return slot;
        }
        self.followers.push(at);
        (self.followers.len() - 1) as u32
    }

    /// Closes up where many have gone. Only between sweeps: their place in the row must not move.
    pub(super) fn close_up(&mut self, feeds: &mut Slab<Feed>, number: u32) {
        if self.vacant.len() <= VACANT_MAX.max(self.following()) {
            return;
        }
        self.vacant.clear();
        self.followers.retain(|at| *at != VACANT);
        self.followers.shrink_to_fit();
        for (slot, at) in self.followers.iter().enumerate() {
            if let Some(place) = feeds[*at as usize].place_mut(number) {
                place.slot = slot as u32;
            }
        }
    }
}

impl Sweep {
    /// `head` is the room's, for news that are all of the kind that is never stored.
    pub(super) fn new(news: Vec<News>, head: Seq) -> Self {
        let first = news.iter().find_map(|news| match news {
            News::Chunk(chunk) => Some(chunk.first() - 1),
            News::Ephemeral { .. } => None,
        });
        Self { at: 0, after: first.unwrap_or(head), news, v1: None, plain: None }
    }

    /// All the news in this protocol: the very bytes of the chunk if it is one.
    pub(super) fn frames(&mut self, dialect: Dialect) -> (&Frames, &[News]) {
        let made = match dialect {
            Dialect::V1 => &mut self.v1,
            Dialect::Plain => &mut self.plain,
        };
        let frames = made.get_or_insert_with(|| match &self.news[..] {
            [News::Chunk(chunk)] => chunk.frames(dialect).clone(),
            news => Arc::new(together(self.after, news, dialect)),
        });
        (frames, &self.news)
    }
}

fn together(after: Seq, news: &[News], dialect: Dialect) -> Frames {
    let mut frames = Frames::new(after);
    for news in news {
        match news {
            News::Chunk(chunk) => frames.append(chunk.frames(dialect)),
            News::Ephemeral { dialect: its, not_for, frame } if *its == dialect => {
                frames.append_ephemeral(frame, *not_for);
            }
            News::Ephemeral { .. } => {}
        }
    }
    frames
}
