//! `/settings`: oneself, on one page. A guest has a name and how it looks, and the offer of more.

mod account;
mod codes;
mod data;
mod logins;
mod looks;
mod passkeys;
mod password;
mod profile;
mod tokens;

pub use account::Account;
pub use codes::Codes;
pub use data::Leaving;
pub use logins::Login;
pub use passkeys::{Passkey, Passkeys};
pub use password::Password;
pub use tokens::{MadeToken, Token, Tokens};

use leptos::prelude::*;

use super::desk::{self, Desk, Me, Row};
use super::field::Entry;
use super::notice;
use crate::document::Theme;

#[derive(Clone, Debug)]
pub struct SettingsPage {
    pub me: Me,
    /// What was just done, and in which part of the page it is said.
    pub done: Option<(Part, String)>,
    pub name: Entry,
    pub whose: Whose,
}

#[derive(Clone, Debug)]
pub enum Whose {
    Guest { may_sign_up: bool },
    Account(Box<Account>),
}

/// A part of the page; its address is `/settings#` and [`Part::id`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Profile,
    SignIn,
    Looks,
    Logins,
    Tokens,
    Data,
}

impl Part {
    const ALL: [Self; 6] =
        [Self::Profile, Self::SignIn, Self::Looks, Self::Logins, Self::Tokens, Self::Data];

    pub fn id(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::SignIn => "sign-in",
            Self::Looks => "appearance",
            Self::Logins => "logins",
            Self::Tokens => "tokens",
            Self::Data => "data",
        }
    }

    fn row(self) -> Row {
        match self {
            Self::Profile => Row::new("#profile", "user", "Profile"),
            Self::SignIn => Row::new("#sign-in", "key", "Sign-in"),
            Self::Looks => Row::new("#appearance", "sun", "Appearance"),
            Self::Logins => Row::new("#logins", "monitor", "Devices"),
            Self::Tokens => Row::new("#tokens", "code", "API tokens"),
            Self::Data => Row::new("#data", "download", "Your data"),
        }
    }
}

/// What was just done, for the part that says it.
struct Done(Option<(Part, String)>);

impl Done {
    fn in_part(&self, part: Part) -> Option<AnyView> {
        let said = self.0.as_ref().filter(|(where_, _)| *where_ == part);
        notice::done(said.map(|(_, sentence)| sentence.clone()))
    }
}

pub(super) fn draw(page: SettingsPage, workspace: &str, theme: Option<Theme>) -> AnyView {
    let done = Done(page.done);
    let is_guest = matches!(page.whose, Whose::Guest { .. });
    let parts = Part::ALL
        .into_iter()
        .filter(|part| !is_guest || matches!(part, Part::Profile | Part::Looks));
    let mut rows: Vec<Row> = parts.map(Part::row).collect();
    if page.me.administers {
        rows.push(Row::new("/admin/people", "shield", "Administration"));
    } else if page.me.invites {
        rows.push(Row::new("/admin/invitations", "user-plus", "Invite people"));
    }
    let person = page.me.person.clone();
    let sections = match page.whose {
        Whose::Guest { may_sign_up } => [
            profile::draw(profile::Profile::Guest(page.name), person, &done),
            may_sign_up.then(profile::sign_up).into_any(),
            looks::draw(theme, &done),
        ]
        .into_any(),
        Whose::Account(account) => account.draw(page.name, person, theme, &done),
    };
    let title = "Settings";
    desk::draw(Desk { title, workspace, rows, me: page.me, wide: false }, sections)
}
