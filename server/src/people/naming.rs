//! What people may be called besides their name: handles, e-mail addresses, workspaces. Pure, but for
//! whether a handle is free.

use rusqlite::Connection;
use shared::protocol::UserId;

use super::Refusal;
use crate::names;
use crate::store::users;

/// Letters of a handle.
const HANDLE_CHARS: std::ops::RangeInclusive<usize> = 2..=30;

/// Longest address that mail can be sent to, by RFC 5321.
const EMAIL_CHARS_MAX: usize = 254;

const WORKSPACE_CHARS_MAX: usize = 60;

/// What somebody wants to sign in with and be mentioned by.
pub(crate) fn handle(typed: &str) -> Result<String, Refusal> {
    let handle = typed.trim().trim_start_matches('@').to_ascii_lowercase();
    let fits = HANDLE_CHARS.contains(&handle.len())
        && handle.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
        && handle.chars().any(|c| c.is_ascii_alphanumeric());
    fits.then_some(handle).ok_or(Refusal::BadHandle)
}

/// A handle that is nobody's yet, for somebody of this name who has not chosen one.
pub(crate) fn handle_for(db: &Connection, id: UserId, name: &str) -> rusqlite::Result<String> {
    let letters = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '.' };
    let words: String = name.chars().map(letters).collect();
    let words: Vec<&str> = words.split('.').filter(|word| !word.is_empty()).collect();
    let mut base = words.join(".");
    base.truncate(*HANDLE_CHARS.end() - 4);
    if base.len() < *HANDLE_CHARS.start() {
        base = format!("user.{}", &id.0.simple().to_string()[..4]);
    }
    let mut handle = base.clone();
    let mut number = 1;
    while is_taken(db, id, &handle)? {
        number += 1;
        handle = format!("{base}{number}");
    }
    Ok(handle)
}

/// Whether somebody else signs in with this, or is called so.
pub(super) fn is_taken(db: &Connection, id: UserId, handle: &str) -> rusqlite::Result<bool> {
    Ok(users::known_as(db, handle, &names::key(handle))?.is_some_and(|other| other != id))
}

/// `None` where nothing was typed.
pub(crate) fn email(typed: &str) -> Result<Option<String>, Refusal> {
    let email = typed.trim().to_lowercase();
    if email.is_empty() {
        return Ok(None);
    }
    let parts = email.rsplit_once('@').filter(|(name, host)| {
        let is_host = |c: char| c.is_alphanumeric() || ".-".contains(c);
        !name.is_empty()
            && host.contains('.')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && host.chars().all(is_host)
    });
    let clean = !email.chars().any(|c| c.is_whitespace() || c.is_control() || c == ',');
    if parts.is_none() || !clean || email.chars().count() > EMAIL_CHARS_MAX {
        return Err(Refusal::BadEmail);
    }
    Ok(Some(email))
}

/// What the workspace is called: one line, not empty.
pub(crate) fn workspace_name(typed: &str) -> Result<String, Refusal> {
    let words: Vec<&str> = typed.split_whitespace().collect();
    let name: String = words.join(" ").chars().filter(|c| !names::is_invisible(*c)).collect();
    let fits = (1..=WORKSPACE_CHARS_MAX).contains(&name.chars().count());
    (fits && name.chars().any(char::is_alphanumeric)).then_some(name).ok_or(Refusal::BadName)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_small_letters_digits_and_what_joins_them() {
        assert_eq!(handle(" @Mara.L "), Ok("mara.l".into()));
        for bad in ["", "m", "mara lindqvist", "мара", "..", &"x".repeat(31)] {
            assert_eq!(handle(bad), Err(Refusal::BadHandle), "{bad:?}");
        }
    }

    #[test]
    fn an_address_has_a_name_and_a_host_with_an_ending() {
        assert_eq!(email(" Mara@Fernhill.example "), Ok(Some("mara@fernhill.example".into())));
        assert_eq!(email("  "), Ok(None));
        for bad in ["mara", "mara@fernhill", "@a.b", "a@.b", "a@b.", "a b@c.d", "a@b.c\r\nx: y"] {
            assert_eq!(email(bad), Err(Refusal::BadEmail), "{bad:?}");
        }
    }

    #[test]
    fn a_workspace_has_a_name_that_can_be_seen() {
        assert_eq!(workspace_name("  Fernhill \n Workshop "), Ok("Fernhill Workshop".into()));
        for bad in ["", " \u{200b} ", "!!!", &"x".repeat(61)] {
            assert_eq!(workspace_name(bad), Err(Refusal::BadName), "{bad:?}");
        }
    }
}
