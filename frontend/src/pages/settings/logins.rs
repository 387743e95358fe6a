//! Where one is signed in, and the ways out.

use leptos::prelude::*;

use super::{Done, Part};
use crate::components::{Icon, view};
use crate::pages::desk::Section;

#[derive(Clone, Debug)]
pub struct Login {
    pub id: String,
    /// Browser and system: `Firefox on Windows`.
    pub device: String,
    pub is_phone: bool,
    pub address: String,
    /// `Today at 07:58`
    pub used: String,
    /// Whether this very request came with it.
    pub is_this: bool,
}

pub(super) fn draw(logins: Vec<Login>, done: &Done) -> AnyView {
    let others = logins.iter().any(|login| !login.is_this);
    let rows: Vec<_> = logins.into_iter().map(Login::draw).collect();
    let inside = view! {
        {done.in_part(Part::Logins)}
        <div class="panel">{rows}</div>
    };
    let mut section = Section::new(Part::Logins.id(), "Devices", "Where you are signed in.");
    section.action = others.then(|| {
        view! {
            <form method="post" action="/settings/logins/end-others">
                <button class="button" data-size="s" type="submit">
                    "Sign out everywhere else"
                </button>
            </form>
        }
    });
    section.draw(inside)
}

impl Login {
    fn draw(self) -> AnyView {
        let here = self.is_this.then(|| {
            view! {
                <span class="tag" data-kind="accent">
                    "This device"
                </span>
            }
        });
        let action = match self.is_this {
            true => "/signout".to_owned(),
            false => format!("/settings/logins/{}/end", self.id),
        };
        let label = format!("Sign out {}", self.device);
        view! {
            <div class="setting">
                <Icon name=if self.is_phone { "phone" } else { "monitor" }/>
                <div>
                    <b><bdi>{self.device}</bdi></b>
                    <small>{format!("{}, {}", self.used, self.address)}</small>
                </div>
                {here}
                <form method="post" action=action>
                    <button
                        class="button"
                        data-kind="quiet"
                        data-size="s"
                        type="submit"
                        aria-label=label
                    >
                        "Sign out"
                    </button>
                </form>
            </div>
        }
    }
}
