//! Names that the eye can tell apart, who is here, and who is writing.

use harness::client::new_op;
use harness::{Client, Server};
use shared::protocol::*;

fn rename(name: &str) -> Command {
    Command::Rename { op: new_op(), name: name.into() }
}

async fn renamed(client: &mut Client, room: RoomId) -> Event {
    client
        .expect("a new name", |frame| match frame {
            Frame::Event(event) if event.room == room => {
                matches!(event.what, What::Renamed { .. }).then(|| event.clone())
            }
            _ => None,
        })
        .await
}

#[tokio::test]
async fn alice_takes_a_name_and_everyone_hears_it_in_every_room_she_is_in() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let garden = alice.create("garden").await;
    bob.join(garden).await;
    let guest = alice.me().name.clone();
    let name = rename("Alice");
    alice.achieve(&name).await;
    let mut ops = Vec::new();
    for room in [bob.lobby(), garden] {
        let event = renamed(&mut bob, room).await;
        assert_eq!(event.what, What::Renamed { from: guest.clone() });
        assert_eq!(event.by, Person { id: alice.me().id, name: "Alice".into() });
        ops.extend(event.op);
    }
    assert_eq!(ops, [name.op().unwrap()], "only the first of the logs carries the op");
    alice.say("it is me").await;
    assert_eq!(bob.post("it is me").await.by.name, "Alice");
    assert_eq!(alice.again().await.me().name, "Alice");
}

#[tokio::test]
async fn the_past_is_told_with_todays_names() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    alice.say("early").await;
    alice.rename("Alice").await;
    alice.rename("Al").await;
    let page = alice.page(alice.lobby(), Anchor::Newest, 10).await;
    let told: Vec<(&str, &What)> =
        page.events.iter().map(|event| (event.by.name.as_str(), &event.what)).collect();
    assert_eq!(told[0], ("Al", &What::Posted { text: "early".into() }));
    // The steps between keep the names that they gave.
    assert_eq!(told[1], ("Alice", &What::Renamed { from: alice.me().name.clone() }));
    assert_eq!(told[2], ("Al", &What::Renamed { from: "Alice".into() }));
}

#[tokio::test]
async fn a_name_that_looks_like_alices_is_taken() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    alice.rename("Clara").await;
    for alike in [
        "Clara",
        "clara",
        "CLARA",
        " Clara ",
        // Cyrillic а.
        "Clаra",
        // Zero width.
        "Cla\u{200b}ra",
        // Full width.
        "Ｃｌａｒａ",
    ] {
        assert_eq!(bob.refused(&rename(alike)).await, Code::NameTaken, "{alike:?}");
    }
    assert_eq!(bob.again().await.me(), bob.me());
    // Of one's own name every spelling is free; of what nobody has any more, too.
    alice.rename("CLARA").await;
    alice.rename("Dora").await;
    bob.rename("Clara").await;
}

#[tokio::test]
async fn a_guest_cannot_be_named_after_another_guest() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    alice.say("I have a row now").await;
    let code = bob.refused(&rename(&alice.me().name)).await;
    assert!(matches!(code, Code::NameTaken | Code::BadName), "{code:?}");
}

#[tokio::test]
async fn a_name_has_something_to_see_and_at_most_twenty_characters() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    alice.rename(&"é".repeat(NAME_CHARS_MAX)).await;
    let long = "x".repeat(NAME_CHARS_MAX + 1);
    assert_eq!(alice.refused(&rename(&long)).await, Code::TooLong);
    for unseen in ["", "   ", "\u{200b}\u{200d}", "\u{202e}", "\n"] {
        let code = alice.refused(&rename(unseen)).await;
        assert!(matches!(code, Code::BadName | Code::Empty), "{unseen:?} got {code:?}");
    }
    for odd in ["A\nB", "A\u{0}B", "evil\u{202e}eciA", &format!("Z{}", "\u{301}".repeat(19))] {
        match alice.ask(&rename(odd)).await {
            Frame::Refused { code: Code::BadName | Code::BadRequest, .. } => {}
            // Mended is as good as refused.
            Frame::Accepted { .. } => {
                let name = alice.again().await.me().name.clone();
                assert!(!name.contains(['\n', '\0', '\u{202e}']), "{odd:?} became {name:?}");
            }
            other => panic!("{odd:?} got {other:?}"),
        }
    }
}

#[tokio::test]
async fn alice_finds_people_who_are_not_here() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let lobby = alice.lobby();
    alice.rename("Alice").await;
    for name in ["Bob Lund", "Öykü", "100%"] {
        let mut other = Client::arrive(&server, "Other").await;
        other.rename(name).await;
    }
    assert_eq!(alice.members(lobby, "").await.0, 4);
    for (typed, found) in
        [("lund", "Bob Lund"), ("b l", "Bob Lund"), ("öY", "Öykü"), ("%", "100%"), ("ALI", "Alice")]
    {
        assert_eq!(alice.members(lobby, typed).await, (1, vec![found.to_owned()]), "{typed}");
    }
    for typed in ["_", "Alice Alice", "'", "\\"] {
        assert_eq!(alice.members(lobby, typed).await, (0, vec![]), "{typed}");
    }
    assert_eq!(alice.members(lobby, &"a".repeat(30_000)).await, (0, vec![]));
    let garden = alice.create("garden").await;
    assert_eq!(alice.members(garden, "").await, (1, vec!["Alice".to_owned()]));
}

#[tokio::test]
async fn of_very_many_people_the_first_are_named_and_all_counted() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let lobby = alice.lobby();
    alice.rename("Alice").await;
    for number in 0..MEMBERS_PEOPLE_MAX {
        let mut guest = Client::arrive(&server, "Guest").await;
        guest.rename(&format!("Person {number:02}")).await;
    }
    let (count, names) = alice.members(lobby, "").await;
    assert_eq!((count, names.len()), (MEMBERS_PEOPLE_MAX + 1, MEMBERS_PEOPLE_MAX));
    assert!(names.is_sorted() && names[0] == "Alice", "{names:?}");
}

#[tokio::test]
async fn alice_sees_bob_come_and_go() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let lobby = alice.lobby();
    let bob = Client::arrive(&server, "Bob").await;
    let person = bob.me().clone();
    let count = presence(&mut alice, |came, _| came.contains(&person)).await;
    assert_eq!(count, 2);
    let people = who(&mut alice, lobby).await;
    assert_eq!(people.len(), 2);
    assert!(people.contains(&person) && people.contains(alice.me()));

    drop(bob.vanish());
    let count = presence(&mut alice, |_, went| went.contains(&person)).await;
    assert_eq!(count, 1);
    assert_eq!(who(&mut alice, lobby).await, [alice.me().clone()]);
}

#[tokio::test]
async fn a_person_with_two_devices_is_here_once_until_both_are_gone() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let lobby = alice.lobby();
    let laptop = Client::arrive(&server, "Bob").await;
    let person = laptop.me().clone();
    let phone = laptop.again().await;
    assert_eq!(who(&mut alice, lobby).await.len(), 2);
    let is_gone =
        |frame: &Frame| matches!(frame, Frame::Presence { went, .. } if went.contains(&person));
    drop(phone.vanish());
    let mut carol = Client::arrive(&server, "Carol").await;
    carol.say("fence").await;
    alice.post("fence").await;
    assert!(!alice.has_heard(is_gone));
    drop(laptop.vanish());
    presence(&mut alice, |_, went| went.contains(&person)).await;
}

#[tokio::test]
async fn bob_sees_that_alice_is_writing() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let room = alice.lobby();
    alice.send(&Command::Typing { room }).await;
    let person = bob
        .expect("typing", |frame| match frame {
            Frame::Typing { room: at, person } => (*at == room).then(|| person.clone()),
            _ => None,
        })
        .await;
    assert_eq!(person, *alice.me());
}

#[tokio::test]
async fn nobody_is_seen_writing_in_a_room_they_are_not_in() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let garden = alice.create("garden").await;
    bob.send(&Command::Typing { room: garden }).await;
    bob.say("fence").await;
    alice.post("fence").await;
    assert!(!alice.has_heard(|frame| matches!(frame, Frame::Typing { .. })));
}

/// Waits for comings and goings of which this is true; returns how many are here then.
async fn presence(client: &mut Client, is: impl Fn(&[Person], &[Person]) -> bool) -> usize {
    let lobby = client.lobby();
    client
        .expect("presence", |frame| match frame {
            Frame::Presence { room, count, came, went } if *room == lobby => {
                is(came, went).then_some(*count)
            }
            _ => None,
        })
        .await
}

async fn who(client: &mut Client, wanted: RoomId) -> Vec<Person> {
    client.send(&Command::Who { room: wanted }).await;
    client
        .expect("who is here", |frame| match frame {
            Frame::Here { room, count, people } if *room == wanted => {
                assert_eq!(*count, people.len());
                Some(people.clone())
            }
            _ => None,
        })
        .await
}
