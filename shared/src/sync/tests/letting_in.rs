//! Rooms that are not for everyone: somebody lets one in, and puts one out.

use super::*;
use crate::permission::Verb;

fn in_the_attic(seq: Seq, by: Person, what: What) -> Event {
    Event { room: garden(), ..event(seq, by, what) }
}

fn bob_adds(person: Person, kind: RoomKind, people: Vec<Person>) -> What {
    What::Added { person, name: name("attic-0123456789"), topic: "Dusty".into(), kind, people }
}

#[test]
fn a_private_room_is_there_from_the_moment_alice_is_let_in_and_gone_when_she_is_put_out() {
    let mut alice = alice_in_the_lobby(0);
    happen(&mut alice, in_the_attic(7, bob(), bob_adds(super::alice(), RoomKind::Private, vec![])));
    let room = alice.room(garden()).unwrap().room.clone();
    assert_eq!((room.title(None), room.member, room.unread), ("attic".to_owned(), true, 0));
    alice.show(garden());
    let newest = Command::Backfill { room: garden(), anchor: Anchor::Newest, limit: PAGE_EVENTS };
    assert_eq!(due(&mut alice), [newest]);
    happen(&mut alice, in_the_attic(8, bob(), What::Posted { text: "boxes".into() }));
    assert_eq!(alice.room(garden()).unwrap().cursor, 8);

    happen(&mut alice, in_the_attic(9, bob(), What::Removed { person: super::alice() }));
    assert!(alice.room(garden()).is_none() && alice.current().is_none());
    let kept = alice.take_kept_rooms();
    assert!(kept.contains(&Keep::ForgetRoom(garden())), "{kept:?}");
}

#[test]
fn somebody_else_who_is_let_in_changes_nothing_of_ones_own() {
    let mut alice = alice_in_the_lobby(0);
    happen(&mut alice, in_the_attic(3, bob(), bob_adds(carol(), RoomKind::Private, vec![])));
    assert!(alice.room(garden()).is_none(), "nobody let alice in");
}

#[test]
fn a_direct_room_is_called_after_the_others() {
    let mut alice = alice_in_the_lobby(0);
    let people = vec![super::alice(), bob(), carol()];
    let added = bob_adds(super::alice(), RoomKind::Direct, people);
    happen(&mut alice, in_the_attic(2, bob(), added));
    let title = |alice: &Sync| alice.room(garden()).unwrap().room.title(Some(super::alice().id));
    assert_eq!(title(&alice), "Bob, Carol");
    let robert = Person { name: "Robert".into(), ..bob() };
    happen(&mut alice, in_the_attic(3, robert, What::Renamed { from: "Bob".into() }));
    assert_eq!(title(&alice), "Robert, Carol");
}

#[test]
fn put_out_of_an_open_room_alice_may_still_look_on() {
    let mut alice = alice_online(vec![lobby_at(0), garden_at(5, true)], 0);
    alice.show(garden());
    due(&mut alice);
    happen(&mut alice, in_the_attic(6, bob(), What::Removed { person: super::alice() }));
    assert!(!alice.current().unwrap().room.member);
    assert_eq!(due(&mut alice), [Command::Resume { room: garden(), seq: 6 }]);
}

#[test]
fn a_late_answer_lets_nobody_in_again() {
    let mut alice = alice_online(vec![lobby_at(0), garden_at(5, true)], 0);
    alice.show(garden());
    alice.ask(Command::Join { op: op(1), room: garden() }, NOW);
    due(&mut alice);
    happen(&mut alice, in_the_attic(6, bob(), What::Removed { person: super::alice() }));
    // She was in there when she asked.
    hear(&mut alice, Frame::Accepted { op: op(1), room: garden(), seq: 2 });
    assert!(!alice.current().unwrap().room.member);
    alice.ask(Command::Join { op: op(2), room: garden() }, NOW);
    hear(&mut alice, Frame::Accepted { op: op(2), room: garden(), seq: 7 });
    assert!(alice.current().unwrap().room.member);
}

#[test]
fn what_was_erased_is_gone_from_the_screen_with_its_edits() {
    let mut alice = alice_in_the_lobby(0);
    happen(&mut alice, said(1, bob(), "old"));
    happen(&mut alice, event(2, bob(), What::Edited { target: 1, text: "older".into() }));
    happen(&mut alice, said(3, carol(), "carol's"));
    happen(&mut alice, said(4, bob(), "new"));
    happen(&mut alice, event(5, carol(), What::Purged { upto: 3, person: Some(bob()) }));
    let seen = screen(&alice).join("\n");
    assert!(!seen.contains("old") && seen.contains("carol's") && seen.contains("new"), "{seen}");
    let held = alice.current().unwrap().timeline.events().map(|event| format!("{event:?}"));
    assert!(!held.collect::<String>().contains("older"));
    happen(&mut alice, event(6, carol(), What::Purged { upto: 4, person: None }));
    let seen = screen(&alice).join("\n");
    assert!(!seen.contains("carol's") && !seen.contains("new"), "{seen}");
}

#[test]
fn the_rules_of_a_room_say_whether_one_may_write() {
    let mut alice = alice_in_the_lobby(0);
    let may = |alice: &Sync| alice.may(Verb::Post, alice.current().map(|state| &state.room));
    assert!(may(&alice));
    let rules = Rules { read_only: true, ..Rules::default() };
    happen(&mut alice, event(1, bob(), What::RulesChanged { rules }));
    assert!(!may(&alice));
}

#[test]
fn direct_rooms_stand_behind_the_others_in_the_order_of_their_people() {
    let direct = |id: u128, with: Person| Room {
        id: RoomId(Uuid::from_u128(id)),
        kind: RoomKind::Direct,
        name: RoomName::direct(RoomId(Uuid::from_u128(id))),
        people: vec![super::alice(), with],
        ..lobby_at(0)
    };
    let rooms = vec![direct(8, carol()), direct(9, bob()), garden_at(0, true), lobby_at(0)];
    let alice = alice_online(rooms, 0);
    let labels = |sync: &Sync| -> Vec<String> {
        sync.rooms().iter().map(|room| room.label(sync.me().map(|me| me.id))).collect()
    };
    assert_eq!(labels(&alice), ["# lobby", "# garden", "Bob", "Carol"]);
}

#[test]
fn alice_knows_who_is_here_who_wrote_and_whom_she_wrote_to() {
    let mut alice = alice_in_the_lobby(0);
    happen(&mut alice, said(1, carol(), "hello"));
    let robert = Person { name: "Robert".into(), ..bob() };
    let here = vec![super::alice(), bob()];
    hear(&mut alice, Frame::Here { room: lobby(), count: 2, people: here });
    happen(&mut alice, event(2, robert.clone(), What::Renamed { from: "Bob".into() }));
    assert_eq!(alice.people(), [carol(), robert.clone()]);
    assert_eq!(alice.around(), [super::alice(), robert.clone()]);
    // What is told of presence may be older than the log.
    let came = vec![bob()];
    hear(&mut alice, Frame::Presence { room: lobby(), count: 2, came, went: vec![] });
    assert_eq!(alice.around(), [super::alice(), robert]);

    let dave = person(0xd, "Dave");
    let people = vec![super::alice(), dave.clone()];
    let added = bob_adds(super::alice(), RoomKind::Direct, people);
    happen(&mut alice, in_the_attic(2, dave.clone(), added));
    assert!(alice.people().contains(&dave));
    assert_eq!(alice.due(NOW).last(), Some(&Command::Who { room: lobby() }), "is Dave here?");
}

#[test]
fn of_what_alice_types_to_find_somebody_only_the_last_is_asked() {
    let mut alice = alice_in_the_lobby(0);
    let asked = |text: &str| Command::Members { room: lobby(), text: text.into() };
    let found = |text: &str, people: Vec<Person>| Frame::Members {
        room: lobby(),
        text: text.into(),
        count: people.len(),
        people,
    };
    due(&mut alice);
    for text in ["d", "da", "dav"] {
        alice.find(None, text);
    }
    assert_eq!(due(&mut alice), [asked("d")]);
    let (dan, dave) = (person(0xe, "Dan"), person(0xd, "Dave"));
    hear(&mut alice, found("d", vec![dan.clone(), dave.clone()]));
    assert!(alice.people().contains(&dan));
    assert_eq!(due(&mut alice), [asked("dav")]);
    hear(&mut alice, found("dav", vec![dave.clone()]));
    assert_eq!(alice.found().unwrap().people, [dave]);
    assert!(!alice.people().contains(&dan));
    assert_eq!(due(&mut alice), []);

    // A question that the connection took with it is asked on the next one.
    alice.find(Some(garden()), "");
    due(&mut alice);
    alice.disconnected();
    alice.connected();
    hear(&mut alice, Frame::Welcome(Welcome::guest(epoch(1), super::alice(), vec![lobby_at(0)])));
    let asks = due(&mut alice);
    assert!(asks.contains(&Command::Members { room: garden(), text: String::new() }), "{asks:?}");
    // One that she may not ask ends with the refusal.
    let message = Code::Forbidden.sentence().to_owned();
    hear(&mut alice, Frame::Refused { op: None, code: Code::Forbidden, message });
    alice.find(None, "c");
    assert_eq!(due(&mut alice), [asked("c")]);
}

#[test]
fn a_direct_room_does_not_tell_who_let_whom_in() {
    let mut alice = alice_in_the_lobby(0);
    let people = vec![super::alice(), bob()];
    let added = in_the_attic(2, bob(), bob_adds(super::alice(), RoomKind::Direct, people));
    happen(&mut alice, added.clone());
    alice.show(garden());
    let (anchor, events, views) = (Anchor::Newest, vec![added], vec![]);
    hear(&mut alice, Frame::Page(Page { room: garden(), anchor, events, views, head: 2 }));
    happen(&mut alice, in_the_attic(3, bob(), What::Posted { text: "psst".into() }));
    assert_eq!(screen(&alice), ["Bob: psst"]);
}

#[test]
fn alice_is_told_once_that_the_admins_have_her_report() {
    let mut alice = alice_in_the_lobby(1);
    let reason = "spam".to_owned();
    alice.ask(Command::Report { op: op(1), room: lobby(), target: 1, reason }, NOW);
    due(&mut alice);
    assert!(!alice.take_reported());
    hear(&mut alice, accepted(1, 1));
    assert!(alice.take_reported() && !alice.take_reported());
}
