//! Messages that are edited, deleted and reacted to: live, in pages, behind gaps, and by Alice herself.

use super::*;

fn edited(seq: Seq, target: Seq, text: &str) -> Event {
    event(seq, bob(), What::Edited { target, text: text.into() })
}

fn deleted(seq: Seq, target: Seq) -> Event {
    event(seq, bob(), What::Deleted { target })
}

fn reacted(seq: Seq, by: Person, target: Seq, on: bool) -> Event {
    event(seq, by, What::Reacted { target, emoji: "👍".into(), on })
}

fn edit(n: u128, target: Seq, text: &str) -> Command {
    Command::Edit { op: op(n), room: lobby(), target, text: text.into() }
}

fn delete(n: u128, target: Seq) -> Command {
    Command::Delete { op: op(n), room: lobby(), target }
}

fn react(n: u128, target: Seq, on: bool) -> Command {
    Command::React { op: op(n), room: lobby(), target, emoji: "👍".into(), on }
}

#[test]
fn bob_edits_and_deletes_and_everyone_likes_it() {
    let mut alice = alice_in_the_lobby(2);
    happen(&mut alice, edited(3, 1, "one"));
    happen(&mut alice, reacted(4, carol(), 1, true));
    happen(&mut alice, reacted(5, alice_(), 1, true));
    assert_eq!(screen(&alice), ["Bob: one (edited) [👍2!]", "… 2"]);
    happen(&mut alice, reacted(6, carol(), 1, false));
    assert_eq!(screen(&alice), ["Bob: one (edited) [👍1!]", "… 2"]);
    happen(&mut alice, deleted(7, 1));
    assert_eq!(screen(&alice), ["Bob: (deleted)", "… 2"]);
    let held = format!("{:?}", alice.current().unwrap().timeline);
    assert!(!held.contains(r#""one""#), "nor in the edit that she holds: {held}");
    // Replayed with nothing in it, or late: what is deleted stays so.
    happen(&mut alice, edited(8, 1, ""));
    happen(&mut alice, reacted(9, carol(), 1, true));
    assert_eq!(screen(&alice), ["Bob: (deleted)", "… 2"]);
}

fn alice_() -> Person {
    super::alice()
}

#[test]
fn a_page_that_knows_more_than_the_cursor_is_not_told_twice() {
    let mut alice = alice_in_the_lobby(60);
    let liked = Reaction { emoji: "👍".into(), count: 1, mine: false, people: vec![carol()] };
    let view = View { seq: 5, text: Some("five".into()), reactions: vec![liked] };
    alice.page_older(lobby());
    let older = Page {
        room: lobby(),
        anchor: Anchor::Before(11),
        events: bobs(1..=10),
        views: vec![view],
        head: 62,
    };
    hear(&mut alice, Frame::Page(older));
    let five = |alice: &Sync| screen(alice)[4].clone();
    assert_eq!(five(&alice), "… five (edited) [👍1]");
    // Read at 62, while these were still on their way.
    happen(&mut alice, edited(61, 5, "five"));
    happen(&mut alice, reacted(62, carol(), 5, true));
    assert_eq!(five(&alice), "… five (edited) [👍1]");
    happen(&mut alice, reacted(63, alice_(), 5, true));
    assert_eq!(five(&alice), "… five (edited) [👍2!]");
}

#[test]
fn a_reader_of_the_past_learns_of_a_deletion_behind_a_gap() {
    let mut alice = alice_in_the_lobby(60);
    hear(&mut alice, Frame::Gap { room: lobby(), head: 900 });
    hear(&mut alice, page(Anchor::Newest, 851..=900, 900));
    for before in [851, 801, 751, 701, 651, 601] {
        alice.page_older(lobby());
        hear(&mut alice, page(Anchor::Before(before), before - 50..=before - 1, 900));
    }
    due(&mut alice);
    reconnect(&mut alice, vec![lobby_at(2_000)]);
    hear(&mut alice, Frame::Gap { room: lobby(), head: 2_000 });
    assert_eq!(due(&mut alice), [backfill(Anchor::After(550))]);
    let mut events = bobs(551..=600);
    events[0].what = What::Posted { text: String::new() };
    let anchor = Anchor::After(550);
    hear(
        &mut alice,
        Frame::Page(Page { room: lobby(), anchor, events, views: vec![], head: 2_000 }),
    );
    assert_eq!(screen(&alice)[..3], ["-- 490 not loaded", "Bob: (deleted)", "… 552"]);
    assert_eq!(
        due(&mut alice),
        [backfill(Anchor::After(600))],
        "and so on to the end of what she has"
    );
}

#[test]
fn what_alice_asks_for_is_on_screen_before_it_is_in_the_log() {
    let mut alice = alice_in_the_lobby(0);
    for seq in 1..=3 {
        happen(&mut alice, said(seq, alice_(), &seq.to_string()));
    }
    alice.ask(edit(1, 1, "one"), NOW);
    alice.ask(delete(2, 2), NOW);
    alice.ask(react(3, 3, true), NOW);
    assert_eq!(screen(&alice), ["Alice: one (edited) (sending)", "… (deleted)", "… 3 [👍1!]"]);
    assert_eq!(due(&mut alice), [edit(1, 1, "one")], "one op of a room at a time");
    hear(&mut alice, accepted(1, 4));
    assert_eq!(screen(&alice)[0], "Alice: one (edited) (sent)");
    let mine = |n, event: Event| Event { op: Some(op(n)), by: alice_(), ..event };
    happen(&mut alice, mine(1, edited(4, 1, "one")));
    assert_eq!(due(&mut alice), [delete(2, 2)]);
    happen(&mut alice, mine(2, deleted(5, 2)));
    hear(&mut alice, accepted(2, 5));
    assert_eq!(due(&mut alice), [react(3, 3, true)]);
    happen(&mut alice, mine(3, reacted(6, alice_(), 3, true)));
    assert_eq!(screen(&alice), ["Alice: one (edited)", "… (deleted)", "… 3 [👍1!]"]);
    assert_eq!(alice.outbox().unsent(), 0);
}

#[test]
fn a_refused_edit_stays_to_be_mended_and_a_refused_deletion_is_told() {
    let mut alice = alice_in_the_lobby(0);
    happen(&mut alice, said(1, alice_(), "1"));
    alice.ask(edit(1, 1, "too long"), NOW);
    due(&mut alice);
    hear(&mut alice, refused(1, Code::TooLong));
    assert_eq!(screen(&alice), ["Alice: too long (edited) (failed)"]);
    assert_eq!(alice.discard(op(1)), Some(edit(1, 1, "too long")));
    assert_eq!(screen(&alice), ["Alice: 1"]);

    alice.ask(delete(2, 1), NOW);
    due(&mut alice);
    hear(&mut alice, refused(2, Code::UnknownMessage));
    let told = Refusal { command: delete(2, 1), code: Code::UnknownMessage };
    assert_eq!(alice.take_refusals(), [told]);
    assert_eq!(screen(&alice), ["Alice: 1"]);

    // No row could show it: the message is gone.
    alice.ask(edit(3, 1, "one"), NOW);
    due(&mut alice);
    hear(&mut alice, refused(3, Code::UnknownMessage));
    assert_eq!(alice.take_refusals().len(), 1);
    assert_eq!(alice.outbox().unsent(), 0);
}

#[test]
fn a_deletion_can_be_undone_for_a_while_and_keeps_nothing_waiting() {
    let mut alice = alice_in_the_lobby(0);
    happen(&mut alice, said(1, alice_(), "1"));
    alice.ask_undoable(delete(1, 1), NOW, NOW + 6_000);
    alice.ask(post(2, "2"), NOW);
    assert_eq!(screen(&alice), ["Alice: (deleted)", "… 2 (sending)"]);
    assert_eq!(due(&mut alice), [post(2, "2")]);
    alice.undo(op(1));
    assert_eq!(screen(&alice), ["Alice: 1", "… 2 (sending)"]);

    alice.ask_undoable(delete(3, 1), NOW, NOW + 6_000);
    hear(&mut alice, accepted(2, 2));
    assert_eq!(due(&mut alice), []);
    assert_eq!(alice.outbox().next_due_ms(NOW), Some(NOW + 6_000));
    assert_eq!(due_at(&mut alice, NOW + 6_000), [delete(3, 1)]);
    alice.undo(op(3));
    assert_eq!(screen(&alice)[0], "Alice: (deleted)", "it has left");
}

#[test]
fn a_page_that_goes_out_of_sight_deletes_at_once() {
    let mut alice = alice_in_the_lobby(0);
    happen(&mut alice, said(1, alice_(), "1"));
    alice.ask_undoable(delete(1, 1), NOW, NOW + 6_000);
    alice.release();
    assert_eq!(due(&mut alice), [delete(1, 1)]);
}

#[test]
fn alice_finds_her_newest_message_as_she_wants_it_to_read() {
    let mut alice = alice_in_the_lobby(0);
    assert_eq!(alice.newest_mine(), None);
    happen(&mut alice, said(1, alice_(), "1"));
    happen(&mut alice, said(2, alice_(), "2"));
    happen(&mut alice, said(3, bob(), "3"));
    assert_eq!(alice.newest_mine(), Some((2, "2".into())));
    alice.ask(edit(1, 2, "two"), NOW);
    assert_eq!(alice.newest_mine(), Some((2, "two".into())));
    alice.ask(delete(2, 2), NOW);
    assert_eq!(alice.newest_mine(), Some((1, "1".into())));
}

#[test]
fn a_deleted_message_is_not_unread() {
    let mut alice = alice_online(vec![lobby_at(0), garden_at(0, true)], 0);
    let there = |event: Event| Event { room: garden(), ..event };
    happen(&mut alice, there(said(1, bob(), "1")));
    happen(&mut alice, there(said(2, bob(), "2")));
    happen(&mut alice, there(deleted(3, 2)));
    assert_eq!(alice.room(garden()).unwrap().room.unread, 1);
    // Erased before it came here, and its deletion after it: it never counted.
    happen(&mut alice, there(said(4, bob(), "")));
    happen(&mut alice, there(deleted(5, 4)));
    assert_eq!(alice.room(garden()).unwrap().room.unread, 1);
}

#[test]
fn a_server_that_cannot_save_says_so_and_gets_the_op_again() {
    let mut alice = alice_in_the_lobby(0);
    alice.ask(post(1, "first"), NOW);
    due(&mut alice);
    let wait = Frame::RetryAfter { op: op(1), after_ms: 1_000, code: Code::CannotSave };
    hear(&mut alice, wait);
    assert_eq!(alice.outbox().hindrance(), Some(Code::CannotSave));
    assert_eq!(screen(&alice), ["Alice: first (waiting)"]);
    assert_eq!(due_at(&mut alice, NOW + 1_000), [post(1, "first")]);
    hear(&mut alice, accepted(1, 1));
    assert_eq!(alice.outbox().hindrance(), None);
}
