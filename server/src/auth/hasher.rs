//! Turns passwords into what is stored, and tells whether one is right: Argon2id.
//!
//! A hash takes 30 ms of a core and 19 MB, so only so many are made at a time, few wait for it, and
//! whoever comes then is told to come again: a crowd at the door costs nobody their conversation. An
//! account that is not there takes as long as one that is. Called by the account pages; one for
//! each server.

use std::num::NonZero;
use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::password::{Password, normalised};

/// The least that OWASP's cheat sheet on storing passwords recommends: 19 MiB, twice, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Those who wait: half a second on two slow cores, and no memory to speak of.
const WAITING_MAX: usize = 32;

/// The hash of no password: 256 bits that were drawn, not made. What is typed for an account that
/// is not there, or has no password, is compared with it.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$ucd064HHUOi49zUwHDr3/g$\
                      xsecNjvpjVGeH14R/yopCo/Afoua9SccEFgOH6ZyJos";

pub(crate) struct Hasher {
    /// Hashes that are made at a time.
    at_once: Arc<Semaphore>,
    /// These and those who wait.
    places: Arc<Semaphore>,
}

/// Too many passwords are being looked at. Nothing was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Busy;

impl Hasher {
    /// Makes as many hashes at a time as there are `cores` to give to it.
    pub(crate) fn new(cores: NonZero<usize>) -> Self {
        Self {
            at_once: Arc::new(Semaphore::new(cores.get())),
            places: Arc::new(Semaphore::new(cores.get() + WAITING_MAX)),
        }
    }

    /// What is stored of a password: a PHC string with a salt of its own.
    pub(crate) async fn hash(&self, password: Password) -> Result<String, Busy> {
        self.on_a_thread(move || hash(password.text())).await
    }

    /// Whether this is the password of the hash; never, where there is none.
    pub(crate) async fn verify(&self, typed: String, hash: Option<String>) -> Result<bool, Busy> {
        self.on_a_thread(move || verify(&typed, hash.as_deref())).await
    }

    async fn on_a_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Busy)?;
        let turn = self.at_once.clone().acquire_owned().await.map_err(|_| Busy)?;
        // The thread holds both: a request that is given up does not make room before its time.
        let work = move || {
            let _held = (place, turn);
            work()
        };
        // An error means that the server stops before it began.
        spawn_blocking(work).await.map_err(|_| Busy)
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("Argon2 takes these costs");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(text: &str) -> String {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).expect("the operating system gives random bits");
    let salt = SaltString::encode_b64(&salt).expect("sixteen bytes are a salt");
    let hash = argon2().hash_password(text.as_bytes(), &salt);
    hash.expect("a password of a few hundred bytes is hashed").to_string()
}

fn verify(typed: &str, hash: Option<&str>) -> bool {
    let typed = normalised(typed);
    let stored = hash.and_then(|hash| PasswordHash::new(hash).ok());
    if hash.is_some() && stored.is_none() {
        tracing::error!("a stored password cannot be read; its owner has to set another one");
    }
    // Nothing is skipped for what cannot be right: how long it takes would tell.
    let compared = match stored {
        Some(stored) => stored,
        None => nobody(),
    };
    argon2().verify_password(typed.unwrap_or_default().as_bytes(), &compared).is_ok()
}

fn nobody() -> PasswordHash<'static> {
    PasswordHash::new(NOBODY).expect("the hash of nobody is well formed")
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn hasher() -> Hasher {
        Hasher::new(NonZero::new(1).unwrap())
    }

    fn password() -> Password {
        Password::new("cliff lantern cafe\u{301}".to_owned(), &[]).unwrap()
    }

    #[tokio::test]
    async fn a_password_is_right_however_it_was_typed_and_nothing_else_is() {
        let hasher = hasher();
        let hash = hasher.hash(password()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hasher.hash(password()).await.unwrap(), hash, "each has its salt");
        let verify = |typed: &str, hash: Option<&str>| {
            hasher.verify(typed.to_owned(), hash.map(str::to_owned))
        };
        assert_eq!(verify("cliff lantern café", Some(&hash)).await, Ok(true));
        for wrong in ["", "cliff lantern cafe", " cliff lantern café", &"é".repeat(100_000)] {
            assert_eq!(verify(wrong, Some(&hash)).await, Ok(false));
        }
        for absent in [None, Some("damaged")] {
            assert_eq!(verify("cliff lantern café", absent).await, Ok(false));
            assert_eq!(verify("", absent).await, Ok(false));
        }
    }

    #[test]
    fn nobody_costs_as_much_as_somebody() {
        let hash = hash("cliff lantern café");
        let somebody = PasswordHash::new(&hash).unwrap();
        let nobody = nobody();
        assert_eq!(nobody.algorithm, somebody.algorithm);
        assert_eq!(nobody.version, somebody.version);
        assert_eq!(nobody.params, somebody.params);
        let lengths = |hash: &PasswordHash<'_>| {
            (hash.salt.unwrap().len(), hash.hash.unwrap().as_bytes().len())
        };
        assert_eq!(lengths(&nobody), lengths(&somebody));
    }

    #[tokio::test]
    async fn a_crowd_waits_for_its_turn_and_is_sent_away_beyond_that() {
        let hasher = hasher();
        let held = hasher.at_once.clone().acquire_owned().await.unwrap();
        let mut context = Context::from_waker(Waker::noop());
        let verifying = || Box::pin(hasher.verify("a".to_owned(), None));
        let mut waiting: Vec<Pin<Box<_>>> = (0..=WAITING_MAX).map(|_| verifying()).collect();
        for verify in &mut waiting {
            assert!(verify.as_mut().poll(&mut context).is_pending());
        }
        assert_eq!(verifying().as_mut().poll(&mut context), Poll::Ready(Err(Busy)));
        // Those who go away make room for others.
        waiting.truncate(1);
        assert!(verifying().as_mut().poll(&mut context).is_pending());
        drop(held);
        assert_eq!(waiting.pop().unwrap().await, Ok(false));
    }
}
