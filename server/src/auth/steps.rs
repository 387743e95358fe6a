//! Who has given the right password and still owes a code: between two pages, in memory only.
//!
//! Pure: the time is an argument. Each is good for some minutes and a few tries.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use shared::protocol::UserId;

use super::Token;

/// For how long a code may be typed.
const STEP_WAIT: Duration = Duration::from_secs(5 * 60);

/// Wrong codes before one begins again with the password: a million codes, of which three are right.
const TRIES_MAX: u32 = 5;

/// People between the two pages at once. Beyond it those who began first begin again.
const STEPS_MAX: usize = 1_000;

#[derive(Default)]
pub(crate) struct Steps(HashMap<[u8; 32], Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    user: UserId,
    began: Instant,
    tries: u32,
    next: String,
}

impl Steps {
    /// The password was right; `next` is where they want to go. Gives what their browser holds.
    pub(crate) fn begin(&mut self, user: UserId, next: String, now: Instant) -> Token {
        self.0.retain(|_, step| now - step.began < STEP_WAIT);
        if self.0.len() >= STEPS_MAX
            && let Some(first) = self.0.iter().min_by_key(|(_, step)| step.began).map(|one| *one.0)
        {
            self.0.remove(&first);
        }
        let token = Token::random();
        self.0.insert(token.hash(), Step { user, began: now, tries: 0, next });
        token
    }

    /// Who tries a code, and where they want to go, if they still may.
    pub(crate) fn try_one(&mut self, token: &Token, now: Instant) -> Option<(UserId, String)> {
        let hash = token.hash();
        let step = self.0.get_mut(&hash)?;
        step.tries += 1;
        if step.tries > TRIES_MAX || now - step.began >= STEP_WAIT {
            self.0.remove(&hash);
            return None;
        }
        Some((step.user, step.next.clone()))
    }

    /// The code was right.
    pub(crate) fn end(&mut self, token: &Token) {
        self.0.remove(&token.hash());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_good_for_a_few_tries_and_some_minutes() {
        let (user, now) = (UserId(uuid::Uuid::from_u128(1)), Instant::now());
        let mut steps = Steps::default();
        let token = steps.begin(user, "/".into(), now);
        for _ in 0..TRIES_MAX {
            assert_eq!(steps.try_one(&token, now), Some((user, "/".into())));
        }
        assert_eq!(steps.try_one(&token, now), None);
        let late = steps.begin(user, "/".into(), now);
        assert_eq!(steps.try_one(&late, now + STEP_WAIT), None);
        assert_eq!(steps.try_one(&Token::random(), now), None);
        let first = steps.begin(user, "/".into(), now);
        for _ in 0..STEPS_MAX {
            steps.begin(user, "/".into(), now + Duration::from_secs(1));
        }
        assert_eq!(steps.try_one(&first, now), None, "there is a bound");
    }
}
