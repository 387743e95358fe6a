//! Who may do what, for every command: as every role, in every kind of room. What the server answers
//! is what [`shared::permission`] says, and of a room of others nobody learns that it is there.
//!
//! Generated: a command that has no line in [`commands!`] does not compile.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use harness::client::{new_op, post};
use harness::{Account, Client, Login, Workspace};
use shared::permission::{Door, Place, Policy, Role, Verb, may};
use shared::protocol::*;
use uuid::Uuid;

/// Lists the variants of [`Command`]: a match without wildcard, and the names that it gives.
macro_rules! commands {
    ($($variant:ident)*) => {
        const COMMANDS: &[&str] = &[$(stringify!($variant)),*];
        fn name_of(command: &Command) -> &'static str {
            match command {
                $(Command::$variant { .. } => stringify!($variant),)*
            }
        }
    };
}

commands! {
    Hello Post Edit Delete React Rename CreateRoom OpenDirect Join Leave SetTopic Add Remove
    SetRules Report MarkRead Resume Backfill Who Members Typing Pong
}

/// Where somebody stands to a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    Lobby,
    Joined,
    NotJoined,
    ReadOnly,
    OwnPrivate,
    PrivateOfOthers,
    OwnDirect,
    DirectOfOthers,
}

const SPOTS: [Spot; 8] = [
    Spot::Lobby,
    Spot::Joined,
    Spot::NotJoined,
    Spot::ReadOnly,
    Spot::OwnPrivate,
    Spot::PrivateOfOthers,
    Spot::OwnDirect,
    Spot::DirectOfOthers,
];

impl Spot {
    fn kind(self) -> RoomKind {
        match self {
            Self::Lobby => RoomKind::Lobby,
            Self::Joined | Self::NotJoined | Self::ReadOnly => RoomKind::Open,
            Self::OwnPrivate | Self::PrivateOfOthers => RoomKind::Private,
            Self::OwnDirect | Self::DirectOfOthers => RoomKind::Direct,
        }
    }

    fn is_member(self) -> bool {
        !matches!(self, Self::NotJoined | Self::PrivateOfOthers | Self::DirectOfOthers)
    }

    fn is_of_others(self) -> bool {
        matches!(self, Self::PrivateOfOthers | Self::DirectOfOthers)
    }
}

/// A room as one cell of the matrix needs it.
struct Scene {
    room: RoomId,
    place: Place,
    /// What somebody else has said there.
    others: Seq,
    /// What the person has said there, where they could.
    own: Option<Seq>,
}

/// The people of all scenes: Ned opens rooms and has the say in them, Bo is in them, Cy is not.
struct Cast {
    ned: Client,
    bo: Client,
    cy: UserId,
    made: usize,
}

/// The command of this name, on the other's message or on one's own. Only once for those that are on
/// no message.
fn command(name: &str, scene: &Scene, cast: &Cast, label: &str) -> Vec<Command> {
    let (op, room) = (new_op(), scene.room);
    let text = "matrix".to_owned();
    let targets = || [Some(scene.others), scene.own].into_iter().flatten();
    vec![match name {
        "Hello" => Command::Hello { epoch: None, cursors: vec![Cursor { room, seq: 0 }] },
        "Post" => post(room, "matrix"),
        "Edit" => {
            let edit = |target| Command::Edit { op: new_op(), room, target, text: text.clone() };
            return targets().map(edit).collect();
        }
        "Delete" => {
            let delete = |target| Command::Delete { op: new_op(), room, target };
            return targets().map(delete).collect();
        }
        "React" => {
            Command::React { op, room, target: scene.others, emoji: "👍".into(), on: true }
        }
        "Rename" => Command::Rename { op, name: format!("{label} {}", cast.made) },
        "CreateRoom" => Command::CreateRoom {
            op,
            name: RoomName::parse(&format!("new-{label}-{}", cast.made)).unwrap(),
            topic: String::new(),
            private: false,
        },
        "OpenDirect" => Command::OpenDirect { op, people: vec![cast.cy] },
        "Join" => Command::Join { op, room },
        "Leave" => Command::Leave { op, room },
        "SetTopic" => Command::SetTopic { op, room, topic: text },
        "Add" => Command::Add { op, room, person: cast.cy },
        "Remove" => Command::Remove { op, room, person: cast.bo.me().id },
        "SetRules" => {
            // Others are not to be hindered where everyone is.
            let rules = Rules { keep_days: 1_000 + cast.made as u32, ..Rules::default() };
            Command::SetRules { op, room, rules }
        }
        "Report" => Command::Report { op, room, target: scene.others, reason: text },
        "MarkRead" => Command::MarkRead { room, seq: scene.others },
        "Resume" => Command::Resume { room, seq: 0 },
        "Backfill" => Command::Backfill { room, anchor: Anchor::Before(2), limit: 1 },
        "Who" => Command::Who { room },
        "Members" => Command::Members { room, text: String::new() },
        "Typing" => Command::Typing { room },
        "Pong" => Command::Pong,
        other => unreachable!("{other}"),
    }]
}

/// What is to come of a command; `None` if nothing is ever said to it.
fn expected(command: &Command, scene: &Scene, role: Role) -> Option<Result<(), Code>> {
    let policy = Policy::with_door(Door::Guests);
    let here = |verb| may(role, &policy, verb, Some(&scene.place));
    let own = |target: Seq| scene.own == Some(target);
    Some(match command {
        Command::Hello { .. } => Err(Code::BadRequest),
        Command::Post { .. } => here(Verb::Post),
        Command::Edit { target, .. } => here(Verb::ChangeOwn)
            .and_then(|()| if own(*target) { Ok(()) } else { Err(Code::NotYours) }),
        Command::Delete { target, .. } => match (here(Verb::DeleteOthers), here(Verb::ChangeOwn)) {
            (Ok(()), _) => Ok(()),
            (Err(_), Ok(())) if own(*target) => Ok(()),
            (Err(_), Ok(())) => Err(Code::NotYours),
            (Err(_), Err(code)) => Err(code),
        },
        Command::React { .. } => here(Verb::React),
        Command::Rename { .. } => may(role, &policy, Verb::Rename, None),
        Command::CreateRoom { .. } => may(role, &policy, Verb::CreateRoom, None),
        Command::OpenDirect { .. } => may(role, &policy, Verb::OpenDirect, None),
        Command::Join { .. } => here(Verb::Join),
        Command::Leave { .. } => here(Verb::Leave),
        Command::SetTopic { .. } => here(Verb::SetTopic),
        Command::Add { .. } => here(Verb::Add),
        // Bo is a member, and nobody puts out somebody who is more than themselves.
        Command::Remove { .. } => here(Verb::Remove),
        Command::SetRules { .. } => here(Verb::SetRules),
        Command::Report { .. } => here(Verb::Report),
        Command::Resume { .. } | Command::Backfill { .. } | Command::Who { .. } => here(Verb::Read),
        Command::Members { .. } => here(Verb::ListMembers),
        Command::MarkRead { .. } | Command::Typing { .. } | Command::Pong => return None,
    })
}

/// What came of it.
async fn answer(client: &mut Client, command: &Command) -> Result<(), Code> {
    if command.op().is_some() {
        return match client.ask(command).await {
            Frame::Accepted { .. } => Ok(()),
            Frame::Refused { code, message, .. } => {
                assert_eq!(message, code.sentence());
                Err(code)
            }
            other => panic!("{command:?} got {other:?}"),
        };
    }
    let asked = match command {
        Command::Resume { room, .. }
        | Command::Backfill { room, .. }
        | Command::Who { room, .. }
        | Command::Members { room, .. } => *room,
        _ => client.lobby(),
    };
    // An answer to something before is none to this.
    client.forget();
    client.send(command).await;
    client
        .expect("an answer", |frame| match frame {
            Frame::Live { room, .. }
            | Frame::Gap { room, .. }
            | Frame::Here { room, .. }
            | Frame::Members { room, .. }
                if *room == asked =>
            {
                Some(Ok(()))
            }
            Frame::Page(page) if page.room == asked => Some(Ok(())),
            Frame::Refused { op: None, code, .. } => Some(Err(*code)),
            _ => None,
        })
        .await
}

async fn scene(spot: Spot, person: &mut Client, role: Role, cast: &mut Cast) -> Scene {
    cast.made += 1;
    let name = RoomName::parse(&format!("scene-{}-{}", role.as_str(), cast.made)).unwrap();
    let private = spot.kind() == RoomKind::Private;
    let create = Command::CreateRoom { op: new_op(), name, topic: String::new(), private };
    let me = person.me().id;
    let bo = cast.bo.me().id;
    // Guests open no rooms: what would be their own is one that they were let into.
    let is_maker = spot == Spot::OwnPrivate && role > Role::Guest;
    let room = match spot {
        Spot::Lobby => person.lobby(),
        Spot::OwnDirect => {
            cast.ned.achieve(&Command::OpenDirect { op: new_op(), people: vec![me, bo] }).await.0
        }
        Spot::DirectOfOthers => {
            cast.ned.achieve(&Command::OpenDirect { op: new_op(), people: vec![bo] }).await.0
        }
        Spot::OwnPrivate if is_maker => person.achieve(&create).await.0,
        _ => cast.ned.achieve(&create).await.0,
    };
    let add = |id| Command::Add { op: new_op(), room, person: id };
    match spot {
        Spot::Joined | Spot::ReadOnly => drop(person.join(room).await),
        Spot::OwnPrivate if is_maker => drop(person.achieve(&add(cast.ned.me().id)).await),
        Spot::OwnPrivate => drop(cast.ned.achieve(&add(me)).await),
        // Whoever left it in the scene before is let in again by whoever opens it.
        _ => {}
    }
    if matches!(spot.kind(), RoomKind::Open | RoomKind::Private) {
        cast.ned.achieve(&add(bo)).await;
    }
    let others = cast.ned.say_in(room, "of others").await;
    let own = if spot.is_member() { Some(person.say_in(room, "one's own").await) } else { None };
    let is_read_only = spot == Spot::ReadOnly;
    if is_read_only {
        let rules = Rules { read_only: true, ..Rules::default() };
        cast.ned.achieve(&Command::SetRules { op: new_op(), room, rules }).await;
    }
    let place = Place { kind: spot.kind(), is_member: spot.is_member(), is_maker, is_read_only };
    Scene { room, place, others, own }
}

/// The answer to a command in a room of others is that to one in a room that never was.
async fn is_as_absent(person: &mut Client, command: &Command, room: RoomId) {
    let absent = RoomId(Uuid::now_v7());
    let text = serde_json::to_string(command).unwrap();
    let mut elsewhere: serde_json::Value =
        serde_json::from_str(&text.replace(&room.to_string(), &absent.to_string())).unwrap();
    if command.op().is_some() {
        elsewhere["op"] = serde_json::to_value(new_op()).unwrap();
    }
    let elsewhere: Command = serde_json::from_value(elsewhere).unwrap();
    let before = person.texts().len();
    let there = answer(person, command).await;
    let between = person.texts().len();
    let absent = answer(person, &elsewhere).await;
    assert_eq!(there, absent, "{command:?}");
    // The very bytes, but for the op that is asked for.
    let op = |command: &Command| command.op().map(|op| op.to_string()).unwrap_or("none".into());
    let words = |texts: &[String], command: &Command| {
        let answers = texts.iter().filter(|text| text.contains(r#""type":"refused""#));
        answers.map(|text| text.replace(&op(command), "OP")).collect::<Vec<_>>()
    };
    let texts = person.texts();
    let (there, absent) =
        (words(&texts[before..between], command), words(&texts[between..], &elsewhere));
    assert_eq!(there, absent, "{command:?}");
}

/// Everything that one role may do, everywhere.
async fn row_of(mut login: Login, role: Role, mut cast: Cast) {
    let mut seen = BTreeSet::new();
    for spot in SPOTS {
        // The room, and what is secret about it, if it is one of others.
        let mut secrets: Vec<RoomId> = Vec::new();
        let mut person = login.connect().await;
        for name in COMMANDS {
            let scene = scene(spot, &mut person, role, &mut cast).await;
            for command in command(name, &scene, &cast, role.as_str()) {
                assert_eq!(name_of(&command), *name);
                seen.insert(*name);
                let cell = format!("{role:?} {spot:?} {command:?}");
                match expected(&command, &scene, role) {
                    Some(expected) if spot.is_of_others() && expected == Err(Code::UnknownRoom) => {
                        is_as_absent(&mut person, &command, scene.room).await;
                        assert_eq!(answer(&mut person, &command).await, expected, "{cell}");
                    }
                    Some(expected) => {
                        assert_eq!(answer(&mut person, &command).await, expected, "{cell}");
                    }
                    None => person.send(&command).await,
                }
            }
            if spot.is_of_others() {
                secrets.push(scene.room);
                // Commands are taken in order: whatever the last one did is done.
                person.say("still here").await;
                let next = cast.ned.say_in(scene.room, "nothing happened").await;
                let trace = cast.ned.page(scene.room, Anchor::Before(next), 1).await;
                assert_eq!(trace.events[0].seq, scene.others, "{name} left a trace");
                assert_eq!(trace.events[0].what, What::Posted { text: "of others".into() });
                assert!(trace.views.is_empty(), "{name}: {:?}", trace.views);
            }
        }
        if spot.is_of_others() {
            let welcome = format!("{:?}", login.connect().await.welcome);
            for secret in &secrets {
                let id = secret.to_string();
                assert!(!welcome.contains(&id), "{role:?} is told of it");
                let told = person.texts().iter().find(|text| text.contains(&id));
                assert_eq!(told, None, "{role:?} heard of it");
                let typed = cast.ned.has_heard(
                    |frame| matches!(frame, Frame::Typing { room, .. } if room == secret),
                );
                assert!(!typed, "{role:?} writes there");
            }
        }
        login = person.vanish();
    }
    assert_eq!(seen.len(), COMMANDS.len());
}

/// Ned, Bo and Cy of each role's row.
const CAST: [[&str; 3]; 4] = [
    ["Ned", "Bo", "Cy"],
    ["Nora", "Bea", "Cleo"],
    ["Nils", "Ben", "Curt"],
    ["Nina", "Bia", "Cora"],
];

#[tokio::test]
async fn every_command_of_every_role_in_every_room_gets_what_the_permissions_say() {
    let mut workspace = Workspace::start().await;
    let member = workspace.join("Mel", Role::Member).await;
    let admin = workspace.join("Ada", Role::Admin).await;
    let owner = workspace.mara.clone();
    let guest = Login::new(&workspace.server, "Gus").await;
    // With a row, as whoever has said something.
    guest.connect().await.say("hello").await;
    let logins = [guest, member.login, admin.login, owner.login];
    let mut rows = Vec::new();
    for (index, login) in logins.into_iter().enumerate() {
        let [ned, bo, cy] = CAST[index];
        // Whoever opens the rooms has the say in them, also where it is everyone's.
        let ned: Account = workspace.join(ned, Role::Member).await;
        let bo = workspace.join(bo, Role::Member).await;
        let cy = workspace.join(cy, Role::Member).await.id;
        let cast = Cast { ned: ned.connect().await, bo: bo.connect().await, cy, made: 0 };
        rows.push((login, Role::ALL[index], cast));
    }
    join_all(rows.into_iter().map(|(login, role, cast)| row_of(login, role, cast))).await;
}
