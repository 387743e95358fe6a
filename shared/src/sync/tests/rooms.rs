//! Rooms come and go, and people come into them.

use super::*;

fn in_the_garden(seq: Seq, by: Person, what: What) -> Event {
    Event { room: garden(), ..event(seq, by, what) }
}

fn created() -> What {
    What::Created {
        name: name("garden"),
        topic: "Roses".into(),
        kind: RoomKind::Open,
        people: vec![],
    }
}

fn listed() -> What {
    What::Listed { listed: garden(), name: name("garden"), topic: "Roses".into() }
}

fn alice_asks_for_a_garden() -> Sync {
    let mut alice = alice_in_the_lobby(0);
    let create = Command::CreateRoom {
        op: op(1),
        name: name("garden"),
        topic: "Roses".into(),
        private: false,
    };
    alice.ask(create, NOW);
    due(&mut alice);
    assert_eq!(alice.take_opened(), None);
    alice
}

#[test]
fn a_room_that_alice_creates_opens_before_her_in_whatever_order_its_news_arrives() {
    let news = [
        Frame::Accepted { op: op(1), room: garden(), seq: 1 },
        Frame::Event(Event { op: Some(op(1)), ..in_the_garden(1, alice(), created()) }),
        Frame::Event(event(1, alice(), listed())),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut alice = alice_asks_for_a_garden();
        for next in order {
            hear(&mut alice, news[next].clone());
        }
        assert_eq!(alice.take_opened(), Some(name("garden")), "{order:?}");
        assert_eq!(alice.take_opened(), None, "it opens once");
        let room = &alice.room(garden()).unwrap().room;
        assert!(room.member, "{order:?}");
        assert_eq!((room.topic.as_str(), room.unread), ("Roses", 0));
        alice.show(garden());
        assert_eq!(screen(&alice), ["* Alice created"]);
        assert_eq!(due(&mut alice), [], "all of it is here");
        assert_eq!(alice.outbox().unsent(), 0);
    }
}

#[test]
fn a_room_created_just_before_the_connection_broke_still_opens() {
    let mut alice = alice_asks_for_a_garden();
    reconnect(&mut alice, vec![lobby_at(1), garden_at(1, true)]);
    assert!(matches!(due(&mut alice)[..], [Command::CreateRoom { .. }]));
    hear(&mut alice, Frame::Accepted { op: op(1), room: garden(), seq: 1 });
    assert_eq!(alice.take_opened(), Some(name("garden")));
}

#[test]
fn alice_learns_of_bobs_room_and_of_its_end_in_the_lobby() {
    let mut alice = alice_in_the_lobby(0);
    happen(&mut alice, event(1, bob(), listed()));
    assert_eq!(alice.room_named("garden"), Some(garden()));
    assert_eq!(
        alice.rooms().iter().map(|room| room.name.as_str()).collect::<Vec<_>>(),
        ["lobby", "garden"]
    );
    assert!(!alice.room(garden()).unwrap().room.member);
    let unlisted = What::Unlisted { unlisted: garden(), name: name("garden") };
    happen(&mut alice, event(2, bob(), unlisted));
    assert_eq!(alice.room_named("garden"), None);
    assert_eq!(screen(&alice), ["* Bob opened garden; Bob closed garden"]);
}

#[test]
fn alice_looks_into_a_room_and_follows_it_before_she_joins() {
    let mut alice = alice_online(vec![lobby_at(0), garden_at(5, false)], 0);
    alice.show(garden());
    let newest = Command::Backfill { room: garden(), anchor: Anchor::Newest, limit: PAGE_EVENTS };
    assert_eq!(due(&mut alice), [newest, Command::Resume { room: garden(), seq: 5 }]);
    hear(&mut alice, Frame::Live { room: garden(), head: 5 });
    happen(&mut alice, in_the_garden(6, bob(), What::Posted { text: "roses".into() }));
    assert_eq!(alice.current().unwrap().cursor, 6);
}

#[test]
fn alice_joins_and_leaves() {
    let mut alice = alice_online(vec![lobby_at(0), garden_at(5, false)], 0);
    let member = |sync: &Sync| sync.room(garden()).unwrap().room.member;
    alice.ask(Command::Join { op: op(1), room: garden() }, NOW);
    due(&mut alice);
    hear(&mut alice, Frame::Accepted { op: op(1), room: garden(), seq: 8 });
    assert!(member(&alice));
    // Two events happened there since the welcome: they are fetched.
    happen(&mut alice, in_the_garden(8, super::alice(), What::Joined));
    assert_eq!(due(&mut alice), [Command::Resume { room: garden(), seq: 5 }]);
    for seq in 6..=7 {
        happen(&mut alice, in_the_garden(seq, bob(), What::Posted { text: "roses".into() }));
    }
    happen(&mut alice, in_the_garden(8, super::alice(), What::Joined));
    assert_eq!(alice.room(garden()).unwrap().cursor, 8);
    happen(&mut alice, in_the_garden(9, super::alice(), What::Left));
    assert!(!member(&alice));
}

#[test]
fn a_new_topic_stands_in_the_bar() {
    let mut alice = alice_in_the_lobby(0);
    happen(&mut alice, event(1, bob(), What::TopicChanged { topic: "Frost tonight".into() }));
    assert_eq!(alice.current().unwrap().room.topic, "Frost tonight");
    assert_eq!(screen(&alice), ["* Bob topic Frost tonight"]);
}

#[test]
fn a_room_that_went_away_while_alice_was_offline_is_gone() {
    let mut alice = alice_online(vec![lobby_at(0), garden_at(5, true)], 0);
    alice.show(garden());
    reconnect(&mut alice, vec![lobby_at(0)]);
    assert!(alice.current().is_none());
    assert_eq!(due(&mut alice), []);
}
