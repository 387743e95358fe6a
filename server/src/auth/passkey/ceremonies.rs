//! Ceremonies under way: what was asked, until it is answered.
//!
//! Pure: the time is an argument. Each has a ticket that nobody can guess, lives for five minutes and
//! is given out once. Called by [`super::Passkeys`] alone.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// As long as browsers are told that they may take; who has to look for a key needs it.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Ceremonies at a time, of some 200 bytes each. The oldest goes when another one begins: who pushes
/// somebody out needs hundreds each second for it, and is stopped by the limits of the pages.
const UNDER_WAY_MAX: usize = 4_096;

/// In the order in which they began.
pub(super) struct Ceremonies<T>(VecDeque<Ceremony<T>>);

struct Ceremony<T> {
    ticket: String,
    begun_at: Instant,
    asked: T,
}

impl<T> Ceremonies<T> {
    /// Keeps what was asked. The ticket is 128 random bits, in hex.
    pub(super) fn begin(&mut self, asked: T, now: Instant) -> String {
        self.forget_old(now);
        if self.0.len() >= UNDER_WAY_MAX {
            self.0.pop_front();
        }
        let ticket = ticket();
        self.0.push_back(Ceremony { ticket: ticket.clone(), begun_at: now, asked });
        ticket
    }

    /// What was asked under this ticket, once.
    pub(super) fn take(&mut self, ticket: &str, now: Instant) -> Option<T> {
        self.forget_old(now);
        let index = self.0.iter().position(|ceremony| ceremony.ticket == ticket)?;
        self.0.remove(index).map(|ceremony| ceremony.asked)
    }

    fn forget_old(&mut self, now: Instant) {
        let is_old =
            |ceremony: &Ceremony<T>| now.saturating_duration_since(ceremony.begun_at) >= LIFETIME;
        while self.0.front().is_some_and(is_old) {
            self.0.pop_front();
        }
    }
}

impl<T> Default for Ceremonies<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

fn ticket() -> String {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).expect("the operating system gives random bits");
    bits.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_works_once_and_for_five_minutes() {
        let start = Instant::now();
        let mut ceremonies = Ceremonies::default();
        let alice = ceremonies.begin("alice", start);
        let bob = ceremonies.begin("bob", start + Duration::from_secs(1));
        assert_eq!((alice.len(), alice == bob), (32, false));
        let later = start + LIFETIME;
        assert_eq!(ceremonies.take(&alice, later), None);
        assert_eq!(ceremonies.take(&bob, later), Some("bob"));
        assert_eq!(ceremonies.take(&bob, later), None);
        assert_eq!(ceremonies.take("", later), None);
    }

    #[test]
    fn a_crowd_pushes_out_the_oldest() {
        let start = Instant::now();
        let mut ceremonies = Ceremonies::default();
        let first = ceremonies.begin(0, start);
        let second = ceremonies.begin(1, start);
        for number in 2..=UNDER_WAY_MAX {
            ceremonies.begin(number, start);
        }
        assert_eq!(ceremonies.0.len(), UNDER_WAY_MAX);
        assert_eq!(ceremonies.take(&first, start), None);
        assert_eq!(ceremonies.take(&second, start), Some(1));
    }
}
