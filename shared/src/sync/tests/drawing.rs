//! Rows: days, groups, the line "New", folded lines, and keys that stay.

use super::*;

/// Midnight in Greenwich after [`NOW`], which is Sunday, 22 November.
const MIDNIGHT: i64 = 1_795_392_000_000;

fn at(at_ms: i64, event: Event) -> Event {
    Event { at_ms, ..event }
}

#[test]
fn messages_of_one_author_within_five_minutes_are_one_group() {
    let mut alice = alice_in_the_lobby(0);
    happen(&mut alice, at(NOW, said(1, bob(), "a")));
    happen(&mut alice, at(NOW + 5 * MINUTE_MS - 1, said(2, bob(), "b")));
    happen(&mut alice, at(NOW + 10 * MINUTE_MS - 1, said(3, bob(), "c")));
    happen(&mut alice, at(NOW + 10 * MINUTE_MS, said(4, carol(), "d")));
    happen(&mut alice, at(NOW + 10 * MINUTE_MS, event(5, bob(), What::Left)));
    happen(&mut alice, at(NOW + 10 * MINUTE_MS, said(6, carol(), "e")));
    assert_eq!(screen(&alice), ["Bob: a", "… b", "Bob: c", "Carol: d", "* Bob left", "Carol: e"]);
}

#[test]
fn a_day_ends_where_the_reader_is() {
    let mut alice = alice_in_the_lobby(0);
    happen(&mut alice, at(MIDNIGHT - 1, said(1, bob(), "late")));
    happen(&mut alice, at(MIDNIGHT, said(2, bob(), "early")));
    let greenwich = ["== Sunday, 22 November", "Bob: late", "== Monday, 23 November", "Bob: early"];
    assert_eq!(days(&alice, 0), greenwich);
    assert_eq!(days(&alice, 60), ["== Monday, 23 November", "Bob: late", "… early"]);
    assert_eq!(days(&alice, -60), ["== Sunday, 22 November", "Bob: late", "… early"]);
}

#[test]
fn a_clock_that_was_set_back_does_not_open_a_day_again() {
    let mut alice = alice_in_the_lobby(0);
    happen(&mut alice, at(MIDNIGHT, said(1, bob(), "a")));
    happen(&mut alice, at(MIDNIGHT - MINUTE_MS, said(2, bob(), "b")));
    assert_eq!(days(&alice, 0), ["== Monday, 23 November", "Bob: a", "… b"]);
}

#[test]
fn a_message_tells_its_time_where_the_reader_is() {
    let alice = alice_in_the_lobby(1);
    let days =
        rows(&alice, alice.current().unwrap(), Clock { offset_min: &|_| 330, now_ms: Some(NOW) });
    assert_eq!(days[0].label, "Today");
    let Content::Message(message) = &days[0].rows[0].content else { panic!() };
    assert_eq!(message.time, "13:50");
    assert_eq!(message.exact, "Sunday, 22 November 2026 at 13:50:06");
}

#[test]
fn new_stands_above_the_first_unread_message_and_stays_there() {
    let mut alice = Sync::default();
    alice.connected();
    hear(&mut alice, welcome(vec![Room { read: 2, unread: 2, ..lobby_at(4) }]));
    alice.show(lobby());
    hear(&mut alice, page(Anchor::Newest, 1..=4, 4));
    let with_new = ["Bob: 1", "… 2", "-- New", "Bob: 3", "… 4"];
    assert_eq!(screen(&alice), with_new);
    // Reading does not move it, nor does what comes later, nor showing the same room again.
    alice.mark_read();
    assert_eq!(screen(&alice), with_new);
    happen(&mut alice, said(5, carol(), "5"));
    alice.show(lobby());
    assert_eq!(screen(&alice)[..5], with_new);
    alice.mark_read();

    alice.show_none();
    alice.show(lobby());
    assert!(!screen(&alice).contains(&"-- New".into()), "gone with the next visit");
}

#[test]
fn alices_own_lines_are_never_new() {
    let mut alice = alice_in_the_lobby(1);
    alice.mark_new();
    happen(&mut alice, said(2, super::alice(), "from my phone"));
    assert_eq!(screen(&alice), ["Bob: 1", "Alice: from my phone"]);
    happen(&mut alice, said(3, bob(), "3"));
    assert_eq!(screen(&alice)[2..], ["-- New", "Bob: 3"]);
}

#[test]
fn lines_of_the_system_share_a_row_and_three_fold() {
    let mut alice = alice_in_the_lobby(1);
    let folds = |sync: &Sync| {
        let clock = Clock { offset_min: &|_| 0, now_ms: None };
        let days = rows(sync, sync.current().unwrap(), clock);
        days[0].rows.iter().map(|row| row.content.folds()).collect::<Vec<_>>()
    };
    happen(&mut alice, event(2, carol(), What::Joined));
    happen(&mut alice, event(3, carol(), What::Left));
    assert_eq!(screen(&alice), ["Bob: 1", "* Carol joined; Carol left"]);
    assert_eq!(folds(&alice), [false, false]);
    let row = keys(&alice)[1];
    happen(&mut alice, event(4, carol(), What::Joined));
    assert_eq!(folds(&alice), [false, true]);
    assert_eq!(keys(&alice)[1], row, "it folds in its place");
    happen(&mut alice, said(5, bob(), "5"));
    happen(&mut alice, event(6, carol(), What::Left));
    assert_eq!(folds(&alice), [false, true, false, false]);
}

#[test]
fn what_is_on_its_way_comes_last() {
    let mut alice = alice_in_the_lobby(1);
    alice.ask(post(1, "mine"), NOW);
    happen(&mut alice, said(2, bob(), "2"));
    let presence = Frame::Presence { room: lobby(), count: 3, came: vec![carol()], went: vec![] };
    hear(&mut alice, presence);
    assert_eq!(screen(&alice), ["Bob: 1", "… 2", "* Carol came", "Alice: mine (sending)"]);
}

#[test]
fn rows_keep_their_keys_when_others_come_before_and_after() {
    let mut alice = alice_in_the_lobby(120);
    let before = keys(&alice);
    happen(&mut alice, said(121, carol(), "news"));
    alice.page_older(lobby());
    hear(&mut alice, page(Anchor::Before(71), 21..=70, 121));
    let after = keys(&alice);
    assert_eq!(after[50..100], before);
    let mut distinct = after.clone();
    distinct.sort_by_key(|key| format!("{key:?}"));
    distinct.dedup();
    assert_eq!(distinct.len(), after.len());
}
