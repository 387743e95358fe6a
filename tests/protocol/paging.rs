//! Reading a log backwards and forwards in bounded pages.

use harness::client::{new_op, post};
use harness::{Client, Server};
use shared::protocol::*;

fn seqs(page: &Page) -> Vec<Seq> {
    page.events.iter().map(|event| event.seq).collect()
}

#[tokio::test]
async fn alice_pages_through_the_room_both_ways() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let room = alice.create("long").await;
    for n in 2..=130 {
        alice.send(&post(room, &n.to_string())).await;
    }
    alice.post("130").await;

    let newest = alice.page(room, Anchor::Newest, 50).await;
    assert_eq!(newest.head, 130);
    assert_eq!(seqs(&newest), (81..=130).collect::<Vec<_>>());
    let before = alice.page(room, Anchor::Before(81), 50).await;
    assert_eq!(seqs(&before), (31..=80).collect::<Vec<_>>());
    let first = alice.page(room, Anchor::Before(31), 50).await;
    assert_eq!(seqs(&first), (1..=30).collect::<Vec<_>>());
    let name = RoomName::parse("long").unwrap();
    assert_eq!(
        first.events[0].what,
        What::Created { name, topic: String::new(), kind: RoomKind::Open, people: vec![] }
    );
    assert!(alice.page(room, Anchor::Before(1), 50).await.events.is_empty());

    let after = alice.page(room, Anchor::After(30), 50).await;
    assert_eq!(seqs(&after), (31..=80).collect::<Vec<_>>());
    assert_eq!(after.events, before.events, "the same stretch either way");
    assert_eq!(seqs(&alice.page(room, Anchor::After(128), 50).await), [129, 130]);
    assert!(alice.page(room, Anchor::After(130), 50).await.events.is_empty());
    assert!(alice.page(room, Anchor::After(u64::MAX), 50).await.events.is_empty());
}

#[tokio::test]
async fn however_much_is_asked_for_a_page_is_bounded() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let room = alice.create("long").await;
    for n in 2..=130 {
        alice.send(&post(room, &n.to_string())).await;
    }
    alice.post("130").await;
    for anchor in [Anchor::Newest, Anchor::Before(130), Anchor::After(3)] {
        let page = alice.page(room, anchor, usize::MAX).await;
        assert_eq!(page.events.len(), PAGE_EVENTS_MAX, "{anchor:?}");
    }
}

#[tokio::test]
async fn an_empty_room_has_an_empty_page() {
    let server = Server::start().await;
    let mut alice = Client::arrive(&server, "Alice").await;
    let lobby = alice.room("lobby").clone();
    let page = alice.page(lobby.id, Anchor::Newest, 50).await;
    assert_eq!((page.head, page.events.len() as Seq), (lobby.head, lobby.head));
    // A room that is not there is told apart, and nothing is closed.
    let nowhere = Command::Backfill { room: RoomId(new_op().0), anchor: Anchor::Newest, limit: 5 };
    alice.send(&nowhere).await;
    assert_eq!(alice.complaint().await, Code::UnknownRoom);
}
