//! The verbs that can be typed: what they mean and how they are completed. Pure.

use shared::permission;
use shared::protocol::{Person, Room, RoomName};

/// What a typed verb asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Name(String),
    Join(RoomName),
    Create {
        name: RoomName,
        topic: String,
        private: bool,
    },
    /// To whom, as it was typed.
    Message(String),
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

/// How it begins, what it takes, what it does, and what one must be allowed to.
const VERBS: [(&str, &str, &str, permission::Verb); 10] = [
    ("/name", "Alice", "Take another name", permission::Verb::Rename),
    ("/join", "room", "Go to a room and be in it", permission::Verb::Read),
    ("/msg", "name, name", "Write to people directly", permission::Verb::OpenDirect),
    ("/create", "room topic", "Open a new room", permission::Verb::CreateRoom),
    (PRIVATELY, "room topic", "Open one for whom you let in", permission::Verb::CreateRoom),
    ("/leave", "", "Leave this room", permission::Verb::Leave),
    ("/topic", "text", "Say what this room is for", permission::Verb::SetTopic),
    ("/rooms", "", "Find a room or somebody", permission::Verb::Read),
    ("/who", "", "See who is here", permission::Verb::Read),
    ("/help", "", "See all shortcuts", permission::Verb::Read),
];

const PRIVATELY: &str = "/create private";

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
            // A room that is called "private" itself is opened by `/create private` alone.
            let kept = rest.strip_prefix("private ").map(str::trim_start);
            let rest = kept.unwrap_or(rest);
            let (name, topic) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let (topic, private) = (topic.trim().to_owned(), kept.is_some());
            room(name).map(|name| Verb::Create { name, topic, private })
        }
        "msg" if rest.is_empty() => Err("Say to whom. For example /msg Alice.".into()),
        "msg" => Ok(Verb::Message(rest.to_owned())),
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

/// Whose name is being typed: the last one, where there are more.
pub(super) fn sought(text: &str) -> Option<&str> {
    let names = text.strip_prefix("/msg ")?;
    let last = names.rsplit_once(',').map_or(names, |(_, last)| last);
    Some(last.trim_start())
}

/// What could be meant by what is typed so far, among what this person may.
pub(super) fn suggest(
    text: &str,
    rooms: &[Room],
    people: &[Person],
    may: impl Fn(permission::Verb) -> bool,
) -> Vec<Suggestion> {
    const NAMES_MAX: usize = 6;
    if let Some(typed) = sought(text) {
        let complete = &text[..text.len() - typed.len()];
        let typed = typed.to_lowercase();
        let fits = |person: &&Person| {
            let name = person.name.to_lowercase();
            name.starts_with(&typed) && name != typed
        };
        return people
            .iter()
            .filter(fits)
            .take(NAMES_MAX)
            .map(|person| Suggestion {
                text: format!("{complete}{}", person.name),
                title: person.name.clone(),
                hint: String::new(),
            })
            .collect();
    }
    if let Some(typed) = text.strip_prefix("/join ") {
        let typed = typed.trim_start_matches('#').to_lowercase();
        let fits = |room: &&Room| {
            let name = room.name.as_str();
            room.kind.is_public() && name.starts_with(&typed) && name != typed
        };
        return rooms
            .iter()
            .filter(fits)
            .take(NAMES_MAX)
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
    VERBS
        .iter()
        .filter(|(verb, _, _, needs)| verb.starts_with(text) && may(*needs))
        .map(|(verb, takes, hint, _)| Suggestion {
            text: if takes.is_empty() { (*verb).into() } else { format!("{verb} ") },
            title: format!("{verb} {takes}"),
            hint: (*hint).into(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use shared::protocol::UserId;

    use super::*;

    fn named(name: &str) -> RoomName {
        RoomName::parse(name).unwrap()
    }

    fn created(name: &str, topic: &str, private: bool) -> Verb {
        Verb::Create { name: named(name), topic: topic.into(), private }
    }

    fn texts_of(suggestions: Vec<Suggestion>) -> Vec<String> {
        suggestions.into_iter().map(|suggestion| suggestion.text).collect()
    }

    #[test]
    fn every_verb_on_offer_is_understood() {
        for (verb, takes, ..) in VERBS {
            assert!(matches!(parse(&format!("{verb} {takes}")), Some(Ok(_))), "{verb}");
        }
        assert_eq!(parse("/name  Alice A. "), Some(Ok(Verb::Name("Alice A.".into()))));
        assert_eq!(parse("/join #Garden"), Some(Ok(Verb::Join(named("garden")))));
        assert_eq!(
            parse("/create garden what grows"),
            Some(Ok(created("garden", "what grows", false))),
        );
        assert_eq!(
            parse("/create private  attic old boxes"),
            Some(Ok(created("attic", "old boxes", true))),
        );
        assert_eq!(parse("/create private"), Some(Ok(created("private", "", false))));
        assert_eq!(parse("/msg Bob, Carol"), Some(Ok(Verb::Message("Bob, Carol".into()))));
    }

    #[test]
    fn messages_are_not_verbs() {
        for text in ["hello", "//", "/", "/etc/hosts is a file", " /name x"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_verb_that_is_not_there_or_not_complete_gets_a_sentence() {
        for text in ["/name", "/join", "/join ///", "/topic", "/msg", "/dance"] {
            assert!(matches!(parse(text), Some(Err(_))), "{text}");
        }
    }

    #[test]
    fn completion_offers_what_begins_like_what_is_typed() {
        let texts = |typed| -> Vec<String> { texts_of(suggest(typed, &[], &[], |_| true)) };
        assert_eq!(
            texts("/"),
            VERBS.map(|(verb, takes, ..)| {
                if takes.is_empty() { verb.to_owned() } else { format!("{verb} ") }
            })
        );
        assert_eq!(texts("/le"), ["/leave"]);
        assert!(texts("/name A").is_empty());
        assert!(texts("hello").is_empty());
    }

    #[test]
    fn nothing_is_offered_that_one_may_not() {
        let may = |verb| !matches!(verb, permission::Verb::CreateRoom | permission::Verb::Leave);
        let texts = texts_of(suggest("/", &[], &[], may));
        assert!(texts.contains(&"/join ".to_owned()));
        assert!(!texts.iter().any(|text| text.starts_with("/create") || text == "/leave"));
    }

    #[test]
    fn names_are_completed_one_after_the_other() {
        let people = ["Bob", "Bo Peep", "Carol"]
            .map(|name| Person { id: UserId(uuid::Uuid::nil()), name: name.into() });
        let texts = |typed| texts_of(suggest(typed, &[], &people, |_| true));
        assert_eq!(texts("/msg bo"), ["/msg Bob", "/msg Bo Peep"]);
        assert_eq!(texts("/msg Bob, c"), ["/msg Bob, Carol"]);
        assert!(texts("/msg Carol").is_empty(), "it is complete");
    }
}
