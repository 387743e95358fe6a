//! What is left of what somebody typed, and whether it may be said. Pure.

use shared::protocol::{Code, REASON_CHARS_MAX, TEXT_CHARS_MAX, TOPIC_CHARS_MAX};

use crate::names::is_invisible;

/// A message: lines and tabs stay, other control characters go. NUL is nothing that anybody
/// types: programs that send it have sent something else than they meant.
pub(super) fn message(typed: &str) -> Result<String, Code> {
    if typed.contains('\0') {
        return Err(Code::BadRequest);
    }
    let text: String = typed
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(Code::Empty);
    }
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Code::TooLong);
    }
    Ok(text)
}

/// A topic is one line, and may be nothing.
pub(super) fn topic(typed: &str) -> Result<String, Code> {
    line(typed, TOPIC_CHARS_MAX)
}

/// Why somebody shows a message to the admins.
pub(super) fn reason(typed: &str) -> Result<String, Code> {
    line(typed, REASON_CHARS_MAX)
}

fn line(typed: &str, chars_max: usize) -> Result<String, Code> {
    let line: String = typed.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim();
    if line.chars().count() > chars_max {
        return Err(Code::TooLong);
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_keeps_its_lines_and_loses_what_cannot_be_seen() {
        assert_eq!(message("ab\u{7}\r\n\tc"), Ok("ab\n\tc".into()));
        assert_eq!(message("a\0b"), Err(Code::BadRequest));
        assert_eq!(message("👩‍🌾"), Ok("👩‍🌾".into()), "joiners inside an emoji stay");
        for empty in ["", " \n\t ", "\u{200b}\u{2060}"] {
            assert_eq!(message(empty), Err(Code::Empty), "{empty:?}");
        }
        assert_eq!(message(&"ß".repeat(TEXT_CHARS_MAX)).map(|text| text.len()), Ok(16_000));
        assert_eq!(message(&"x".repeat(TEXT_CHARS_MAX + 1)), Err(Code::TooLong));
    }

    #[test]
    fn a_topic_is_one_line() {
        assert_eq!(topic(" beds\nand\tseeds "), Ok("beds and seeds".into()));
        assert_eq!(topic(""), Ok(String::new()));
        assert_eq!(topic(&"x".repeat(TOPIC_CHARS_MAX + 1)), Err(Code::TooLong));
    }
}
