//! What a post costs the writer's thread: a measurement, run by hand.
//!
//! ```sh
//! cargo test --release -p hubbub --features hubbub-frontend/ssr cost -- --ignored --nocapture
//! ```
//!
//! Sixty-four people say one line each per batch, in one room or in many. Printed are the processor
//! time of the writer and of the thread that folds its log in, and the time that passed; fan-out and
//! answers are left out. The directory is a temporary one: set `TMPDIR` to measure another disk.

use std::sync::Arc;
use std::time::{Duration, Instant};

use shared::protocol::{OpId, RoomId, RoomName, UserId};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::writer::Writer;
use super::{Author, Change, Entry};
use crate::store::testing::store;

const PEOPLE: usize = 64;
const BATCHES: usize = 1_000;

#[test]
#[ignore = "a measurement"]
fn cost_of_a_post() {
    for (people, rooms) in [(PEOPLE, 1), (PEOPLE, 64), (10_000, 1)] {
        measure(people, rooms);
    }
}

/// `people` take turns, sixty-four to a batch, and spread over `rooms` rooms.
fn measure(people: usize, rooms: usize) {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let lobby = store.lobby;
    let mut writer = Writer::new(store, Arc::default());
    writer.store_mut().fold_beside();
    let person = |n: usize| {
        let id = Uuid::from_u128(
            (n as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
        );
        Author { id: UserId(id), login: None }
    };
    let entry = |n: usize, change| {
        let answer = oneshot::channel().0;
        Entry { by: person(n), op: OpId(Uuid::now_v7()), change, answer }
    };
    let mut places = vec![lobby];
    for n in 1..rooms {
        let name = RoomName::parse(&format!("room {n}")).unwrap();
        let made = entry(n, Change::CreateRoom { name: name.clone(), topic: String::new() });
        writer.commit_and_die(&[made], &[]);
        let made = crate::store::rooms::find_by_name(&writer.store().writer, name.as_str());
        places.push(made.unwrap().unwrap());
    }
    let post = |n: usize, room: RoomId| {
        let text =
            format!("{n:8} Lorem ipsum dolor sit amet, consetetur sadipscing elitr, sed diam");
        entry(n, Change::Post { room, text })
    };
    let batch = |at: usize| -> Vec<Entry> {
        let turns = at * PEOPLE..(at + 1) * PEOPLE;
        turns.map(|turn| post(turn % people, places[turn % people % rooms])).collect()
    };
    // Everybody is known when it begins.
    for at in 0..people.div_ceil(PEOPLE) {
        writer.commit_and_die(&batch(at), &[]);
    }
    let batches: Vec<_> = (0..BATCHES).map(batch).collect();
    let (began_cpu, began) = (cpu(), Instant::now());
    let mut longest = Duration::ZERO;
    for batch in batches {
        let began = Instant::now();
        writer.commit_and_die(&batch, &[]);
        longest = longest.max(began.elapsed());
    }
    let (cpu, passed) = (cpu() - began_cpu, began.elapsed());
    let posts = (BATCHES * PEOPLE) as u32;
    eprintln!(
        "{people:6} people, {rooms:3} rooms: {:5.2} µs of processor per post, {:7.0} posts a second, longest batch {longest:.1?}",
        (cpu / posts).as_nanos() as f64 / 1_000.0,
        f64::from(posts) / passed.as_secs_f64(),
    );
}

/// What all threads have used of the processors, in the kernel and outside of it (Linux).
fn cpu() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let used = threads.map(|thread| {
        let about = std::fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap();
        Duration::from_nanos(about.split(' ').next().unwrap().parse().unwrap())
    });
    used.sum()
}
