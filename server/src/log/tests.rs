//! The log's promises, as stories of Alice, Bob and Mara with a real database each.

mod keeping;
mod letting_in;

use std::collections::BTreeSet;
use std::sync::Barrier;

use rusqlite::Connection;
use shared::protocol::{Event, OpId, Person, What};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::store::testing::store;
use crate::store::{members, rooms, users};

struct House {
    dir: TempDir,
    log: Log,
    fanout: Arc<Fanout>,
}

fn house() -> House {
    let dir = tempfile::tempdir().unwrap();
    let fanout = Arc::new(Fanout::new(Vec::new()));
    let log = Log::start(store(&dir), fanout.clone()).unwrap();
    House { dir, log, fanout }
}

fn person(number: u128) -> Author {
    Author {
        login: Some([number as u8; 32]),
        ..Author::absent(UserId(Uuid::from_u128(number << 112)))
    }
}

fn alice() -> Author {
    person(0xa11c)
}

fn bob() -> Author {
    person(0xb0b0)
}

fn op(number: u128) -> OpId {
    OpId(Uuid::from_u128(number))
}

fn room_name(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

impl House {
    fn ask(&self, by: &Author, number: u128, change: Change) -> Pending {
        self.log.append(by.clone(), op(number), change)
    }

    async fn did(&self, by: &Author, number: u128, change: Change) -> Answer {
        self.ask(by, number, change).answer().await
    }

    async fn accepted(&self, by: &Author, number: u128, change: Change) -> (RoomId, Seq) {
        match self.did(by, number, change).await {
            Answer::Accepted { room, seq, .. } => (room, seq),
            other => panic!("not accepted: {other:?}"),
        }
    }

    fn say(&self, text: &str) -> Change {
        Change::Post { room: self.log.lobby, text: text.into() }
    }

    async fn garden(&self, by: &Author, number: u128) -> RoomId {
        let name = room_name("garden");
        self.accepted(by, number, Change::CreateRoom { name, topic: String::new(), private: false })
            .await
            .0
    }

    async fn ask_db<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> T {
        self.log.readers().read(ask).await.unwrap()
    }

    async fn whole(&self, room: RoomId) -> Vec<Event> {
        self.ask_db(move |db| events::after(db, room, 0, 10_000)).await
    }
}

fn name(by: &Author, typed: &str) -> Change {
    Change::Rename { name: Name::parse(typed, by.id).unwrap() }
}

#[tokio::test]
async fn what_eight_people_say_at_once_gets_dense_seqs_each_in_their_own_order() {
    let house = house();
    let (people, each) = (8, 50);
    let start = Barrier::new(people);
    let pending: Vec<Pending> = std::thread::scope(|scope| {
        let speak = |speaker: usize| {
            let by = person(0x1000 + speaker as u128);
            start.wait();
            let say = |line: usize| {
                let number = (speaker * each + line) as u128;
                house.ask(&by, number, house.say(&format!("{speaker} {line:03}")))
            };
            (0..each).map(say).collect::<Vec<_>>()
        };
        let threads: Vec<_> =
            (0..people).map(|speaker| scope.spawn(move || speak(speaker))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut seqs = BTreeSet::new();
    for pending in pending {
        match pending.answer().await {
            Answer::Accepted { seq, .. } => assert!(seqs.insert(seq), "{seq} was given twice"),
            other => panic!("not accepted: {other:?}"),
        }
    }
    assert_eq!(seqs, (1..=(people * each) as Seq).collect());
    let events = house.whole(house.log.lobby).await;
    for speaker in 0..people {
        let by = person(0x1000 + speaker as u128).id;
        let own = events.iter().filter(|event| event.by.id == by);
        let lines: Vec<_> = own.map(|event| event.what.clone()).collect();
        let said = |line| What::Posted { text: format!("{speaker} {line:03}") };
        assert_eq!(lines, (0..each).map(said).collect::<Vec<_>>());
    }
    assert_eq!(house.fanout.head(house.log.lobby), Some((people * each) as Seq));
}

#[tokio::test]
async fn the_same_op_is_one_event_and_another_use_of_it_is_refused() {
    let house = house();
    let first = house.accepted(&alice(), 1, house.say("hi")).await;
    assert_eq!(house.accepted(&alice(), 1, house.say("hi")).await, first);
    assert_eq!(house.did(&alice(), 1, house.say("hi!")).await, Answer::Refused(Code::OpReused));
    assert_eq!(
        house.did(&alice(), 1, name(&alice(), "Alice")).await,
        Answer::Refused(Code::OpReused)
    );
    let bobs = house.accepted(&bob(), 1, house.say("hi")).await;
    assert_ne!(bobs, first, "the op is Bob's own");
    assert_eq!(house.whole(house.log.lobby).await.len(), 2);

    // Verbs whose events say less than was asked.
    let renamed = house.accepted(&alice(), 2, name(&alice(), "Alice")).await;
    assert_eq!(house.accepted(&alice(), 2, name(&alice(), "Alice")).await, renamed);
    let refused = house.did(&alice(), 2, name(&alice(), "Alicia")).await;
    assert_eq!(refused, Answer::Refused(Code::OpReused));
    let garden = house.garden(&alice(), 3).await;
    assert_eq!(house.garden(&alice(), 3).await, garden);
}

#[tokio::test]
async fn a_refused_op_leaves_no_trace_and_costs_its_batch_nothing() {
    let house = house();
    let garden = house.garden(&bob(), 1).await;
    let nowhere = RoomId(Uuid::from_u128(404));
    let post = |room| Change::Post { room, text: "hi".into() };
    let asked = [
        house.ask(&bob(), 2, house.say("before")),
        house.ask(&alice(), 3, post(garden)),
        house.ask(&alice(), 4, post(nowhere)),
        house.ask(&alice(), 5, Change::Leave { room: house.log.lobby }),
        house.ask(
            &alice(),
            6,
            Change::CreateRoom { name: room_name("garden"), topic: String::new(), private: false },
        ),
        house.ask(&bob(), 7, house.say("after")),
    ];
    let mut answers = Vec::new();
    for pending in asked {
        answers.push(match pending.answer().await {
            Answer::Refused(code) => Some(code),
            _ => None,
        });
    }
    use Code::{LobbyIsForAll, NotMember, RoomExists, UnknownRoom};
    let refused = [NotMember, UnknownRoom, LobbyIsForAll, RoomExists].map(Some);
    assert_eq!(answers[1..5], refused);
    assert_eq!((answers[0], answers[5]), (None, None));
    let alice_is_known = house.ask_db(|db| users::name(db, alice().id)).await;
    assert_eq!(alice_is_known, None, "she has not changed anything");
}

#[tokio::test]
async fn a_room_disappears_with_its_last_member_unless_somebody_wrote() {
    let house = house();
    let garden = house.garden(&alice(), 1).await;
    house.accepted(&bob(), 2, Change::Join { room: garden }).await;
    house.accepted(&alice(), 3, Change::Leave { room: garden }).await;
    assert!(house.ask_db(move |db| rooms::find(db, garden)).await.is_some(), "Bob is there");
    let left = house.accepted(&bob(), 4, Change::Leave { room: garden }).await;
    assert!(house.ask_db(move |db| rooms::find(db, garden)).await.is_none());
    let lobby = house.whole(house.log.lobby).await;
    let unlisted = What::Unlisted { unlisted: garden, name: room_name("garden") };
    assert_eq!(lobby.last().map(|event| event.what.clone()), Some(unlisted));
    assert_eq!(house.accepted(&bob(), 4, Change::Leave { room: garden }).await, left);

    let again = house.garden(&alice(), 5).await;
    assert_ne!(again, garden, "the name is free, the room is another");
    let post = Change::Post { room: again, text: "compost!".into() };
    house.accepted(&alice(), 6, post).await;
    house.accepted(&alice(), 7, Change::Leave { room: again }).await;
    assert!(house.ask_db(move |db| rooms::find(db, again)).await.is_some());
}

#[tokio::test]
async fn a_rename_is_told_in_every_room_that_the_person_is_in() {
    let house = house();
    let garden = house.garden(&alice(), 1).await;
    let other =
        Change::CreateRoom { name: room_name("other"), topic: String::new(), private: false };
    let other = house.accepted(&bob(), 2, other).await.0;
    house.accepted(&alice(), 3, name(&alice(), "Alice")).await;
    let taken = house.did(&bob(), 4, name(&bob(), "ALICE")).await;
    assert_eq!(taken, Answer::Refused(Code::NameTaken));
    house.accepted(&alice(), 5, name(&alice(), "Alicia")).await;

    let renames = |events: Vec<Event>| -> Vec<(String, String)> {
        let rename = |event: Event| match event.what {
            What::Renamed { from } => Some((from, event.by.name)),
            _ => None,
        };
        events.into_iter().filter_map(rename).collect()
    };
    let both = [("User-a11c", "Alice"), ("Alice", "Alicia")];
    let both = both.map(|(from, to)| (from.to_owned(), to.to_owned()));
    assert_eq!(renames(house.whole(house.log.lobby).await), both);
    assert_eq!(renames(house.whole(garden).await), both);
    assert_eq!(renames(house.whole(other).await), []);
}

#[tokio::test]
async fn a_guest_becomes_known_with_the_first_word_and_gets_more_letters_if_need_be() {
    let house = house();
    let (first, second) =
        (person(0x3f2a), Author::absent(UserId(Uuid::from_u128(0x3f_2a77 << 104))));
    let by = |answer| match answer {
        Answer::Accepted { by, .. } => by.name,
        other => panic!("not accepted: {other:?}"),
    };
    assert_eq!(by(house.did(&first, 1, house.say("hi")).await), "User-3f2a");
    assert_eq!(by(house.did(&second, 1, house.say("hi")).await), "User-3f2a7");
    let login = house.ask_db(|db| crate::store::logins::bearer(db, &[0x2a; 32])).await;
    assert_eq!(login.map(|login| login.person.id), Some(first.id));
}

#[tokio::test]
async fn a_read_cursor_moves_forward_only_and_not_beyond_the_head() {
    let house = house();
    let lobby = house.log.lobby;
    house.accepted(&alice(), 1, house.say("one")).await;
    house.accepted(&bob(), 2, house.say("two")).await;
    for (number, seq) in [(3, 1), (4, 900), (5, 1)] {
        house.log.mark_read(alice().id, lobby, seq, 0);
        house.accepted(&bob(), number, house.say("more")).await;
    }
    let rooms = house.ask_db(|db| rooms::list(db, alice().id)).await;
    // The second mark was written together with event 4, the third moved nothing.
    assert_eq!((rooms[0].read, rooms[0].head, rooms[0].unread), (4, 5, 1));
}

#[tokio::test]
async fn a_log_opened_again_goes_on_where_it_stopped() {
    let House { dir, log, .. } = house();
    let (epoch, lobby) = (log.epoch, log.lobby);
    let say = |text: &str| Change::Post { room: lobby, text: text.into() };
    let pending = log.append(alice(), op(1), say("before"));
    log.close();
    assert!(matches!(pending.answer().await, Answer::Accepted { seq: 1, .. }));
    let late = log.append(alice(), op(2), say("too late")).answer().await;
    assert!(matches!(late, Answer::RetryAfter { .. }), "it is closed");

    let again = Log::start(store(&dir), Arc::new(Fanout::new(Vec::new()))).unwrap();
    assert_eq!((again.epoch, again.lobby), (epoch, lobby));
    let repeated = again.append(alice(), op(1), say("before")).answer().await;
    assert!(matches!(repeated, Answer::Accepted { seq: 1, .. }));
    let next = again.append(alice(), op(2), say("after")).answer().await;
    assert!(matches!(next, Answer::Accepted { seq: 2, .. }));
    again.close();
}

#[tokio::test]
async fn reading_crosses_from_the_store_into_the_tail_without_a_seam() {
    let house = house();
    let lobby = house.log.lobby;
    // More than the tail holds, and at no time more than may wait.
    const POSTS: u128 = 9_000;
    for wave in 0..POSTS / 3_000 {
        let numbers = wave * 3_000 + 1..=(wave + 1) * 3_000;
        let posts: Vec<Pending> =
            numbers.map(|number| house.ask(&alice(), number, house.say("line"))).collect();
        for pending in posts {
            assert!(matches!(pending.answer().await, Answer::Accepted { .. }));
        }
    }
    let last = POSTS as Seq;
    assert!(house.fanout.chunk(lobby, 0).is_none(), "the oldest are in the store alone");
    let (mut after, mut seen) = (0, Vec::new());
    while after < last {
        let chunk = house.log.read(lobby, after, last).await.unwrap().unwrap();
        let events = chunk.events().iter().map(|event| event.seq);
        seen.extend(events.filter(|seq| *seq > after));
        after = *seen.last().unwrap();
    }
    assert_eq!(seen, (1..=last).collect::<Vec<Seq>>());
    let members = house.ask_db(|db| members::rooms_of(db, alice().id)).await;
    assert_eq!(members, [lobby]);
}
