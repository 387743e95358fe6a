//! A server, a network, people with devices, what goes wrong, and how it must end.
//!
//! [`Story::begin`] sets everyone talking, and one of them far behind; the test lets things go wrong;
//! [`Story::end`] lets everyone come to rest, looks at what they have, and hands everything to the
//! checker. Time is counted in accepted ops ([`Story::talk`]), not in seconds.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use shared::protocol::{OpId, RESUME_EVENTS_MAX, RoomId, Seq};
use tempfile::TempDir;
use tokio::time::timeout;
use uuid::Uuid;

use super::check;
use super::device::{Device, Handle, Mode};
use super::dice::{number, seed};
use super::history::{Happened, History};
use super::host::Host;
use super::proxy::{Proxy, Weather};
use super::shim::{Number, Point, Shim};
use super::{Dice, plan};
use crate::{DEADLINE, Login, Server, eventually};

const PEOPLE: usize = 3;
const DEVICES_EACH: usize = 2;

/// How long everybody may take to come to rest: with all retries, on a machine that is busy.
const REST: Duration = Duration::from_secs(60);

/// What a server may have more in memory after a story than before. Its tails and caches are bounded
/// by 32 MB; what grows with every connection or op would be beyond this in a long run.
const GROWTH_BYTES_MAX: u64 = 64 << 20;

pub struct Story {
    pub server: Server,
    pub shim: Shim,
    pub dice: Dice,
    pub host: Host,
    pub history: Arc<History>,
    proxy: Proxy,
    devices: Vec<Handle>,
    at_rest: Load,
    seed: u64,
}

/// What a server occupies.
#[derive(Debug)]
struct Load {
    files: usize,
    threads: usize,
    resident_bytes: u64,
}

impl Story {
    pub async fn begin(name: &str) -> Self {
        Self::begin_in(name, TempDir::new().unwrap()).await
    }

    /// The same, with the server's data here.
    pub async fn begin_in(name: &str, data: TempDir) -> Self {
        let seed = seed();
        let history = Arc::new(History::create(name, seed));
        let shim = Shim::default();
        shim.set(Number::KeepFlushed, 1);
        let server = Server::start_in(data, &["--limits", "off"], shim.env()).await;
        let proxy = Proxy::start(server.addr(), seed).await;
        let mut host = Host::new(&server, history.clone(), seed).await;
        host.open_rooms(&["garden", "attic"]).await;
        let at_rest = Load::of(&server);
        let mut devices = Vec::new();
        for person in 0..PEOPLE {
            let login = Login::new(&server, ["Alice", "Bob", "Carol"][person]).await;
            for device in 0..DEVICES_EACH {
                let number = person * DEVICES_EACH + device;
                let login = login.clone();
                let device = Device::start(number, login, proxy.addr, seed, history.clone());
                devices.push(device);
            }
        }
        let dice = Dice::new(seed);
        let mut story = Self { server, shim, dice, host, history, proxy, devices, at_rest, seed };
        story.all(|status| status.is_up, "is connected").await;
        story.tell(&Mode::Acts);
        // Whoever has not opened the lobby yet misses nothing there: then it is another's turn.
        while story.history.gaps() == 0 {
            story.talk(20).await;
            story.fall_behind(RESUME_EVENTS_MAX as usize + 20).await;
            story.talk(20).await;
        }
        story
    }

    /// Somebody is away while so much is said.
    pub async fn fall_behind(&mut self, events: usize) {
        let away = self.dice.below(self.devices.len());
        self.sleep(away).await;
        self.host.says_much(events).await;
        self.wake(away);
    }

    pub async fn sleep(&self, device: usize) {
        self.devices[device].mode.send_replace(Mode::Sleeps);
        let mut status = self.devices[device].status.clone();
        let asleep = status.wait_for(|status| !status.is_up);
        timeout(DEADLINE, asleep).await.expect("falls asleep").unwrap();
    }

    pub fn wake(&self, device: usize) {
        self.devices[device].mode.send_replace(Mode::Acts);
    }

    /// Waits until so many more ops have been accepted.
    pub async fn talk(&self, ops: u64) {
        let until = self.history.accepted() + ops;
        eventually("people talk", async || (self.history.accepted() >= until).then_some(())).await;
    }

    pub fn fault(&self, name: &str) {
        self.history.note(Happened::Fault { name: name.into() });
    }

    pub fn cleared(&self, name: &str) {
        self.history.note(Happened::Cleared { name: name.into() });
    }

    /// People talk until the server dies at this point for the `nth` time; then it is started again.
    pub async fn dies_at(&mut self, point: Point, nth: i64) {
        let name = format!("killed at {point:?}");
        self.fault(&name);
        self.shim.kill_at(point, nth);
        let ended = self.server.ended().await;
        assert_eq!(ended.status.code(), None, "it ended by itself: {}", ended.stderr);
        self.shim.set(Number::KillAt, 0);
        self.server.restart().await;
        // It is over when people are answered again, whom it had cut off in mid-sentence.
        self.talk(3).await;
        self.cleared(&name);
    }

    /// From here on the server cannot know whether history was rewound, and may say that it was.
    pub fn may_rewind(&self) {
        self.history.note(Happened::MayRewind);
    }

    /// An older database is in the place of the server's own, which is not running.
    pub fn rewound(&self) {
        let copy = TempDir::new().unwrap();
        // Looked at elsewhere: reading would fold the log into the database.
        let database = self.database();
        for file in ["hubbub.db", "hubbub.db-wal"] {
            let _ = std::fs::copy(database.with_file_name(file), copy.path().join(file));
        }
        self.history.note(Happened::Rewound { ops: ops(&copy.path().join("hubbub.db")) });
    }

    /// Everyone leaves a connection that is silent.
    pub async fn until_everyone_has_given_up(&self) {
        self.all(|status| !status.is_up, "gives up").await;
    }

    /// Everyone has another connection than before, in whatever weather.
    pub async fn everyone_connects_anew(&self) {
        for device in 0..self.devices.len() {
            self.sleep(device).await;
            self.wake(device);
        }
    }

    /// Somebody was told that nothing can be saved right now.
    pub async fn until_someone_has_to_wait(&self) {
        eventually("somebody has to wait", async || {
            self.devices.iter().any(|device| device.status.borrow().waits).then_some(())
        })
        .await;
    }

    pub fn weather(&self, weather: Weather) {
        self.proxy.weather(weather);
    }

    fn tell(&self, mode: &Mode) {
        for device in &self.devices {
            device.mode.send_replace(mode.clone());
        }
    }

    async fn all(&self, is: impl Fn(&super::device::Status) -> bool, what: &str) {
        for (number, device) in self.devices.iter().enumerate() {
            let mut status = device.status.clone();
            let Ok(arrived) = timeout(REST, status.wait_for(&is)).await else {
                panic!("not in time: device {number} {what}; {:?}", *device.status.borrow());
            };
            arrived.unwrap_or_else(|_| panic!("device {number} has broken down"));
        }
    }

    /// Everyone comes to rest; then everything is checked.
    pub async fn end(mut self) -> check::Tally {
        self.weather(Weather::Clear);
        self.talk(20).await;
        // Somebody breaks off in mid-sentence sooner or later; the checker insists on it.
        while self.history.unknown() == 0 {
            self.talk(5).await;
        }
        self.tell(&Mode::Rests);
        self.all(|status| status.is_up && status.unsent == 0, "has sent everything").await;
        let heads = heads(&self.database());
        self.tell(&Mode::Settles(heads));
        self.all(|status| status.has_settled, "has everything").await;
        self.tell(&Mode::Leaves);
        for device in std::mem::take(&mut self.devices) {
            device.task.await.expect("a device without faults of its own");
        }
        self.history.flush();
        self.deleted_texts_are_gone().await;
        self.nothing_has_grown().await;
        self.server.terminate();
        let ended = self.server.ended().await;
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        check::all(&self.history.path, &self.database())
    }

    /// Nowhere in the files, a moment after the last deletion.
    async fn deleted_texts_are_gone(&self) {
        let erased = check::erased(&self.history.path, &self.database());
        let database = self.database();
        let files = ["hubbub.db", "hubbub.db-wal", "hubbub.db-shm"];
        eventually("deleted texts are gone from the disk", async || {
            files
                .iter()
                .all(|file| {
                    let bytes = std::fs::read(database.with_file_name(file)).unwrap_or_default();
                    plan::tokens(&bytes).all(|text| !erased.contains(text))
                })
                .then_some(())
        })
        .await;
    }

    async fn nothing_has_grown(&self) {
        // Four readers may have been opened, with three files each. Some more threads may have been begun
        // while one was not free yet, and be kept by the look at revocations each second.
        let before = &self.at_rest;
        eventually("files and threads are given back", async || {
            let now = Load::of(&self.server);
            (now.files <= before.files + 12 && now.threads <= before.threads + 8).then_some(())
        })
        .await;
        let grown = Load::of(&self.server).resident_bytes.saturating_sub(before.resident_bytes);
        assert!(grown <= GROWTH_BYTES_MAX, "{grown} bytes more in memory");
    }

    pub fn database(&self) -> PathBuf {
        self.server.database()
    }

    /// How long an open-ended story goes on.
    pub fn time(or: u64) -> Duration {
        Duration::from_secs(number("HUBBUB_DELIVERY_S").unwrap_or(or))
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        self.history.flush();
        if std::thread::panicking() {
            let (seed, path) = (self.seed, self.history.path.display());
            eprintln!("HUBBUB_SEED={seed} gives everyone the same plan; what happened: {path}");
        }
    }
}

impl Load {
    fn of(server: &Server) -> Self {
        let count = |of: &str| {
            std::fs::read_dir(format!("/proc/{}/{of}", server.pid())).map_or(0, Iterator::count)
        };
        Self { files: count("fd"), threads: count("task"), resident_bytes: server.resident_bytes() }
    }
}

/// The newest seq of every room.
pub fn heads(database: &std::path::Path) -> BTreeMap<RoomId, Seq> {
    let db = open(database);
    let mut ask = db.prepare("select id, head from rooms").unwrap();
    let room = |row: &rusqlite::Row<'_>| {
        Ok((RoomId(Uuid::from_bytes(row.get(0)?)), row.get::<_, i64>(1)? as Seq))
    };
    ask.query_map([], room).unwrap().map(Result::unwrap).collect()
}

/// The ops that a database knows.
pub fn ops(database: &std::path::Path) -> Vec<OpId> {
    let db = open(database);
    let ask = "select op from events where op is not null union select op from answers";
    let mut ask = db.prepare(ask).unwrap();
    let op = |row: &rusqlite::Row<'_>| Ok(OpId(Uuid::from_bytes(row.get(0)?)));
    ask.query_map([], op).unwrap().map(Result::unwrap).collect()
}

/// To read only, beside the server.
pub fn open(database: &std::path::Path) -> Connection {
    let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    db.busy_timeout(DEADLINE).unwrap();
    db
}
