//! How fast people may do things, and how many sockets they may hold: token buckets, and counts.
//!
//! Pure: the time is an argument. `chat` asks before it appends, the handshake before it lets a
//! socket in, signing in before a password is looked at. Who waits long enough is forgotten.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use shared::protocol::{RoomId, UserId};

/// What somebody may do at once after a pause, and then each second: faster than anyone types.
const PERSON: Rate = Rate { burst: 10.0, per_second: 2.0 };

/// The same of everyone behind one address: an office, or one person who is many guests.
const ADDRESS: Rate = Rate { burst: 100.0, per_second: 20.0 };

/// The same of everyone in one room: beyond it nobody reads any more.
const ROOM: Rate = Rate { burst: 200.0, per_second: 50.0 };

/// Tries to sign in that fail: ten in three minutes.
const SIGN_IN: Rate = Rate { burst: 10.0, per_second: 10.0 / 180.0 };

/// Whoever goes on so many times without waiting as they were told is not heard for a while. Our
/// clients wait.
const IGNORED_MAX: u32 = 50;
const BLOCK: Duration = Duration::from_secs(30);

/// Buckets remembered at once, of each kind. A bucket that is full again means nothing: beyond this
/// many the full ones are forgotten, and then, if all are in use, the rest too.
const BUCKETS_MAX: usize = 10_000;

/// Sockets of one account: a person's devices and tabs, and some programs.
const ACCOUNT_SOCKETS_MAX: u32 = 20;

/// Sockets from one address: a school behind one router.
const ADDRESS_SOCKETS_MAX: u32 = 2_500;

#[derive(Default)]
pub(crate) struct Limits {
    people: Buckets<UserId>,
    addresses: Buckets<IpAddr>,
    rooms: Buckets<RoomId>,
    sign_ins: Buckets<SignIn>,
    sockets: Sockets,
}

/// Who changes something, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sender {
    pub(crate) user: UserId,
    pub(crate) address: IpAddr,
}

/// Whose tries to sign in are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SignIn {
    /// From anywhere that the account has not been used from before, by what was typed.
    Account(String),
    /// From where the account has been used: others' tries keep nobody out of their own house.
    Known(String, IpAddr),
    Address(IpAddr),
}

#[derive(Clone, Copy)]
struct Rate {
    burst: f64,
    per_second: f64,
}

struct Buckets<K>(HashMap<K, Bucket>);

struct Bucket {
    tokens: f64,
    filled_at: Instant,
    /// Asked for without waiting, one after the other.
    ignored: u32,
    blocked_until: Option<Instant>,
}

#[derive(Default)]
struct Sockets {
    accounts: HashMap<UserId, u32>,
    addresses: HashMap<IpAddr, u32>,
}

impl Limits {
    /// Takes what one change costs, or says how long to wait for it.
    pub(crate) fn take(
        &mut self,
        by: Sender,
        room: Option<RoomId>,
        now: Instant,
    ) -> Result<(), Duration> {
        self.people.take(by.user, PERSON, now)?;
        self.addresses.take(by.address, ADDRESS, now)?;
        match room {
            Some(room) => self.rooms.take(room, ROOM, now),
            None => Ok(()),
        }
    }

    /// Somebody tries to sign in; [`Limits::signed_in`] if they can.
    pub(crate) fn try_sign_in(&mut self, tries: &[SignIn], now: Instant) -> Result<(), Duration> {
        tries.iter().try_for_each(|one| self.sign_ins.take(one.clone(), SIGN_IN, now))
    }

    /// Who could sign in has tried nothing.
    pub(crate) fn signed_in(&mut self, tries: &[SignIn]) {
        for one in tries {
            self.sign_ins.give_back(one, SIGN_IN);
        }
    }

    /// One more socket, unless there are as many as there may be. Guests are counted by their address
    /// only.
    pub(crate) fn enter(&mut self, account: Option<UserId>, address: IpAddr) -> bool {
        let held = |count: Option<&u32>| count.copied().unwrap_or_default();
        let Sockets { accounts, addresses } = &mut self.sockets;
        if held(addresses.get(&address)) >= ADDRESS_SOCKETS_MAX
            || account.is_some_and(|id| held(accounts.get(&id)) >= ACCOUNT_SOCKETS_MAX)
        {
            return false;
        }
        *addresses.entry(address).or_default() += 1;
        if let Some(id) = account {
            *accounts.entry(id).or_default() += 1;
        }
        true
    }

    /// A socket is gone that was let in.
    pub(crate) fn exit(&mut self, account: Option<UserId>, address: IpAddr) {
        fn less<K: Hash + Eq>(counts: &mut HashMap<K, u32>, key: &K) {
            if let Some(count) = counts.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(key);
                }
            }
        }
        less(&mut self.sockets.addresses, &address);
        if let Some(id) = account {
            less(&mut self.sockets.accounts, &id);
        }
    }
}

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Hash + Eq> Buckets<K> {
    fn take(&mut self, key: K, rate: Rate, now: Instant) -> Result<(), Duration> {
        if self.0.len() >= BUCKETS_MAX && !self.0.contains_key(&key) {
            self.0.retain(|_, bucket| bucket.is_in_use(rate, now));
            if self.0.len() >= BUCKETS_MAX {
                self.0.clear();
            }
        }
        let full =
            || Bucket { tokens: rate.burst, filled_at: now, ignored: 0, blocked_until: None };
        self.0.entry(key).or_insert_with(full).take(rate, now)
    }

    fn give_back(&mut self, key: &K, rate: Rate) {
        if let Some(bucket) = self.0.get_mut(key) {
            bucket.tokens = (bucket.tokens + 1.0).min(rate.burst);
        }
    }
}

impl Bucket {
    fn take(&mut self, rate: Rate, now: Instant) -> Result<(), Duration> {
        if let Some(until) = self.blocked_until.filter(|until| *until > now) {
            return Err(until - now);
        }
        self.tokens = self.tokens_at(rate, now);
        self.filled_at = now;
        self.blocked_until = None;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            self.ignored = 0;
            return Ok(());
        }
        self.ignored += 1;
        if self.ignored >= IGNORED_MAX {
            self.ignored = 0;
            self.blocked_until = Some(now + BLOCK);
            return Err(BLOCK);
        }
        Err(Duration::from_secs_f64((1.0 - self.tokens) / rate.per_second))
    }

    fn tokens_at(&self, rate: Rate, now: Instant) -> f64 {
        let waited = now.saturating_duration_since(self.filled_at).as_secs_f64();
        (self.tokens + waited * rate.per_second).min(rate.burst)
    }

    fn is_in_use(&self, rate: Rate, now: Instant) -> bool {
        self.tokens_at(rate, now) < rate.burst || self.blocked_until.is_some_and(|at| at > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: u128) -> UserId {
        UserId(uuid::Uuid::from_u128(number))
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn sender(number: u128) -> Sender {
        Sender { user: person(number), address: address(number as u8) }
    }

    #[test]
    fn ten_at_once_then_two_each_second_and_nobody_else_waits() {
        let (alice, bob) = (sender(1), sender(2));
        let start = Instant::now();
        let mut limits = Limits::default();
        for _ in 0..10 {
            assert_eq!(limits.take(alice, None, start), Ok(()));
        }
        assert_eq!(limits.take(alice, None, start), Err(Duration::from_millis(500)));
        assert_eq!(limits.take(bob, None, start), Ok(()));
        let later = start + Duration::from_millis(1_000);
        assert_eq!(limits.take(alice, None, later), Ok(()));
        assert_eq!(limits.take(alice, None, later), Ok(()));
        assert!(limits.take(alice, None, later).is_err());
    }

    #[test]
    fn whoever_does_not_wait_is_not_heard_for_a_while() {
        let start = Instant::now();
        let mut limits = Limits::default();
        let blocked = (0..100).find_map(|_| {
            limits.take(sender(1), None, start).err().filter(|wait| *wait > Duration::from_secs(9))
        });
        assert_eq!(blocked, Some(BLOCK));
        let wait = limits.take(sender(1), None, start + BLOCK / 2).unwrap_err();
        assert_eq!(wait, BLOCK / 2, "asking meanwhile makes it no longer");
        assert_eq!(limits.take(sender(1), None, start + BLOCK), Ok(()));
    }

    #[test]
    fn many_guests_behind_one_address_share_its_bucket() {
        let start = Instant::now();
        let mut limits = Limits::default();
        let said = (0..1_000).filter(|number| {
            let by = Sender { user: person(*number), address: address(1) };
            limits.take(by, None, start).is_ok()
        });
        assert_eq!(said.count(), ADDRESS.burst as usize);
    }

    #[test]
    fn passwords_are_not_guessed_and_nobody_is_kept_out_of_their_own_house() {
        let start = Instant::now();
        let mut limits = Limits::default();
        let from = |last: u8| [SignIn::Account("mara".into()), SignIn::Address(address(last))];
        let tried = (0..200).filter(|n| limits.try_sign_in(&from(*n as u8), start).is_ok()).count();
        assert_eq!(tried, 10, "whatever they come from");
        let home = [SignIn::Known("mara".into(), address(99)), SignIn::Address(address(99))];
        assert_eq!(limits.try_sign_in(&home, start), Ok(()));
        for _ in 0..100 {
            limits.signed_in(&home);
            assert_eq!(limits.try_sign_in(&home, start), Ok(()), "who can sign in tries nothing");
        }
    }

    #[test]
    fn sockets_are_counted_and_given_back() {
        let mut limits = Limits::default();
        let mara = Some(person(1));
        for _ in 0..ACCOUNT_SOCKETS_MAX {
            assert!(limits.enter(mara, address(1)));
        }
        assert!(!limits.enter(mara, address(2)));
        assert!(limits.enter(None, address(1)), "a guest beside her");
        limits.exit(mara, address(1));
        assert!(limits.enter(mara, address(2)));
        let guests = (0..).take_while(|_| limits.enter(None, address(3))).count();
        assert_eq!(guests, ADDRESS_SOCKETS_MAX as usize);
        for _ in 0..guests {
            limits.exit(None, address(3));
        }
        assert!(limits.enter(None, address(3)));
    }

    #[test]
    fn a_crowd_is_forgotten_when_it_rests() {
        let start = Instant::now();
        let mut limits = Limits::default();
        for number in 0..BUCKETS_MAX as u128 {
            assert_eq!(limits.people.take(person(number), PERSON, start), Ok(()));
        }
        let later = start + Duration::from_secs(60);
        assert_eq!(limits.people.take(person(u128::MAX), PERSON, later), Ok(()));
        assert_eq!(limits.people.0.len(), 1);
    }
}
