//! Questions about the audit log: who did what to whom, when and from where. Never what was said.

use rusqlite::{Connection, params};
use shared::protocol::UserId;

/// Lists the deeds: each with the word that is stored and stands in addresses, and as people read it.
macro_rules! deeds {
    ($($deed:ident $stored:literal: $words:literal,)*) => {
        /// Something that somebody who looks after the workspace wants to find again.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Deed {
            $($deed,)*
        }

        impl Deed {
            pub(crate) const ALL: &[Self] = &[$(Self::$deed,)*];

            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$deed => $stored,)*
                }
            }

            pub(crate) fn words(self) -> &'static str {
                match self {
                    $(Self::$deed => $words,)*
                }
            }
        }
    };
}

deeds! {
    SetUp "setUp": "set the workspace up",
    SignedUp "signedUp": "made an account",
    Joined "joined": "joined by an invitation",
    SignedIn "signedIn": "signed in",
    SignInFailed "signInFailed": "failed to sign in",
    SignedOut "signedOut": "signed out",
    PasswordChanged "passwordChanged": "changed the password",
    PasswordReset "passwordReset": "set a new password by a link",
    PasskeyAdded "passkeyAdded": "added a passkey",
    PasskeyRemoved "passkeyRemoved": "removed a passkey",
    TwoStepOn "twoStepOn": "turned two-step codes on",
    TwoStepOff "twoStepOff": "turned two-step codes off",
    TokenMade "tokenMade": "made a token",
    TokenRevoked "tokenRevoked": "revoked a token",
    ProfileChanged "profileChanged": "changed their profile",
    AccountDeleted "accountDeleted": "deleted their account",
    PersonAdded "personAdded": "added a person",
    RoleChanged "roleChanged": "changed a role",
    Deactivated "deactivated": "deactivated",
    Reactivated "reactivated": "reactivated",
    Banned "banned": "banned",
    BanLifted "banLifted": "lifted the ban of",
    AddressBanned "addressBanned": "banned an address",
    AddressLifted "addressLifted": "lifted the ban of an address",
    ResetLinkMade "resetLinkMade": "made a password link",
    SignedOutByAdmin "signedOutByAdmin": "signed out everywhere",
    MessagesErased "messagesErased": "deleted all messages",
    Invited "invited": "made an invitation",
    InvitationEnded "invitationEnded": "ended an invitation",
    ReportDismissed "reportDismissed": "dismissed a report",
    MessageRemoved "messageRemoved": "deleted a reported message",
    WorkspaceChanged "workspaceChanged": "changed the workspace",
    RulesChanged "rulesChanged": "changed the rules of a room",
    PersonPutOut "personPutOut": "put somebody out of a room",
    MessageDeleted "messageDeleted": "deleted somebody's message",
    ForeignOrigin "foreignOrigin": "was sent here by another site's page",
}

impl Deed {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|deed| deed.as_str() == text)
    }
}

pub(crate) struct Entry {
    pub(crate) id: i64,
    pub(crate) at_ms: i64,
    /// Empty for the command line.
    pub(crate) actor: String,
    pub(crate) what: String,
    pub(crate) target: String,
    pub(crate) address: String,
}

pub(crate) fn insert(
    db: &Connection,
    actor: Option<UserId>,
    deed: Deed,
    target: &str,
    address: &str,
    now_ms: i64,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "insert into audit (at_ms, actor, what, target, address) values (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        now_ms,
        actor.as_ref().map(|actor| actor.0.as_bytes()),
        deed.as_str(),
        target,
        address
    ])?;
    Ok(())
}

/// The newest first, older than `before`; of one kind, or all; with this in whoever did it or what it
/// was done to.
pub(crate) fn list(
    db: &Connection,
    before: i64,
    deed: Option<Deed>,
    like: &str,
    limit: usize,
) -> rusqlite::Result<Vec<Entry>> {
    db.prepare_cached(
        "select a.id, a.at_ms, coalesce(u.name, ''), a.what, a.target, a.address
         from audit a left join users u on u.id = a.actor
         where a.id < ?1 and (?2 is null or a.what = ?2)
           and (instr(lower(coalesce(u.name, '')), lower(?3)) or instr(lower(a.target), lower(?3)))
         order by a.id desc limit ?4",
    )?
    .query_map(params![before, deed.map(Deed::as_str), like, limit as i64], entry)?
    .collect()
}

/// What somebody has done, the newest first.
pub(crate) fn of(db: &Connection, actor: UserId) -> rusqlite::Result<Vec<Entry>> {
    db.prepare_cached(
        "select id, at_ms, '', what, target, address from audit where actor = ?1 order by id desc",
    )?
    .query_map([actor.0.as_bytes()], entry)?
    .collect()
}

/// Forgets where somebody came from, and what they were called: `name` until now, `now` from now on.
pub(crate) fn forget(db: &Connection, user: UserId, name: &str, now: &str) -> rusqlite::Result<()> {
    db.prepare_cached("update audit set address = '' where actor = ?1")?
        .execute([user.0.as_bytes()])?;
    // What is noted of these is the name or the handle that they took.
    db.prepare_cached(
        "update audit set target = ?2 where actor = ?1 and what in ('signedUp', 'profileChanged')",
    )?
    .execute(params![user.0.as_bytes(), now])?;
    db.prepare_cached(
        "update audit set target = ?2 || substr(target, length(?1) + 1)
         where target = ?1 or substr(target, 1, length(?1) + 2) = ?1 || ': '",
    )?
    .execute(params![name, now])?;
    Ok(())
}

fn entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: row.get(0)?,
        at_ms: row.get(1)?,
        actor: row.get(2)?,
        what: row.get(3)?,
        target: row.get(4)?,
        address: row.get(5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deed_has_its_own_word() {
        for deed in Deed::ALL {
            assert_eq!(Deed::parse(deed.as_str()), Some(*deed));
        }
    }
}
