//! Who may do what, and who is let in, as forms say it.

use shared::permission::{Door, Role};

use super::picker::Choice;

pub(super) fn words(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Admin => "Admin",
        Role::Member => "Member",
        Role::Guest => "Guest",
    }
}

/// With its article, inside a sentence.
pub(super) fn with_article(role: Role) -> &'static str {
    match role {
        Role::Owner => "an owner",
        Role::Admin => "an admin",
        Role::Member => "a member",
        Role::Guest => "a guest",
    }
}

pub(super) fn choices(roles: &[Role]) -> Vec<Choice> {
    roles.iter().map(|role| Choice::new(role.as_str(), words(*role))).collect()
}

/// For what roles from this one upwards may do.
pub(super) fn choices_upwards() -> Vec<Choice> {
    [
        (Role::Guest, "Everybody, guests too"),
        (Role::Member, "Everybody with an account"),
        (Role::Admin, "Admins and owners"),
        (Role::Owner, "Owners"),
    ]
    .map(|(role, words)| Choice::new(role.as_str(), words))
    .into()
}

/// A name and what it means.
pub(super) fn door_words(door: Door) -> (&'static str, &'static str) {
    match door {
        Door::Guests => (
            "Anyone who visits",
            "Guests read and write in the open rooms at once, and may make an account.",
        ),
        Door::SignUp => (
            "Anyone who makes an account",
            "Visitors see the sign-in page, where they can sign up.",
        ),
        Door::Invitation => (
            "Anyone with an invitation link",
            "Visitors see only the sign-in page. Owners and admins hand out links.",
        ),
    }
}
