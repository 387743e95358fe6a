//! From Enter to settled: the outbox, as the author sees it.

use super::*;

fn settled(seq: Seq, n: u128, text: &str) -> Event {
    Event { op: Some(op(n)), ..said(seq, alice(), text) }
}

#[test]
fn alice_sees_her_line_at_once_and_it_settles_in_its_place() {
    let mut alice = alice_in_the_lobby(1);
    alice.ask(post(1, "hello"), NOW);
    assert_eq!(screen(&alice), ["Bob: 1", "Alice: hello (sending)"]);
    let row = keys(&alice)[1];

    assert_eq!(due(&mut alice), [post(1, "hello")]);
    assert_eq!(screen(&alice)[1], "Alice: hello (sending)");
    hear(&mut alice, accepted(1, 2));
    assert_eq!(screen(&alice)[1], "Alice: hello (sent)");
    happen(&mut alice, settled(2, 1, "hello"));
    assert_eq!(screen(&alice), ["Bob: 1", "Alice: hello"]);
    assert_eq!(keys(&alice)[1], row);
}

#[test]
fn alice_sees_the_same_when_the_event_is_faster_than_the_answer() {
    let mut alice = alice_in_the_lobby(1);
    alice.ask(post(1, "hello"), NOW);
    let row = keys(&alice)[1];
    due(&mut alice);

    happen(&mut alice, settled(2, 1, "hello"));
    assert_eq!(screen(&alice), ["Bob: 1", "Alice: hello"]);
    assert_eq!(keys(&alice)[1], row);
    hear(&mut alice, accepted(1, 2));
    assert_eq!(screen(&alice), ["Bob: 1", "Alice: hello"]);
    assert_eq!(due(&mut alice), []);
}

#[test]
fn alice_writes_while_offline_and_it_goes_out_after_the_welcome() {
    let mut alice = alice_in_the_lobby(1);
    alice.disconnected();
    alice.ask(post(1, "from the train"), NOW);
    assert_eq!(screen(&alice)[1], "Alice: from the train (sending)");
    assert_eq!(due(&mut alice), []);
    alice.connected();
    assert_eq!(alice.link, Link::Greeting);
    assert_eq!(due(&mut alice), []);
    hear(&mut alice, welcome(vec![lobby_at(1)]));
    assert_eq!(due(&mut alice), [post(1, "from the train")]);
    assert_eq!(due(&mut alice), [], "sent once");
}

#[test]
fn an_answer_lost_with_the_connection_is_asked_for_again_and_nothing_doubles() {
    let mut alice = alice_in_the_lobby(1);
    alice.ask(post(1, "hello"), NOW);
    due(&mut alice);
    // The server has it as number 2; the answer and the event are lost.
    reconnect(&mut alice, vec![lobby_at(2)]);
    assert_eq!(due(&mut alice), [post(1, "hello")]);
    happen(&mut alice, settled(2, 1, "hello"));
    hear(&mut alice, Frame::Live { room: lobby(), head: 2 });
    hear(&mut alice, accepted(1, 2));
    assert_eq!(screen(&alice), ["Bob: 1", "Alice: hello"]);
    assert_eq!(alice.outbox().unsent(), 0);
}

#[test]
fn a_replay_that_comes_first_settles_the_line_without_sending_it_again() {
    let mut alice = alice_in_the_lobby(1);
    alice.ask(post(1, "hello"), NOW);
    due(&mut alice);
    hear(&mut alice, accepted(1, 2));
    reconnect(&mut alice, vec![lobby_at(2)]);
    happen(&mut alice, settled(2, 1, "hello"));
    assert_eq!(due(&mut alice), []);
    assert_eq!(screen(&alice), ["Bob: 1", "Alice: hello"]);
}

#[test]
fn a_line_whose_answer_was_lost_is_found_in_a_page() {
    let mut alice = alice_in_the_lobby(1);
    alice.ask(post(1, "hello"), NOW);
    due(&mut alice);
    reconnect(&mut alice, vec![lobby_at(600)]);
    hear(&mut alice, Frame::Gap { room: lobby(), head: 600 });
    let mut events = bobs(551..=599);
    events.push(settled(600, 1, "hello"));
    hear(
        &mut alice,
        Frame::Page(Page {
            room: lobby(),
            anchor: Anchor::Newest,
            events,
            views: vec![],
            head: 600,
        }),
    );
    assert_eq!(screen(&alice).last().unwrap(), "Alice: hello");
    assert_eq!(alice.outbox().unsent(), 0);
}

#[test]
fn a_line_accepted_before_the_newest_page_does_not_stay_below_it() {
    let mut alice = alice_in_the_lobby(1);
    alice.ask(post(1, "hello"), NOW);
    due(&mut alice);
    reconnect(&mut alice, vec![lobby_at(600)]);
    hear(&mut alice, Frame::Gap { room: lobby(), head: 600 });
    hear(&mut alice, page(Anchor::Newest, 551..=600, 600));
    due(&mut alice);
    hear(&mut alice, accepted(1, 2));
    assert_eq!(screen(&alice).last().unwrap(), "… 600");
}

#[test]
fn an_accepted_line_does_not_stay_below_when_its_event_is_skipped_over() {
    let mut alice = alice_in_the_lobby(1);
    alice.ask(post(1, "hello"), NOW);
    due(&mut alice);
    hear(&mut alice, accepted(1, 2));
    // Everything up to 600 went by unseen on this very connection.
    happen(&mut alice, said(600, bob(), "600"));
    assert_eq!(due(&mut alice), [resume(1)]);
    hear(&mut alice, Frame::Gap { room: lobby(), head: 600 });
    assert_eq!(due(&mut alice), [backfill(Anchor::Newest), post(1, "hello")]);
    hear(&mut alice, page(Anchor::Newest, 551..=600, 600));
    hear(&mut alice, accepted(1, 2));
    assert_eq!(screen(&alice).last().unwrap(), "… 600");
}

#[test]
fn one_op_of_a_room_is_under_way_at_a_time_and_order_is_kept_through_retry_after() {
    let mut alice = alice_online(vec![lobby_at(0), garden_at(0, true)], 0);
    let elsewhere = Command::Post { op: op(3), room: garden(), text: "roses".into() };
    let rename = Command::Rename { op: op(4), name: "Al".into() };
    alice.ask(post(1, "first"), NOW);
    alice.ask(post(2, "second"), NOW);
    alice.ask(elsewhere.clone(), NOW);
    alice.ask(rename.clone(), NOW);
    assert_eq!(due(&mut alice), [post(1, "first"), elsewhere, rename]);

    hear(&mut alice, Frame::RetryAfter { op: op(1), after_ms: 500, code: Code::TooFast });
    assert_eq!(due_at(&mut alice, NOW + 499), []);
    assert_eq!(alice.outbox().next_due_ms(NOW), Some(NOW + 500));
    assert_eq!(due_at(&mut alice, NOW + 500), [post(1, "first")]);
    hear(&mut alice, accepted(1, 1));
    assert_eq!(due_at(&mut alice, NOW + 500), [post(2, "second")]);
    assert_eq!(screen(&alice), ["Alice: first (sent)", "… second (sending)"]);
}

#[test]
fn what_was_under_way_goes_out_again_in_the_order_it_was_said() {
    let mut alice = alice_in_the_lobby(0);
    alice.ask(post(1, "first"), NOW);
    alice.ask(post(2, "second"), NOW);
    due(&mut alice);
    hear(&mut alice, accepted(1, 1));
    due(&mut alice);
    // Both are with the server, and of neither has Alice seen the event.
    reconnect(&mut alice, vec![lobby_at(2)]);
    assert_eq!(due(&mut alice), [post(1, "first")]);
    hear(&mut alice, accepted(1, 1));
    assert_eq!(due(&mut alice), [post(2, "second")]);
}

#[test]
fn a_refused_line_stays_with_its_reason_until_alice_retries_or_takes_it_back() {
    let mut alice = alice_in_the_lobby(1);
    alice.ask(post(1, "too long"), NOW);
    alice.ask(post(2, "next"), NOW);
    due(&mut alice);
    hear(&mut alice, refused(1, Code::TooLong));
    assert_eq!(due(&mut alice), [post(2, "next")], "the refused one is in nobody's way");
    assert_eq!(screen(&alice)[1..], ["Alice: too long (failed)", "… next (sending)"]);
    let (pending, _) = alice.outbox().posts_in(lobby()).next().unwrap();
    assert_eq!(pending.state, SendState::Refused(Code::TooLong));
    assert_eq!(alice.take_refusals(), [], "the row says it");

    reconnect(&mut alice, vec![lobby_at(1)]);
    assert_eq!(due(&mut alice), [post(2, "next")], "only Alice retries what was refused");
    hear(&mut alice, accepted(2, 2));
    alice.retry(op(1), NOW);
    assert_eq!(due(&mut alice), [post(1, "too long")]);
    hear(&mut alice, refused(1, Code::TooLong));
    assert_eq!(alice.discard(op(1)), Some(post(1, "too long")));
    assert_eq!(alice.discard(op(1)), None);
    assert_eq!(screen(&alice), ["Bob: 1", "Alice: next (sent)"]);
}

#[test]
fn a_refusal_of_anything_else_is_told_once() {
    let mut alice = alice_in_the_lobby(1);
    let rename = Command::Rename { op: op(1), name: "Bob".into() };
    alice.ask(rename.clone(), NOW);
    due(&mut alice);
    hear(&mut alice, refused(1, Code::NameTaken));
    hear(&mut alice, refused(1, Code::NameTaken));
    assert_eq!(alice.take_refusals(), [Refusal { command: rename, code: Code::NameTaken }]);
    assert_eq!(alice.take_refusals(), []);
    assert_eq!(alice.outbox().unsent(), 0);
}

#[test]
fn a_refused_frame_without_an_op_touches_nothing() {
    let mut alice = alice_in_the_lobby(1);
    alice.ask(post(1, "hello"), NOW);
    let frame = Frame::Refused { op: None, code: Code::BadRequest, message: String::new() };
    hear(&mut alice, frame);
    assert_eq!(alice.take_refusals(), []);
    assert_eq!(screen(&alice)[1], "Alice: hello (sending)");
}

#[test]
fn somebody_who_copies_alices_op_settles_and_shadows_nothing_of_hers() {
    let mut alice = alice_in_the_lobby(0);
    alice.ask(post(1, "mine"), NOW);
    due(&mut alice);
    let copied = Event { op: Some(op(1)), ..said(1, bob(), "copied") };
    happen(&mut alice, copied);
    assert_eq!(screen(&alice), ["Bob: copied", "Alice: mine (sending)"]);
    happen(&mut alice, settled(2, 1, "mine"));
    assert_eq!(screen(&alice), ["Bob: copied", "Alice: mine"]);
    assert_eq!(keys(&alice), [Key::Seq(1), Key::Op(op(1))]);
}

#[test]
fn only_so_much_waits_at_once() {
    let mut alice = alice_in_the_lobby(0);
    alice.disconnected();
    let mut asked = 0;
    while !alice.outbox().is_full() {
        asked += 1;
        alice.ask(post(asked, "again"), NOW);
    }
    assert_eq!(asked, 1_000);
    reconnect(&mut alice, vec![lobby_at(0)]);
    assert_eq!(due(&mut alice).last(), Some(&post(1, "again")));
    happen(&mut alice, Event { op: Some(op(1)), ..said(1, super::alice(), "again") });
    assert!(!alice.outbox().is_full(), "one has gone out");
}
