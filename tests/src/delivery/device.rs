//! A client: the browser's engine, what lies on its device, and a socket, in a task of its own.
//!
//! It does what its [`Mode`] says, connects again whenever it has lost the server, sends now and then
//! a frame twice, and notes everything in the history. What people do is drawn in `plan`.

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::{SinkExt, StreamExt};
use shared::protocol::{Command, Frame, OpId, Page, RoomId, SUBPROTOCOL, Seq, Welcome};
use shared::sync::{Keep, KeptOp, Link, Store, Sync};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::Dice;
use super::history::{Happened, HeldEntry, History};
use crate::Login;
use crate::client::Socket;
use crate::way::Line;

/// How often a device does something.
const TICK: Duration = Duration::from_millis(10);

/// Whoever waits so long for a word of the server connects anew.
const PATIENCE: Duration = Duration::from_millis(2_500);

const FRAMES_TWICE_PERCENT: usize = 6;

/// What people do with a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What the plan says.
    Acts,
    /// It is off.
    Sleeps,
    /// Nothing new; what is on its way still gets there.
    Rests,
    /// They look at every room until it is here up to this head, and say old things again.
    Settles(BTreeMap<RoomId, Seq>),
    /// It is put away.
    Leaves,
}

/// What a device says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    pub is_up: bool,
    /// How many ops have still to be answered.
    pub unsent: usize,
    /// Whether the server has asked for patience.
    pub waits: bool,
    pub has_settled: bool,
}

pub struct Device {
    pub(super) number: usize,
    pub(super) sync: Sync,
    pub(super) dice: Dice,
    pub(super) history: Arc<History>,
    /// Ops of this device that were accepted and may be said again.
    pub(super) said: Vec<Command>,
    /// The device reads nothing before this moment.
    pub(super) slow_until: Option<Instant>,
    login: Login,
    proxy: SocketAddr,
    mode: watch::Receiver<Mode>,
    status: watch::Sender<Status>,
    disk: Disk,
    socket: Option<Socket>,
    connection: u64,
    connect_at: Instant,
    /// Since when the server owes a word.
    waits_since: Option<Instant>,
    /// Old ops that were sent again and are not answered yet.
    repeated: HashSet<OpId>,
    /// Rooms that were looked at in the end.
    held: HashSet<RoomId>,
}

/// What outlives the page.
#[derive(Default)]
struct Disk {
    ops: BTreeMap<OpId, KeptOp>,
    pages: BTreeMap<RoomId, Page>,
    welcome: Option<Welcome>,
}

/// A device's task, as the story sees it.
pub struct Handle {
    pub mode: watch::Sender<Mode>,
    pub status: watch::Receiver<Status>,
    pub task: tokio::task::JoinHandle<()>,
}

impl Device {
    pub fn start(
        number: usize,
        login: Login,
        proxy: SocketAddr,
        seed: u64,
        history: Arc<History>,
    ) -> Handle {
        let (mode, modes) = watch::channel(Mode::Rests);
        let (status, statuses) = watch::channel(Status::default());
        let mut sync = Sync::default();
        sync.keep_ops(true);
        let device = Self {
            number,
            sync,
            dice: Dice::new(seed.wrapping_mul(1_000).wrapping_add(number as u64)),
            history,
            said: Vec::new(),
            slow_until: None,
            login,
            proxy,
            mode: modes,
            status,
            disk: Disk::default(),
            socket: None,
            connection: 0,
            connect_at: Instant::now(),
            waits_since: None,
            repeated: HashSet::new(),
            held: HashSet::new(),
        };
        Handle { mode, status: statuses, task: tokio::spawn(device.live()) }
    }

    async fn live(mut self) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let reads = self.slow_until.is_none_or(|until| until <= Instant::now());
            tokio::select! {
                _ = tick.tick() => {
                    if *self.mode.borrow() == Mode::Leaves {
                        self.disconnect(0);
                        return;
                    }
                    self.turn().await;
                }
                heard = next(&mut self.socket), if reads && self.socket.is_some() => match heard {
                    Some(frame) => self.hear(frame).await,
                    None => self.disconnect(50),
                }
            }
            self.keep_and_send().await;
            let status = Status {
                is_up: self.sync.link == Link::Up,
                unsent: self.sync.outbox().unsent() + self.repeated.len(),
                waits: self.sync.outbox().hindrance().is_some(),
                has_settled: self.has_settled(),
            };
            self.status.send_if_modified(|before| std::mem::replace(before, status) != status);
        }
    }

    async fn turn(&mut self) {
        let mode = self.mode.borrow().clone();
        if mode == Mode::Sleeps {
            return self.disconnect(0);
        }
        if self.waits_since.is_some_and(|since| since.elapsed() > PATIENCE) {
            self.disconnect(20);
        }
        if self.socket.is_none() && self.connect_at <= Instant::now() {
            self.connect().await;
        }
        match mode {
            Mode::Acts => self.act().await,
            Mode::Settles(heads) => self.settle(&heads).await,
            Mode::Sleeps | Mode::Rests | Mode::Leaves => {}
        }
    }

    async fn connect(&mut self) {
        let Some(socket) = timeout(PATIENCE, self.socket()).await.ok().flatten() else {
            self.connect_at = Instant::now() + Duration::from_millis(50);
            return;
        };
        self.socket = Some(socket);
        self.connection += 1;
        let (device, connection) = (self.number, self.connection);
        self.history.note(Happened::Opened { device, connection });
        let hello = self.sync.connected();
        self.send(&hello, false).await;
    }

    async fn socket(&self) -> Option<Socket> {
        let mut request =
            format!("ws://{}/ws", self.login.browser.addr()).into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
        headers.insert("origin", self.login.browser.origin().parse().unwrap());
        headers.insert("cookie", self.login.browser.cookies().unwrap().parse().unwrap());
        let line: Line = Box::new(TcpStream::connect(self.proxy).await.ok()?);
        Some(client_async(request, line).await.ok()?.0)
    }

    pub(super) fn disconnect(&mut self, again_in_ms: u64) {
        self.waits_since = None;
        if self.socket.take().is_some() {
            let (device, connection) = (self.number, self.connection);
            self.history.note(Happened::Closed { device, connection });
            self.sync.disconnected();
            self.repeated.clear();
            self.connect_at = Instant::now() + Duration::from_millis(again_in_ms);
        }
    }

    /// The page is closed and opened again.
    pub(super) fn reload(&mut self) {
        self.disconnect(0);
        self.history.note(Happened::Reloaded { device: self.number });
        let shown = self.sync.current().map(|state| state.room.id);
        self.sync = Sync::default();
        self.sync.keep_ops(true);
        self.sync.restore(Store {
            welcome: self.disk.welcome.clone(),
            pages: self.disk.pages.values().cloned().collect(),
            ops: self.disk.ops.values().cloned().collect(),
        });
        if let Some(room) = shown {
            self.sync.show(room);
        }
    }

    pub(super) fn ask(&mut self, command: Command) {
        let noted = command.clone();
        self.history.note(Happened::Asked { device: self.number, command: noted });
        self.sync.ask(command, now_ms());
    }

    /// The device writes down what it is to keep, and what may leave goes on the wire.
    pub(super) async fn keep_and_send(&mut self) {
        let mut keeps = self.sync.take_kept_ops();
        keeps.extend(self.sync.take_kept_rooms());
        for keep in keeps {
            self.disk.carry_out(&mut self.sync, keep);
        }
        if self.socket.is_none() {
            return;
        }
        for command in self.sync.due(now_ms()) {
            let kept = command.op().is_none_or(|op| self.disk.ops.contains_key(&op));
            assert!(kept, "an op leaves before it is kept");
            let twice = command.op().is_some() && self.dice.chance(FRAMES_TWICE_PERCENT);
            self.send(&command, twice).await;
        }
    }

    /// An op that was accepted long ago is sent again.
    pub(super) async fn say_again(&mut self) {
        let Some(command) = self.dice.one(&self.said).cloned() else { return };
        if self.sync.link == Link::Up {
            self.repeated.extend(command.op());
            self.send(&command, false).await;
        }
    }

    pub(super) async fn send(&mut self, command: &Command, twice: bool) {
        let (device, connection) = (self.number, self.connection);
        for _ in 0..=usize::from(twice) {
            let Some(socket) = &mut self.socket else { return };
            let noted = command.clone();
            self.history.note(Happened::Sent { device, connection, command: noted });
            let text = serde_json::to_string(command).unwrap();
            let sent = timeout(PATIENCE, socket.send(Message::text(text))).await;
            if !matches!(sent, Ok(Ok(()))) {
                return self.disconnect(50);
            }
        }
        if command.op().is_some() || matches!(command, Command::Hello { .. }) {
            self.waits_since.get_or_insert_with(Instant::now);
        }
    }

    async fn hear(&mut self, frame: Frame) {
        let (device, connection) = (self.number, self.connection);
        self.waits_since = None;
        self.history.note(Happened::Heard { device, connection, frame: frame.clone() });
        match &frame {
            Frame::Welcome(welcome) => {
                self.history.note(Happened::Owned { device, user: welcome.you.id });
                let before = self.disk.welcome.as_ref().map(|welcome| welcome.epoch);
                if before.is_some_and(|before| before != welcome.epoch) {
                    // Said again, these would be new now.
                    self.said.clear();
                    self.held.clear();
                }
            }
            Frame::Accepted { op, .. } => {
                self.repeated.remove(op);
                self.said.extend(self.disk.ops.get(op).map(|kept| kept.command.clone()));
            }
            Frame::Refused { op: Some(op), .. } | Frame::RetryAfter { op, .. } => {
                self.repeated.remove(op);
            }
            Frame::Ping { .. } => self.send(&Command::Pong, false).await,
            _ => {}
        }
        let refused = match &frame {
            Frame::Refused { op, .. } => *op,
            _ => None,
        };
        self.sync.receive(frame, now_ms());
        // Whoever is refused gives it up.
        if let Some(op) = refused {
            self.sync.discard(op);
        }
        if self.sync.current().is_none()
            && let Some(room) = self.sync.rooms().first().map(|room| room.id)
        {
            self.sync.show(room);
        }
    }

    fn has_settled(&self) -> bool {
        let Mode::Settles(heads) = &*self.mode.borrow() else { return false };
        self.repeated.is_empty() && heads.keys().all(|room| self.held.contains(room))
    }

    async fn settle(&mut self, heads: &BTreeMap<RoomId, Seq>) {
        if self.sync.link != Link::Up {
            return;
        }
        let Some((room, head)) = heads.iter().find(|(room, _)| !self.held.contains(*room)) else {
            return;
        };
        self.sync.show(*room);
        self.sync.page_newest(*room);
        let Some(state) = self.sync.room(*room) else { return };
        if (state.cursor, state.room.head) == (*head, *head) && state.timeline.at_head(*head) {
            let held = |entry: &shared::sync::Entry| HeldEntry {
                event: entry.event.clone(),
                view: entry.view(),
            };
            self.history.note(Happened::Held {
                device: self.number,
                room: *room,
                cursor: state.cursor,
                entries: state.timeline.entries().map(held).collect(),
            });
            self.held.insert(*room);
            self.say_again().await;
        }
    }
}

impl Disk {
    fn carry_out(&mut self, sync: &mut Sync, keep: Keep) {
        match keep {
            Keep::Op(op, kept) => {
                self.ops.insert(op, kept);
                sync.kept(op);
            }
            Keep::Forget(op) => {
                self.ops.remove(&op);
            }
            Keep::Welcome(welcome) => self.welcome = Some(welcome),
            Keep::Room(page) => {
                self.pages.insert(page.room, page);
            }
            Keep::ForgetRoom(room) => {
                self.pages.remove(&room);
            }
        }
    }
}

/// The next frame; `None` when the connection has ended.
async fn next(socket: &mut Option<Socket>) -> Option<Frame> {
    let socket = socket.as_mut()?;
    loop {
        match socket.next().await?.ok()? {
            Message::Text(text) => {
                return Some(serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}")));
            }
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis().try_into().unwrap()
}
