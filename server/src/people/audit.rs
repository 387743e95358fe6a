//! What is noted of what people do to each other and to the workspace: never what anybody wrote.

use std::net::IpAddr;

use rusqlite::Connection;

use super::Actor;
use crate::store::audit;

/// Something that somebody who looks after the workspace wants to find again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    SetUp,
    SignedUp,
    Joined,
    SignedIn,
    SignInFailed,
    SignedOut,
    PasswordChanged,
    PasswordReset,
    PasskeyAdded,
    PasskeyRemoved,
    TwoStepOn,
    TwoStepOff,
    TokenMade,
    TokenRevoked,
    ProfileChanged,
    AccountDeleted,
    PersonAdded,
    RoleChanged,
    Deactivated,
    Reactivated,
    Banned,
    BanLifted,
    AddressBanned,
    AddressLifted,
    ResetLinkMade,
    SignedOutByAdmin,
    MessagesErased,
    Invited,
    InvitationEnded,
    ReportDismissed,
    MessageRemoved,
    WorkspaceChanged,
    RulesChanged,
    ForeignOrigin,
}

impl Deed {
    pub(crate) const ALL: [Self; 34] = [
        Self::SetUp,
        Self::SignedUp,
        Self::Joined,
        Self::SignedIn,
        Self::SignInFailed,
        Self::SignedOut,
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::TwoStepOn,
        Self::TwoStepOff,
        Self::TokenMade,
        Self::TokenRevoked,
        Self::ProfileChanged,
        Self::AccountDeleted,
        Self::PersonAdded,
        Self::RoleChanged,
        Self::Deactivated,
        Self::Reactivated,
        Self::Banned,
        Self::BanLifted,
        Self::AddressBanned,
        Self::AddressLifted,
        Self::ResetLinkMade,
        Self::SignedOutByAdmin,
        Self::MessagesErased,
        Self::Invited,
        Self::InvitationEnded,
        Self::ReportDismissed,
        Self::MessageRemoved,
        Self::WorkspaceChanged,
        Self::RulesChanged,
        Self::ForeignOrigin,
    ];

    /// As it is stored, and as it stands in an address.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::SetUp => "setUp",
            Self::SignedUp => "signedUp",
            Self::Joined => "joined",
            Self::SignedIn => "signedIn",
            Self::SignInFailed => "signInFailed",
            Self::SignedOut => "signedOut",
            Self::PasswordChanged => "passwordChanged",
            Self::PasswordReset => "passwordReset",
            Self::PasskeyAdded => "passkeyAdded",
            Self::PasskeyRemoved => "passkeyRemoved",
            Self::TwoStepOn => "twoStepOn",
            Self::TwoStepOff => "twoStepOff",
            Self::TokenMade => "tokenMade",
            Self::TokenRevoked => "tokenRevoked",
            Self::ProfileChanged => "profileChanged",
            Self::AccountDeleted => "accountDeleted",
            Self::PersonAdded => "personAdded",
            Self::RoleChanged => "roleChanged",
            Self::Deactivated => "deactivated",
            Self::Reactivated => "reactivated",
            Self::Banned => "banned",
            Self::BanLifted => "banLifted",
            Self::AddressBanned => "addressBanned",
            Self::AddressLifted => "addressLifted",
            Self::ResetLinkMade => "resetLinkMade",
            Self::SignedOutByAdmin => "signedOutByAdmin",
            Self::MessagesErased => "messagesErased",
            Self::Invited => "invited",
            Self::InvitationEnded => "invitationEnded",
            Self::ReportDismissed => "reportDismissed",
            Self::MessageRemoved => "messageRemoved",
            Self::WorkspaceChanged => "workspaceChanged",
            Self::RulesChanged => "rulesChanged",
            Self::ForeignOrigin => "foreignOrigin",
        }
    }

    /// As people read it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::SetUp => "set the workspace up",
            Self::SignedUp => "made an account",
            Self::Joined => "joined by an invitation",
            Self::SignedIn => "signed in",
            Self::SignInFailed => "failed to sign in",
            Self::SignedOut => "signed out",
            Self::PasswordChanged => "changed the password",
            Self::PasswordReset => "set a new password by a link",
            Self::PasskeyAdded => "added a passkey",
            Self::PasskeyRemoved => "removed a passkey",
            Self::TwoStepOn => "turned two-step codes on",
            Self::TwoStepOff => "turned two-step codes off",
            Self::TokenMade => "made a token",
            Self::TokenRevoked => "revoked a token",
            Self::ProfileChanged => "changed their profile",
            Self::AccountDeleted => "deleted their account",
            Self::PersonAdded => "added a person",
            Self::RoleChanged => "changed a role",
            Self::Deactivated => "deactivated",
            Self::Reactivated => "reactivated",
            Self::Banned => "banned",
            Self::BanLifted => "lifted the ban of",
            Self::AddressBanned => "banned an address",
            Self::AddressLifted => "lifted the ban of an address",
            Self::ResetLinkMade => "made a password link",
            Self::SignedOutByAdmin => "signed out everywhere",
            Self::MessagesErased => "deleted all messages",
            Self::Invited => "made an invitation",
            Self::InvitationEnded => "ended an invitation",
            Self::ReportDismissed => "dismissed a report",
            Self::MessageRemoved => "deleted a reported message",
            Self::WorkspaceChanged => "changed the workspace",
            Self::RulesChanged => "changed the rules of a room",
            Self::ForeignOrigin => "was sent here by another site's page",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.as_str() == text)
    }
}

/// Notes that another site's page tried to act in somebody's name. Whose, is not looked at.
pub(crate) fn note_foreign_origin(
    db: &Connection,
    address: IpAddr,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let address = address.to_string();
    audit::insert(db, None, Deed::ForeignOrigin.as_str(), "", &address, now_ms)
}

impl Actor {
    /// Notes that they did this.
    pub(crate) fn note(&self, db: &Connection, deed: Deed, target: &str) -> rusqlite::Result<()> {
        audit::insert(db, self.id, deed.as_str(), target, &self.address, self.now_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deed_has_its_own_word() {
        for deed in Deed::ALL {
            assert_eq!(Deed::parse(deed.as_str()), Some(deed));
        }
    }
}
