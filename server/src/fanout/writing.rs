//! What goes out: sweeps of rooms with news, and backlogs of connections that stand elsewhere.
//!
//! Each function that has bytes to send is given `write`, which is given a connection and bytes, and
//! answers how many of them are gone. A turn's work is bounded, so that the caller can look at its
//! sockets in between. The rest of [`Feeds`].

use std::sync::Arc;

use super::feed::Lack;
use super::feeds::Feeds;
use super::room::{News, Sweep, VACANT};
use super::{Chunk, Fanout};

/// Followers from which on a sweep is worth waiting for: it takes as long as a commit.
const LARGE_ROOM: usize = 100;

impl Feeds {
    /// Whether there is something to write now. While `patient`, large rooms may wait.
    pub(crate) fn has_work(&self, patient: bool) -> bool {
        !self.queued.is_empty() || self.swept.iter().any(|number| self.may_sweep(*number, patient))
    }

    /// Whether the news of a large room wait to be swept.
    pub(crate) fn has_large_work(&self) -> bool {
        self.swept.iter().any(|number| !self.may_sweep(*number, true))
    }

    fn may_sweep(&self, number: u32, patient: bool) -> bool {
        let room = &self.rooms[number as usize];
        !patient || room.sweep.is_some() || room.following() < LARGE_ROOM
    }

    /// Writes news to about `writes_max` connections: a slice of a turn, so that nobody waits for
    /// the whole of a huge room, which goes on behind those that came meanwhile. While `patient`,
    /// large rooms that have not been begun are left.
    pub(crate) fn sweep(
        &mut self,
        patient: bool,
        writes_max: usize,
        write: &mut impl FnMut(u32, &[u8]) -> usize,
    ) {
        let mut left = writes_max;
        for _ in 0..self.swept.len() {
            if left == 0 {
                return;
            }
            let Some(number) = self.swept.pop_front() else { return };
            let waits = !self.may_sweep(number, patient);
            if waits || self.sweep_room(number, &mut left, write) {
                self.swept.push_back(number);
            }
        }
    }

    /// Whether the room still has news.
    fn sweep_room(
        &mut self,
        number: u32,
        left: &mut usize,
        write: &mut impl FnMut(u32, &[u8]) -> usize,
    ) -> bool {
        let room = &mut self.rooms[number as usize];
        let mut sweep = match room.sweep.take() {
            Some(sweep) => sweep,
            None => {
                let news = std::mem::take(&mut room.news);
                let sweep = Sweep::new(news, room.head);
                room.close_up(&mut self.feeds, number);
                sweep
            }
        };
        let followers = std::mem::take(&mut room.followers);
        while *left > 0
            && let Some(at) = followers.get(sweep.at).copied()
        {
            sweep.at += 1;
            if at != VACANT {
                *left -= 1;
                self.deliver(at, number, &mut sweep, write);
            }
        }
        let is_over = sweep.at >= followers.len();
        let room = &mut self.rooms[number as usize];
        room.followers = followers;
        if !is_over {
            room.sweep = Some(sweep);
            return true;
        }
        room.is_queued = !room.news.is_empty();
        if room.is_deserted() && !room.is_queued {
            self.drop_room(number);
            return false;
        }
        room.is_queued
    }

    fn deliver(
        &mut self,
        at: u32,
        number: u32,
        sweep: &mut Sweep,
        write: &mut impl FnMut(u32, &[u8]) -> usize,
    ) {
        let feed = &mut self.feeds[at as usize];
        let (frames, all_news) = sweep.frames(feed.dialect);
        let (user, is_idle) = (feed.user, feed.backlog.is_none());
        let Some(place) = feed.place_mut(number) else { return };
        if is_idle && place.at == frames.after && !frames.spares(user) {
            place.at = frames.last;
            let bytes = frames.bytes();
            if bytes.is_empty() {
                return;
            }
            let taken = write(at, bytes);
            if taken < bytes.len() {
                let (cursor, unfinished) = frames.cut(taken);
                feed.stopped(number, cursor, frames.last, unfinished);
            }
            return;
        }
        if place.at < frames.last {
            feed.mark(number);
        }
        for news in all_news {
            if let News::Ephemeral { dialect, not_for, frame } = news
                && *dialect == feed.dialect
                && *not_for != Some(user)
            {
                feed.ephemeral(frame.clone());
            }
        }
        self.queue(at);
    }

    /// Writes to about `writes_max` connections with a backlog what the tails hold of it; what only
    /// the store has is then in [`Feeds::lacking`].
    pub(crate) fn drain(
        &mut self,
        fanout: &Fanout,
        writes_max: usize,
        write: &mut impl FnMut(u32, &[u8]) -> usize,
    ) {
        for _ in 0..self.queued.len().min(writes_max) {
            let Some(at) = self.queued.pop_front() else { return };
            let Some(feed) = self.feeds.get_mut(at as usize) else { continue };
            let Some(backlog) = &mut feed.backlog else { continue };
            backlog.is_queued = false;
            if backlog.is_blocked || backlog.is_reading {
                continue;
            }
            let gathered = &mut self.gathered;
            // Let go before anything is written.
            let lack = feed.gather(&self.rooms, &fanout.tails(), gathered);
            let taken = if gathered.bytes.is_empty() { 0 } else { write(at, &gathered.bytes) };
            if !feed.settle(gathered, taken) {
                continue;
            }
            if let Some(backlog) = &mut feed.backlog {
                match lack {
                    Some(lack) => {
                        backlog.is_reading = true;
                        self.lacking.push((at, lack));
                    }
                    None => self.queue(at),
                }
            }
        }
    }

    /// What has to be read from the store, and for whom: [`Feeds::supply`] takes it.
    pub(crate) fn lacking(&mut self) -> Vec<(u32, Lack)> {
        std::mem::take(&mut self.lacking)
    }

    /// The store's answer; `None` if there is nothing where something must be.
    pub(crate) fn supply(&mut self, at: u32, chunk: Option<Arc<Chunk>>) {
        let feed = &mut self.feeds[at as usize];
        if chunk.is_none() {
            feed.give_up(&self.rooms);
        }
        let backlog = feed.backlog();
        backlog.is_reading = false;
        backlog.supplied = chunk;
        self.queue(at);
    }

    /// The socket takes bytes again.
    pub(crate) fn unblock(&mut self, at: u32) {
        if let Some(backlog) = &mut self.feeds[at as usize].backlog {
            backlog.is_blocked = false;
            self.queue(at);
        }
    }
}
