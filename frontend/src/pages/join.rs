//! `/join/{code}`: an invitation, and the page of one that has ended.

use leptos::prelude::*;
use shared::protocol::Person;

use super::arrival::{self, Arrival};
use super::message::{self, MessagePage};
use super::new_account::{self, NewAccount};
use super::{role, sign_up};
use crate::components::view;
use shared::permission::Role;

#[derive(Clone, Debug)]
pub struct JoinPage {
    pub code: String,
    /// The name of who made it.
    pub by: String,
    /// What one becomes by it.
    pub role: Role,
    pub account: NewAccount,
    /// Who asks, if the server knows them as a guest.
    pub guest: Option<Person>,
}

pub(super) fn draw(page: JoinPage, workspace: &str) -> AnyView {
    let keeps = page.guest.map(|guest| {
        view! {
            <br/>
            {sign_up::stays(guest)}
        }
    });
    arrival::draw(Arrival {
        title: view! { "Join " <bdi>{workspace.to_owned()}</bdi> },
        about: Some(view! {
            <b><bdi>{page.by}</bdi></b>
            {format!(" invites you as {}.", role::with_article(page.role))}
            {keeps}
        }),
        card: new_account::forms(page.account, &format!("/join/{}", page.code), "Join"),
        ways: Some(view! { <a href="/signin">"I have an account"</a> }),
    })
}

/// Expired, used up or revoked: which of them is nobody's business.
pub(super) fn draw_ended() -> AnyView {
    message::draw(MessagePage {
        title: ENDED.to_owned(),
        sentence: "Ask whoever sent it to you for a new link.".to_owned(),
        href: "/signin".to_owned(),
        words: "Sign in instead".to_owned(),
    })
}

pub(super) const ENDED: &str = "This invitation has ended";
