//! The frame of pages with a list at their side: settings and administration.
//!
//! Beside the sheet on a desk; on a phone the list is a strip above it.

use leptos::prelude::*;
use shared::permission::Role;
use shared::protocol::Person;

use super::role;
use crate::components::{Avatar, Icon, view};

/// Who looks at the page.
#[derive(Clone, Debug)]
pub struct Me {
    pub person: Person,
    pub role: Role,
    /// Whether administration is theirs to see.
    pub administers: bool,
    /// Whether they may make invitations.
    pub invites: bool,
}

pub(super) struct Desk<'a> {
    pub(super) title: &'static str,
    pub(super) workspace: &'a str,
    pub(super) rows: Vec<Row>,
    pub(super) me: Me,
    /// For tables.
    pub(super) wide: bool,
}

/// An entry of the list.
pub(super) struct Row {
    pub(super) href: &'static str,
    pub(super) icon: &'static str,
    pub(super) words: &'static str,
    pub(super) current: bool,
    /// How many things wait there.
    pub(super) count: u64,
}

impl Row {
    pub(super) fn new(href: &'static str, icon: &'static str, words: &'static str) -> Self {
        Self { href, icon, words, current: false, count: 0 }
    }
}

pub(super) fn draw(desk: Desk<'_>, sections: AnyView) -> AnyView {
    let title = desk.title;
    let rows: Vec<_> = desk.rows.into_iter().map(row).collect();
    view! {
        <a class="skip-link" href="#main">
            "Skip to content"
        </a>
        <div class="desk">
            <nav class="sidebar" aria-label=title>
                <div class="sidebar-top">
                    <a class="workspace" href="/">
                        <Icon name="back" flip=true/>
                        <span><bdi>{desk.workspace.to_owned()}</bdi></span>
                    </a>
                </div>
                <div class="scroll sidebar-list">
                    <div class="sidebar-section" aria-hidden="true">
                        {title}
                    </div>
                    <ul role="list">{rows}</ul>
                </div>
                <div class="sidebar-foot">{me(desk.me)}</div>
            </nav>
            <div class="stage">
                <main class="pane" id="main">
                    <header class="bar">
                        <h1 class="room-title">{title}</h1>
                    </header>
                    // Focus, so that keys can scroll it.
                    <div class="scroll page" tabindex="0" role="region" aria-label=title>
                        <div class="page-inner" data-wide=desk.wide>
                            {sections}
                        </div>
                    </div>
                </main>
            </div>
        </div>
    }
}

fn row(row: Row) -> AnyView {
    let badge = (row.count > 0).then(|| view! { <b class="badge">{row.count.to_string()}</b> });
    view! {
        <li>
            <a class="sidebar-row" href=row.href aria-current=row.current.then_some("page")>
                <Icon name=row.icon/>
                <span>{row.words}</span>
                {badge}
            </a>
        </li>
    }
}

fn me(me: Me) -> AnyView {
    let name = me.person.name.clone();
    view! {
        <a class="me" href="/settings">
            <Avatar person=Signal::stored(me.person) size="m"/>
            <span>
                <b><bdi>{name}</bdi></b>
                " "
                <small>{role::words(me.role)}</small>
            </span>
        </a>
    }
}

/// A part of a page. `id` is what addresses name behind `#`.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) about: Option<AnyView>,
    /// A button at the end of its head.
    pub(super) action: Option<AnyView>,
}

impl Section {
    pub(super) fn new(id: &'static str, title: &'static str, about: &'static str) -> Self {
        let about = (!about.is_empty()).then(|| about.into_any());
        Self { id, title, about, action: None }
    }

    pub(super) fn draw(self, inside: AnyView) -> AnyView {
        let heading = format!("{}-title", self.id);
        view! {
            <section class="section" id=self.id aria-labelledby=heading>
                <div class="section-head">
                    <div>
                        <h2 id=heading.clone()>{self.title}</h2>
                        {self.about.map(|about| view! { <p>{about}</p> })}
                    </div>
                    {self.action}
                </div>
                {inside}
            </section>
        }
    }
}
