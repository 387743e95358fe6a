//! What a person sees at one moment: read from the page in one go, so that it belongs together.

use serde::Deserialize;

/// Runs in the page; its object is [`Screen`].
pub(super) const READ: &str = include_str!("screen.js");

#[derive(Clone, Debug, Deserialize)]
pub struct Screen {
    pub title: String,
    /// Path and query of the address.
    pub path: String,
    /// The heading of the main part: a room's name.
    pub heading: String,
    /// One's own name, at the foot of the list of rooms.
    pub me: String,
    /// `Connected`, `Reconnecting in 4 s`.
    pub status: String,
    pub banner: String,
    pub toast: String,
    pub typing: String,
    pub topic: String,
    /// The number beside the people's mark; empty while unknown.
    pub here: String,
    pub jump: String,
    pub dialog: String,
    pub suggestions: Vec<String>,
    /// The option on which Enter would act.
    pub chosen: String,
    /// What stands in the composer; `None` without one.
    pub draft: Option<String>,
    /// Id or label of what has the focus.
    pub focus: String,
    pub rows: Vec<Row>,
    pub rooms: Vec<RoomLink>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    pub kind: Kind,
    /// The element's id.
    pub id: String,
    /// As a screen reader says it.
    pub by: String,
    pub text: String,
    /// `pending` or `failed`.
    pub state: Option<String>,
    #[serde(default)]
    pub edited: bool,
    #[serde(default)]
    pub deleted: bool,
    /// As a screen reader says them: `👍, 2: Ada and Yuki`.
    pub reactions: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Message,
    System,
    /// The divider above what is new.
    New,
}

/// A line of the list of rooms.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RoomLink {
    pub name: String,
    pub unread: u32,
    pub bold: bool,
    pub current: bool,
    /// The heading above it.
    pub section: String,
}

impl Screen {
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Row> {
        self.rows.iter().filter(|row| row.kind == Kind::Message)
    }

    /// The texts of the messages, oldest first.
    pub fn said(&self) -> Vec<&str> {
        self.messages().map(|row| row.text.as_str()).collect()
    }

    /// Whether exactly this has been said, and the server has all of it.
    pub fn has_settled(&self, texts: &[impl AsRef<str>]) -> bool {
        let settled = self.messages().all(|row| row.state.is_none());
        settled && self.said().into_iter().eq(texts.iter().map(AsRef::as_ref))
    }

    /// Whether some line of the system contains this.
    pub fn tells(&self, words: &str) -> bool {
        self.rows.iter().any(|row| row.kind == Kind::System && row.text.contains(words))
    }

    pub fn room(&self, name: &str) -> Option<&RoomLink> {
        self.rooms.iter().find(|room| room.name == name)
    }

    /// What stands below the New divider; `None` without one.
    pub fn new_ones(&self) -> Option<Vec<&str>> {
        let at = self.rows.iter().position(|row| row.kind == Kind::New)?;
        let below = self.rows[at..].iter().filter(|row| row.kind == Kind::Message);
        Some(below.map(|row| row.text.as_str()).collect())
    }
}
