//! Those who must not feel anything: two people who talk, and the server's own vital signs.

use std::time::{Duration, Instant};

use harness::{Client, Server, eventually};
use rustix::process::{Resource, getrlimit};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{interval, timeout};

/// A line from one person to another, on a machine on which other tests run as well. A server that
/// is held up by somebody's deadline would need tens of seconds.
pub(crate) const LINE_MAX: Duration = Duration::from_secs(3);

/// Between two lines of people who talk for a while.
const PAUSE: Duration = Duration::from_millis(200);

/// Files that a server opens now and then, whoever is there: readers of the database and the like.
const FILES_SLACK: usize = 12;

/// Files that the test itself needs beside its sockets, and other tests beside this one.
const FILES_RESERVED: u64 = 4_000;

/// Only one crowd at a time: two would measure each other.
static CROWD: Mutex<()> = Mutex::const_new(());

pub(crate) async fn one_crowd_at_a_time() -> MutexGuard<'static, ()> {
    CROWD.lock().await
}

/// As many as wanted, or fewer where the machine lets a process open too few files.
pub(crate) fn sockets(wanted: usize) -> usize {
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let room = usize::try_from(allowed.saturating_sub(FILES_RESERVED)).unwrap_or(usize::MAX);
    if room < wanted {
        eprintln!("the limit of open files is {allowed} (ulimit -n): {room} sockets, not {wanted}");
    }
    wanted.min(room)
}

/// Alice and Bob, who talk.
pub(crate) struct Witnesses {
    pub(crate) alice: Client,
    pub(crate) bob: Client,
    lines: u32,
}

impl Witnesses {
    pub(crate) async fn arrive(server: &Server) -> Self {
        let alice = Client::arrive(server, "Alice").await;
        let bob = Client::arrive(server, "Bob").await;
        Self { alice, bob, lines: 0 }
    }

    /// Alice says something and Bob hears it, soon.
    pub(crate) async fn talk(&mut self) {
        self.lines += 1;
        let line = format!("line {}", self.lines);
        let began = Instant::now();
        self.alice.say(&line).await;
        self.bob.post(&line).await;
        let took = began.elapsed();
        assert!(took < LINE_MAX, "a line took {took:?}");
    }

    /// They talk until something else is over, and so answer pings like everyone who is there.
    pub(crate) async fn talk_until<T>(&mut self, over: impl Future<Output = T>) -> T {
        let mut pause = interval(PAUSE);
        let talk = async {
            loop {
                pause.tick().await;
                self.talk().await;
            }
        };
        tokio::select! {
            over = over => over,
            () = talk => unreachable!(),
        }
    }
}

/// What a server holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vitals {
    pub(crate) files: usize,
    pub(crate) connections: usize,
    pub(crate) resident_bytes: u64,
}

impl Vitals {
    pub(crate) async fn of(server: &Server) -> Self {
        Self {
            files: server.open_files(),
            connections: server.connections().await,
            resident_bytes: server.resident_bytes(),
        }
    }

    /// Waits until everything is as it was then: sockets to the last, memory up to `bytes`.
    pub(crate) async fn back(self, server: &Server, bytes: u64) {
        let mut last = self;
        let back = async {
            eventually("the server has let go of everything", async || {
                last = Self::of(server).await;
                let is_back = last.connections == self.connections
                    && last.files <= self.files + FILES_SLACK
                    && last.resident_bytes <= self.resident_bytes + bytes;
                is_back.then_some(())
            })
            .await;
        };
        let in_time = timeout(GIVE_BACK_MAX, back).await;
        assert!(in_time.is_ok(), "{self:?} has become {last:?}");
    }
}

/// Less than [`harness::DEADLINE`], so that a failure says what was left.
const GIVE_BACK_MAX: Duration = Duration::from_secs(15);
