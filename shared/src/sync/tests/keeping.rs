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
    let (room, anchor) = (lobby(), Anchor::Newest);
    hear(&mut alice, Frame::Page(Page { room, anchor, events: vec![], views: vec![], head: 0 }));
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
    hear(&mut bobs, Frame::Welcome(Welcome::guest(epoch(1), bob(), vec![lobby_at(0)])));
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
        let welcome = Welcome::guest(epoch, you, vec![lobby_at(3)]);
        let mut sync = Sync::boot(Boot { welcome, page: None });
        let (welcome, pages) = (Some(old.clone()), vec![page.clone()]);
        sync.restore(Store { welcome, pages, ops: vec![] });
        sync
    };
    let held = |sync: &Sync| sync.room(lobby()).unwrap().timeline.loaded();
    assert!(held(&boot(epoch(1), super::alice())));
    for (epoch, you) in [(epoch(2), super::alice()), (epoch(1), bob())] {
        let mut other = boot(epoch, you);
        assert!(!held(&other));
        assert_eq!(other.take_kept_rooms()[0], Keep::ForgetRoom(lobby()));
    }
}

#[test]
fn what_alice_saw_is_not_what_bob_sees() {
    let mut sync = alice_in_the_lobby(60);
    sync.connected();
    let bobs = Welcome::guest(epoch(1), bob(), vec![lobby_at(60)]);
    hear(&mut sync, Frame::Welcome(bobs));
    assert!(!sync.room(lobby()).unwrap().timeline.loaded());
    assert_eq!(sync.take_kept_rooms()[0], Keep::ForgetRoom(lobby()));
}

/// As a client reads it that knows maps, texts, numbers and nothing of their order.
#[test]
fn a_kept_op_is_read_as_it_was_written() {
    let (room, target) = (lobby(), 7);
    let commands = [
        post(1, "first"),
        Command::Edit { op: op(2), room, target, text: "second".into() },
        Command::Delete { op: op(3), room, target },
        Command::React { op: op(4), room, target, emoji: "👍".into(), on: false },
        Command::Rename { op: op(5), name: "Alice A.".into() },
        Command::CreateRoom {
            op: op(6),
            name: name("attic"),
            topic: "Up there".into(),
            private: false,
        },
        Command::Join { op: op(7), room },
        Command::Leave { op: op(8), room },
        Command::SetTopic { op: op(9), room, topic: String::new() },
    ];
    for (command, refused) in commands.into_iter().zip([None, Some(Code::TooLong)].iter().cycle()) {
        let user = super::alice().id;
        let kept = KeptOp { user, asked_ms: NOW, command, refused: *refused };
        let json = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<KeptOp>(&json).unwrap(), kept, "{json}");
    }
    assert!(serde_json::from_str::<KeptOp>(r#"{"user":null}"#).is_err());
}

#[test]
fn behind_a_gap_nothing_is_kept_of_a_room_until_it_is_read_again() {
    let mut alice = alice_online(vec![lobby_at(60), garden_at(0, true)], 60);
    alice.take_kept_rooms();
    alice.show(garden());
    hear(&mut alice, Frame::Gap { room: lobby(), head: 900 });
    let kept = alice.take_kept_rooms();
    assert_eq!(kept.first(), Some(&Keep::ForgetRoom(lobby())), "it may hold what is deleted");
    assert!(!kept.iter().any(|keep| matches!(keep, Keep::Room(_))));

    alice.show(lobby());
    hear(&mut alice, page(Anchor::Newest, 851..=900, 900));
    let Some(Keep::Room(page)) = alice.take_kept_rooms().into_iter().next() else { panic!() };
    assert_eq!(page.head, 900);
}
