//! Workload F: the server is killed and started again while everyone reconnects at once.
//!
//! Whoever started this kills the server when told to. Clients come back as fast as they are let
//! in. Plain clients are whole when they hear a new message. Those of `hubbub.v1` say hello with
//! their cursor, somebody posts all the while, and each of them has to hear every event once.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use shared::protocol::{Epoch, Frame, OpId, RoomId, Seq};

use crate::crowd::{Crowd, STALL_MAX, UPGRADING_MAX};
use crate::payload::Payload;
use crate::{report, upgrade, v1};

/// How long a dial that was refused waits: the server is not there yet.
const AGAIN: Duration = Duration::from_millis(5);

/// Who is not back by then never will be. Long: slow is no error, also where a busy machine makes
/// the server give up on clients that answer late, who then begin again.
const RETURN_MAX: Duration = Duration::from_secs(180);

/// Posts go out this far apart, before, while and after the server is away.
const POST_EVERY: Duration = Duration::from_millis(200);

/// Posts before the kill, so that there is a log to come back to.
const POSTS_BEFORE: u64 = 5;

/// A client across its connections.
#[derive(Clone, Copy, Default)]
struct Client {
    /// Its present connection.
    place: usize,
    /// Until where it has heard, once it was welcomed.
    seq: Option<Seq>,
    /// It has been told that it is at the head.
    is_live: bool,
}

/// Asks for the kill; whoever reads this does it.
fn ask() -> Result<()> {
    report::say("restart")
}

/// Plain clients: connect, lose the server, connect again, hear a new message.
pub(crate) fn plain(crowd: &mut Crowd, people: usize, bytes: usize) -> Result<Value> {
    crowd.connect(people)?;
    crowd.may_leave = true;
    ask()?;
    while crowd.tally.gone < people {
        crowd.progress()?;
    }
    let gone = Instant::now();
    let request = upgrade::request(crowd.address, "/", "");
    let mut dialled = 0;
    while dialled < people || crowd.upgrading() > 0 {
        while dialled < people && crowd.upgrading() < UPGRADING_MAX {
            match crowd.dial(&request) {
                Ok(_) => dialled += 1,
                Err(_) => break,
            }
        }
        ensure!(gone.elapsed() < RETURN_MAX, "the server does not come back");
        crowd.turn(Some(AGAIN), |_, _| ())?;
    }
    let back_s = gone.elapsed().as_secs_f64();
    ensure!(crowd.tally.gone == people, "somebody was sent away again");
    // Lines of history may still be coming: only what was said now counts.
    let all: Vec<usize> = (people..2 * people).collect();
    for place in &all {
        crowd.people[*place].keep(true);
    }
    let payload = Payload { sender: 0, number: 1, sent_ns: crowd.now_ns() };
    crowd.queue_chat(all[0], &payload.text(bytes));
    crowd.flush(all[0])?;
    let mut heard = 0;
    while heard < people - 1 {
        let any = crowd.turn(Some(STALL_MAX), |_, frame| {
            heard += usize::from(Payload::find(frame.payload, bytes) == Some(payload));
        })?;
        ensure!(any, "{heard} of {people} have heard the new message");
    }
    let heard_s = gone.elapsed().as_secs_f64();
    Ok(json!({ "back_s": back_s, "heard_s": heard_s }))
}

/// Clients of `hubbub.v1`, and one who posts.
pub(crate) fn v1(crowd: &mut Crowd, people: usize, bytes: usize) -> Result<Value> {
    crowd.may_leave = true;
    let login = v1::login(crowd.address)?;
    let mut house = House {
        login,
        bytes,
        clients: vec![Client::default(); people + 1],
        by_place: Vec::new(),
        history: None,
        waiting: VecDeque::new(),
        next_post: Instant::now(),
        posted: 0,
        accepted: 0,
        missed: 0,
        head: 0,
        to_dial: (0..=people).collect(),
        crowd,
    };
    while !house.is_whole() {
        house.turn()?;
    }
    while house.accepted < POSTS_BEFORE {
        house.post()?;
        house.turn()?;
    }
    ask()?;
    let before = house.crowd.tally.gone;
    while house.crowd.tally.gone < before + people + 1 {
        house.post()?;
        house.turn()?;
    }
    let gone = Instant::now();
    house.missed = 0;
    while !house.is_whole() {
        house.post()?;
        house.turn()?;
        ensure!(
            gone.elapsed() < RETURN_MAX,
            "{} of {people} are not live again; {} are upgrading, {} to be dialled",
            house.clients.iter().filter(|client| !client.is_live).count(),
            house.crowd.upgrading(),
            house.to_dial.len(),
        );
    }
    let back_s = gone.elapsed().as_secs_f64();
    let goal = house.posted + 1;
    while house.accepted < goal {
        house.post()?;
        house.turn()?;
    }
    let head = house.head;
    while house.clients.iter().any(|client| client.seq < Some(head)) {
        house.turn()?;
    }
    let heard_s = gone.elapsed().as_secs_f64();
    Ok(json!({
        "back_s": back_s, "heard_s": heard_s, "missed": house.missed, "accepted": house.accepted,
    }))
}

/// All clients, and the first of them who posts.
struct House<'a> {
    crowd: &'a mut Crowd,
    /// Who posts stays who they are.
    login: String,
    bytes: usize,
    clients: Vec<Client>,
    /// Whose connection a place of the crowd is.
    by_place: Vec<usize>,
    history: Option<(Epoch, RoomId)>,
    /// Ops without an answer, oldest first: one is sent again whenever its connection is lost.
    waiting: VecDeque<(OpId, Vec<u8>)>,
    next_post: Instant,
    posted: u64,
    accepted: u64,
    /// Events that came before a connection was live again.
    missed: u64,
    /// The newest post that was accepted.
    head: Seq,
    to_dial: VecDeque<usize>,
}

impl House<'_> {
    fn is_whole(&self) -> bool {
        self.clients.iter().all(|client| client.is_live)
    }

    /// One more post, if it is time.
    fn post(&mut self) -> Result<()> {
        let now = Instant::now();
        let Some((_, room)) = self.history.filter(|_| now >= self.next_post) else {
            return Ok(());
        };
        self.next_post = now + POST_EVERY;
        let sent_ns = self.crowd.now_ns();
        let payload = Payload { sender: 0, number: self.posted, sent_ns };
        let op = v1::new_op();
        let post = v1::post(op, room, &payload.text(self.bytes)).into_bytes();
        if self.clients[0].is_live {
            self.crowd.queue(self.clients[0].place, &post);
            self.crowd.flush(self.clients[0].place)?;
        }
        self.waiting.push_back((op, post));
        self.posted += 1;
        Ok(())
    }

    /// Dials whoever has no connection, and listens. A hello goes out with the upgrade's answer.
    fn turn(&mut self) -> Result<()> {
        while self.crowd.upgrading() < UPGRADING_MAX
            && let Some(client) = self.to_dial.front().copied()
        {
            let login = (client == 0).then_some(&*self.login);
            let request = v1::request(self.crowd.address, login);
            let Ok(place) = self.crowd.dial(&request) else { break };
            self.to_dial.pop_front();
            self.crowd.people[place].keep(true);
            let held = self.history.zip(self.clients[client].seq);
            let held = held.map(|((epoch, room), seq)| (epoch, room, seq));
            self.crowd.queue(place, v1::hello(held).as_bytes());
            self.clients[client].place = place;
            self.by_place.push(client);
        }
        let mut frames = Vec::new();
        self.crowd.turn(Some(AGAIN), |place, frame| {
            frames.push((place, serde_json::from_slice::<Frame>(frame.payload)));
        })?;
        for (place, frame) in frames {
            let frame = frame.with_context(|| format!("connection {place} heard no frame"))?;
            self.hear(self.by_place[place], frame)?;
        }
        for place in std::mem::take(&mut self.crowd.left) {
            let client = self.by_place[place];
            self.clients[client].is_live = false;
            self.to_dial.push_back(client);
        }
        Ok(())
    }

    fn hear(&mut self, who: usize, frame: Frame) -> Result<()> {
        let client = &mut self.clients[who];
        match frame {
            Frame::Welcome(welcome) => {
                let lobby = welcome.rooms.first().context("no lobby")?;
                let history = (welcome.epoch, lobby.id);
                let before = self.history.get_or_insert(history);
                ensure!(*before == history, "another history");
                // Who brings no cursor follows from here, and is not told that it is live.
                if client.seq.is_none() {
                    client.seq = Some(lobby.head);
                    client.is_live = true;
                }
            }
            Frame::Live { head, .. } => {
                client.is_live = true;
                // What was said meanwhile may come first.
                ensure!(client.seq.is_none_or(|seq| seq >= head), "{who}: live at {head}");
                client.seq = Some(head);
                if who == 0 {
                    for (_, post) in &self.waiting {
                        self.crowd.queue(client.place, post);
                    }
                    self.crowd.flush(client.place)?;
                }
            }
            Frame::Event(event) => {
                self.missed += u64::from(!client.is_live);
                ensure!(
                    client.seq.is_none_or(|seq| seq + 1 == event.seq),
                    "client {who} was at {:?} and heard {}",
                    client.seq,
                    event.seq
                );
                client.seq = Some(event.seq);
            }
            Frame::Accepted { op, seq, .. } => {
                let waited = self.waiting.len();
                self.waiting.retain(|(waiting, _)| *waiting != op);
                // The answer to a repeat is one that was there before.
                self.accepted += (waited - self.waiting.len()) as u64;
                self.head = seq;
            }
            Frame::Ping { .. } => {
                self.crowd.queue(client.place, v1::pong().as_bytes());
                self.crowd.flush(client.place)?;
            }
            Frame::Gap { .. } | Frame::Reset { .. } | Frame::Refused { .. } => {
                bail!("client {who} heard {frame:?}")
            }
            _ => {}
        }
        Ok(())
    }
}
