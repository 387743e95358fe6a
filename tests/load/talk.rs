//! A conversation in one room, and whether everyone heard it: how many, in which order, what.
//!
//! Senders speak in turn. The samples, spread over the order in which people connected, read every
//! message in full and measure how long it took; of the others the count has to be right. Workloads
//! decide when the next message goes out.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use anyhow::{Result, bail, ensure};

use crate::crowd::{Crowd, STALL_MAX};
use crate::latency::Latencies;
use crate::payload::Payload;

pub(crate) struct Talk<'a> {
    crowd: &'a mut Crowd,
    /// People who listen: the first so many of the crowd.
    people: usize,
    /// Bytes of a message's text.
    bytes: usize,
    senders: Vec<usize>,
    samples: HashMap<usize, Sample>,
    /// What everyone had heard before.
    heard_before: Vec<u64>,
    all_heard_before: u64,
    sent: u64,
    finished: u64,
    /// For every message from `oldest` on: how many samples have it.
    heard_by: VecDeque<usize>,
    oldest: u64,
    /// Whose messages are to be written.
    speaking: BTreeSet<usize>,
    latencies: Latencies,
}

/// Somebody who reads everything: the number that is expected next from each sender.
struct Sample {
    next: Vec<u64>,
}

impl<'a> Talk<'a> {
    /// A talk among the first `people` of the crowd. At least one of them must be left to listen.
    pub(crate) fn begin(
        crowd: &'a mut Crowd,
        people: usize,
        senders: usize,
        samples: usize,
        bytes: usize,
    ) -> Self {
        let samples: BTreeSet<usize> = spread(samples.min(people - senders), people).collect();
        let others: Vec<usize> = (0..people).filter(|place| !samples.contains(place)).collect();
        let senders: Vec<usize> = spread(senders, others.len()).map(|at| others[at]).collect();
        for (place, person) in crowd.people.iter_mut().enumerate() {
            person.keep(samples.contains(&place));
        }
        let first: Vec<u64> = (0..senders.len() as u64).collect();
        let sample = |place| (place, Sample { next: first.clone() });
        Self {
            people,
            bytes,
            samples: samples.into_iter().map(sample).collect(),
            senders,
            heard_before: crowd.people.iter().map(|person| person.heard).collect(),
            all_heard_before: crowd.tally.heard,
            sent: 0,
            finished: 0,
            heard_by: VecDeque::new(),
            oldest: 0,
            speaking: BTreeSet::new(),
            latencies: Latencies::default(),
            crowd,
        }
    }

    pub(crate) fn crowd(&self) -> &Crowd {
        self.crowd
    }

    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// Messages that some sample has not heard yet.
    pub(crate) fn in_flight(&self) -> u64 {
        self.sent - self.finished
    }

    /// Frames that all of this makes.
    pub(crate) fn deliveries(&self) -> u64 {
        self.sent * (self.people as u64 - 1)
    }

    /// The next message, by the next sender.
    pub(crate) fn say(&mut self) {
        let sender = self.sent % self.senders.len() as u64;
        let place = self.senders[usize::try_from(sender).unwrap_or_default()];
        let payload = Payload { sender, number: self.sent, sent_ns: self.crowd.now_ns() };
        self.crowd.queue_chat(place, &payload.text(self.bytes));
        self.speaking.insert(place);
        self.heard_by.push_back(0);
        self.sent += 1;
    }

    /// Writes what was said: once for each sender.
    pub(crate) fn flush(&mut self) -> Result<()> {
        while let Some(place) = self.speaking.pop_first() {
            self.crowd.flush(place)?;
        }
        Ok(())
    }

    /// Waits and listens. Answers whether anything came.
    pub(crate) fn turn(&mut self, wait: Duration) -> Result<bool> {
        let now = self.crowd.now_ns();
        let mut wrong = None;
        let Self { crowd, samples, latencies, heard_by, oldest, finished, bytes, .. } = self;
        let (clock, kind, people) = (std::time::Instant::now(), crowd.kind, samples.len());
        let any = crowd.turn(Some(wait), |place, frame| {
            let Some(sample) = samples.get_mut(&place).filter(|_| frame.kind == kind) else {
                return;
            };
            let Some(payload) = Payload::find(frame.payload, *bytes) else {
                wrong = Some(format!("not what was said: {}", show(frame.payload)));
                return;
            };
            let now = now + u64::try_from(clock.elapsed().as_nanos()).unwrap_or(u64::MAX);
            latencies.add(now.saturating_sub(payload.sent_ns));
            let senders = sample.next.len() as u64;
            let sender = usize::try_from(payload.sender).unwrap_or(usize::MAX);
            match sample.next.get_mut(sender) {
                Some(next) if *next == payload.number => *next += senders,
                next => {
                    wrong = Some(format!("connection {place}: {payload:?}, expected {next:?}"));
                    return;
                }
            }
            let Some(at) = payload.number.checked_sub(*oldest) else { return };
            if let Some(heard) = heard_by.get_mut(usize::try_from(at).unwrap_or(usize::MAX)) {
                *heard += 1;
                *finished += u64::from(*heard == people);
            }
            while heard_by.front() == Some(&people) {
                heard_by.pop_front();
                *oldest += 1;
            }
        })?;
        match wrong {
            Some(wrong) => bail!(wrong),
            None => Ok(any),
        }
    }

    /// Waits until everyone has everything.
    pub(crate) fn drain(&mut self) -> Result<()> {
        while self.crowd.tally.heard - self.all_heard_before < self.deliveries() {
            if !self.turn(STALL_MAX)? {
                self.check()?;
            }
        }
        Ok(())
    }

    /// Whether everyone has exactly what they must, once there is silence.
    pub(crate) fn close(mut self) -> Result<Latencies> {
        self.drain()?;
        self.crowd.settle()?;
        self.check()?;
        ensure!(self.in_flight() == 0, "{} messages are not whole", self.in_flight());
        Ok(self.latencies)
    }

    fn check(&self) -> Result<()> {
        let speakers = self.senders.len() as u64;
        let own: HashMap<usize, u64> = (0..)
            .zip(&self.senders)
            .map(|(nth, place)| (*place, (self.sent + speakers - 1 - nth) / speakers))
            .collect();
        let people = self.crowd.people.iter().zip(&self.heard_before).take(self.people);
        for (place, (person, before)) in people.enumerate() {
            let wanted = self.sent - own.get(&place).copied().unwrap_or(0);
            let heard = person.heard - before;
            ensure!(heard == wanted, "connection {place} heard {heard} messages of {wanted}");
        }
        Ok(())
    }
}

/// So many of `0..people`, evenly, with the first and the last among them.
fn spread(count: usize, people: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |nth| nth * (people - 1) / (count - 1).max(1))
}

fn show(frame: &[u8]) -> String {
    String::from_utf8_lossy(frame).chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_spread_from_the_first_to_the_last() {
        assert_eq!(spread(3, 101).collect::<Vec<_>>(), [0, 50, 100]);
        assert_eq!(spread(1, 10).collect::<Vec<_>>(), [0]);
        assert_eq!(spread(16, 16).count(), 16);
    }
}
