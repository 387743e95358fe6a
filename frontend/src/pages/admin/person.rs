//! One person in the table, and what can be done about them: a second row that opens.

use leptos::prelude::*;
use shared::protocol::Person;

use crate::components::{Avatar, Icon, view};
use crate::pages::fold::ask_first;
use crate::pages::picker::picker;
use shared::permission::Role;

use crate::pages::role;
use crate::pages::time::within;

#[derive(Clone, Debug)]
pub struct PersonRow {
    pub person: Person,
    pub handle: Option<String>,
    pub mail: Option<String>,
    pub role: Role,
    pub joined: String,
    pub seen: String,
    pub standing: Standing,
    /// Roles that whoever looks may give this person; none if they may not.
    pub roles: Vec<Role>,
    /// Deactivate, reactivate and lift a ban.
    pub may_change_standing: bool,
    pub may_ban: bool,
    pub may_reset: bool,
    pub may_sign_out: bool,
    pub may_erase: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Active,
    Deactivated,
    Banned,
}

impl Standing {
    /// The value of fields named `standing`. Nobody is banned by such a field.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deactivated => "deactivated",
            Self::Banned => "banned",
        }
    }
}

impl PersonRow {
    /// A `tbody` of its own, so that the two rows are one.
    pub(super) fn draw(self) -> AnyView {
        let name = self.person.name.clone();
        let handle = self.handle.clone().map(|handle| format!("@{handle}"));
        let known: Vec<_> = [handle, self.mail.clone()]
            .into_iter()
            .flatten()
            .map(|known| view! { <small dir="ltr">{known}</small> })
            .collect();
        let (person, role) = (self.person.clone(), role::words(self.role));
        let (joined, seen) = (self.joined.clone(), self.seen.clone());
        view! {
            <tbody>
                <tr>
                    <th scope="row">
                        <div class="person">
                            <Avatar person=Signal::stored(person) size="m"/>
                            <div>
                                <b><bdi>{name}</bdi></b>
                                {known}
                            </div>
                        </div>
                    </th>
                    <td>{role} " " {self.standing_tag()}</td>
                    <td>{joined}</td>
                    <td>{seen}</td>
                </tr>
                {self.offers_anything().then(|| self.actions())}
            </tbody>
        }
    }

    fn standing_tag(&self) -> Option<AnyView> {
        let (kind, words) = match self.standing {
            Standing::Active => return None,
            Standing::Deactivated => (None, "Deactivated"),
            Standing::Banned => (Some("danger"), "Banned"),
        };
        Some(view! {
            <span class="tag" data-kind=kind>
                {words}
            </span>
        })
    }

    fn offers_anything(&self) -> bool {
        !self.roles.is_empty()
            || self.may_change_standing
            || self.may_ban
            || self.may_reset
            || self.may_sign_out
            || self.may_erase
    }

    fn actions(&self) -> AnyView {
        let label = format!("What to do about {}", self.person.name);
        let mail = self.mail.clone().map(|mail| {
            view! {
                <p class="field-hint" dir="ltr">
                    {mail}
                </p>
            }
        });
        let times = format!("Joined {}, last seen {}.", within(&self.joined), within(&self.seen));
        let reset = || self.button("reset", None, "Make a link for a new password");
        let reset = self.may_reset.then(reset);
        let sign_out = || self.button("signout", None, "Sign out everywhere");
        let sign_out = self.may_sign_out.then(sign_out);
        view! {
            <tr class="person-actions">
                <td colspan="4">
                    <details>
                        <summary class="icon-button" aria-label=label>
                            <Icon name="more"/>
                        </summary>
                        <div>
                            {mail}
                            <p class="field-hint person-times">{times}</p>
                            {self.change_role()}
                            <div class="row">
                                {reset}
                                {sign_out}
                                {self.change_standing()}
                                {self.may_ban.then(|| self.ban())}
                                {self.may_erase.then(|| self.erase())}
                            </div>
                        </div>
                    </details>
                </td>
            </tr>
        }
    }

    fn action(&self, verb: &str) -> String {
        format!("/admin/people/{}/{verb}", self.person.id)
    }

    /// A form of one button, and one hidden field.
    fn button(
        &self,
        verb: &str,
        field: Option<(&'static str, &'static str)>,
        words: &'static str,
    ) -> AnyView {
        let field =
            field.map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
        view! {
            <form method="post" action=self.action(verb)>
                {field}
                <button class="button" data-size="s" type="submit">
                    {words}
                </button>
            </form>
        }
    }

    fn change_role(&self) -> Option<AnyView> {
        if self.roles.is_empty() {
            return None;
        }
        let id = format!("role-{}", self.person.id);
        let roles = role::choices(&self.roles);
        Some(view! {
            <form class="person-role" method="post" action=self.action("role")>
                <label for=id.clone()>"Role"</label>
                {picker(id, "role", roles, self.role.as_str())}
                <button class="button" type="submit">
                    "Change"
                </button>
            </form>
        })
    }

    fn change_standing(&self) -> Option<AnyView> {
        let (standing, words) = match self.standing {
            Standing::Active => (Standing::Deactivated, "Deactivate"),
            Standing::Deactivated => (Standing::Active, "Let in again"),
            Standing::Banned => (Standing::Active, "Lift the ban"),
        };
        let field = ("standing", standing.as_str());
        self.may_change_standing.then(|| self.button("standing", Some(field), words))
    }

    fn ban(&self) -> AnyView {
        let form = view! {
            <form class="sure" method="post" action=self.action("ban")>
                <p>"They are signed out at once and cannot come back. What they wrote stays."</p>
                <label class="check">
                    <input class="checkbox" type="checkbox" name="address" value="yes"/>
                    "Also ban the addresses that they came from"
                </label>
                <button class="button" data-kind="danger" data-size="s" type="submit">
                    "Ban"
                </button>
            </form>
        };
        ask_first("Ban", "", true, form)
    }

    fn erase(&self) -> AnyView {
        let form = view! {
            <form class="sure" method="post" action=self.action("erase")>
                <p>"All that they wrote, in every room. It cannot be brought back."</p>
                <button class="button" data-kind="danger" data-size="s" type="submit">
                    "Delete all messages"
                </button>
            </form>
        };
        ask_first("Delete all messages", "", true, form)
    }
}
