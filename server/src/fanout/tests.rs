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

/// A connection that has said hello.
fn device(fanout: &Arc<Fanout>, person: &Person) -> Registration {
    let registration = fanout.connect(person.id, Dialect::V1);
    registration.admit();
    registration
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
    let alices = device(&fanout, &alice);
    let bobs = device(&fanout, &bob);
    alices.follow(room());
    bobs.follow(room());
    fanout.publish(&[posted(&bob, 1), event(&alice, 2, What::Left), posted(&bob, 3)]);
    assert_eq!(mails(&bobs), [Mail::UpTo { room: room(), seq: 3 }]);
    let told = mails(&alices);
    assert_eq!(told, [Mail::UpTo { room: room(), seq: 2 }, Mail::Exit { room: room(), seq: 2 }]);
}

#[test]
fn who_joins_and_leaves_at_once_is_told_what_lies_between_and_no_more() {
    let (alice, bob) = (person(1, "Alice"), person(2, "Bob"));
    let fanout = Arc::new(Fanout::default());
    let alices = device(&fanout, &alice);
    fanout.publish(&[
        posted(&bob, 1),
        event(&alice, 2, What::Joined),
        posted(&bob, 3),
        event(&alice, 4, What::Left),
        posted(&bob, 5),
    ]);
    fanout.publish(&[posted(&bob, 6)]);
    let enter = Mail::Enter { room: room(), seq: 2 };
    let (up_to, exit) = (Mail::UpTo { room: room(), seq: 4 }, Mail::Exit { room: room(), seq: 4 });
    assert_eq!(mails(&alices), [enter, up_to, exit]);
}

#[test]
fn a_device_that_has_not_said_hello_is_not_moved() {
    let alice = person(1, "Alice");
    let fanout = Arc::new(Fanout::default());
    let phone = fanout.connect(alice.id, Dialect::V1);
    fanout.publish(&[event(&alice, 1, What::Joined), posted(&alice, 2)]);
    assert_eq!(mails(&phone), []);
}

#[test]
fn a_deleted_text_is_not_in_the_tail_any_more() {
    let alice = person(1, "Alice");
    let fanout = Arc::new(Fanout::default());
    let edited = What::Edited { target: 1, text: "secret too".into() };
    let said = What::Posted { text: "secret".into() };
    fanout.publish(&[event(&alice, 1, said), event(&alice, 2, edited), posted(&alice, 3)]);
    fanout.publish(&[event(&alice, 4, What::Deleted { target: 1 })]);
    let lines = fanout.lines(room(), 0, 4, 9).unwrap();
    assert_eq!(lines.iter().map(|line| line.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let told: String = lines.iter().map(|line| line.v1.as_str()).collect();
    assert!(!told.contains("secret") && told.contains("hi"), "{told}");
    assert!(lines[0].plain.is_none() && lines[2].plain.is_some());
}

#[test]
fn joining_moves_all_devices_but_not_a_plain_connection() {
    let alice = person(1, "Alice");
    let fanout = Arc::new(Fanout::default());
    let phone = device(&fanout, &alice);
    let script = fanout.connect(alice.id, Dialect::Plain);
    script.admit();
    fanout.publish(&[event(&alice, 9, What::Joined), posted(&alice, 10)]);
    let enter = Mail::Enter { room: room(), seq: 9 };
    assert_eq!(mails(&phone), [enter, Mail::UpTo { room: room(), seq: 10 }]);
    assert_eq!(mails(&script), []);
}

#[test]
fn a_connection_that_is_gone_leaves_nothing_behind() {
    let alice = person(1, "Alice");
    let fanout = Arc::new(Fanout::default());
    let phone = device(&fanout, &alice);
    phone.follow(room());
    assert_eq!(fanout.connections(), 1);
    drop(phone);
    let registry = fanout.registry();
    assert_eq!(registry.connections, 0);
    assert!(registry.by_user.is_empty() && registry.followers.is_empty());
    assert!(registry.following.is_empty());
}
