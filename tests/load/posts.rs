//! Workload G: posts per second to disk. Each connection keeps so many posts in flight, and sends
//! the next when one is accepted, which Hubbub says after the flush. Afterwards the log has to be as
//! much longer as was accepted.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};
use shared::protocol::{Frame, RoomId, Seq};

use crate::crowd::{Crowd, STALL_MAX};
use crate::latency::Latencies;
use crate::payload::Payload;
use crate::process::Processes;
use crate::report::merged;
use crate::v1;

pub(crate) fn posts(
    crowd: &mut Crowd,
    server: &Processes,
    people: usize,
    in_flight: u64,
    time: Duration,
    bytes: usize,
) -> Result<Value> {
    crowd.kind = v1::POSTED;
    let (lobby, head_before) = greeted(crowd)?;
    while crowd.people.len() < 1 + people {
        greeted(crowd)?;
    }
    crowd.settle()?;

    let cpu = server.cpu()?;
    let began = Instant::now();
    let mut posting = Posting {
        lobby,
        bytes,
        sent: 0,
        accepted: 0,
        waiting: vec![VecDeque::new(); crowd.people.len()],
        due: (1..crowd.people.len()).flat_map(|place| (0..in_flight).map(move |_| place)).collect(),
        latencies: Latencies::default(),
        crowd,
    };
    while began.elapsed() < time {
        posting.post()?;
        posting.turn()?;
    }
    let elapsed_s = began.elapsed().as_secs_f64();
    let posts_per_s = posting.accepted as f64 / elapsed_s;
    while posting.accepted < posting.sent {
        posting.turn()?;
    }
    let drained_s = began.elapsed().as_secs_f64() - elapsed_s;
    let cpu_ns = server.cpu()?.since(&cpu);
    let Posting { sent, accepted, latencies, .. } = posting;

    crowd.settle()?;
    let watcher = &crowd.people[0];
    ensure!(watcher.heard == accepted, "one heard {} posts of {accepted}", watcher.heard);
    let (_, head) = greeted(crowd)?;
    // People who speak for the first time may be announced in the log as well.
    let grown = head - head_before;
    let announced = people as u64;
    ensure!(
        (accepted..=accepted + announced).contains(&grown),
        "the log has grown by {grown} events, and {accepted} posts were accepted"
    );
    let cost = json!({
        "sent": sent,
        "accepted": accepted,
        "posts_per_s": posts_per_s,
        "drained_s": drained_s,
        "cpu_us_per_post": cpu_ns as f64 / 1e3 / accepted as f64,
    });
    Ok(merged([cost, latencies.summary()]))
}

struct Posting<'a> {
    crowd: &'a mut Crowd,
    lobby: RoomId,
    bytes: usize,
    sent: u64,
    accepted: u64,
    /// For each connection: when its posts were sent that have no answer yet. Answers keep their
    /// order.
    waiting: Vec<VecDeque<u64>>,
    /// Who may send one more; in runs, so that each is written to once.
    due: Vec<usize>,
    latencies: Latencies,
}

impl Posting<'_> {
    /// Everyone who may sends one more.
    fn post(&mut self) -> Result<()> {
        let due = std::mem::take(&mut self.due);
        for (at, place) in due.iter().copied().enumerate() {
            let sent_ns = self.crowd.now_ns();
            let payload = Payload { sender: place as u64, number: self.sent, sent_ns };
            let post = v1::post(v1::new_op(), self.lobby, &payload.text(self.bytes));
            self.crowd.queue(place, post.as_bytes());
            self.waiting[place].push_back(sent_ns);
            self.sent += 1;
            if due.get(at + 1) != Some(&place) {
                self.crowd.flush(place)?;
            }
        }
        Ok(())
    }

    fn turn(&mut self) -> Result<()> {
        let Self { crowd, waiting, due, accepted, latencies, .. } = self;
        let (now, clock) = (crowd.now_ns(), Instant::now());
        let (mut wrong, mut pinged) = (None, Vec::new());
        let any = crowd.turn(Some(STALL_MAX), |place, frame| match frame.kind {
            v1::ACCEPTED => {
                let now = now + u64::try_from(clock.elapsed().as_nanos()).unwrap_or(u64::MAX);
                if let Some(sent_ns) = waiting[place].pop_front() {
                    latencies.add(now.saturating_sub(sent_ns));
                    due.push(place);
                    *accepted += 1;
                }
            }
            v1::PING => pinged.push(place),
            // Refused, or to be sent again later: neither has a reason here.
            [b'r', b'e'] => wrong = Some(String::from_utf8_lossy(frame.payload).into_owned()),
            _ => {}
        })?;
        for place in pinged {
            crowd.queue(place, v1::pong().as_bytes());
            crowd.flush(place)?;
        }
        match wrong {
            Some(answer) => bail!("a post was answered by {answer}"),
            None if !any => bail!("no answer comes any more"),
            None => Ok(()),
        }
    }
}

/// One connection more, which says hello. Answers the lobby and its head.
fn greeted(crowd: &mut Crowd) -> Result<(RoomId, Seq)> {
    let request = v1::request(crowd.address, None);
    let place = crowd.dial(&request)?;
    crowd.people[place].keep(true);
    crowd.queue(place, v1::hello(None).as_bytes());
    while crowd.upgrading() > 0 {
        crowd.progress()?;
    }
    crowd.flush(place)?;
    // Without a cursor one follows from the head that the welcome tells.
    let mut lobby = None;
    while lobby.is_none() {
        let any = crowd.turn(Some(STALL_MAX), |from, frame| {
            if from != place {
                return;
            }
            if let Ok(Frame::Welcome(welcome)) = serde_json::from_slice(frame.payload) {
                lobby = welcome.rooms.first().map(|room| (room.id, room.head));
            }
        })?;
        ensure!(any, "hello had no answer");
    }
    lobby.ok_or_else(|| anyhow::anyhow!("no lobby"))
}
