//! Messages that are edited, deleted and reacted to: who may, who hears of it, and what is left.

use std::fs;

use harness::client::{new_op, post};
use harness::{Client, Plain, Server, eventually};
use shared::protocol::*;

fn edit(room: RoomId, target: Seq, text: &str) -> Command {
    Command::Edit { op: new_op(), room, target, text: text.into() }
}

fn delete(room: RoomId, target: Seq) -> Command {
    Command::Delete { op: new_op(), room, target }
}

fn react(room: RoomId, target: Seq, emoji: &str, on: bool) -> Command {
    Command::React { op: new_op(), room, target, emoji: emoji.into(), on }
}

/// The next event of the lobby that says what became of a message.
async fn change(client: &mut Client) -> Event {
    client
        .expect("a change of a message", |frame| match frame {
            Frame::Event(event) => match event.what {
                What::Edited { .. } | What::Deleted { .. } | What::Reacted { .. } => {
                    Some(event.clone())
                }
                _ => None,
            },
            _ => None,
        })
        .await
}

async fn newest(client: &mut Client) -> Page {
    client.page(client.lobby(), Anchor::Newest, 50).await
}

#[tokio::test]
async fn bob_edits_and_alice_sees_it_live_in_pages_and_in_a_shell() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let room = bob.lobby();
    let seq = bob.say("helo").await;
    let (at, edited) = bob.achieve(&edit(room, seq, "hello")).await;
    assert_eq!((at, edited), (room, seq + 1), "an edit is an event of the room's log");

    let event = change(&mut alice).await;
    assert_eq!(event.what, What::Edited { target: seq, text: "hello".into() });
    assert_eq!((event.seq, event.by.id), (edited, bob.me().id));
    bob.achieve(&edit(room, seq, "hello!")).await;
    let page = newest(&mut alice).await;
    let view = View { seq, text: Some("hello!".into()), reactions: vec![] };
    assert_eq!(page.views, [view]);
    let posted = page.events.iter().find(|event| event.seq == seq).unwrap();
    assert_eq!(posted.what, What::Posted { text: "helo".into() }, "the log keeps what was said");

    let mut carol = Plain::arrive(&server, "Carol").await;
    carol.expect("the line as it reads now", |text| text.contains(r#""message":"hello!""#)).await;
}

#[tokio::test]
async fn only_the_author_changes_a_message_and_only_while_it_is_there() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let room = bob.lobby();
    let seq = bob.say("mine").await;
    assert_eq!(alice.refused(&edit(room, seq, "yours")).await, Code::NotYours);
    assert_eq!(alice.refused(&delete(room, seq)).await, Code::NotYours);
    assert_eq!(bob.refused(&edit(room, seq, " ")).await, Code::Empty);
    assert_eq!(bob.refused(&edit(room, seq, &"x".repeat(8_001))).await, Code::TooLong);
    assert_eq!(bob.refused(&edit(room, seq + 900, "what?")).await, Code::UnknownMessage);
    assert_eq!(bob.refused(&react(room, seq, "nice", true)).await, Code::BadRequest);

    bob.achieve(&delete(room, seq)).await;
    for command in [edit(room, seq, "back"), delete(room, seq), react(room, seq, "👍", true)] {
        assert_eq!(bob.refused(&command).await, Code::UnknownMessage);
    }
    let garden = bob.create("garden").await;
    let rose = bob.say_in(garden, "a rose").await;
    for command in [delete(garden, rose), react(garden, rose, "🌹", true)] {
        assert_eq!(alice.refused(&command).await, Code::NotMember);
    }
    assert_eq!(newest(&mut bob).await.head, seq + 2, "the deletion, the garden, and nothing else");
}

#[tokio::test]
async fn a_deleted_text_is_nowhere() {
    const SECRET: &str = "the key is under the third pot";
    const WORSE: &str = "the key is in the blue box";
    let mut server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let room = bob.lobby();
    let before = alice.say("good night").await;
    let (epoch, cursor) = (alice.welcome.epoch, [Cursor { room, seq: before }]);
    let away = alice.vanish();
    let said = post(room, SECRET);
    let (_, seq) = bob.achieve(&said).await;
    let worse = edit(room, seq, WORSE);
    bob.achieve(&worse).await;
    bob.achieve(&react(room, seq, "🔑", true)).await;
    let (_, deleted) = bob.achieve(&delete(room, seq)).await;

    // Neither in what is replayed, from memory and from disk, nor in a page or a shell.
    for restarted in [false, true] {
        if restarted {
            server.restart().await;
        }
        let mut alice = away.resume(Some(epoch), &cursor).await;
        let mut told = Vec::new();
        while told.len() < (deleted - before) as usize {
            told.push(alice.event(room).await);
        }
        assert_eq!(told[0].what, What::Posted { text: String::new() });
        assert_eq!(told[1].what, What::Edited { target: seq, text: String::new() });
        assert_eq!(told.last().unwrap().what, What::Deleted { target: seq });
        let page = newest(&mut alice).await;
        assert_eq!(page.views, []);
        let all = format!("{told:?} {page:?}");
        assert!(!all.contains(SECRET) && !all.contains(WORSE), "{all}");
    }
    let mut bob = bob.again().await;
    // What was sent before gets its first answer, though nobody knows any more what it said.
    assert_eq!(bob.achieve(&said).await, (room, seq));
    assert_eq!(bob.achieve(&worse).await, (room, seq + 1));
    eventually("nothing of it is in the files", async || {
        let files = fs::read_dir(server.data()).unwrap().map(|file| file.unwrap().path());
        let holds = |bytes: &[u8], text: &str| {
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        };
        let mut files = files.map(|file| fs::read(file).unwrap_or_default());
        (!files.any(|bytes| holds(&bytes, SECRET) || holds(&bytes, WORSE))).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_happened_to_messages_while_alice_was_away_arrives() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let room = bob.lobby();
    let (one, two) = (bob.say("one").await, bob.say("two").await);
    alice.post("two").await;
    let (epoch, cursor) = (alice.welcome.epoch, [Cursor { room, seq: two }]);
    let away = alice.vanish();
    bob.achieve(&edit(room, one, "1")).await;
    bob.achieve(&delete(room, two)).await;
    bob.achieve(&react(room, one, "👍", true)).await;
    let mut alice = away.resume(Some(epoch), &cursor).await;
    let like = What::Reacted { target: one, emoji: "👍".into(), on: true };
    for what in
        [What::Edited { target: one, text: "1".into() }, What::Deleted { target: two }, like]
    {
        assert_eq!(change(&mut alice).await.what, what);
    }
}

#[tokio::test]
async fn a_reaction_is_there_once_for_each_person() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let room = bob.lobby();
    let seq = bob.say("cake at four").await;
    let like = react(room, seq, "🍰", true);
    let liked = alice.achieve(&like).await;
    assert_eq!(alice.achieve(&like).await, liked);
    assert_eq!(alice.achieve(&react(room, seq, "🍰", true)).await, liked, "it is there already");
    bob.achieve(&react(room, seq, "☕", true)).await;
    bob.achieve(&react(room, seq, "🍰", true)).await;
    alice.achieve(&react(room, seq, "☕", false)).await;

    let page = newest(&mut alice).await;
    let [view] = &page.views[..] else { panic!("{page:#?}") };
    let told = |reaction: &Reaction| (reaction.emoji.clone(), reaction.count, reaction.mine);
    let told: Vec<_> = view.reactions.iter().map(told).collect();
    assert_eq!(told, [("🍰".into(), 2, true), ("☕".into(), 1, false)]);
    assert_eq!(view.reactions[0].people, [alice.me().clone(), bob.me().clone()]);
    alice.achieve(&react(room, seq, "🍰", false)).await;
    let page = newest(&mut bob).await;
    assert_eq!(told_of(&page), [("🍰".into(), 1, true), ("☕".into(), 1, true)]);
    assert_eq!(page.head, liked.1 + 3, "what changes nothing is no event");
}

fn told_of(page: &Page) -> Vec<(String, u32, bool)> {
    let reactions = page.views.iter().flat_map(|view| &view.reactions);
    reactions.map(|one| (one.emoji.clone(), one.count, one.mine)).collect()
}

#[tokio::test]
async fn a_message_takes_only_so_many_different_reactions() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let room = bob.lobby();
    let seq = bob.say("vote").await;
    let emoji = |n: usize| char::from_u32(0x1f600 + n as u32).unwrap().to_string();
    for n in 0..REACTIONS_MAX {
        bob.achieve(&react(room, seq, &emoji(n), true)).await;
    }
    let more = react(room, seq, &emoji(REACTIONS_MAX), true);
    assert_eq!(bob.refused(&more).await, Code::TooManyReactions);
    bob.achieve(&react(room, seq, &emoji(0), false)).await;
    bob.achieve(&more).await;
}

#[tokio::test]
async fn an_op_that_had_nothing_to_do_does_nothing_later_either() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let garden = bob.create("garden").await;
    alice.join(garden).await;
    let again = Command::Join { op: new_op(), room: garden };
    let answer = alice.achieve(&again).await;
    alice.achieve(&Command::Leave { op: new_op(), room: garden }).await;
    // The answer was lost, say, and the op comes once more.
    assert_eq!(alice.achieve(&again).await, answer);
    assert_eq!(alice.refused(&post(garden, "am I in?")).await, Code::NotMember);
}

#[tokio::test]
async fn who_joins_and_leaves_at_once_hears_nothing_from_behind_it() {
    let server = Server::start().await;
    let mut bob = Client::arrive(&server, "Bob").await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let garden = bob.create("garden").await;
    let chatter = async {
        for n in 0..300 {
            bob.send(&post(garden, &format!("Bob {n}"))).await;
        }
        bob.post("Bob 299").await;
    };
    let visits = async {
        for _ in 0..20 {
            alice.send(&Command::Join { op: new_op(), room: garden }).await;
            alice.send(&Command::Leave { op: new_op(), room: garden }).await;
        }
        alice.say("done").await;
    };
    tokio::join!(chatter, visits);
    alice.post("done").await;
    let mut inside = false;
    let mut heard = 0;
    while alice.has_heard(|frame| matches!(frame, Frame::Event(event) if event.room == garden)) {
        let event = alice.event(garden).await;
        let own = event.by.id == alice.me().id;
        inside |= own && event.what == What::Joined;
        assert!(inside, "outside she hears {event:?}");
        inside &= !(own && event.what == What::Left);
        heard += 1;
    }
    assert!(heard >= 40, "her own coming and going at least: {heard}");
}

#[tokio::test]
async fn a_backup_that_was_put_back_is_another_history() {
    let mut server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let room = alice.lobby();
    alice.say("in the backup").await;
    server.terminate();
    server.ended().await;
    let backup = fs::read(server.database()).unwrap();
    server.restart().await;
    let mut alice = alice.again().await;
    let epoch = alice.welcome.epoch;
    let seq = alice.say("not in the backup").await;
    server.terminate();
    server.ended().await;
    fs::write(server.database(), backup).unwrap();
    server.restart().await;

    let mut bob = Client::arrive(&server, "Bob").await;
    assert_ne!(bob.welcome.epoch, epoch);
    // As many events as Alice holds, but others.
    bob.say("something else").await;
    let cursor = [Cursor { room, seq }];
    let mut alice = alice.login.resume(Some(epoch), &cursor).await;
    let reset = |frame: &Frame| match frame {
        Frame::Reset { room: of, head } if *of == room => Some(*head),
        _ => None,
    };
    assert_eq!(alice.expect("a reset", reset).await, seq);
    let epoch = alice.welcome.epoch;
    server.restart().await;
    assert_eq!(alice.again().await.welcome.epoch, epoch, "and then it is one history");
}
