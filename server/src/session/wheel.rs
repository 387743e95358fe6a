//! When a connection has to be looked at again: a wheel of slots, one for each tick.
//!
//! Pure. A connection stands in one slot and has no timer of its own; what a slot holds is a hint,
//! and whoever is looked at too early, or is gone, costs a look. Turned by the shard's thread.

use std::time::Duration;

/// The grain of all deadlines, which are therefore late by up to this much.
pub(super) const TICK: Duration = Duration::from_millis(250);

/// Slots of the wheel: longer than the longest wait, so that nobody is looked at a turn early.
const SLOTS: usize = 256;

/// Ticks since the shard began. 0 is never: the wheel begins at 1.
pub(super) type Tick = u32;

pub(super) struct Wheel {
    slots: Vec<Vec<u32>>,
    now: Tick,
}

/// The ticks of this time, at least one.
pub(super) const fn ticks(time: Duration) -> Tick {
    time.as_millis().div_ceil(TICK.as_millis()) as Tick
}

impl Wheel {
    pub(super) fn new() -> Self {
        Self { slots: vec![Vec::new(); SLOTS], now: 1 }
    }

    pub(super) fn now(&self) -> Tick {
        self.now
    }

    /// The connection is to be looked at then: in the next tick at the earliest.
    pub(super) fn add(&mut self, connection: u32, due: Tick) {
        let due = due.clamp(self.now + 1, self.now + SLOTS as Tick - 1);
        self.slots[due as usize % SLOTS].push(connection);
    }

    /// Goes on to this tick. Who stood in the slots on the way.
    pub(super) fn turn(&mut self, now: Tick) -> Vec<u32> {
        let mut due = Vec::new();
        while self.now < now {
            self.now += 1;
            due.append(&mut self.slots[self.now as usize % SLOTS]);
        }
        due
    }

    /// Ticks until somebody has to be looked at; `None` if nobody stands anywhere.
    pub(super) fn next_in(&self) -> Option<Tick> {
        (1..SLOTS as Tick).find(|ahead| !self.slots[(self.now + ahead) as usize % SLOTS].is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_is_looked_at_when_it_is_time_and_not_before() {
        let mut wheel = Wheel::new();
        assert_eq!(wheel.next_in(), None);
        wheel.add(7, 1 + 40);
        wheel.add(8, 1 + 40);
        wheel.add(9, 0);
        assert_eq!(wheel.next_in(), Some(1));
        assert_eq!(wheel.turn(2), [9]);
        assert_eq!(wheel.next_in(), Some(39));
        assert!(wheel.turn(40).is_empty());
        assert_eq!(wheel.turn(41 + 1_000), [7, 8], "a thread that slept is late, and loses nobody");
        assert_eq!(wheel.next_in(), None);
    }
}
