//! What is taken away ends the connections that it is about: those that are here, and those that were
//! on their way when it was.

use shared::protocol::{UserId, close};

use super::Shard;
use crate::auth::Visitor;
use crate::store::revocations::{Revocation, Whose};

/// Revocations remembered for who was let in just before them. A handshake takes some seconds at
/// most; somebody for whom these are too few comes back and is looked at anew.
const REVOKED_MAX: usize = 256;

impl Shard {
    /// These were taken away just now, in this order.
    pub(in crate::session) fn revoke(&mut self, revoked: &[Revocation]) {
        for at in 0..self.connections.len() as u32 {
            let Some(connection) = self.connections[at as usize].as_ref() else { continue };
            let login = connection.login.as_deref().copied();
            let (user, address) = (self.user(at), connection.address.to_string());
            let returns = revoked
                .iter()
                .filter(|one| is_about(&one.whose, user, login.as_ref(), &address))
                .map(|one| one.returns)
                .reduce(|all, one| all && one);
            if let Some(returns) = returns {
                self.end_revoked(at, returns);
            }
        }
        self.revoked.extend(revoked.iter().cloned());
        let excess = self.revoked.len().saturating_sub(REVOKED_MAX);
        self.revoked.drain(..excess);
    }

    pub(super) fn addresses_of(&self, user: UserId) -> Vec<String> {
        let seated = (0..).zip(&self.connections).filter_map(|(at, one)| Some((at, one.as_ref()?)));
        let theirs = seated.filter(|(at, _)| self.user(*at) == user);
        theirs.map(|(_, connection)| connection.address.to_string()).collect()
    }

    /// Whether something was taken away from somebody after they had been looked at, and then whether
    /// they may come back at once.
    pub(super) fn revoked_since(&self, visitor: &Visitor) -> Option<bool> {
        let since = visitor.revocation;
        let is_full = self.revoked.len() == REVOKED_MAX;
        if is_full && self.revoked.front().is_some_and(|first| first.id > since + 1) {
            return Some(true);
        }
        let (user, address) = (visitor.author.id, visitor.author.address.to_string());
        let login = visitor.author.login.as_ref();
        let later = self.revoked.iter().filter(|one| one.id > since);
        let about = later.filter(|one| is_about(&one.whose, user, login, &address));
        about.map(|one| one.returns).reduce(|all, one| all && one)
    }

    pub(super) fn end_revoked(&mut self, at: u32, returns: bool) {
        if returns {
            self.end(at, close::CHANGED, "Connect again");
        } else {
            self.end(at, close::UNAUTHORIZED, "Unauthorized");
        }
    }
}

fn is_about(whose: &Whose, user: UserId, login: Option<&[u8; 32]>, address: &str) -> bool {
    match whose {
        Whose::Everyone => true,
        Whose::User(id) => *id == user,
        Whose::Login(hash) => login == Some(hash),
        Whose::Address(from) => from == address,
    }
}
