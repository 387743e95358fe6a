//! `/admin`: people, invitations, rooms, who may what, what was done, and what was reported. A page
//! each, with one list at their side.

mod access;
mod audit;
mod invitations;
mod people;
mod person;
mod reports;
mod rooms;
mod search;

pub use access::{AccessPage, BannedAddress};
pub use audit::{AuditPage, AuditRow};
pub use invitations::{Ending, InvitationRow, InvitationsPage};
pub use people::{AddPerson, MadeLink, PeoplePage};
pub use person::{PersonRow, Standing};
pub use reports::{ReportRow, ReportsPage};
pub use rooms::{RoomRow, RoomsPage};

use leptos::prelude::*;

use super::desk::{self, Desk, Me, Row};
use super::notice;
use crate::components::view;

#[derive(Clone, Debug)]
pub struct AdminPage {
    pub me: Me,
    /// Reports that nobody has decided on.
    pub open_reports: u64,
    /// What was just done.
    pub done: Option<String>,
    /// Why it was not, where no field is at fault.
    pub error: Option<String>,
    pub tab: AdminTab,
}

#[derive(Clone, Debug)]
pub enum AdminTab {
    People(Box<PeoplePage>),
    Invitations(InvitationsPage),
    Rooms(RoomsPage),
    Access(AccessPage),
    Audit(AuditPage),
    Reports(ReportsPage),
}

impl AdminTab {
    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::People(_) => "People",
            Self::Invitations(_) => "Invitations",
            Self::Rooms(_) => "Rooms",
            Self::Access(_) => "Access",
            Self::Audit(_) => "Audit log",
            Self::Reports(_) => "Reports",
        }
    }

    /// Whether the tab has texts to copy.
    pub(super) fn copies(&self) -> bool {
        matches!(self, Self::People(_) | Self::Invitations(_))
    }

    fn draw(self) -> AnyView {
        match self {
            Self::People(page) => people::draw(*page),
            Self::Invitations(page) => invitations::draw(page),
            Self::Rooms(page) => rooms::draw(page),
            Self::Access(page) => access::draw(page),
            Self::Audit(page) => audit::draw(page),
            Self::Reports(page) => reports::draw(page),
        }
    }
}

pub(super) fn draw(page: AdminPage, workspace: &str) -> AnyView {
    let mut rows = vec![
        Row::new("/admin/people", "users", "People"),
        Row::new("/admin/invitations", "user-plus", "Invitations"),
        Row::new("/admin/rooms", "hash", "Rooms"),
        Row::new("/admin/access", "shield", "Access"),
        Row::new("/admin/audit", "clock", "Audit log"),
        Row::new("/admin/reports", "flag", "Reports"),
    ];
    if !page.me.administers {
        rows.retain(|row| row.href == "/admin/invitations");
    }
    for row in &mut rows {
        row.current = row.words == page.tab.title();
        row.count = if row.href == "/admin/reports" { page.open_reports } else { 0 };
    }
    let sections = view! {
        {notice::refused(page.error)}
        {notice::done(page.done)}
        {page.tab.draw()}
    };
    let title = "Administration";
    desk::draw(Desk { title, workspace, rows, me: page.me, wide: true }, sections)
}
