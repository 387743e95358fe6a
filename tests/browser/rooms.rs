//! Rooms: opening one, finding it, what is new in it, leaving it, and pages that are not there.

use harness::browser::{RoomLink, Screen, story};

#[tokio::test]
async fn alice_opens_a_garden_and_bob_joins_it() {
    story(["Alice", "Bob"], async |_, [alice, bob]| {
        alice.open("/").await;
        bob.open("/").await;

        alice.press("Control+k").await;
        alice.until("has the switcher", |screen| !screen.dialog.is_empty()).await;
        alice.types("garden").await;
        alice.until("is offered a new room", |screen| screen.chosen.contains("garden")).await;
        alice.screenshot("switcher-light").await;
        alice.press("Enter").await;
        let screen = alice.until("is in the garden", |screen| screen.heading == "garden").await;
        assert_eq!(screen.path, "/r/garden");
        assert_eq!(screen.title, "# garden, Hubbub");
        alice.until("has it among her rooms", |screen| is_in(screen.room("garden"), "Rooms")).await;
        alice.says("First seeds").await;

        bob.until("finds it", |screen| is_in(screen.room("garden"), "Open rooms")).await;
        bob.clicks("garden").await;
        bob.reads(&["First seeds"]).await;
        bob.screenshot("room-not-joined-light").await;
        assert_eq!(bob.screen().await.draft, None, "he reads before he may write");
        bob.clicks("Join # garden").await;
        bob.until("is in it", |screen| is_in(screen.room("garden"), "Rooms")).await;
        bob.says("I brought a spade").await;
        alice.reads(&["First seeds", "I brought a spade"]).await;

        // What is said here is not said elsewhere.
        bob.open("/").await;
        bob.reads(&[] as &[&str]).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_said_in_one_room_is_never_drawn_in_another() {
    story(["Alice"], async |_, [alice]| {
        // The first event of the lobby is a message, the first of the garden is its opening: the
        // same place in two logs of the same day.
        alice.open("/").await;
        alice.says("Only for the lobby").await;
        alice.enters("/create garden").await;
        alice.until("is in the garden", |screen| screen.heading == "garden").await;
        alice.reads(&[] as &[&str]).await;
        alice.says("Only for the garden").await;

        alice.clicks("lobby").await;
        alice.until("is in the lobby", |screen| screen.heading == "lobby").await;
        alice.reads(&["Only for the lobby"]).await;
        alice.clicks("garden").await;
        alice.until("is in the garden", |screen| screen.heading == "garden").await;
        alice.reads(&["Only for the garden"]).await;
    })
    .await;
}

#[tokio::test]
async fn bob_sees_in_the_list_what_he_has_not_read() {
    story(["Alice", "Bob"], async |_, [alice, bob]| {
        alice.open("/").await;
        alice.enters("/create garden What grows").await;
        alice.until("is in the garden", |screen| screen.topic == "What grows").await;
        alice.says("Old news").await;
        bob.open("/r/garden").await;
        bob.clicks("Join # garden").await;
        bob.until("is in it", |screen| is_in(screen.room("garden"), "Rooms")).await;

        bob.clicks("lobby").await;
        bob.until("is in the lobby", |screen| screen.heading == "lobby").await;
        alice.says("Tomatoes").await;
        alice.says("Beans").await;
        let unread =
            |count| move |room: Option<&RoomLink>| room.is_some_and(|room| room.unread == count);
        let screen = bob.until("sees two unread", |screen| unread(2)(screen.room("garden"))).await;
        assert!(screen.room("garden").unwrap().bold);
        assert!(!screen.room("lobby").unwrap().bold);
        assert!(screen.title.starts_with("(2) "), "{}", screen.title);
        bob.screenshot("unread-light").await;

        bob.clicks("garden").await;
        let screen = bob.until("has read them", |screen| unread(0)(screen.room("garden"))).await;
        assert!(!screen.room("garden").unwrap().bold);
        let screen = bob.until("sees what is new", |screen| screen.new_ones().is_some()).await;
        assert_eq!(screen.new_ones().unwrap(), ["Tomatoes", "Beans"]);
        // The divider is frozen: what comes while he looks is no news, but does not move it.
        alice.says("Peas").await;
        let screen = bob.until("reads the last", |screen| screen.said().contains(&"Peas")).await;
        assert_eq!(screen.new_ones().unwrap(), ["Tomatoes", "Beans", "Peas"]);
        assert!(!screen.title.starts_with('('), "{}", screen.title);

        // And it is the same on his next visit.
        bob.clicks("lobby").await;
        bob.says("Later!").await;
        bob.reads(&["Later!"]).await;
        let screen = bob.open("/r/garden").await;
        assert_eq!(screen.room("garden").unwrap().unread, 0);
        assert_eq!(screen.new_ones(), None);
    })
    .await;
}

#[tokio::test]
async fn the_topic_is_for_everyone() {
    story(["Alice", "Bob"], async |_, [alice, bob]| {
        alice.open("/").await;
        alice.enters("/create garden").await;
        alice.until("is in the garden", |screen| screen.heading == "garden").await;
        bob.open("/r/garden").await;
        alice.enters("/topic What grows, and what does not").await;
        bob.until("reads the topic", |screen| {
            screen.topic == "What grows, and what does not" && screen.tells("changed the topic")
        })
        .await;
        alice.clicks("Room menu").await;
        alice.finds("the topic to change", "return topic.value.startsWith('What grows')").await;
        alice.look::<()>("topic.select()").await;
        alice.types("Roses only").await;
        alice.press("Enter").await;
        bob.until("reads the other topic", |screen| screen.topic == "Roses only").await;
    })
    .await;
}

#[tokio::test]
async fn a_room_that_is_empty_and_silent_disappears() {
    story(["Alice", "Bob"], async |_, [alice, bob]| {
        alice.open("/").await;
        bob.open("/").await;
        alice.enters("/create attic").await;
        alice.until("is in the attic", |screen| screen.heading == "attic").await;
        bob.until("sees the attic", |screen| screen.room("attic").is_some()).await;
        alice.enters("/leave").await;
        let screen = alice.until("is back in the lobby", |screen| screen.heading == "lobby").await;
        assert_eq!(screen.path, "/");
        alice.until("sees it gone", |screen| screen.room("attic").is_none()).await;
        bob.until("sees it gone", |screen| screen.room("attic").is_none()).await;
    })
    .await;
}

#[tokio::test]
async fn a_room_has_an_address_and_other_addresses_have_none() {
    story(["Alice", "Bob"], async |_, [alice, bob]| {
        alice.open("/").await;
        alice.enters("/create garden").await;
        alice.until("is in the garden", |screen| screen.heading == "garden").await;
        alice.says("Come in").await;
        let screen = bob.open("/r/garden").await;
        assert_eq!(screen.heading, "garden");
        bob.reads(&["Come in"]).await;
        bob.clicks("Room menu").await;
        bob.clicks("Copy link").await;
        bob.until("is told the address", |screen| screen.toast.ends_with("/r/garden")).await;

        for path in ["/r/nowhere", "/no/such/page"] {
            let screen = bob.open(path).await;
            assert_eq!(screen.heading, "This page is not here", "{path}");
            let status: u16 = bob
                .look("return performance.getEntriesByType('navigation')[0].responseStatus")
                .await;
            assert_eq!(status, 404, "{path}");
        }
        bob.screenshot("not-found-light").await;
        bob.clicks("Go to # lobby").await;
        bob.until("is in the lobby", |screen| screen.heading == "lobby").await;
    })
    .await;
}

#[tokio::test]
async fn alice_goes_back_and_forward_on_one_page() {
    story(["Alice"], async |_, [alice]| {
        alice.open("/").await;
        alice.enters("/create garden").await;
        let in_garden = |screen: &Screen| screen.heading == "garden" && screen.path == "/r/garden";
        alice.until("is in the garden", in_garden).await;
        alice.look::<()>("window.loadedOnce = true").await;
        alice.clicks("lobby").await;
        alice.until("is in the lobby", |screen| screen.path == "/r/lobby").await;
        alice.look::<()>("history.back()").await;
        alice.until("is back in the garden", in_garden).await;
        alice.look::<()>("history.back()").await;
        let screen = alice.until("is where she began", |screen| screen.path == "/").await;
        assert_eq!(screen.heading, "lobby");
        alice.look::<()>("history.forward()").await;
        alice.until("is in the garden again", in_garden).await;
        assert!(alice.look::<bool>("return window.loadedOnce === true").await);

        // Whether the client takes a click for itself. Whatever it leaves to the browser is stopped
        // here, so that no window opens.
        let taken: Vec<bool> = alice
            .look(
                "const link = document.querySelector('.sidebar a[href=\"/r/garden\"]');
                 const kinds = [{}, { ctrlKey: true }, { metaKey: true }, { shiftKey: true },
                                { altKey: true }, { button: 1 }];
                 return kinds.map((kind) => {
                     let taken;
                     addEventListener('click', (click) => {
                         taken = click.defaultPrevented;
                         click.preventDefault();
                     }, { once: true });
                     const all = { bubbles: true, cancelable: true, ...kind };
                     link.dispatchEvent(new MouseEvent('click', all));
                     return taken;
                 });",
            )
            .await;
        assert_eq!(taken, [true, false, false, false, false, false]);
    })
    .await;
}

fn is_in(room: Option<&RoomLink>, section: &str) -> bool {
    room.is_some_and(|room| room.section == section)
}
