//! What Alice's device keeps: ops before they leave, rooms to read without a network.

use super::*;

/// The device does what it is asked, as its wrapper would.
fn keep(sync: &mut Sync, device: &mut Vec<(OpId, KeptOp)>) {
    for change in sync.take_kept_ops() {
        match change {
            Keep::Op(op, kept) => {
                device.retain(|(other, _)| *other != op);
                device.push((op, kept));
                sync.kept(op);
            }
            Keep::Forget(op) => device.retain(|(other, _)| *other != op),
            other => panic!("no op: {other:?}"),
        }
    }
}

fn opened_with(device: &[(OpId, KeptOp)]) -> Sync {
    let mut sync = Sync::default();
    let ops = device.iter().map(|(_, kept)| kept.clone()).collect();
    sync.restore(Store { ops, ..Store::default() });
    sync
}

#[test]
fn an_op_leaves_when_it_is_kept_and_is_forgotten_when_it_is_in_the_log() {
    let mut alice = alice_in_the_lobby(0);
    let mut device = Vec::new();
    alice.keep_ops(true);
    alice.ask(post(1, "first"), NOW);
    assert_eq!(due(&mut alice), [], "not before it is kept");
    keep(&mut alice, &mut device);
    assert_eq!(due(&mut alice), [post(1, "first")]);
    assert_eq!(device.len(), 1);
    happen(&mut alice, Event { op: Some(op(1)), ..said(1, super::alice(), "first") });
    keep(&mut alice, &mut device);
    assert_eq!(device, []);
}

#[test]
fn a_closed_tab_loses_nothing_and_sends_in_order() {
    let mut alice = alice_in_the_lobby(0);
    let mut device = Vec::new();
    alice.keep_ops(true);
    alice.ask(post(1, "first"), NOW);
    alice.ask(post(2, "second"), NOW);
    alice.ask(post(3, "much too long"), NOW + 1);
    keep(&mut alice, &mut device);
    due(&mut alice);
    hear(&mut alice, refused(3, Code::TooLong));
    keep(&mut alice, &mut device);
    device.reverse();

    let mut alice = opened_with(&device);
    alice.keep_ops(true);
    assert_eq!(alice.outbox().unsent(), 0, "nobody knows yet whose they are");
    alice.connected();
    hear(&mut alice, welcome(vec![lobby_at(0)]));
    alice.show(lobby());
    hear(&mut alice, page(Anchor::Newest, 1..=0, 0));
    alice.ask(post(4, "fourth"), NOW + 2);
    let said = ["Alice: first (sending)", "… second (sending)", "… much too long (failed)"];
    assert_eq!(screen(&alice), [said.as_slice(), &["… fourth (sending)"]].concat());
    assert!(due(&mut alice).contains(&post(1, "first")));
}

#[test]
fn what_alice_gives_up_at_once_is_not_sent_when_she_comes_back() {
    let mut alice = alice_in_the_lobby(0);
    let mut device = Vec::new();
    alice.keep_ops(true);
    alice.ask(post(1, "much too long"), NOW);
    keep(&mut alice, &mut device);
    due(&mut alice);
    hear(&mut alice, refused(1, Code::TooLong));
    alice.discard(op(1));
    keep(&mut alice, &mut device);
    assert_eq!(device, []);
}

#[test]
fn bob_on_the_same_device_does_not_send_what_alice_wrote() {
    let mut alice = alice_in_the_lobby(0);
    let mut device = Vec::new();
    alice.keep_ops(true);
    alice.ask(post(1, "first"), NOW);
    keep(&mut alice, &mut device);

    let mut bobs = opened_with(&device);
    bobs.connected();
    hear(
        &mut bobs,
        Frame::Welcome(Welcome { epoch: epoch(1), you: bob(), rooms: vec![lobby_at(0)] }),
    );
    assert_eq!(bobs.outbox().unsent(), 0);
}

#[test]
fn a_device_that_keeps_nothing_holds_nothing_up() {
    let mut alice = alice_in_the_lobby(0);
    alice.keep_ops(true);
    alice.ask(post(1, "first"), NOW);
    alice.keep_ops(false);
    assert_eq!(due(&mut alice), [post(1, "first")]);
    assert_eq!(alice.take_kept_ops(), []);
}

#[test]
fn rooms_are_read_again_without_a_network_and_resumed_from_where_they_were() {
    let mut alice = alice_in_the_lobby(60);
    happen(&mut alice, event(61, bob(), What::Edited { target: 60, text: "sixty".into() }));
    let kept = alice.take_kept_rooms();
    let [Keep::Room(page), Keep::Welcome(welcome)] = &kept[..] else { panic!("{kept:#?}") };
    assert_eq!((page.head, page.events.len(), page.views.len()), (61, 51, 1));
    assert_eq!(alice.take_kept_rooms(), [], "nothing has changed since");

    let mut again = Sync::default();
    let (welcome, pages) = (Some(welcome.clone()), vec![page.clone()]);
    again.restore(Store { welcome, pages, ops: vec![] });
    again.show(lobby());
    assert_eq!(screen(&again), screen(&alice));
    assert_eq!(screen(&again).last().unwrap(), "… sixty (edited)");
    let cursors = vec![Cursor { room: lobby(), seq: 61 }];
    assert_eq!(again.connected(), Command::Hello { epoch: Some(epoch(1)), cursors });
}

#[test]
fn what_was_kept_of_another_history_or_person_is_void() {
    let mut alice = alice_in_the_lobby(60);
    let kept = alice.take_kept_rooms();
    let [Keep::Room(page), Keep::Welcome(old)] = &kept[..] else { panic!("{kept:#?}") };
    let boot = |epoch, you| {
        let welcome = Welcome { epoch, you, rooms: vec![lobby_at(3)] };
        let mut sync = Sync::boot(Boot { welcome, page: None });
        let (welcome, pages) = (Some(old.clone()), vec![page.clone()]);
        sync.restore(Store { welcome, pages, ops: vec![] });
        sync
    };
    let held = |sync: &Sync| sync.room(lobby()).unwrap().timeline.loaded();
    assert!(held(&boot(epoch(1), super::alice())));
    assert!(!held(&boot(epoch(2), super::alice())));
    assert!(!held(&boot(epoch(1), bob())));
}
