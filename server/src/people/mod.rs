//! The verbs of accounts, one function each: check who asks, change, note it in the audit log, take
//! away what does not hold any more.
//!
//! Each is one transaction's worth on a connection that the caller holds: `pages` runs them through
//! `log.write`, the command line on a database of its own. What somebody may is asked of
//! `shared::permission` with the role that they have in this transaction, not with the one that some
//! page was drawn for. Nothing here knows a password or a token, only hashes.

mod accounts;
mod audit;
mod inviting;
mod keys;
mod leaving;
mod managing;
mod naming;

pub(crate) use crate::store::audit::Deed;
pub(crate) use accounts::{
    NewAccount, accept, add, reset_password, set_password, set_profile, set_up, sign_up,
};
pub(crate) use audit::note_foreign_origin;
pub(crate) use inviting::{WantedInvitation, end as end_invitation, invite};
pub(crate) use keys::{
    LABEL_CHARS_MAX, add_passkey, begin_login, end_all_logins, end_login, make_token, may_erase,
    remove_passkey, revoke_token,
};
pub(crate) use leaving::{
    Export, ExportedRoom, delete as delete_account, export, may_leave, posted_in,
};
pub(crate) use managing::{
    Ban, ban, close_report, lift_address, make_reset, set_role, set_standing, set_workspace,
    sign_out_everywhere,
};
pub(crate) use naming::{email, handle, handle_for, workspace_name};

use rusqlite::Connection;
use shared::permission::{self, Role, Verb};
use shared::protocol::UserId;

use crate::store::users::{Account, Standing};
use crate::store::{revocations, settings, users};

/// Who asks, and from where.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    /// `None` for the command line: whoever may run it on the data has the data.
    pub(crate) id: Option<UserId>,
    pub(crate) address: String,
    pub(crate) now_ms: i64,
}

/// Why nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Forbidden,
    /// There is no such person, link or thing; or not for whoever asks.
    Unknown,
    NameTaken,
    BadName,
    HandleTaken,
    BadHandle,
    BadEmail,
    EmailTaken,
    /// Somebody has to be able to look after the workspace.
    LastOwner,
    /// A link that was used up, ended, or is too old.
    Ended,
    /// Somebody has to be able to sign in.
    LastWayIn,
    /// They have an account already.
    HasAccount,
    OutOfRange,
    /// The command line invites in the name of an owner.
    NotSetUp,
}

impl Refusal {
    /// One sentence for a person: what is wrong and what to do.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::Forbidden => "You may not do this. Ask an owner of this workspace.",
            Self::Unknown => "This is not here any more. Reload the page.",
            Self::NameTaken => "Somebody already has this name. Choose another one.",
            Self::BadName => "This name cannot be used. Choose one with letters or digits.",
            Self::HandleTaken => "Somebody already signs in with this. Choose another one.",
            Self::BadHandle => {
                "Choose 2 to 30 small letters (a to z), digits, dots, hyphens or underscores."
            }
            Self::BadEmail => "This is no e-mail address. Check it, or leave it out.",
            Self::EmailTaken => "This address belongs to another account. Use another one.",
            Self::LastOwner => "The last owner stays one. Make somebody else an owner first.",
            Self::Ended => "This link does not work any more. Ask for a new one.",
            Self::LastWayIn => "This is your only way in. Choose a password first.",
            Self::HasAccount => "You have an account already.",
            Self::OutOfRange => "This number is too small or too large. Choose another one.",
            Self::NotSetUp => "Nobody owns this workspace yet. Set it up first: hubbub setup-link.",
        }
    }
}

/// What came of it: nothing was changed unless it is `Ok`.
pub(crate) type Done<T> = rusqlite::Result<Result<T, Refusal>>;

/// In a function that gives [`Done`]: goes on with the value, or ends with the refusal.
macro_rules! granted {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(refusal) => return Ok(Err(refusal)),
        }
    };
}
use granted;

impl Actor {
    /// What they are, in this transaction.
    fn role(&self, db: &Connection) -> rusqlite::Result<Role> {
        let Some(id) = self.id else { return Ok(Role::Owner) };
        let user = users::find(db, id)?.filter(|user| user.is_active);
        Ok(user.map(|user| user.role).unwrap_or_default())
    }

    /// Their role, if it may do this.
    fn may(&self, db: &Connection, verb: Verb) -> Done<Role> {
        let role = self.role(db)?;
        let allowed = permission::may(role, &settings::policy(db)?, verb, None);
        Ok(allowed.map(|()| role).map_err(|_| Refusal::Forbidden))
    }

    /// The account of somebody whom they may manage.
    fn managed(&self, db: &Connection, target: UserId) -> Done<Account> {
        let role = granted!(self.may(db, Verb::ManagePeople)?);
        let target = users::account(db, target)?;
        let target = target.filter(|target| target.standing != Standing::Deleted);
        let Some(target) = target else { return Ok(Err(Refusal::Unknown)) };
        let may = permission::may_manage(role, target.role);
        Ok(if may { Ok(target) } else { Err(Refusal::Forbidden) })
    }
}

/// Ends somebody's connections everywhere; `returns` if only what they may has changed.
fn revoke(db: &Connection, user: UserId, returns: bool, now_ms: i64) -> rusqlite::Result<()> {
    revocations::insert(db, &revocations::Whose::User(user), returns, now_ms)
}

#[cfg(test)]
mod tests;
