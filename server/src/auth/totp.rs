//! The second factor: codes that an app shows for thirty seconds, and codes on paper for the day
//! when the app is gone.
//!
//! Pure but for the random bits of new ones; the time is an argument. RFC 6238 with SHA-1, six
//! digits, thirty seconds, which is what every app speaks. A code works once: the caller keeps the
//! step that matched, and deletes a backup code that was used. How often somebody may guess is the
//! caller's to limit: three of a million codes are right at any time.

use std::fmt;

use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// As long as SHA-1's result, which RFC 4226 recommends.
const SECRET_BYTES: usize = 20;

const STEP_MS: i64 = 30_000;

/// How far a telephone's clock may be off, in steps.
const DRIFT_STEPS: i64 = 1;

const DIGITS: usize = 6;

/// RFC 4648.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Crockford's letters: none of them looks like another one.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Letters of a backup code: 40 bits.
const BACKUP_LETTERS: usize = 8;

/// What an app and the server have in common. Never printed by accident.
pub(crate) struct Secret([u8; SECRET_BYTES]);

impl Secret {
    pub(crate) fn random() -> Self {
        Self(random())
    }

    /// As it was stored; nothing if it is of another length.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// As [`Secret::text`] has written it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let value = |letter: u8| BASE32.iter().position(|one| *one == letter);
        let letters = text.bytes().map(value).collect::<Option<Vec<_>>>()?;
        if letters.len() != SECRET_BYTES * 8 / 5 {
            return None;
        }
        let mut bytes = [0; SECRET_BYTES];
        for (index, letter) in letters.into_iter().enumerate() {
            let (byte, bit) = (index * 5 / 8, index * 5 % 8);
            let [high, low] = ((letter as u16) << (11 - bit)).to_be_bytes();
            bytes[byte] |= high;
            if let Some(next) = bytes.get_mut(byte + 1) {
                *next |= low;
            }
        }
        Some(Self(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// For somebody who types it into an app: 32 letters and digits of base32.
    pub(crate) fn text(&self) -> String {
        let five_bits = |index: usize| {
            let (byte, bit) = (index * 5 / 8, index * 5 % 8);
            let next = self.0.get(byte + 1).copied().unwrap_or_default();
            let bits = u16::from_be_bytes([self.0[byte], next]);
            char::from(BASE32[usize::from(bits >> (11 - bit)) % 32])
        };
        (0..SECRET_BYTES * 8 / 5).map(five_bits).collect()
    }

    /// For a QR code: <https://github.com/google/google-authenticator/wiki/Key-Uri-Format>.
    pub(crate) fn uri(&self, workspace: &str, account: &str) -> String {
        let (workspace, account) = (escaped(workspace), escaped(account));
        let secret = self.text();
        format!(
            "otpauth://totp/{workspace}:{account}?secret={secret}&issuer={workspace}\
             &algorithm=SHA1&digits={DIGITS}&period={}",
            STEP_MS / 1_000
        )
    }

    /// The step that this code belongs to, to be kept as `last_step`: no code of it or of an
    /// earlier one is taken again. Spaces are as people like them.
    pub(crate) fn matches(&self, code: &str, now_ms: i64, last_step: Option<i64>) -> Option<i64> {
        let typed: String = code.chars().filter(|c| !c.is_whitespace()).take(DIGITS + 1).collect();
        let now = now_ms.div_euclid(STEP_MS);
        let mut matched = None;
        // All of them are compared: how long it takes tells nothing.
        for step in now - DRIFT_STEPS..=now + DRIFT_STEPS {
            let is_right = bool::from(self.code(step).as_bytes().ct_eq(typed.as_bytes()));
            if is_right && last_step.is_none_or(|last| last < step) {
                matched = Some(step);
            }
        }
        matched
    }

    /// RFC 4226, section 5.3.
    fn code(&self, step: i64) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).expect("HMAC takes any key");
        mac.update(&step.to_be_bytes());
        let result: [u8; 20] = mac.finalize().into_bytes().into();
        let from = usize::from(result[19] & 0xf);
        let four = [result[from], result[from + 1], result[from + 2], result[from + 3]];
        let number = u32::from_be_bytes(four) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Ten codes for paper, such as `4f7k-9q2m`. Only their [`backup_key`] is stored.
pub(crate) fn backup_codes() -> [String; 10] {
    std::array::from_fn(|_| {
        let letters: [u8; BACKUP_LETTERS] = random();
        let code: String =
            letters.iter().map(|bits| char::from(LETTERS[usize::from(bits % 32)])).collect();
        let (left, right) = code.split_at(BACKUP_LETTERS / 2);
        format!("{left}-{right}")
    })
}

/// What is stored of a backup code, and looked for when one is typed: SHA-256 of its letters, small,
/// without what stands between them. Letters that are in no code are the digits that they look like.
pub(crate) fn backup_key(typed: &str) -> [u8; 32] {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric);
    let read = letters.map(|letter| match letter.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        letter => letter,
    });
    let code: String = read.take(BACKUP_LETTERS + 1).collect();
    Sha256::digest(code).into()
}

fn random<const BYTES: usize>() -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).expect("the operating system gives random bits");
    bytes
}

/// Percent-encoded. A colon divides the label, however it is written, so none is let through.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.replace(':', " ").bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        Secret::from_bytes(b"12345678901234567890").unwrap()
    }

    /// Appendix B of RFC 6238, without the first two of its eight digits.
    const RFC_6238: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    #[test]
    fn a_secret_is_read_as_it_was_written() {
        let secret = Secret::random();
        assert_eq!(Secret::parse(&secret.text()).unwrap().bytes(), secret.bytes());
        assert!(Secret::parse("").is_none() && Secret::parse(&"1".repeat(32)).is_none());
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (at_s, code) in RFC_6238 {
            assert_eq!(secret().matches(code, at_s * 1_000, None), Some(at_s / 30), "{at_s}");
        }
        assert_eq!(secret().matches(" 287 082 ", 59_000, None), Some(1));
        for wrong in ["", "28708", "2870820", "287083", "28708２", &"287082".repeat(1_000)] {
            assert_eq!(secret().matches(wrong, 59_000, None), None, "{wrong}");
        }
    }

    #[test]
    fn a_clock_may_be_half_a_minute_off() {
        let code = secret().code(100);
        for (now_ms, matched) in [
            (99 * STEP_MS - 1, None),
            (99 * STEP_MS, Some(100)),
            (100 * STEP_MS, Some(100)),
            (102 * STEP_MS - 1, Some(100)),
            (102 * STEP_MS, None),
        ] {
            assert_eq!(secret().matches(&code, now_ms, None), matched, "{now_ms}");
        }
        assert_eq!(secret().matches(&secret().code(-1), -1, None), Some(-1));
    }

    #[test]
    fn a_code_works_once() {
        let now_ms = 100 * STEP_MS;
        let code = |step| secret().code(step);
        assert_eq!(secret().matches(&code(100), now_ms, Some(99)), Some(100));
        assert_eq!(secret().matches(&code(100), now_ms, Some(100)), None);
        assert_eq!(secret().matches(&code(99), now_ms, Some(100)), None);
        assert_eq!(secret().matches(&code(101), now_ms, Some(100)), Some(101));
    }

    #[test]
    fn a_secret_is_drawn_and_comes_back_but_is_not_printed() {
        let drawn = Secret::random();
        assert_ne!(drawn.bytes(), Secret::random().bytes());
        assert_eq!(Secret::from_bytes(drawn.bytes()).unwrap().text(), drawn.text());
        assert!(Secret::from_bytes(b"short").is_none());
        assert_eq!(format!("{drawn:?}"), "Secret(…)");
    }

    #[test]
    fn an_app_is_told_everything_in_one_address() {
        assert_eq!(secret().text(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            secret().uri("Harbour & Crew", "mara:ö@example.org"),
            "otpauth://totp/Harbour%20%26%20Crew:mara%20%C3%B6%40example.org\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Harbour%20%26%20Crew\
             &algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn a_backup_code_is_found_however_it_is_typed() {
        let codes = backup_codes();
        for (index, code) in codes.iter().enumerate() {
            assert!(!codes[..index].contains(code), "{code}");
            assert_eq!((code.len(), code.find('-')), (9, Some(4)), "{code}");
            assert!(code.bytes().all(|letter| letter == b'-' || LETTERS.contains(&letter)));
            assert_eq!(backup_key(code), backup_key(&code.to_uppercase().replace('-', " ")));
        }
        assert_eq!(backup_key("4f7k-1q0m"), backup_key(" 4F7KlQOM\n"));
        assert_eq!(backup_key("4f7k-1q0m"), <[u8; 32]>::from(Sha256::digest("4f7k1q0m")));
        assert_ne!(backup_key("4f7k-1q0m"), backup_key("4f7k-1q0mm"));
    }
}
