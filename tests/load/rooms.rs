//! Workload C: many small rooms. One talker in each speaks now and then; all rooms together make a
//! steady pace. What is measured is what a message costs where few people share it.
//!
//! The first room is the lobby, in which everyone arrives; the others are entered by `/join NAME`.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};

use crate::crowd::{Crowd, STALL_MAX};
use crate::latency::Latencies;
use crate::payload::Payload;
use crate::process::Processes;
use crate::report::merged;
use crate::span::Span;

/// Connections that read in full, one room each.
const SAMPLES: usize = 64;

/// Joins under way at once. A room's first is alone: whoever meets it half open would be refused.
const JOINING_MAX: usize = 64;

/// What every server says to somebody who has entered.
const ENTERED: &[u8] = b"You are in #";

/// Person `place` is in room `place % rooms`; the talker of a room is the first in it.
pub(crate) fn rooms(
    crowd: &mut Crowd,
    server: &Processes,
    rooms: usize,
    people: usize,
    per_second: f64,
    time: Duration,
    bytes: usize,
) -> Result<Value> {
    let began = Instant::now();
    enter(crowd, rooms, people)?;
    let enter_s = began.elapsed().as_secs_f64();
    crowd.settle()?;

    let samples: HashSet<usize> =
        (0..rooms).step_by(rooms.div_ceil(SAMPLES)).map(|room| rooms + room).collect();
    for (place, person) in crowd.people.iter_mut().enumerate() {
        person.keep(samples.contains(&place));
    }
    let before: Vec<u64> = crowd.people.iter().map(|person| person.heard).collect();
    let all_before = crowd.tally.heard;
    let span = Span::begin(server, crowd)?;
    let mut talk = Talk { crowd, samples, bytes, latencies: Latencies::default() };
    let began = Instant::now();
    let mut sent = 0;
    loop {
        let due = began + Duration::from_secs_f64(sent as f64 / per_second);
        if due >= began + time {
            break;
        }
        while let Some(wait) = due.checked_duration_since(Instant::now()).filter(|w| !w.is_zero()) {
            talk.turn(wait)?;
        }
        talk.say(sent, rooms)?;
        sent += 1;
    }
    let delivered = sent * (people as u64 - 1);
    while talk.crowd.tally.heard - all_before < delivered && talk.turn(STALL_MAX)? {}
    let cost = span.end(talk.crowd, sent, delivered)?;
    let latency = talk.latencies.summary();
    crowd.settle()?;
    for (place, (person, before)) in crowd.people.iter().zip(&before).enumerate() {
        let said = (sent + rooms as u64 - 1 - (place % rooms) as u64) / rooms as u64;
        let wanted = if place < rooms { 0 } else { said };
        let heard = person.heard - before;
        ensure!(heard == wanted, "connection {place} heard {heard} messages of {wanted}");
    }
    Ok(merged([json!({ "enter_s": enter_s }), cost, latency]))
}

struct Talk<'a> {
    crowd: &'a mut Crowd,
    samples: HashSet<usize>,
    bytes: usize,
    latencies: Latencies,
}

impl Talk<'_> {
    fn say(&mut self, number: u64, rooms: usize) -> Result<()> {
        let place = usize::try_from(number)? % rooms;
        let payload = Payload { sender: 0, number, sent_ns: self.crowd.now_ns() };
        self.crowd.queue_chat(place, &payload.text(self.bytes));
        self.crowd.flush(place)
    }

    fn turn(&mut self, wait: Duration) -> Result<bool> {
        let Self { crowd, samples, bytes, latencies } = self;
        let (now, clock, kind) = (crowd.now_ns(), Instant::now(), crowd.kind);
        let mut wrong = None;
        let any = crowd.turn(Some(wait), |place, frame| {
            if frame.kind != kind || !samples.contains(&place) {
                return;
            }
            match Payload::find(frame.payload, *bytes) {
                Some(payload) => {
                    let now = now + u64::try_from(clock.elapsed().as_nanos()).unwrap_or(u64::MAX);
                    latencies.add(now.saturating_sub(payload.sent_ns));
                }
                None => wrong = Some(place),
            }
        })?;
        match wrong {
            Some(place) => bail!("connection {place} heard what nobody said"),
            None => Ok(any),
        }
    }
}

/// Brings everyone to their room: first one into each, then the others.
fn enter(crowd: &mut Crowd, rooms: usize, people: usize) -> Result<()> {
    for person in &mut crowd.people {
        person.keep(true);
    }
    for places in [0..rooms, rooms..rooms * people] {
        let mut joining = HashSet::new();
        let mut places = places.filter(|place| place % rooms != 0).peekable();
        while places.peek().is_some() || !joining.is_empty() {
            while joining.len() < JOINING_MAX
                && let Some(place) = places.next()
            {
                crowd.queue(place, format!("/join bench-{}", place % rooms).as_bytes());
                crowd.flush(place)?;
                joining.insert(place);
            }
            let mut last = String::new();
            let any = crowd.turn(Some(STALL_MAX), |place, frame| {
                if frame.payload.windows(ENTERED.len()).any(|part| part == ENTERED) {
                    joining.remove(&place);
                } else if joining.contains(&place) {
                    last = String::from_utf8_lossy(frame.payload).into_owned();
                }
            })?;
            ensure!(any, "{} people cannot enter their rooms; one heard {last}", joining.len());
        }
    }
    Ok(())
}
