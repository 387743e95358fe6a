//! What publishing tells whom, as stories of Alice, Bob and their devices.

use std::collections::VecDeque;

use shared::protocol::Person;
use uuid::Uuid;

use super::*;

fn room() -> RoomId {
    RoomId(Uuid::from_u128(1))
}

fn person(number: u128, name: &str) -> Person {
    Person { id: UserId(Uuid::from_u128(number)), name: name.into() }
}

fn event(by: &Person, seq: Seq, what: What) -> Event {
    Event { what, room: room(), seq, at_ms: 0, by: by.clone(), op: None }
}

fn posted(by: &Person, seq: Seq) -> Event {
    event(by, seq, What::Posted { text: "hi".into() })
}

fn mails(registration: &Registration) -> Vec<Mail> {
    let mut mails = VecDeque::new();
    registration.mailbox.take(&mut mails);
    mails.into()
}

#[test]
fn who_leaves_is_told_up_to_the_leaving_and_who_stays_to_the_end() {
    let (alice, bob) = (person(1, "Alice"), person(2, "Bob"));
    let fanout = Arc::new(Fanout::default());
    let mut alices = fanout.connect(alice.id, Dialect::V1);
    let mut bobs = fanout.connect(bob.id, Dialect::V1);
    alices.follow(room());
    bobs.follow(room());
    fanout.publish(&[posted(&bob, 1), event(&alice, 2, What::Left), posted(&bob, 3)]);
    assert_eq!(mails(&bobs), [Mail::UpTo { room: room(), seq: 3 }]);
    let told = mails(&alices);
    assert_eq!(
        told[..2],
        [Mail::UpTo { room: room(), seq: 2 }, Mail::Exit { room: room(), seq: 2 },]
    );
}

#[test]
fn joining_moves_all_devices_but_not_a_plain_connection() {
    let alice = person(1, "Alice");
    let fanout = Arc::new(Fanout::default());
    let phone = fanout.connect(alice.id, Dialect::V1);
    let script = fanout.connect(alice.id, Dialect::Plain);
    fanout.publish(&[event(&alice, 9, What::Joined)]);
    assert_eq!(mails(&phone), [Mail::Enter { room: room(), seq: 9 }]);
    assert_eq!(mails(&script), []);
}

#[test]
fn a_connection_that_is_gone_leaves_nothing_behind() {
    let alice = person(1, "Alice");
    let fanout = Arc::new(Fanout::default());
    let mut phone = fanout.connect(alice.id, Dialect::V1);
    phone.follow(room());
    assert_eq!(fanout.connections(), 1);
    drop(phone);
    let registry = fanout.registry();
    assert_eq!(registry.connections, 0);
    assert!(registry.by_user.is_empty() && registry.followers.is_empty());
}
