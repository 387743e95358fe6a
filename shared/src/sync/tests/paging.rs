//! Moving over a long log: a window without holes, bounded, and never torn from where one reads.

use super::*;

fn window(sync: &Sync) -> Option<(Seq, Seq)> {
    let timeline = &sync.current().unwrap().timeline;
    let seqs: Vec<Seq> = timeline.events().map(|event| event.seq).collect();
    assert!(seqs.windows(2).all(|pair| pair[0] + 1 == pair[1]), "a hole: {seqs:?}");
    Some((*seqs.first()?, *seqs.last()?))
}

/// Alice looks at 651 to 950 of a thousand.
fn alice_in_the_past() -> Sync {
    let mut alice = alice_in_the_lobby(1_000);
    for before in [951, 901, 851, 801, 751, 701] {
        older(&mut alice, before, 1_000);
    }
    assert_eq!(window(&alice), Some((651, 950)));
    alice
}

fn older(sync: &mut Sync, before: Seq, head: Seq) {
    sync.page_older(lobby());
    assert_eq!(due(sync), [backfill(Anchor::Before(before))]);
    let first = before.saturating_sub(50).max(1);
    hear(sync, page(Anchor::Before(before), first..=before - 1, head));
}

#[test]
fn alice_pages_back_to_the_first_word() {
    let mut alice = alice_in_the_lobby(120);
    assert_eq!(window(&alice), Some((71, 120)));
    older(&mut alice, 71, 120);
    assert_eq!(window(&alice), Some((21, 120)));
    older(&mut alice, 21, 120);
    assert_eq!(window(&alice), Some((1, 120)));
    assert!(alice.current().unwrap().timeline.at_start());
    alice.page_older(lobby());
    assert_eq!(due(&mut alice), [], "there is nothing before the beginning");
}

#[test]
fn one_page_is_asked_for_at_a_time() {
    let mut alice = alice_in_the_lobby(120);
    alice.page_older(lobby());
    alice.page_older(lobby());
    assert_eq!(due(&mut alice), [backfill(Anchor::Before(71))]);
    reconnect(&mut alice, vec![lobby_at(120)]);
    alice.page_older(lobby());
    assert_eq!(due(&mut alice), [backfill(Anchor::Before(71))], "its answer was lost");
}

#[test]
fn a_deep_reader_holds_three_hundred_and_finds_the_way_back() {
    let mut alice = alice_in_the_past();
    // What is said meanwhile does not tear the window.
    happen(&mut alice, said(1_001, carol(), "news"));
    assert_eq!(window(&alice), Some((651, 950)));
    assert_eq!(alice.current().unwrap().room.head, 1_001);

    alice.page_newer(lobby());
    assert_eq!(due(&mut alice), [backfill(Anchor::After(950))]);
    hear(&mut alice, page(Anchor::After(950), 951..=1_000, 1_001));
    assert_eq!(window(&alice), Some((701, 1_000)));
    alice.page_newer(lobby());
    hear(&mut alice, page(Anchor::After(1_000), 1_001..=1_001, 1_001));
    assert_eq!(window(&alice), Some((702, 1_001)));
    due(&mut alice);
    alice.page_newer(lobby());
    assert_eq!(due(&mut alice), [], "there is nothing after the newest");
    happen(&mut alice, said(1_002, carol(), "live again"));
    assert_eq!(window(&alice), Some((702, 1_002)));
}

#[test]
fn a_deep_reader_jumps_to_the_newest() {
    let mut alice = alice_in_the_past();
    alice.page_newest(lobby());
    assert_eq!(due(&mut alice), [backfill(Anchor::Newest)]);
    hear(&mut alice, page(Anchor::Newest, 951..=1_000, 1_000));
    assert_eq!(window(&alice), Some((951, 1_000)));
    alice.page_newest(lobby());
    assert_eq!(due(&mut alice), []);
}

#[test]
fn a_deep_reader_keeps_the_place_when_the_connection_breaks() {
    let mut alice = alice_in_the_past();
    reconnect(&mut alice, vec![lobby_at(1_001)]);
    happen(&mut alice, said(1_001, bob(), "1001"));
    assert_eq!(due(&mut alice), []);
    reconnect(&mut alice, vec![lobby_at(2_000)]);
    hear(&mut alice, Frame::Gap { room: lobby(), head: 2_000 });
    // A gap below is not where she reads; but what she reads may have been changed meanwhile.
    for from in (651..950).step_by(50) {
        assert_eq!(due(&mut alice), [backfill(Anchor::After(from - 1))]);
        hear(&mut alice, page(Anchor::After(from - 1), from..=from + 49, 2_000));
    }
    assert_eq!(due(&mut alice), []);
    assert_eq!(window(&alice), Some((651, 950)));
    // In another history it would be another place.
    hear(&mut alice, Frame::Reset { room: lobby(), head: 2_000 });
    assert_eq!(due(&mut alice), [backfill(Anchor::Newest)]);
}

#[test]
fn a_page_lost_while_catching_up_is_asked_for_again() {
    let mut alice = alice_in_the_lobby(60);
    hear(&mut alice, Frame::Gap { room: lobby(), head: 900 });
    happen(&mut alice, said(901, bob(), "901"));
    hear(&mut alice, page(Anchor::Newest, 851..=900, 900));
    assert_eq!(due(&mut alice), [backfill(Anchor::Newest), backfill(Anchor::After(900))]);
    reconnect(&mut alice, vec![lobby_at(901)]);
    assert_eq!(due(&mut alice), [backfill(Anchor::Newest)]);
}

#[test]
fn a_link_into_the_past_opens_there() {
    let Frame::Welcome(welcome) = welcome(vec![lobby_at(1_000)]) else { panic!() };
    let Frame::Page(page) = page(Anchor::Before(501), 451..=500, 1_000) else { panic!() };
    let mut alice = Sync::boot(Boot { welcome: welcome.clone(), page: Some(page) });
    assert_eq!(window(&alice), Some((451, 500)));
    alice.connected();
    hear(&mut alice, Frame::Welcome(welcome));
    assert_eq!(due(&mut alice), [], "and stays there when the client wakes up");
    alice.page_newer(lobby());
    assert_eq!(due(&mut alice), [backfill(Anchor::After(500))]);
}

#[test]
fn a_page_that_does_not_fit_is_dropped() {
    let mut alice = alice_in_the_lobby(120);
    hear(&mut alice, page(Anchor::Before(60), 10..=59, 120));
    hear(&mut alice, page(Anchor::Before(71), 10..=59, 120));
    hear(&mut alice, page(Anchor::After(60), 61..=110, 120));
    hear(&mut alice, page(Anchor::After(120), 130..=140, 140));
    assert_eq!(window(&alice), Some((71, 120)));
}

#[test]
fn a_newest_page_that_was_read_before_later_events_fetches_the_rest() {
    let mut alice = Sync::default();
    alice.connected();
    hear(&mut alice, welcome(vec![lobby_at(60)]));
    alice.show(lobby());
    assert_eq!(due(&mut alice), [backfill(Anchor::Newest)]);
    happen(&mut alice, said(61, bob(), "61"));
    hear(&mut alice, page(Anchor::Newest, 11..=60, 60));
    assert_eq!(due(&mut alice), [backfill(Anchor::After(60))]);
    // The room is busy: while that is read, somebody writes again.
    happen(&mut alice, said(62, bob(), "62"));
    hear(&mut alice, page(Anchor::After(60), 61..=61, 61));
    assert_eq!(due(&mut alice), [backfill(Anchor::After(61))]);
    hear(&mut alice, page(Anchor::After(61), 62..=62, 62));
    assert_eq!(window(&alice), Some((11, 62)));
    assert_eq!(due(&mut alice), []);
    happen(&mut alice, said(63, bob(), "63"));
    assert_eq!(window(&alice), Some((11, 63)));
}

#[test]
fn a_client_left_open_in_a_busy_room_stays_bounded() {
    let mut alice = alice_in_the_lobby(1);
    for event in bobs(2..=2_000) {
        happen(&mut alice, event);
        alice.mark_read();
    }
    assert_eq!(window(&alice), Some((1_701, 2_000)));
    // Somebody who looks at the top of it is not pushed away, up to twice the bound.
    for event in bobs(2_001..=3_000) {
        happen(&mut alice, event);
    }
    assert_eq!(window(&alice), Some((1_701, 2_300)));
    due(&mut alice);
    alice.page_newest(lobby());
    assert_eq!(due(&mut alice), [backfill(Anchor::Newest)]);
}

#[test]
fn a_room_that_is_not_on_screen_keeps_only_its_newest() {
    let mut alice = alice_in_the_lobby(1);
    alice.show_none();
    for event in bobs(2..=1_000) {
        happen(&mut alice, event);
    }
    alice.show(lobby());
    assert_eq!(window(&alice), Some((701, 1_000)));
    assert_eq!(due(&mut alice), [], "and needs no loading");
}

#[test]
fn what_alice_says_while_she_reads_the_past_belongs_to_the_newest() {
    let mut alice = alice_in_the_past();
    alice.ask(post(1, "answer"), NOW);
    assert_eq!(screen(&alice).last().unwrap(), "… 950");
    alice.page_newest(lobby());
    hear(&mut alice, page(Anchor::Newest, 951..=1_000, 1_000));
    assert_eq!(screen(&alice).last().unwrap(), "Alice: answer (sending)");
}

#[test]
fn an_empty_room_is_loaded_too() {
    let mut alice = Sync::default();
    alice.connected();
    hear(&mut alice, welcome(vec![lobby_at(0)]));
    alice.show(lobby());
    assert_eq!(due(&mut alice), [backfill(Anchor::Newest)]);
    #[expect(clippy::reversed_empty_ranges, reason = "no events")]
    hear(&mut alice, page(Anchor::Newest, 1..=0, 0));
    let timeline = &alice.current().unwrap().timeline;
    assert!(timeline.loaded() && timeline.at_start() && timeline.at_head(0));
}

/// Her client has seen in the welcome that it is behind, and asks before it hears of the gap.
#[test]
fn a_page_that_comes_too_late_does_not_hide_the_gap() {
    let mut alice = alice_in_the_lobby(1);
    reconnect(&mut alice, vec![lobby_at(621)]);
    alice.page_newer(lobby());
    hear(&mut alice, Frame::Gap { room: lobby(), head: 621 });
    hear(&mut alice, page(Anchor::After(1), 2..=51, 621));
    hear(&mut alice, page(Anchor::Newest, 572..=621, 621));
    assert_eq!(screen(&alice)[..2], ["-- 570 not loaded", "Bob: 572"]);
}

/// The page was read, then somebody put an emoji under one of its messages, and that came first.
#[test]
fn what_happens_while_a_page_is_on_its_way_is_in_it() {
    let thumb = |seq, target| {
        let what = What::Reacted { target, emoji: "👍".into(), on: true };
        event(seq, bob(), what)
    };
    let thumbs =
        |alice: &Sync, seq| alice.current().unwrap().timeline.entry(seq).unwrap().reactions().len();
    let mut alice = alice_in_the_lobby(120);
    alice.page_older(lobby());
    due(&mut alice);
    happen(&mut alice, thumb(121, 30));
    hear(&mut alice, page(Anchor::Before(71), 21..=70, 120));
    assert_eq!((thumbs(&alice, 30), thumbs(&alice, 31)), (1, 0));

    let mut alice = alice_online(vec![lobby_at(0), garden_at(25, true)], 0);
    alice.show(garden());
    due(&mut alice);
    happen(&mut alice, Event { room: garden(), ..thumb(26, 14) });
    let events = bobs(1..=25).into_iter().map(|event| Event { room: garden(), ..event });
    let (anchor, events, views) = (Anchor::Newest, events.collect(), vec![]);
    let newest = Page { room: garden(), anchor, events, views: vec![], head: 25 };
    hear(&mut alice, Frame::Page(newest.clone()));
    // Asked for twice, it comes twice, the second time over what was heard since.
    hear(&mut alice, Frame::Page(newest));
    let (anchor, events) = (Anchor::After(25), vec![Event { room: garden(), ..thumb(26, 14) }]);
    hear(&mut alice, Frame::Page(Page { room: garden(), anchor, events, views, head: 26 }));
    assert_eq!(thumbs(&alice, 14), 1);
}
