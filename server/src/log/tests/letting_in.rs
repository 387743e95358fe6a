//! Rooms that are not for everyone: who is let in, who is put out, and what is not there for others.

use shared::permission::Role;
use shared::protocol::{RoomKind, Rules};

use super::*;

impl House {
    /// With an account of this role.
    async fn make(&self, who: &Author, role: Role) {
        self.accepted(who, 900, self.say("hi")).await;
        let id = who.id;
        self.log.write(move |db| crate::store::users::set_role(db, id, role)).await.unwrap();
    }

    async fn attic(&self, by: &Author, number: u128) -> RoomId {
        let name = room_name("attic");
        let change = Change::CreateRoom { name, topic: String::new(), private: true };
        self.accepted(by, number, change).await.0
    }
}

#[tokio::test]
async fn a_private_room_is_not_there_for_who_was_not_let_in_and_its_name_is_nobodys() {
    let house = house();
    house.make(&alice(), Role::Member).await;
    house.make(&bob(), Role::Owner).await;
    let attic = house.attic(&alice(), 1).await;
    let post = |text: &str| Change::Post { room: attic, text: text.into() };
    let unknown = Answer::Refused(Code::UnknownRoom);
    assert_eq!(house.did(&bob(), 1, post("hi")).await, unknown);
    assert_eq!(house.did(&bob(), 2, Change::Join { room: attic }).await, unknown);
    assert_eq!(house.did(&bob(), 3, Change::Delete { room: attic, target: 1 }).await, unknown);
    let name = room_name("attic");
    let open = Change::CreateRoom { name, topic: String::new(), private: false };
    house.accepted(&bob(), 4, open).await;
    let listed = house.whole(house.log.lobby).await;
    let listed = listed.iter().filter(|event| matches!(event.what, What::Listed { .. }));
    assert_eq!(listed.count(), 1, "only the open one is announced");

    let bobs = bob().id;
    house.accepted(&alice(), 2, Change::Add { room: attic, person: bobs }).await;
    house.accepted(&bob(), 5, post("thanks")).await;
    // An owner looks after everything, and so after this room as well once they are in.
    house.accepted(&bob(), 6, Change::Remove { room: attic, person: alice().id }).await;
    assert_eq!(house.did(&alice(), 3, post("hello?")).await, unknown);
    let nobody = Change::Add { room: attic, person: UserId(Uuid::from_u128(404)) };
    assert_eq!(house.did(&bob(), 7, nobody).await, Answer::Refused(Code::UnknownPerson));
}

#[tokio::test]
async fn the_same_people_meet_in_the_same_room_and_who_left_is_let_in_again() {
    let house = house();
    house.make(&alice(), Role::Member).await;
    house.make(&bob(), Role::Member).await;
    let with = |who: &Author| Change::OpenDirect { people: vec![who.id] };
    let (room, seq) = house.accepted(&alice(), 1, with(&bob())).await;
    assert_eq!(house.accepted(&alice(), 1, with(&bob())).await, (room, seq), "the same op");
    assert_eq!(house.accepted(&bob(), 1, with(&alice())).await.0, room);
    let post = Change::Post { room, text: "just us".into() };
    house.accepted(&bob(), 2, post).await;
    house.accepted(&bob(), 3, Change::Leave { room }).await;
    house.accepted(&alice(), 2, with(&bob())).await;
    let whole = house.whole(room).await;
    let people = |event: &Event| match &event.what {
        What::Created { kind: RoomKind::Direct, people, .. } => people.len(),
        What::Added { kind: RoomKind::Direct, people, .. } => people.len(),
        _ => 0,
    };
    assert_eq!(whole.iter().map(people).collect::<Vec<_>>(), [2, 2, 0, 0, 2]);
    let alone = house.did(&alice(), 3, with(&alice())).await;
    assert_eq!(alone, Answer::Refused(Code::UnknownPerson));
}

#[tokio::test]
async fn whoever_is_banned_writes_nothing_more_and_whoever_is_less_may_less() {
    let house = house();
    house.make(&alice(), Role::Admin).await;
    house.make(&bob(), Role::Member).await;
    let rules = Rules { read_only: true, ..Rules::default() };
    let lobby = house.log.lobby;
    house.accepted(&alice(), 1, Change::SetRules { room: lobby, rules }).await;
    assert_eq!(house.did(&bob(), 1, house.say("hm")).await, Answer::Refused(Code::ReadOnly));
    house.accepted(&alice(), 2, house.say("I look after it")).await;
    let id = alice().id;
    house.log.write(move |db| crate::store::users::set_role(db, id, Role::Member)).await.unwrap();
    assert_eq!(house.did(&alice(), 3, house.say("me?")).await, Answer::Refused(Code::ReadOnly));
    let banned = crate::store::users::Standing::Banned;
    house.log.write(move |db| crate::store::users::set_standing(db, id, banned)).await.unwrap();
    let rename = name(&alice(), "Mallory");
    assert_eq!(house.did(&alice(), 4, rename).await, Answer::Refused(Code::Forbidden));
}

#[tokio::test]
async fn in_slow_mode_one_message_follows_another_after_a_while() {
    let house = house();
    house.make(&alice(), Role::Admin).await;
    house.make(&bob(), Role::Member).await;
    let rules = Rules { slow_s: 60, ..Rules::default() };
    let lobby = house.log.lobby;
    house.accepted(&alice(), 1, Change::SetRules { room: lobby, rules }).await;
    let first = house.accepted(&bob(), 1, house.say("one")).await;
    match house.did(&bob(), 2, house.say("two")).await {
        Answer::RetryAfter { after_ms, why: Code::SlowMode } => {
            assert!((1..=60_000).contains(&after_ms), "{after_ms}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(house.accepted(&bob(), 1, house.say("one")).await, first, "that one was said");
    for number in 2..5 {
        house.accepted(&alice(), number, house.say("who looks after it does not wait")).await;
    }
}
