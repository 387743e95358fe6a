//! What is unread: counted once, by the server up to its welcome and by the client after it.

use super::*;

fn unread(sync: &Sync, room: RoomId) -> u32 {
    sync.room(room).unwrap().room.unread
}

fn in_the_garden(event: Event) -> Event {
    Event { room: garden(), ..event }
}

fn alice_beside_the_garden() -> Sync {
    alice_online(vec![lobby_at(0), garden_at(5, true)], 0)
}

#[test]
fn posts_of_others_count_and_other_events_do_not() {
    let mut alice = alice_beside_the_garden();
    happen(&mut alice, in_the_garden(said(6, bob(), "roses")));
    happen(&mut alice, in_the_garden(event(7, carol(), What::Joined)));
    happen(&mut alice, in_the_garden(said(8, carol(), "tulips")));
    assert_eq!(unread(&alice, garden()), 2);
    // On her other device Alice answers: she has read what was above.
    happen(&mut alice, in_the_garden(said(9, super::alice(), "both")));
    assert_eq!(unread(&alice, garden()), 0);
}

#[test]
fn what_the_welcome_has_counted_is_not_counted_again_when_it_is_replayed() {
    let mut alice = alice_in_the_lobby(3);
    alice.show_none();
    let room = Room { read: 3, unread: 2, ..lobby_at(5) };
    reconnect(&mut alice, vec![room]);
    assert_eq!(unread(&alice, lobby()), 2);
    for event in bobs(4..=5) {
        happen(&mut alice, event);
    }
    assert_eq!(unread(&alice, lobby()), 2);
    happen(&mut alice, said(6, bob(), "6"));
    assert_eq!(unread(&alice, lobby()), 3);
}

#[test]
fn alice_marks_what_she_sees_and_never_goes_back() {
    let mut alice = alice_in_the_lobby(3);
    for event in bobs(4..=5) {
        happen(&mut alice, event);
    }
    assert_eq!(unread(&alice, lobby()), 2);
    alice.mark_read();
    assert_eq!(due(&mut alice), [Command::MarkRead { room: lobby(), seq: 5 }]);
    assert_eq!(unread(&alice, lobby()), 0);
    alice.mark_read();
    assert_eq!(due(&mut alice), [], "told once");
    hear(&mut alice, Frame::Read { room: lobby(), seq: 2 });
    assert_eq!(alice.current().unwrap().room.read, 5);
}

#[test]
fn a_reader_of_the_past_has_not_seen_the_newest() {
    let mut alice = alice_in_the_lobby(900);
    hear(&mut alice, Frame::Gap { room: lobby(), head: 960 });
    alice.mark_read();
    assert_eq!(due(&mut alice), [backfill(Anchor::Newest)], "and nothing is marked");
}

#[test]
fn what_alice_reads_on_one_device_is_read_on_the_other() {
    let mut alice = alice_beside_the_garden();
    happen(&mut alice, in_the_garden(said(6, bob(), "roses")));
    hear(&mut alice, Frame::Read { room: garden(), seq: 6 });
    assert_eq!(unread(&alice, garden()), 0);
}
