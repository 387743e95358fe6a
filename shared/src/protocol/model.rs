//! The nouns that events and frames are about: people and rooms, as everyone may see them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{EMOJI_BYTES_MAX, KEEP_DAYS_MAX, ROOM_NAME_CHARS_MAX, RoomId, SLOW_S_MAX, Seq, UserId};
use crate::percent::encoded;
use crate::permission::Place;

/// What everyone may know about a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    pub id: UserId,
    pub name: String,
}

impl Person {
    /// The name of someone who has not chosen one: `User-` and the first four letters of the id.
    pub fn guest_name(id: UserId) -> String {
        format!("User-{}", &id.0.simple().to_string()[..4])
    }

    /// Whether the name is the one that [`Person::guest_name`] gives.
    pub fn has_guest_name(&self) -> bool {
        self.name.starts_with("User-")
    }

    /// Which of the twelve identity tints is this person's: 0 to 11, from the id alone, so that
    /// every device and every server shows the same.
    pub fn tint(&self) -> u8 {
        // FNV-1a: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv
        let hash = self.id.0.as_bytes().iter().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
        });
        (hash % 12) as u8
    }

    /// Up to two letters for the avatar: first letters of the first and last word, or the two
    /// letters that tell one guest from another. Capitals are an argument, because a browser has
    /// Unicode's tables for them already.
    pub fn initials(&self, capitals: impl Fn(&str) -> String) -> String {
        if let Some(letters) = self.name.strip_prefix("User-") {
            return letters.chars().take(2).collect();
        }
        let mut words = self.name.split_whitespace();
        let first = words.next().and_then(|word| word.chars().next());
        let last = words.next_back().and_then(|word| word.chars().next());
        capitals(&first.into_iter().chain(last).collect::<String>())
    }
}

/// What a room is, as one person sees it: part of [`super::Welcome`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Room {
    pub id: RoomId,
    pub kind: RoomKind,
    pub name: RoomName,
    pub topic: String,
    /// The seq of the newest event.
    pub head: Seq,
    /// Whether this person is in the room. Everyone is in the lobby.
    pub member: bool,
    /// Up to where this person has read, on any device.
    pub read: Seq,
    /// Messages of others after `read`; counted up to 100, which stands for "99+".
    pub unread: u32,
    /// Whether this person has opened it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub made: bool,
    #[serde(default, skip_serializing_if = "Rules::are_none")]
    pub rules: Rules,
    /// Everyone in a direct room, this person among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Person>,
}

impl Room {
    /// What the room is called on screen. The name of a private room has an ending, so that it tells
    /// nobody whether another one of that name is there; a direct room is called after the others.
    pub fn title(&self, me: Option<UserId>) -> String {
        match self.kind {
            RoomKind::Lobby | RoomKind::Open => self.name.to_string(),
            RoomKind::Private => self.name.without_ending().to_owned(),
            RoomKind::Direct => {
                let others = self.people.iter().filter(|person| Some(person.id) != me);
                let names: Vec<&str> = others.map(|person| person.name.as_str()).collect();
                if names.is_empty() { "Nobody else".to_owned() } else { names.join(", ") }
            }
        }
    }

    /// What the room is called within a sentence: `# garden`; a direct room is people, not a place.
    pub fn label(&self, me: Option<UserId>) -> String {
        let mark = if self.kind == RoomKind::Direct { "" } else { "# " };
        format!("{mark}{}", self.title(me))
    }

    /// What matters of it to who may do what.
    pub fn place(&self) -> Place {
        Place {
            kind: self.kind,
            is_member: self.member,
            is_maker: self.made,
            is_read_only: self.rules.read_only,
        }
    }
}

/// What holds in a room for those who do not look after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rules {
    /// Others read only.
    pub read_only: bool,
    /// Seconds from one message of a person to their next; 0 for none.
    pub slow_s: u32,
    /// Messages older than so many days are erased; 0 keeps them.
    pub keep_days: u32,
}

impl Rules {
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the figures are within their bounds.
    pub fn fit(&self) -> bool {
        self.slow_s <= SLOW_S_MAX && self.keep_days <= KEEP_DAYS_MAX
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RoomKind {
    /// The one room that everyone is in; it cannot be left and never disappears. Its log also
    /// says which rooms are opened and closed.
    Lobby,
    /// Anyone may read and join.
    #[default]
    Open,
    /// For who was let in. To everyone else it is not there.
    Private,
    /// The same, for a few people who are the room: it has no name and no topic of its own.
    Direct,
}

impl RoomKind {
    /// Whether anybody may look into it.
    pub fn is_public(&self) -> bool {
        matches!(self, Self::Lobby | Self::Open)
    }

    pub fn is_open(&self) -> bool {
        *self == Self::Open
    }
}

/// Letters that the address of a private room ends with: a million millions of them are not guessed.
const ENDING_CHARS: usize = 10;

/// A room's name, which is also its address: `/r/<name>`.
///
/// Lower case letters and digits of any script, `-` and `_`; at most [`ROOM_NAME_CHARS_MAX`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoomName(String);

impl RoomName {
    pub const LOBBY: &'static str = "lobby";

    /// Takes what a person typed: a leading `#` goes, capitals become small, blanks become `-`.
    ///
    /// `None` if nothing usable is left, if it is too long or holds anything else.
    pub fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim().trim_start_matches('#').trim();
        let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
        let name = words.join("-");
        let fits = !name.is_empty()
            && name.chars().count() <= ROOM_NAME_CHARS_MAX
            && name.chars().any(char::is_alphanumeric)
            && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
        fits.then_some(Self(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of a private room, with letters of its id behind it. What the name lacks then is cut.
    pub fn with_ending(&self, room: RoomId) -> Self {
        let id = room.0.simple().to_string();
        let ending = &id[id.len() - ENDING_CHARS..];
        let kept: String = self.0.chars().take(ROOM_NAME_CHARS_MAX - 1 - ENDING_CHARS).collect();
        Self(format!("{kept}-{ending}"))
    }

    /// The name that a private room was given.
    pub fn without_ending(&self) -> &str {
        self.0.rsplit_once('-').map_or(&self.0, |(name, _)| name)
    }

    /// Where a direct room is found: its id.
    pub fn direct(room: RoomId) -> Self {
        Self(room.0.simple().to_string())
    }

    /// The room's page, percent-encoded where the name is not ASCII.
    pub fn path(&self) -> String {
        format!("/r/{}", encoded(&self.0))
    }
}

impl TryFrom<String> for RoomName {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name).filter(|parsed| parsed.0 == name).ok_or("not a room name")
    }
}

impl From<RoomName> for String {
    fn from(name: RoomName) -> Self {
        name.0
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a message is now, if anything has happened to it since it was posted.
///
/// Equal to what follows from the room's log up to some seq; whoever hands it out says which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The seq of the post.
    pub seq: Seq,
    /// How it reads now, if it was edited and not deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// In the order in which they first came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
}

/// One emoji under a message, as one person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    pub emoji: String,
    pub count: u32,
    /// Whether the reader is among them.
    pub mine: bool,
    /// The first of them, at most [`super::REACTION_PEOPLE_MAX`].
    pub people: Vec<Person>,
}

/// Whether a text is one emoji as people put it under messages: nothing that could be read as a
/// word, and nothing that nobody could see. Which pictures there are is the reader's system's
/// affair: these are the blocks of Unicode in which they lie, now and later.
///
/// <https://www.unicode.org/Public/emoji/latest/emoji-sequences.txt>
pub fn is_emoji(text: &str) -> bool {
    let is_picture = |c: char| {
        matches!(c,
            '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
            | '\u{2194}'..='\u{21aa}' | '\u{231a}'..='\u{23ff}' | '\u{24c2}'
            | '\u{25aa}'..='\u{27bf}' | '\u{2934}' | '\u{2935}' | '\u{2b05}'..='\u{2b55}'
            | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
    };
    // Joiners, the request to be drawn in colour, and the letters of flags.
    let is_joint = |c: char| matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{e0020}'..='\u{e007f}');
    let keycap = || {
        let key = text.trim_end_matches('\u{20e3}').trim_end_matches('\u{fe0f}');
        let is_key = key.len() == 1 && key.chars().all(|c| c.is_ascii_digit() || "#*".contains(c));
        is_key && text.ends_with('\u{20e3}')
    };
    let pictures = text.chars().next().is_some_and(is_picture)
        && text.chars().all(|c| is_picture(c) || is_joint(c));
    text.len() <= EMOJI_BYTES_MAX && (pictures || keycap())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> Person {
        Person { id: UserId(uuid::Uuid::from_u128(0x3f2a << 112)), name: name.into() }
    }

    #[test]
    fn a_room_name_is_what_its_address_says() {
        let parsed = |typed| RoomName::parse(typed).map(String::from);
        assert_eq!(parsed("  #Tool Library "), Some("tool-library".into()));
        assert_eq!(parsed("größe"), Some("größe".into()));
        for bad in ["", "#", "---", "a/b", "a\u{202e}b", &"x".repeat(41)] {
            assert_eq!(parsed(bad), None, "{bad:?}");
        }
        assert_eq!(RoomName::parse("größe").unwrap().path(), "/r/gr%C3%B6%C3%9Fe");
    }

    #[test]
    fn a_room_name_from_the_wire_is_checked_not_mended() {
        assert!(serde_json::from_str::<RoomName>(r#""tool-library""#).is_ok());
        assert!(serde_json::from_str::<RoomName>(r#""Tool Library""#).is_err());
    }

    #[test]
    fn an_emoji_is_a_picture_and_nothing_else() {
        for emoji in ["👍", "❤️", "1️⃣", "🏳️‍🌈", "👩🏽‍🌾", "🇵🇹", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "💯"]
        {
            assert!(is_emoji(emoji), "{emoji}");
        }
        for other in
            ["", "a", "1", "👍 ", "👍a", " ", "\u{202e}", "\u{200d}", "e\u{301}", "漢", "\u{fe0f}"]
        {
            assert!(!is_emoji(other), "{other:?}");
        }
        assert!(!is_emoji(&"👍".repeat(20)));
    }

    #[test]
    fn a_guest_is_named_and_drawn_after_the_id() {
        let guest = person("User-3f2a");
        assert_eq!(Person::guest_name(guest.id), "User-3f2a");
        assert_eq!(guest.initials(str::to_uppercase), "3f");
        assert_eq!(person("Mara Lindqvist").initials(str::to_uppercase), "ML");
        assert_eq!(person("ada").initials(str::to_uppercase), "A");
        assert!(guest.tint() < 12);
    }
}
