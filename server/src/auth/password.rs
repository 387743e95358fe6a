//! What may be a password, and what nobody should take as one.
//!
//! Pure. A [`Password`] is one that was found hard to guess. What somebody types to get in is not
//! judged, only brought into the same form. What is stored is made by [`super::hasher`]. Never
//! printed, never logged. Called by the account pages when a password is chosen.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, zxcvbn};

/// Shorter ones are tried out where somebody has a copy of the database.
pub(crate) const CHARS_MIN: usize = 12;

/// More than anybody types, and little to normalise and hash.
pub(crate) const CHARS_MAX: usize = 256;

/// Characters that are guessed at. The time for it grows with the square: these take 0.1 s at the
/// worst, 64 take 0.4 s. What follows only makes a password better.
const GUESSED_CHARS: usize = 32;

/// Ten thousand million guesses of zxcvbn's, whose lists of words take 8 MB of memory from the first
/// password on. Below it are a word with a year, a name with a number, and the keyboard's
/// rows; twelve characters without a pattern are always above.
const SCORE_MIN: Score = Score::Four;

/// Texts about a person that are looked for in their password: name, handle, mail, workspace.
const TEXTS_MAX: usize = 8;

/// Words of each of these texts.
const WORDS_MAX: usize = 8;

/// A password that somebody may take, in Unicode's form NFKC: the same on every keyboard.
pub(crate) struct Password(String);

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weak {
    TooShort,
    TooLong,
    Common,
}

impl Password {
    /// Judges what somebody typed. `about` are the texts that everybody knows of them, which are
    /// guessed first: name, handle, mail address, and the name of the workspace.
    ///
    /// Takes some 0.2 ms, and up to 100 ms for what is made to take long.
    pub(crate) fn new(typed: String, about: &[&str]) -> Result<Self, Weak> {
        let text = normalised(&typed).ok_or(Weak::TooLong)?;
        if text.chars().count() < CHARS_MIN {
            return Err(Weak::TooShort);
        }
        let words = words(about);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if zxcvbn(beginning(&text), &words).score() < SCORE_MIN {
            return Err(Weak::Common);
        }
        Ok(Self(text))
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Weak {
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::TooShort => "Take a password of at least 12 characters; four words are easiest.",
            Self::TooLong => "Take a password of at most 256 characters.",
            Self::Common => {
                "This password is easy to guess. Take four words that have nothing to do with \
                 each other or with you."
            }
        }
    }
}

/// The form in which passwords are compared; nothing if it is longer than any password.
pub(super) fn normalised(typed: &str) -> Option<String> {
    // Some characters become eighteen: what is too long is not even built.
    let text: String = typed.nfkc().take(CHARS_MAX + 1).collect();
    (text.chars().count() <= CHARS_MAX).then_some(text)
}

fn beginning(text: &str) -> &str {
    let end = text.char_indices().nth(GUESSED_CHARS).map_or(text.len(), |(end, _)| end);
    &text[..end]
}

/// Each text as it is, without what is between its words, and its words.
fn words(about: &[&str]) -> Vec<String> {
    let mut words = Vec::new();
    for text in about.iter().take(TEXTS_MAX) {
        let text: String = text.nfkc().take(GUESSED_CHARS).collect();
        let parts: Vec<&str> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
        words.push(parts.concat());
        words.extend(parts.into_iter().take(WORDS_MAX).map(str::to_owned));
        words.push(text);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: [&str; 4] = ["Mara Lindqvist", "maralin", "mara.l@example.org", "Harbour Crew"];

    fn judged(typed: &str) -> Result<String, Weak> {
        Password::new(typed.to_owned(), &ABOUT).map(|password| password.0)
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for bad in [
            "password1234",
            "Passw0rd1234!",
            "qwertyuiopas",
            "aaaaaaaaaaaa",
            "123456789012",
            "summer2024!!",
            "monkeymonkey",
            "MaraLindqvistMaraLindqvist",
            "Mara Lindqvist Mara Lindqvist",
            "lindqvist2024",
            "maralin-maralin",
            "mara.l@example.org",
            "harbourcrew2026!",
            &"11/11/1991".repeat(25),
        ] {
            assert_eq!(judged(bad), Err(Weak::Common), "{bad}");
        }
    }

    #[test]
    fn words_that_have_nothing_to_do_with_each_other_are_taken() {
        for good in [
            "cliff lantern orbit mustard",
            "verlassen Quitte Amboss Feder",
            "kX9$mq2Lw!pz",
            "水野さくらと二匹の青い魚",
        ] {
            assert_eq!(judged(good).as_deref(), Ok(good));
        }
    }

    #[test]
    fn length_is_counted_in_characters_of_one_form() {
        assert_eq!(judged("kX9$mq2Lw!p"), Err(Weak::TooShort));
        assert_eq!(judged(""), Err(Weak::TooShort));
        let long = "cliff lantern orbit mustard ".repeat(10);
        assert!(judged(&long[..256]).is_ok());
        assert_eq!(judged(&long[..257]), Err(Weak::TooLong));
        // One character each, which becomes eighteen.
        assert_eq!(judged(&"\u{fdfa}".repeat(15)), Err(Weak::TooLong));
        // Wide letters of a Japanese keyboard, and an accent that was typed by itself.
        assert_eq!(judged("ｃｌｉｆｆ lantern cafe\u{301}"), judged("cliff lantern café"));
    }

    #[test]
    fn a_password_is_not_printed_and_what_is_wrong_is_a_sentence() {
        let password = Password::new("cliff lantern orbit".to_owned(), &ABOUT).unwrap();
        assert_eq!(format!("{password:?}"), "Password(…)");
        for weak in [Weak::TooShort, Weak::TooLong, Weak::Common] {
            assert!(weak.sentence().ends_with('.'), "{weak:?}");
        }
        assert!(Weak::TooShort.sentence().contains(&CHARS_MIN.to_string()));
        assert!(Weak::TooLong.sentence().contains(&CHARS_MAX.to_string()));
    }
}
