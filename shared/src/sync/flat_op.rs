//! How an op is read back from the device: one flat shape with every field that any op has.
//!
//! As with frames, serde's own reading of a tagged enum would be more code in every browser than
//! all that it reads. Writing is derived; a test holds both sides together.

use serde::{Deserialize, Deserializer, de::Error};

use crate::protocol::{Command, OpId, RoomId, RoomName, Rules, Seq, UserId};

#[derive(Deserialize)]
struct FlatOp {
    #[serde(rename = "type")]
    kind: String,
    op: OpId,
    room: Option<RoomId>,
    target: Option<Seq>,
    text: Option<String>,
    emoji: Option<String>,
    on: Option<bool>,
    name: Option<String>,
    topic: Option<String>,
    private: Option<bool>,
    people: Option<Vec<UserId>>,
    person: Option<UserId>,
    rules: Option<Rules>,
    reason: Option<String>,
}

/// The command of a kept op. Fails for what a newer client kept and this one does not know.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Command, D::Error> {
    FlatOp::deserialize(deserializer)?.command().ok_or_else(|| D::Error::custom("no such op"))
}

impl FlatOp {
    fn command(self) -> Option<Command> {
        let Self { op, room, target, text, emoji, on, name, topic, person, .. } = self;
        Some(match self.kind.as_str() {
            "post" => Command::Post { op, room: room?, text: text? },
            "edit" => Command::Edit { op, room: room?, target: target?, text: text? },
            "delete" => Command::Delete { op, room: room?, target: target? },
            "react" => Command::React { op, room: room?, target: target?, emoji: emoji?, on: on? },
            "rename" => Command::Rename { op, name: name? },
            "createRoom" => {
                let (name, private) = (RoomName::parse(&name?)?, self.private.unwrap_or_default());
                Command::CreateRoom { op, name, topic: topic?, private }
            }
            "openDirect" => Command::OpenDirect { op, people: self.people? },
            "add" => Command::Add { op, room: room?, person: person? },
            "remove" => Command::Remove { op, room: room?, person: person? },
            "setRules" => Command::SetRules { op, room: room?, rules: self.rules? },
            "report" => Command::Report { op, room: room?, target: target?, reason: self.reason? },
            "join" => Command::Join { op, room: room? },
            "leave" => Command::Leave { op, room: room? },
            "setTopic" => Command::SetTopic { op, room: room?, topic: topic? },
            _ => return None,
        })
    }
}
