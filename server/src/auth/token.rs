//! 256 random bits that only their holder knows: what cookies and programs' tokens are made of, and,
//! shorter, what links end with.
//!
//! Only hashes are stored. Never logged: nothing here can be printed.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use shared::protocol::UserId;

/// Bytes of a link's code: nobody guesses 128 bits.
const CODE_BYTES: usize = 16;

#[derive(Clone)]
pub(crate) struct Token([u8; 32]);

impl Token {
    pub(crate) fn random() -> Self {
        let mut bits = [0; 32];
        fill(&mut bits);
        Self(bits)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bits = unhex(text).try_into().ok()?;
        Some(Self(bits))
    }

    pub(crate) fn text(&self) -> String {
        hex(&self.0)
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// The id of the guest who holds this token and has no row yet.
    pub(crate) fn guest(&self) -> UserId {
        let digest = Sha256::new().chain_update("hubbub guest").chain_update(self.0).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        UserId(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }
}

/// What a link ends with.
pub(crate) fn code() -> String {
    let mut bits = [0; CODE_BYTES];
    fill(&mut bits);
    hex(&bits)
}

/// What is stored of a code that works once.
pub(crate) fn code_hash(code: &str) -> [u8; 32] {
    Sha256::digest(code).into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What [`hex`] has written; nothing for what it has not.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let pair = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes = (0..text.len()).step_by(2).map(pair).collect::<Option<Vec<u8>>>();
    bytes.unwrap_or_default()
}

fn fill(bits: &mut [u8]) {
    // Without the system's randomness no id can be made either: uuid panics in that case too.
    getrandom::fill(bits).expect("the operating system gives random bits");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_makes_the_same_guest_each_time_and_is_not_in_the_id() {
        let token = Token::random();
        let again = Token::parse(&token.text()).unwrap();
        assert_eq!(token.guest(), again.guest());
        assert_eq!(token.guest().0.get_version_num(), 4);
        assert_ne!(token.hash(), token.0);
        assert_ne!(Token::random().0, token.0);
        for bad in ["", "xyz", &"0".repeat(63), &"g".repeat(64)] {
            assert!(Token::parse(bad).is_none(), "{bad}");
        }
    }
}
