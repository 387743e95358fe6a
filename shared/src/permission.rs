//! Who may do what, as pure functions: the server asks them before it does anything, the client to
//! know what to offer.
//!
//! [`may`] decides over verbs of a room and of the workspace, [`may_manage`] over one person's power
//! over another. Whether somebody has been banned is not asked here: such a person is nobody.
//! [`table`] is the whole of it as people read it.

use serde::{Deserialize, Serialize};

use crate::protocol::{Code, RoomKind};

/// What somebody is in the workspace, from the least to the most.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Without an account.
    #[default]
    Guest,
    Member,
    /// Looks after people and rooms.
    Admin,
    /// Decides about the workspace, and about admins.
    Owner,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Guest, Self::Member, Self::Admin, Self::Owner];

    /// As it is stored and stands in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// Who can come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Door {
    /// Anyone who visits, as a guest; who wants an account makes one.
    #[default]
    Guests,
    /// Anyone who makes an account.
    SignUp,
    /// Whoever has an invitation, or was added by an admin.
    Invitation,
}

impl Door {
    pub const ALL: [Self; 3] = [Self::Guests, Self::SignUp, Self::Invitation];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guests => "guests",
            Self::SignUp => "signUp",
            Self::Invitation => "invitation",
        }
    }
}

/// What the owner has decided. The default is that of a server that nobody has set up: everyone who
/// reaches it may use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Policy {
    pub door: Door,
    /// The least that somebody must be to open rooms, and to write to people directly.
    pub create_rooms: Role,
    /// The least that somebody must be to invite others. Guests never do.
    pub invite: Role,
    /// The least that somebody must be to write in rooms that are open to all.
    pub post: Role,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            door: Door::Guests,
            create_rooms: Role::Guest,
            invite: Role::Member,
            post: Role::Guest,
        }
    }
}

impl Policy {
    /// What a workspace begins with when its owner has said who can join.
    pub fn with_door(door: Door) -> Self {
        Self { door, create_rooms: Role::Member, ..Self::default() }
    }
}

/// Everything that people do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Read a room's log, follow it, see who is there.
    Read,
    /// See who belongs to a room, also while they are not there.
    ListMembers,
    Join,
    Leave,
    Post,
    /// Edit or delete one's own message.
    ChangeOwn,
    React,
    /// Show an admin a message.
    Report,
    SetTopic,
    /// Let somebody into the room.
    Add,
    /// Put somebody out of the room.
    Remove,
    /// Delete what somebody else wrote.
    DeleteOthers,
    /// Read-only, slow mode, how long messages are kept.
    SetRules,

    /// Take another name.
    Rename,
    CreateRoom,
    /// Write to people directly.
    OpenDirect,
    Invite,
    /// Accounts and what they may; who is kept out.
    ManagePeople,
    ReadAudit,
    /// Decide about reported messages.
    Judge,
    /// The workspace's name and its [`Policy`].
    SetPolicy,
}

impl Verb {
    pub const ALL: [Self; 21] = [
        Self::Read,
        Self::ListMembers,
        Self::Join,
        Self::Leave,
        Self::Post,
        Self::ChangeOwn,
        Self::React,
        Self::Report,
        Self::SetTopic,
        Self::Add,
        Self::Remove,
        Self::DeleteOthers,
        Self::SetRules,
        Self::Rename,
        Self::CreateRoom,
        Self::OpenDirect,
        Self::Invite,
        Self::ManagePeople,
        Self::ReadAudit,
        Self::Judge,
        Self::SetPolicy,
    ];

    /// Whether it is done in a room.
    pub fn is_in_room(self) -> bool {
        !matches!(
            self,
            Self::Rename
                | Self::CreateRoom
                | Self::OpenDirect
                | Self::Invite
                | Self::ManagePeople
                | Self::ReadAudit
                | Self::Judge
                | Self::SetPolicy
        )
    }

    fn words(self) -> &'static str {
        match self {
            Self::Read => "read, follow, see who is there",
            Self::ListMembers => "see who belongs to it",
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Post => "post",
            Self::ChangeOwn => "edit or delete one's own message",
            Self::React => "react",
            Self::Report => "report a message",
            Self::SetTopic => "set the topic",
            Self::Add => "add somebody",
            Self::Remove => "remove somebody",
            Self::DeleteOthers => "delete others' messages",
            Self::SetRules => "set the room's rules",
            Self::Rename => "take another name",
            Self::CreateRoom => "open a room",
            Self::OpenDirect => "write to somebody directly",
            Self::Invite => "invite people",
            Self::ManagePeople => "manage people, ban",
            Self::ReadAudit => "read the audit log",
            Self::Judge => "decide about reports",
            Self::SetPolicy => "decide about the workspace",
        }
    }
}

/// A room as it matters to one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub kind: RoomKind,
    pub is_member: bool,
    /// Whether they have opened it: who did looks after it.
    pub is_maker: bool,
    pub is_read_only: bool,
}

/// Whether somebody may do this, or why not. `place` is the room that it is done in; `None` for
/// what is done in no room.
///
/// Of a private room that one is not in, the answer is that there is none: whatever one is.
pub fn may(role: Role, policy: &Policy, verb: Verb, place: Option<&Place>) -> Result<(), Code> {
    match place {
        Some(place) => may_in(role, policy, verb, place),
        None => allow_if(at_least(role, policy, verb)),
    }
}

fn at_least(role: Role, policy: &Policy, verb: Verb) -> bool {
    match verb {
        Verb::Rename => true,
        Verb::CreateRoom | Verb::OpenDirect => role >= policy.create_rooms,
        Verb::Invite => role >= policy.invite.max(Role::Member),
        Verb::ManagePeople | Verb::ReadAudit | Verb::Judge => role >= Role::Admin,
        Verb::SetPolicy => role >= Role::Owner,
        _ => false,
    }
}

fn may_in(role: Role, policy: &Policy, verb: Verb, place: &Place) -> Result<(), Code> {
    let is_public = place.kind.is_public();
    if !is_public && !place.is_member {
        return Err(Code::UnknownRoom);
    }
    match verb {
        Verb::Read | Verb::Join => return Ok(()),
        // Of rooms that are for all: who may write to people, and so has to find them.
        Verb::ListMembers => return allow_if(!is_public || role >= policy.create_rooms),
        Verb::Leave if place.kind == RoomKind::Lobby => return Err(Code::LobbyIsForAll),
        // Who looks after the workspace looks after its open rooms, also from outside.
        Verb::Remove | Verb::DeleteOthers | Verb::SetRules if role >= Role::Admin => {}
        _ if !place.is_member => return Err(Code::NotMember),
        _ => {}
    }
    let looks_after = role >= Role::Admin || (place.is_maker && role >= Role::Member);
    match verb {
        Verb::Post if place.is_read_only && !looks_after => Err(Code::ReadOnly),
        Verb::Post => allow_if(!is_public || role >= policy.post),
        Verb::Leave | Verb::ChangeOwn | Verb::React | Verb::Report => Ok(()),
        Verb::SetTopic if place.kind == RoomKind::Lobby => allow_if(role >= policy.create_rooms),
        Verb::SetTopic => allow_if(place.kind != RoomKind::Direct),
        Verb::Add => allow_if(
            role >= Role::Member && matches!(place.kind, RoomKind::Open | RoomKind::Private),
        ),
        Verb::Remove => {
            allow_if(looks_after && matches!(place.kind, RoomKind::Open | RoomKind::Private))
        }
        Verb::DeleteOthers | Verb::SetRules => {
            allow_if(looks_after && place.kind != RoomKind::Direct)
        }
        _ => Err(Code::Forbidden),
    }
}

fn allow_if(allowed: bool) -> Result<(), Code> {
    if allowed { Ok(()) } else { Err(Code::Forbidden) }
}

/// Whether somebody may change what another person is, keep them out, or put them out of a room. An
/// owner may that with everyone, an admin with those who are less.
pub fn may_manage(actor: Role, target: Role) -> bool {
    actor == Role::Owner || (actor == Role::Admin && target < Role::Admin)
}

/// Whether somebody may make another person this, as a role or by an invitation.
pub fn may_give(actor: Role, role: Role) -> bool {
    role <= actor && (actor >= Role::Admin || role <= Role::Member)
}

/// Who may do what, as a table in Markdown: once for a server that nobody has set up, once for a
/// workspace whose owner lets guests in.
pub fn table() -> String {
    let mut text = String::new();
    let policies = [
        ("Before set-up", Policy::default()),
        ("After set-up, where anyone who visits is let in", Policy::with_door(Door::Guests)),
    ];
    let rooms = [
        ("the lobby", RoomKind::Lobby, true, false, false),
        ("an open room", RoomKind::Open, true, false, false),
        ("an open room that one is not in", RoomKind::Open, false, false, false),
        ("a room that one has opened", RoomKind::Open, true, true, false),
        ("a read-only room", RoomKind::Open, true, false, true),
        ("a private room", RoomKind::Private, true, false, false),
        ("a private room of others", RoomKind::Private, false, false, false),
        ("a direct room", RoomKind::Direct, true, false, false),
    ];
    for (title, policy) in policies {
        text += &format!("## {title}\n\n");
        let in_no_room = Verb::ALL.into_iter().filter(|verb| !verb.is_in_room());
        text += &section("In the workspace", &policy, None, in_no_room);
        for (name, kind, is_member, is_maker, is_read_only) in rooms {
            let place = Place { kind, is_member, is_maker, is_read_only };
            let in_room = Verb::ALL.into_iter().filter(|verb| verb.is_in_room());
            text += &section(&format!("In {name}"), &policy, Some(&place), in_room);
        }
    }
    text.trim_end().to_owned() + "\n"
}

fn section(
    title: &str,
    policy: &Policy,
    place: Option<&Place>,
    verbs: impl Iterator<Item = Verb>,
) -> String {
    let mut text =
        format!("### {title}\n\n| | guest | member | admin | owner |\n|---|---|---|---|---|\n");
    for verb in verbs {
        text += &format!("| {} |", verb.words());
        for role in Role::ALL {
            let mark = match may(role, policy, verb, place) {
                Ok(()) => "yes",
                Err(Code::UnknownRoom) => "not there",
                Err(_) => "no",
            };
            text += &format!(" {mark} |");
        }
        text += "\n";
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY_ELSES: Place =
        Place { kind: RoomKind::Private, is_member: false, is_maker: false, is_read_only: false };

    #[test]
    fn a_private_room_of_others_is_not_there_whatever_one_is() {
        for role in Role::ALL {
            for kind in [RoomKind::Private, RoomKind::Direct] {
                for verb in Verb::ALL.into_iter().filter(|verb| verb.is_in_room()) {
                    let place = Place { kind, ..NOBODY_ELSES };
                    let answer = may(role, &Policy::default(), verb, Some(&place));
                    assert_eq!(answer, Err(Code::UnknownRoom), "{role:?} {verb:?}");
                }
            }
        }
    }

    #[test]
    fn more_is_never_allowed_to_whom_is_less() {
        let kinds = [RoomKind::Lobby, RoomKind::Open, RoomKind::Private, RoomKind::Direct];
        let flags = [false, true];
        for policy in [Policy::default(), Policy::with_door(Door::Invitation)] {
            for verb in Verb::ALL {
                let mut places = vec![None];
                for kind in kinds {
                    for (is_member, is_read_only) in
                        flags.into_iter().flat_map(|one| flags.map(|other| (one, other)))
                    {
                        let place = Place { kind, is_member, is_maker: false, is_read_only };
                        places.push(Some(place));
                    }
                }
                for place in places {
                    let allowed =
                        Role::ALL.map(|role| may(role, &policy, verb, place.as_ref()).is_ok());
                    assert!(allowed.is_sorted(), "{verb:?} {place:?} {allowed:?}");
                }
            }
        }
    }

    #[test]
    fn nobody_manages_their_equals_but_owners() {
        let manages = |actor, target| may_manage(actor, target);
        assert!(manages(Role::Owner, Role::Owner));
        assert!(manages(Role::Admin, Role::Member) && manages(Role::Admin, Role::Guest));
        assert!(!manages(Role::Admin, Role::Admin) && !manages(Role::Admin, Role::Owner));
        for target in Role::ALL {
            assert!(!manages(Role::Member, target) && !manages(Role::Guest, target));
        }
        assert!(may_give(Role::Member, Role::Member) && !may_give(Role::Member, Role::Admin));
        assert!(may_give(Role::Admin, Role::Admin) && !may_give(Role::Admin, Role::Owner));
    }

    #[test]
    fn the_table_in_the_documentation_is_this_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/PERMISSIONS.md");
        let page = std::fs::read_to_string(path).unwrap_or_default();
        let (_, written) = page.split_once("<!-- table -->\n\n").unwrap_or_default();
        if std::env::var_os("HUBBUB_WRITE_DOCS").is_some() {
            let head = page.split_once("<!-- table -->").map_or("", |(head, _)| head);
            std::fs::write(path, format!("{head}<!-- table -->\n\n{}", table())).unwrap();
        } else {
            assert!(written == table(), "run: HUBBUB_WRITE_DOCS=1 cargo test -p hubbub-shared");
        }
    }
}
