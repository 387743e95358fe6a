//! The verbs that can be typed: what they mean and how they are completed. Pure.

use shared::protocol::{Room, RoomName};

/// What a typed verb asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Name(String),
    Join(RoomName),
    Create(RoomName, String),
    Leave,
    Topic(String),
    Rooms,
    Who,
    Help,
}

/// A verb as the list of suggestions shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Suggestion {
    /// What the composer holds once it is chosen.
    pub(super) text: String,
    pub(super) title: String,
    pub(super) hint: String,
}

const VERBS: [(&str, &str, &str); 8] = [
    ("/name", "Alice", "Take another name"),
    ("/join", "room", "Go to a room and be in it"),
    ("/create", "room topic", "Open a new room"),
    ("/leave", "", "Leave this room"),
    ("/topic", "text", "Say what this room is for"),
    ("/rooms", "", "Find a room"),
    ("/who", "", "See who is here"),
    ("/help", "", "See all shortcuts"),
];

/// `None` for what is not a verb but a message; an error is a sentence for the person.
pub(super) fn parse(text: &str) -> Option<Result<Verb, String>> {
    let (verb, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    // `//` and paths like `/etc/hosts` are messages.
    let named = verb.strip_prefix('/').filter(|verb| !verb.is_empty() && !verb.contains('/'))?;
    let room = |typed: &str| {
        RoomName::parse(typed).ok_or_else(|| {
            "Name the room: letters and digits, up to 40 of them. For example /join garden."
                .to_owned()
        })
    };
    Some(match named {
        "name" if rest.is_empty() => Err("Say which name. For example /name Alice.".into()),
        "name" => Ok(Verb::Name(rest.to_owned())),
        "join" => room(rest).map(Verb::Join),
        "create" => {
            let (name, topic) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            room(name).map(|name| Verb::Create(name, topic.trim().to_owned()))
        }
        "leave" => Ok(Verb::Leave),
        "topic" if rest.is_empty() => {
            Err("Say what this room is for. For example /topic What grows when.".into())
        }
        "topic" => Ok(Verb::Topic(rest.to_owned())),
        "rooms" => Ok(Verb::Rooms),
        "who" => Ok(Verb::Who),
        "help" => Ok(Verb::Help),
        unknown => Err(format!("There is no /{unknown}. Type / to see what there is.")),
    })
}

/// What could be meant by what is typed so far.
pub(super) fn suggest(text: &str, rooms: &[Room]) -> Vec<Suggestion> {
    const ROOMS_MAX: usize = 6;
    if let Some(typed) = text.strip_prefix("/join ") {
        let typed = typed.trim_start_matches('#').to_lowercase();
        let fits =
            |room: &&Room| room.name.as_str().starts_with(&typed) && room.name.as_str() != typed;
        return rooms
            .iter()
            .filter(fits)
            .take(ROOMS_MAX)
            .map(|room| Suggestion {
                text: format!("/join {}", room.name),
                title: format!("# {}", room.name),
                hint: room.topic.clone(),
            })
            .collect();
    }
    if !text.starts_with('/') || text.contains(char::is_whitespace) {
        return Vec::new();
    }
    let fits = |(verb, _, _): &&(&str, &str, &str)| verb.starts_with(text);
    VERBS
        .iter()
        .filter(fits)
        .map(|(verb, takes, hint)| Suggestion {
            text: if takes.is_empty() { (*verb).into() } else { format!("{verb} ") },
            title: format!("{verb} {takes}"),
            hint: (*hint).into(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> RoomName {
        RoomName::parse(name).unwrap()
    }

    #[test]
    fn every_verb_on_offer_is_understood() {
        for (verb, takes, _) in VERBS {
            assert!(matches!(parse(&format!("{verb} {takes}")), Some(Ok(_))), "{verb}");
        }
        assert_eq!(parse("/name  Alice A. "), Some(Ok(Verb::Name("Alice A.".into()))));
        assert_eq!(parse("/join #Garden"), Some(Ok(Verb::Join(named("garden")))));
        assert_eq!(
            parse("/create garden what grows"),
            Some(Ok(Verb::Create(named("garden"), "what grows".into()))),
        );
    }

    #[test]
    fn messages_are_not_verbs() {
        for text in ["hello", "//", "/", "/etc/hosts is a file", " /name x"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_verb_that_is_not_there_or_not_complete_gets_a_sentence() {
        for text in ["/name", "/join", "/join ///", "/topic", "/dance"] {
            assert!(matches!(parse(text), Some(Err(_))), "{text}");
        }
    }

    #[test]
    fn completion_offers_what_begins_like_what_is_typed() {
        let texts = |typed| -> Vec<String> {
            suggest(typed, &[]).into_iter().map(|suggestion| suggestion.text).collect()
        };
        assert_eq!(
            texts("/"),
            VERBS.map(|(verb, takes, _)| {
                if takes.is_empty() { verb.to_owned() } else { format!("{verb} ") }
            })
        );
        assert_eq!(texts("/le"), ["/leave"]);
        assert!(texts("/name A").is_empty());
        assert!(texts("hello").is_empty());
    }
}
