//! Cursors: what is dropped, what is missing, what is void; and what is never stored.

use super::*;

fn held(sync: &Sync) -> Vec<Seq> {
    sync.room(lobby()).unwrap().timeline.events().map(|event| event.seq).collect()
}

#[test]
fn an_event_that_alice_has_is_dropped() {
    let mut alice = alice_in_the_lobby(3);
    happen(&mut alice, said(3, bob(), "3"));
    happen(&mut alice, said(1, bob(), "1"));
    assert_eq!(held(&alice), [1, 2, 3]);
    assert_eq!(due(&mut alice), []);
}

#[test]
fn a_skipped_seq_is_asked_for_once_and_the_hole_closes_in_order() {
    let mut alice = alice_in_the_lobby(3);
    happen(&mut alice, said(6, bob(), "6"));
    happen(&mut alice, said(7, bob(), "7"));
    assert_eq!(held(&alice), [1, 2, 3], "nothing is shown beyond a hole");
    assert_eq!(due(&mut alice), [resume(3)]);
    for event in bobs(4..=7) {
        happen(&mut alice, event);
    }
    hear(&mut alice, Frame::Live { room: lobby(), head: 7 });
    assert_eq!(held(&alice), [1, 2, 3, 4, 5, 6, 7]);

    happen(&mut alice, said(9, bob(), "9"));
    assert_eq!(due(&mut alice), [resume(7)], "another hole is another question");
}

#[test]
fn a_ping_is_answered_and_its_heads_show_what_is_missing() {
    let mut alice = alice_online(vec![lobby_at(3), garden_at(5, true)], 3);
    let heads = vec![Cursor { room: lobby(), seq: 3 }, Cursor { room: garden(), seq: 6 }];
    hear(&mut alice, Frame::Ping { heads });
    assert_eq!(due(&mut alice), [Command::Pong, Command::Resume { room: garden(), seq: 5 }]);
}

#[test]
fn the_hello_says_what_is_held_and_of_the_rest_nothing() {
    let mut alice = alice_online(vec![lobby_at(3), garden_at(5, true)], 3);
    happen(&mut alice, said(4, bob(), "4"));
    let hello = reconnect(&mut alice, vec![lobby_at(4), garden_at(5, true)]);
    let cursors = vec![Cursor { room: lobby(), seq: 4 }];
    assert_eq!(hello, Command::Hello { epoch: Some(epoch(1)), cursors });
    assert_eq!(due(&mut alice), [], "what is on screen is connected: nothing to load");
    assert_eq!(Sync::default().connected(), Command::Hello { epoch: None, cursors: vec![] });
}

#[test]
fn a_gap_and_a_reset_load_the_newest_page() {
    for far in [Frame::Gap { room: lobby(), head: 900 }, Frame::Reset { room: lobby(), head: 900 }]
    {
        let mut alice = alice_in_the_lobby(3);
        reconnect(&mut alice, vec![lobby_at(900)]);
        hear(&mut alice, far);
        assert_eq!(due(&mut alice), [backfill(Anchor::Newest)]);
        assert!(held(&alice).is_empty());
        // What happens meanwhile is not lost: the page is read after it or the rest is fetched.
        happen(&mut alice, said(901, bob(), "901"));
        hear(&mut alice, page(Anchor::Newest, 852..=901, 901));
        assert_eq!(held(&alice), (852..=901).collect::<Vec<_>>());
        assert_eq!(due(&mut alice), []);
        happen(&mut alice, said(902, bob(), "902"));
        assert_eq!(held(&alice).last(), Some(&902));
    }
}

#[test]
fn of_another_history_nothing_is_kept() {
    let mut alice = alice_in_the_lobby(9);
    alice.disconnected();
    alice.connected();
    let rewound = Welcome::guest(epoch(2), alice.me().unwrap().clone(), vec![lobby_at(3)]);
    hear(&mut alice, Frame::Welcome(rewound));
    assert!(held(&alice).is_empty());
    assert_eq!(due(&mut alice), [backfill(Anchor::Newest)]);
    hear(&mut alice, page(Anchor::Newest, 1..=3, 3));
    assert_eq!(screen(&alice), ["Bob: 1", "… 2", "… 3"]);
}

#[test]
fn the_page_of_html_is_what_the_client_starts_with() {
    let Frame::Welcome(welcome) = welcome(vec![lobby_at(3)]) else { panic!() };
    let Frame::Page(page) = page(Anchor::Newest, 1..=3, 3) else { panic!() };
    let mut alice = Sync::boot(Boot { welcome: welcome.clone(), page: Some(page) });
    assert_eq!(screen(&alice), ["Bob: 1", "… 2", "… 3"]);
    let cursors = vec![Cursor { room: lobby(), seq: 3 }];
    assert_eq!(alice.connected(), Command::Hello { epoch: Some(epoch(1)), cursors });
    hear(&mut alice, Frame::Welcome(welcome));
    assert_eq!(due(&mut alice), [], "nothing is loaded twice");
    happen(&mut alice, said(4, bob(), "4"));
    assert_eq!(screen(&alice).last().unwrap(), "… 4");
}

#[test]
fn events_of_a_newer_server_move_the_cursor_and_show_nothing() {
    let mut alice = alice_in_the_lobby(1);
    happen(&mut alice, event(2, bob(), What::Unknown));
    happen(&mut alice, said(3, bob(), "3"));
    assert_eq!(screen(&alice), ["Bob: 1", "… 3"]);
    assert_eq!(due(&mut alice), []);
}

#[test]
fn a_new_name_shows_everywhere() {
    let mut alice = alice_in_the_lobby(1);
    let people = vec![alice.me().unwrap().clone(), bob()];
    hear(&mut alice, Frame::Here { room: lobby(), count: 2, people });
    happen(&mut alice, said(2, super::alice(), "hi"));
    happen(&mut alice, event(3, person(0xb, "Robert"), What::Renamed { from: "Bob".into() }));
    happen(&mut alice, event(4, person(0xa, "Al"), What::Renamed { from: "Alice".into() }));
    assert_eq!(screen(&alice), ["Robert: 1", "Al: hi", "* Robert was Bob; Al was Alice"]);
    assert_eq!(alice.me().unwrap().name, "Al");
    let here = &alice.current().unwrap().here;
    assert_eq!(
        here.iter().map(|person| person.name.as_str()).collect::<Vec<_>>(),
        ["Al", "Robert"]
    );
    alice.ask(post(1, "still me"), NOW);
    assert_eq!(screen(&alice).last().unwrap(), "Al: still me (sending)");
}

#[test]
fn a_name_taken_behind_a_gap_is_learned_from_the_page() {
    let mut alice = alice_in_the_lobby(1);
    let robert = person(0xb, "Robert");
    happen(&mut alice, event(2, robert.clone(), What::Renamed { from: "Bob".into() }));
    hear(&mut alice, Frame::Gap { room: lobby(), head: 900 });
    let events = vec![
        event(898, robert, What::Renamed { from: "Bobby".into() }),
        event(899, person(0xb, "Rob"), What::Renamed { from: "Robert".into() }),
        said(900, person(0xb, "Rob"), "that is me"),
    ];
    let newest = Page { room: lobby(), anchor: Anchor::Newest, events, views: vec![], head: 900 };
    hear(&mut alice, Frame::Page(newest));
    let told = "* Robert was Bobby; Rob was Robert";
    assert_eq!(screen(&alice), ["-- 895 not loaded", told, "Rob: that is me"]);
}

#[test]
fn who_writes_is_shown_until_they_stop_or_have_said_it() {
    let mut alice = alice_in_the_lobby(0);
    let typing = |person| Frame::Typing { room: lobby(), person };
    let writers = |sync: &Sync, now_ms| sync.current().unwrap().typing_people(now_ms);
    hear(&mut alice, typing(bob()));
    hear(&mut alice, typing(carol()));
    hear(&mut alice, typing(super::alice()));
    assert_eq!(writers(&alice, NOW), [bob(), carol()], "Alice knows that she writes");
    happen(&mut alice, said(1, bob(), "done"));
    assert_eq!(writers(&alice, NOW), [carol()]);
    let typing_ms = TYPING_S as i64 * 1_000;
    assert_eq!(writers(&alice, NOW + typing_ms - 1), [carol()]);
    assert_eq!(writers(&alice, NOW + typing_ms), []);
}

#[test]
fn alices_own_typing_goes_out_only_while_it_is_true() {
    let mut alice = alice_in_the_lobby(0);
    alice.typing(lobby());
    assert_eq!(due(&mut alice), [Command::Typing { room: lobby() }]);
    alice.disconnected();
    alice.typing(lobby());
    reconnect(&mut alice, vec![lobby_at(0)]);
    assert_eq!(due(&mut alice), []);
}

#[test]
fn comings_and_goings_between_two_messages_are_one_note() {
    let mut alice = alice_in_the_lobby(1);
    let presence = |came, went| Frame::Presence { room: lobby(), count: 2, came, went };
    hear(&mut alice, presence(vec![bob()], vec![]));
    hear(&mut alice, presence(vec![carol()], vec![]));
    assert_eq!(screen(&alice), ["Bob: 1", "* Bob+Carol came"]);
    let row = keys(&alice)[1];
    hear(&mut alice, presence(vec![], vec![bob()]));
    assert_eq!(screen(&alice), ["Bob: 1", "* Carol came"], "in and out again is no news");
    assert_eq!(keys(&alice)[1], row);

    happen(&mut alice, said(2, carol(), "hello"));
    hear(&mut alice, presence(vec![], vec![carol()]));
    hear(&mut alice, presence(vec![super::alice()], vec![]));
    assert_eq!(screen(&alice), ["Bob: 1", "* Carol came", "Carol: hello", "* Carol went"]);
    hear(&mut alice, presence(vec![carol()], vec![]));
    assert_eq!(screen(&alice)[3], "* Carol came");
}

#[test]
fn alice_knows_who_is_here() {
    let mut alice = alice_in_the_lobby(0);
    let presence = |count, came, went| Frame::Presence { room: lobby(), count, came, went };
    assert_eq!(alice.current().unwrap().count, None);
    let here = Frame::Here { room: lobby(), count: 2, people: vec![super::alice(), bob()] };
    hear(&mut alice, here);
    hear(&mut alice, presence(3, vec![carol()], vec![]));
    hear(&mut alice, presence(2, vec![], vec![bob()]));
    hear(&mut alice, presence(2, vec![carol()], vec![]));
    let state = alice.current().unwrap();
    assert_eq!((state.count, &state.here), (Some(2), &vec![super::alice(), carol()]));
}
