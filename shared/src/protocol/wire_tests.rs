//! The wire, written out: every variant of every enum that travels, beside its exact JSON.
//!
//! A changed line here is a changed protocol, and the review of it. The `names!` lists make the
//! tables complete: a new variant does not compile until it is listed, and fails until it has a row.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::permission::{Door, Policy, Role};

/// Lists the variants of an enum: a match without wildcard, and the names that it gives.
macro_rules! names {
    ($name:ident, $all:ident, $enum:ident: $($variant:ident)*) => {
        const $all: &[&str] = &[$(stringify!($variant)),*];
        fn $name(value: &$enum) -> &'static str {
            match value {
                $($enum::$variant { .. } => stringify!($variant),)*
            }
        }
    };
}

names! { command_name, COMMANDS, Command:
    Hello Post Edit Delete React Rename CreateRoom OpenDirect Join Leave SetTopic Add Remove
    SetRules Report MarkRead Resume Backfill Who Members Typing Pong
}
names! { frame_name, FRAMES, Frame:
    Welcome Live Gap Reset Page Accepted Refused RetryAfter Here Members Presence Typing Read Ping Goaway
    Event
}
names! { what_name, WHATS, What:
    Posted Edited Deleted Purged Reacted Created Joined Left Added Removed TopicChanged RulesChanged Renamed Listed Unlisted Unknown
}
names! { code_name, CODES, Code:
    BadRequest Empty TooLong UnknownRoom NotMember NameTaken BadName RoomExists TooManyRooms LobbyIsForAll
    OpReused UnknownMessage NotYours TooManyReactions Forbidden ReadOnly UnknownPerson TooManyPeople TooFast SlowMode Busy CannotSave Unknown
}

const OP: &str = "019aa000-0000-7000-8000-000000000001";
const LOBBY: &str = "019aa000-0000-7000-8000-0000000000aa";
const TOOLS: &str = "019aa000-0000-7000-8000-0000000000bb";
const EPOCH: &str = "11111111-2222-4333-8444-555555555555";
const ALICE: &str = "a025b7c1-0000-4000-8000-000000000001";

fn op() -> OpId {
    OP.parse().unwrap()
}

fn lobby() -> RoomId {
    LOBBY.parse().unwrap()
}

fn tools() -> RoomId {
    TOOLS.parse().unwrap()
}

fn epoch() -> Epoch {
    EPOCH.parse().unwrap()
}

fn alice() -> Person {
    Person { id: ALICE.parse().unwrap(), name: "Alice".into() }
}

fn room_name(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

fn event(what: What) -> Event {
    Event { what, room: lobby(), seq: 7, at_ms: 1_795_335_605_123, by: alice(), op: Some(op()) }
}

fn rules() -> Rules {
    Rules { read_only: true, slow_s: 30, keep_days: 90 }
}

fn create_room(private: bool) -> Command {
    Command::CreateRoom {
        op: op(),
        name: room_name("tool-library"),
        topic: "Drills".into(),
        private,
    }
}

/// Fills the ids into a row: `$op`, `$lobby`, `$tools`, `$epoch`, `$alice` (a whole
/// person), `$alice_id`.
fn fill(json: &str) -> String {
    json.replace("$op", OP)
        .replace("$lobby", LOBBY)
        .replace("$tools", TOOLS)
        .replace("$epoch", EPOCH)
        .replace("$alice_id", ALICE)
        .replace("$alice", &format!(r#"{{"id":"{ALICE}","name":"Alice"}}"#))
}

fn travels<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, json: &str) {
    let json = fill(json);
    assert_eq!(serde_json::to_string(value).unwrap(), json);
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
}

fn complete(all: &[&str], seen: &[&str]) {
    let missing: Vec<_> = all.iter().filter(|name| !seen.contains(name)).collect();
    assert!(missing.is_empty(), "without a row: {missing:?}");
}

fn refused<T: DeserializeOwned + Debug>(json: &str) {
    let json = fill(json);
    let parsed = serde_json::from_str::<T>(&json);
    assert!(parsed.is_err(), "{json} was taken for {parsed:?}");
}

#[test]
fn every_command_has_its_json() {
    let cursor = Cursor { room: lobby(), seq: 41 };
    let backfill = |anchor| Command::Backfill { room: lobby(), anchor, limit: 50 };
    #[rustfmt::skip]
    let rows = [
        (Command::Hello { epoch: None, cursors: vec![] },
            r#"{"type":"hello","epoch":null,"cursors":[]}"#),
        (Command::Hello { epoch: Some(epoch()), cursors: vec![cursor] },
            r#"{"type":"hello","epoch":"$epoch","cursors":[{"room":"$lobby","seq":41}]}"#),
        (Command::Post { op: op(), room: lobby(), text: "hi \"all\"\n".into() },
            r#"{"type":"post","op":"$op","room":"$lobby","text":"hi \"all\"\n"}"#),
        (Command::Edit { op: op(), room: lobby(), target: 5, text: "hi".into() },
            r#"{"type":"edit","op":"$op","room":"$lobby","target":5,"text":"hi"}"#),
        (Command::Delete { op: op(), room: lobby(), target: 5 },
            r#"{"type":"delete","op":"$op","room":"$lobby","target":5}"#),
        (Command::React { op: op(), room: lobby(), target: 5, emoji: "👍".into(), on: true },
            r#"{"type":"react","op":"$op","room":"$lobby","target":5,"emoji":"👍","on":true}"#),
        (Command::Rename { op: op(), name: "Алиса".into() },
            r#"{"type":"rename","op":"$op","name":"Алиса"}"#),
        (create_room(false),
            r#"{"type":"createRoom","op":"$op","name":"tool-library","topic":"Drills"}"#),
        (create_room(true),
            r#"{"type":"createRoom","op":"$op","name":"tool-library","topic":"Drills","private":true}"#),
        (Command::OpenDirect { op: op(), people: vec![alice().id] },
            r#"{"type":"openDirect","op":"$op","people":["$alice_id"]}"#),
        (Command::Join { op: op(), room: tools() },
            r#"{"type":"join","op":"$op","room":"$tools"}"#),
        (Command::Leave { op: op(), room: tools() },
            r#"{"type":"leave","op":"$op","room":"$tools"}"#),
        (Command::SetTopic { op: op(), room: tools(), topic: "Saws".into() },
            r#"{"type":"setTopic","op":"$op","room":"$tools","topic":"Saws"}"#),
        (Command::Add { op: op(), room: tools(), person: alice().id },
            r#"{"type":"add","op":"$op","room":"$tools","person":"$alice_id"}"#),
        (Command::Remove { op: op(), room: tools(), person: alice().id },
            r#"{"type":"remove","op":"$op","room":"$tools","person":"$alice_id"}"#),
        (Command::SetRules { op: op(), room: tools(), rules: rules() },
            r#"{"type":"setRules","op":"$op","room":"$tools","rules":{"readOnly":true,"slowS":30,"keepDays":90}}"#),
        (Command::Report { op: op(), room: tools(), target: 5, reason: "spam".into() },
            r#"{"type":"report","op":"$op","room":"$tools","target":5,"reason":"spam"}"#),
        (Command::MarkRead { room: lobby(), seq: 42 },
            r#"{"type":"markRead","room":"$lobby","seq":42}"#),
        (Command::Resume { room: lobby(), seq: 0 },
            r#"{"type":"resume","room":"$lobby","seq":0}"#),
        (backfill(Anchor::Newest),
            r#"{"type":"backfill","room":"$lobby","anchor":"newest","limit":50}"#),
        (backfill(Anchor::Before(120)),
            r#"{"type":"backfill","room":"$lobby","anchor":{"before":120},"limit":50}"#),
        (backfill(Anchor::After(170)),
            r#"{"type":"backfill","room":"$lobby","anchor":{"after":170},"limit":50}"#),
        (Command::Who { room: lobby() },
            r#"{"type":"who","room":"$lobby"}"#),
        (Command::Members { room: lobby(), text: "ali".into() },
            r#"{"type":"members","room":"$lobby","text":"ali"}"#),
        (Command::Typing { room: lobby() },
            r#"{"type":"typing","room":"$lobby"}"#),
        (Command::Pong,
            r#"{"type":"pong"}"#),
    ];
    for (command, json) in &rows {
        travels(command, json);
    }
    complete(COMMANDS, &rows.each_ref().map(|(command, _)| command_name(command)));
}

#[test]
fn every_frame_has_its_json() {
    let room = Room {
        id: lobby(),
        kind: RoomKind::Lobby,
        name: room_name("lobby"),
        topic: "Everyone".into(),
        head: 9,
        member: true,
        read: 7,
        unread: 2,
        made: false,
        rules: Rules::default(),
        people: vec![],
    };
    let direct = Room {
        kind: RoomKind::Direct,
        made: true,
        rules: rules(),
        people: vec![alice()],
        ..room.clone()
    };
    let open = Room {
        id: tools(),
        kind: RoomKind::Open,
        name: room_name("tools"),
        topic: String::new(),
        head: 1,
        member: false,
        read: 0,
        unread: 0,
        made: false,
        rules: Rules::default(),
        people: vec![],
    };
    let joined = Event { op: None, ..event(What::Joined) };
    let page = Page {
        room: lobby(),
        anchor: Anchor::Newest,
        events: vec![joined],
        views: vec![],
        head: 7,
    };
    let liked = Reaction { emoji: "👍".into(), count: 2, mine: true, people: vec![alice()] };
    let edited = View { seq: 5, text: Some("hi".into()), reactions: vec![] };
    let reacted = View { seq: 6, text: None, reactions: vec![liked] };
    let changed = Page { events: vec![], views: vec![edited, reacted], ..page.clone() };
    #[rustfmt::skip]
    let rows = [
        (Frame::Welcome(Welcome {
            role: Role::Admin,
            policy: Policy::with_door(Door::SignUp),
            workspace: "Fernhill".into(),
            ..Welcome::guest(epoch(), alice(), vec![direct])
        }),
            concat!(r#"{"type":"welcome","epoch":"$epoch","you":$alice,"role":"admin","#,
                r#""policy":{"door":"signUp","createRooms":"member","invite":"member","post":"guest"},"#,
                r#""workspace":"Fernhill","rooms":["#,
                r#"{"id":"$lobby","kind":"direct","name":"lobby","topic":"Everyone","head":9,"#,
                r#""member":true,"read":7,"unread":2,"made":true,"#,
                r#""rules":{"readOnly":true,"slowS":30,"keepDays":90},"people":[$alice]}]}"#)),
        (Frame::Welcome(Welcome::guest(epoch(), alice(), vec![room, open])),
            concat!(r#"{"type":"welcome","epoch":"$epoch","you":$alice,"role":"guest","#,
                r#""policy":{"door":"guests","createRooms":"guest","invite":"member","post":"guest"},"#,
                r#""rooms":["#,
                r#"{"id":"$lobby","kind":"lobby","name":"lobby","topic":"Everyone","head":9,"#,
                r#""member":true,"read":7,"unread":2},"#,
                r#"{"id":"$tools","kind":"open","name":"tools","topic":"","head":1,"#,
                r#""member":false,"read":0,"unread":0}]}"#)),
        (Frame::Live { room: lobby(), head: 9 },
            r#"{"type":"live","room":"$lobby","head":9}"#),
        (Frame::Gap { room: lobby(), head: 900 },
            r#"{"type":"gap","room":"$lobby","head":900}"#),
        (Frame::Reset { room: lobby(), head: 3 },
            r#"{"type":"reset","room":"$lobby","head":3}"#),
        (Frame::Page(page),
            concat!(r#"{"type":"page","room":"$lobby","anchor":"newest","events":["#,
                r#"{"type":"joined","room":"$lobby","seq":7,"atMs":1795335605123,"by":$alice}"#,
                r#"],"head":7}"#)),
        (Frame::Page(changed),
            concat!(r#"{"type":"page","room":"$lobby","anchor":"newest","events":[],"views":["#,
                r#"{"seq":5,"text":"hi"},"#,
                r#"{"seq":6,"reactions":[{"emoji":"👍","count":2,"mine":true,"people":[$alice]}]}"#,
                r#"],"head":7}"#)),
        (Frame::Accepted { op: op(), room: lobby(), seq: 8 },
            r#"{"type":"accepted","op":"$op","room":"$lobby","seq":8}"#),
        (Frame::Refused { op: Some(op()), code: Code::Empty, message: "Nothing.".into() },
            r#"{"type":"refused","op":"$op","code":"empty","message":"Nothing."}"#),
        (Frame::Refused { op: None, code: Code::BadRequest, message: "What?".into() },
            r#"{"type":"refused","op":null,"code":"badRequest","message":"What?"}"#),
        (Frame::RetryAfter { op: op(), after_ms: 500, code: Code::TooFast },
            r#"{"type":"retryAfter","op":"$op","afterMs":500,"code":"tooFast"}"#),
        (Frame::Members { room: lobby(), text: "ali".into(), count: 1, people: vec![alice()] },
            r#"{"type":"members","room":"$lobby","text":"ali","count":1,"people":[$alice]}"#),
        (Frame::Here { room: lobby(), count: 1, people: vec![alice()] },
            r#"{"type":"here","room":"$lobby","count":1,"people":[$alice]}"#),
        (Frame::Presence { room: lobby(), count: 0, came: vec![], went: vec![alice()] },
            r#"{"type":"presence","room":"$lobby","count":0,"came":[],"went":[$alice]}"#),
        (Frame::Typing { room: lobby(), person: alice() },
            r#"{"type":"typing","room":"$lobby","person":$alice}"#),
        (Frame::Read { room: lobby(), seq: 9 },
            r#"{"type":"read","room":"$lobby","seq":9}"#),
        (Frame::Ping { heads: vec![Cursor { room: lobby(), seq: 9 }] },
            r#"{"type":"ping","heads":[{"room":"$lobby","seq":9}]}"#),
        (Frame::Goaway { after_ms: 750 },
            r#"{"type":"goaway","afterMs":750}"#),
        (Frame::Event(event(What::Posted { text: "hi".into() })),
            concat!(r#"{"type":"posted","text":"hi","room":"$lobby","seq":7,"#,
                r#""atMs":1795335605123,"by":$alice,"op":"$op"}"#)),
    ];
    for (frame, json) in &rows {
        travels(frame, json);
    }
    complete(FRAMES, &rows.each_ref().map(|(frame, _)| frame_name(frame)));
}

fn created(kind: RoomKind, people: Vec<Person>) -> What {
    What::Created { name: room_name("tools"), topic: "Saws".into(), kind, people }
}

fn added(kind: RoomKind, people: Vec<Person>) -> What {
    let (name, topic) = (room_name("tools"), "Saws".into());
    What::Added { person: alice(), name, topic, kind, people }
}

#[test]
fn every_event_has_its_json() {
    #[rustfmt::skip]
    let rows = [
        (What::Posted { text: "<b>hi</b>".into() }, r#""type":"posted","text":"<b>hi</b>""#),
        (created(RoomKind::Open, vec![]), r#""type":"created","name":"tools","topic":"Saws""#),
        (created(RoomKind::Direct, vec![alice()]),
            r#""type":"created","name":"tools","topic":"Saws","kind":"direct","people":[$alice]"#),
        (added(RoomKind::Open, vec![]),
            r#""type":"added","person":$alice,"name":"tools","topic":"Saws""#),
        (added(RoomKind::Private, vec![alice()]),
            concat!(r#""type":"added","person":$alice,"name":"tools","topic":"Saws","#,
                r#""kind":"private","people":[$alice]"#)),
        (What::Removed { person: alice() }, r#""type":"removed","person":$alice"#),
        (What::RulesChanged { rules: rules() },
            r#""type":"rulesChanged","rules":{"readOnly":true,"slowS":30,"keepDays":90}"#),
        (What::Purged { upto: 6, person: None }, r#""type":"purged","upto":6"#),
        (What::Purged { upto: 6, person: Some(alice()) },
            r#""type":"purged","upto":6,"person":$alice"#),
        (What::Edited { target: 5, text: "hi".into() }, r#""type":"edited","target":5,"text":"hi""#),
        (What::Deleted { target: 5 }, r#""type":"deleted","target":5"#),
        (What::Reacted { target: 5, emoji: "👍".into(), on: false },
            r#""type":"reacted","target":5,"emoji":"👍","on":false"#),
        (What::Joined, r#""type":"joined""#),
        (What::Left, r#""type":"left""#),
        (What::TopicChanged { topic: "Saws".into() }, r#""type":"topicChanged","topic":"Saws""#),
        (What::Renamed { from: "User-a025".into() }, r#""type":"renamed","from":"User-a025""#),
        (What::Listed { listed: tools(), name: room_name("tools"), topic: String::new() },
            r#""type":"listed","listed":"$tools","name":"tools","topic":"""#),
        (What::Unlisted { unlisted: tools(), name: room_name("tools") },
            r#""type":"unlisted","unlisted":"$tools","name":"tools""#),
        (What::Unknown, r#""type":"unknown""#),
    ];
    let rest = r#""room":"$lobby","seq":7,"atMs":1795335605123,"by":$alice"#;
    for (what, fields) in &rows {
        let with_op = event(what.clone());
        let without_op = Event { op: None, ..with_op.clone() };
        travels(&with_op, &format!(r#"{{{fields},{rest},"op":"$op"}}"#));
        travels(&without_op, &format!("{{{fields},{rest}}}"));
        travels(&Frame::Event(without_op), &format!("{{{fields},{rest}}}"));
    }
    complete(WHATS, &rows.each_ref().map(|(what, _)| what_name(what)));
}

#[test]
fn every_code_has_its_word_and_a_sentence() {
    let rows = [
        (Code::BadRequest, r#""badRequest""#),
        (Code::Empty, r#""empty""#),
        (Code::TooLong, r#""tooLong""#),
        (Code::UnknownRoom, r#""unknownRoom""#),
        (Code::NotMember, r#""notMember""#),
        (Code::NameTaken, r#""nameTaken""#),
        (Code::BadName, r#""badName""#),
        (Code::RoomExists, r#""roomExists""#),
        (Code::TooManyRooms, r#""tooManyRooms""#),
        (Code::LobbyIsForAll, r#""lobbyIsForAll""#),
        (Code::OpReused, r#""opReused""#),
        (Code::UnknownMessage, r#""unknownMessage""#),
        (Code::NotYours, r#""notYours""#),
        (Code::TooManyReactions, r#""tooManyReactions""#),
        (Code::Forbidden, r#""forbidden""#),
        (Code::ReadOnly, r#""readOnly""#),
        (Code::UnknownPerson, r#""unknownPerson""#),
        (Code::TooManyPeople, r#""tooManyPeople""#),
        (Code::SlowMode, r#""slowMode""#),
        (Code::TooFast, r#""tooFast""#),
        (Code::Busy, r#""busy""#),
        (Code::CannotSave, r#""cannotSave""#),
        (Code::Unknown, r#""unknown""#),
    ];
    for (code, json) in &rows {
        travels(code, json);
        assert!(code.sentence().ends_with('.'), "{code:?}");
    }
    complete(CODES, &rows.each_ref().map(|(code, _)| code_name(code)));
}

#[test]
fn the_browser_wakes_up_in_what_its_page_was_drawn_from() {
    let welcome = Welcome::guest(epoch(), alice(), vec![]);
    let standing = concat!(
        r#""role":"guest","policy":{"door":"guests","createRooms":"guest","invite":"member","#,
        r#""post":"guest"},"#
    );
    let page =
        Page { room: lobby(), anchor: Anchor::Before(8), events: vec![], views: vec![], head: 7 };
    travels(
        &Boot { welcome: welcome.clone(), page: Some(page) },
        &[
            r#"{"welcome":{"epoch":"$epoch","you":$alice,"#,
            standing,
            r#""rooms":[]},"page":{"room":"$lobby","anchor":{"before":8},"events":[],"head":7}}"#,
        ]
        .concat(),
    );
    travels(
        &Boot { welcome, page: None },
        &[r#"{"welcome":{"epoch":"$epoch","you":$alice,"#, standing, r#""rooms":[]},"page":null}"#]
            .concat(),
    );
}

#[test]
fn an_older_client_steps_over_what_a_newer_server_says() {
    let rest = r#""room":"$lobby","seq":7,"atMs":1795335605123,"by":$alice,"op":"$op""#;
    let newer = fill(&format!(r#"{{"type":"pinned","pin":3,{rest}}}"#));
    let stepped_over = Frame::Event(event(What::Unknown));
    assert_eq!(serde_json::from_str::<Frame>(&newer).unwrap(), stepped_over);

    let newer = fill(&format!(r#"{{"type":"posted","text":"hi","thread":[3],{rest}}}"#));
    let said = Frame::Event(event(What::Posted { text: "hi".into() }));
    assert_eq!(serde_json::from_str::<Frame>(&newer).unwrap(), said);

    let newer = r#"{"type":"refused","op":null,"code":"banned","message":"No."}"#;
    let Frame::Refused { code, .. } = serde_json::from_str(newer).unwrap() else { panic!() };
    assert_eq!(code, Code::Unknown);

    // A kind of frame that is no event has no place in a log: the caller drops it.
    refused::<Frame>(r#"{"type":"fireworks","room":"$lobby"}"#);
}

#[test]
fn what_a_client_smuggles_into_a_command_is_ignored() {
    let smuggled = r#"{"type":"post","op":"$op","room":"$lobby","text":"hi","seq":1,"by":$alice}"#;
    let post = Command::Post { op: op(), room: lobby(), text: "hi".into() };
    assert_eq!(serde_json::from_str::<Command>(&fill(smuggled)).unwrap(), post);
}

#[test]
fn the_order_of_keys_means_nothing() {
    let shuffled = r#"{"text":"hi","room":"$lobby","op":"$op","type":"post"}"#;
    let post = Command::Post { op: op(), room: lobby(), text: "hi".into() };
    assert_eq!(serde_json::from_str::<Command>(&fill(shuffled)).unwrap(), post);

    let value: Value = serde_json::to_value(event(What::Joined)).unwrap();
    assert_eq!(value["by"], json!({"id": ALICE, "name": "Alice"}));
    assert_eq!(serde_json::from_value::<Event>(value).unwrap(), event(What::Joined));
}

#[test]
fn nonsense_is_an_error() {
    for json in [
        "",
        "hello",
        "null",
        "[]",
        r#""pong""#,
        r#"{"type":"pong""#,
        r#"{}"#,
        r#"{"type":5}"#,
        r#"{"type":"destroy"}"#,
        r#"{"type":"Pong"}"#,
        // Fields that are missing, of the wrong kind or there twice.
        r#"{"type":"hello"}"#,
        r#"{"type":"hello","epoch":"$epoch","cursors":{}}"#,
        r#"{"type":"post","op":"$op","room":"$lobby"}"#,
        r#"{"type":"post","op":"$op","room":"$lobby","text":5}"#,
        r#"{"type":"post","op":"$op","room":"$lobby","text":null}"#,
        r#"{"type":"post","op":"$op","room":"$lobby","text":"a","text":"b"}"#,
        // Text that is not Unicode.
        r#"{"type":"post","op":"$op","room":"$lobby","text":"\ud800"}"#,
        // Ids that are none.
        r#"{"type":"who","room":"lobby"}"#,
        r#"{"type":"who","room":""}"#,
        r#"{"type":"who","room":7}"#,
        r#"{"type":"join","op":"019aa000","room":"$lobby"}"#,
        // Numbers that are no seq.
        r#"{"type":"markRead","room":"$lobby","seq":-1}"#,
        r#"{"type":"markRead","room":"$lobby","seq":1.5}"#,
        r#"{"type":"markRead","room":"$lobby","seq":"1"}"#,
        r#"{"type":"markRead","room":"$lobby","seq":1e400}"#,
        r#"{"type":"markRead","room":"$lobby","seq":18446744073709551616}"#,
        r#"{"type":"backfill","room":"$lobby","anchor":{"before":-1},"limit":50}"#,
        r#"{"type":"backfill","room":"$lobby","anchor":"oldest","limit":50}"#,
        r#"{"type":"backfill","room":"$lobby","anchor":"newest","limit":-50}"#,
        // A room's name is checked, not mended.
        r#"{"type":"createRoom","op":"$op","name":"Tool Library","topic":""}"#,
    ] {
        refused::<Command>(json);
    }
    refused::<Frame>(r#"{"type":"posted","text":"hi","room":"$lobby","seq":-7,"atMs":1}"#);
    refused::<Frame>(r#"{"type":"live","room":"$lobby","head":-1}"#);
    // 200 brackets deep: the parser stops before its stack does.
    refused::<Command>(&format!(r#"{{"type":"pong","x":{}{}}}"#, "[".repeat(200), "]".repeat(200)));
}

#[test]
fn ids_travel_as_plain_uuids() {
    let id = Uuid::from_u128(0x3f2a << 112);
    assert_eq!(
        serde_json::to_string(&UserId(id)).unwrap(),
        r#""3f2a0000-0000-0000-0000-000000000000""#
    );
    // As large as JSON numbers are exact.
    let last = Cursor { room: lobby(), seq: (1 << 53) - 1 };
    travels(&last, r#"{"room":"$lobby","seq":9007199254740991}"#);
}
