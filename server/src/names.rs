//! People's names: what is left of what somebody typed, and what the eye makes of it.
//!
//! Pure. Two names with the same [`Name::key`] look alike, and the store lets only one person have
//! it. Nothing here knows who has which name.

use shared::protocol::{Code, NAME_CHARS_MAX, Person, UserId};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

/// Accents on one letter. Two are enough for Vietnamese; towers of them climb into other lines.
const MARKS_MAX: usize = 2;

/// How the names of people begin who have not chosen one.
const GUEST_PREFIX: &str = "User-";

/// A name as it is shown, and as it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) shown: String,
    pub(crate) key: String,
}

impl Name {
    /// Takes what somebody typed. Refused if it is too long, if nothing usable is left, or if it
    /// is a guest's name and not the person's own.
    pub(crate) fn parse(typed: &str, person: UserId) -> Result<Self, Code> {
        let shown = visible(typed);
        if shown.chars().count() > NAME_CHARS_MAX {
            return Err(Code::TooLong);
        }
        let usable = shown.chars().any(char::is_alphanumeric);
        let name = Self { key: key(&shown), shown };
        let reserved = name.key.starts_with(&key(GUEST_PREFIX));
        if !usable || (reserved && name.shown != Person::guest_name(person)) {
            return Err(Code::BadName);
        }
        Ok(name)
    }

    /// The name of somebody who has not chosen one, with this many letters of their id: four, and
    /// more where those are taken.
    pub(crate) fn guest(person: UserId, letters: usize) -> Self {
        let id = person.0.simple().to_string();
        let shown = format!("{GUEST_PREFIX}{}", &id[..letters.min(id.len())]);
        Self { key: key(&shown), shown }
    }
}

/// Whether a character takes no room of its own, or bends the text around it: controls, zero-width
/// characters, direction marks, tags, variation selectors, fillers.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{2800}' | '\u{e0000}'..='\u{e0fff}')
}

fn visible(typed: &str) -> String {
    let mut marks = 0;
    let kept = typed.nfc().filter(|c| {
        marks = if is_combining_mark(*c) { marks + 1 } else { 0 };
        marks <= MARKS_MAX && (c.is_whitespace() || !is_invisible(*c))
    });
    let kept: String = kept.collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the eye sees, by the skeleton of UTS 39 (<https://www.unicode.org/reports/tr39/>) of the
/// small letters. Taken twice: small letters of a skeleton may have another skeleton.
pub(crate) fn key(shown: &str) -> String {
    let is_latin = shown.chars().any(|c| c.is_ascii_alphabetic());
    let seen = shown.nfkc().map(|c| if is_latin { latin_capital(c) } else { c });
    let small: String = seen.flat_map(char::to_lowercase).filter(|c| *c != ' ').collect();
    let seen: String = skeleton(&small).flat_map(char::to_lowercase).collect();
    skeleton(&seen).collect()
}

/// A capital of another script among Latin letters is taken for the Latin one that it looks like: the
/// small letter of a Cyrillic M does not look like an m.
fn latin_capital(c: char) -> char {
    if c.is_ascii() || !c.is_uppercase() {
        return c;
    }
    let mut encoded = [0; 4];
    let mut seen = skeleton(c.encode_utf8(&mut encoded));
    match (seen.next(), seen.next()) {
        (Some(latin), None) if latin.is_ascii_uppercase() => latin,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alice() -> UserId {
        UserId(uuid::Uuid::from_u128(0x3f2a << 112))
    }

    fn parsed(typed: &str) -> Result<String, Code> {
        Name::parse(typed, alice()).map(|name| name.shown)
    }

    fn key_of(typed: &str) -> String {
        Name::parse(typed, alice()).unwrap().key
    }

    #[test]
    fn a_name_is_what_can_be_seen_of_it() {
        assert_eq!(parsed("  Mara \t Lindqvist\n"), Ok("Mara Lindqvist".into()));
        assert_eq!(parsed("Ma\u{200b}ra\u{202e}"), Ok("Mara".into()));
        assert_eq!(parsed("e\u{301}lan"), Ok("élan".into()));
        assert_eq!(parsed("水野さくら"), Ok("水野さくら".into()));
        let tower = format!("Z{}algo", "\u{335}".repeat(10_000));
        assert_eq!(parsed(&tower), Ok("Z\u{335}\u{335}algo".into()));
        for bad in ["", "   ", "\u{200b}", "!!!"] {
            assert_eq!(parsed(bad), Err(Code::BadName), "{bad:?}");
        }
        assert_eq!(parsed(&"x".repeat(21)), Err(Code::TooLong));
    }

    #[test]
    fn names_that_look_alike_have_one_key() {
        assert_eq!(key_of("Alice"), key_of("ALICE"));
        assert_eq!(key_of("Alice"), key_of("А\u{200d}lice"), "Cyrillic A");
        assert_eq!(key_of("Mara"), key_of("\u{41c}ara"), "Cyrillic M");
        assert_eq!(key_of("Ольга"), key_of("ольга"), "all of it Cyrillic");
        assert_eq!(key_of("Bill"), key_of("Bi11"));
        assert_eq!(key_of("Mara L"), key_of("MaraL"));
        assert_ne!(key_of("Alice"), key_of("Alina"));
    }

    #[test]
    fn a_guests_name_is_only_that_guests() {
        assert_eq!(parsed("User-3f2a"), Ok("User-3f2a".into()));
        assert_eq!(parsed("User-3f2b"), Err(Code::BadName));
        assert_eq!(parsed("user-3f2b"), Err(Code::BadName));
        assert_eq!(Name::guest(alice(), 6).shown, "User-3f2a00");
    }
}
