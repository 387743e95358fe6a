//! Looking after the workspace: a page for each thing, and what is changed there.

mod access;
mod audit;
mod invitations;
mod people;
mod reports;
mod rooms;

pub(crate) use access::{access_page, lift_address, set_access};
pub(crate) use audit::audit_page;
pub(crate) use invitations::{end_invitation, invitations_page, invite};
pub(crate) use people::{
    add_person, ban, erase, make_reset, people_page, set_role, set_standing, sign_out_everywhere,
};
pub(crate) use reports::{close_report, reports_page};
pub(crate) use rooms::{rooms_page, set_rules};

use axum::http::StatusCode;
use axum::response::Response;
use frontend::pages::AccountPage;
use frontend::pages::admin::{AdminPage, AdminTab};

use super::who::{Admin, Who};
use crate::people::Refusal;
use crate::store::reports::count_open;

/// What the page says besides what is so.
#[derive(Default)]
struct Said {
    done: Option<String>,
    error: Option<String>,
}

impl Said {
    /// What came of a change.
    fn of(done: &Result<(), Refusal>, sentence: &str) -> Self {
        match done {
            Ok(()) => Self { done: Some(sentence.to_owned()), error: None },
            Err(refusal) => Self { done: None, error: Some(refusal.sentence().to_owned()) },
        }
    }
}

pub(crate) async fn front(Admin(who): Admin) -> Response {
    who.go("/admin/people")
}

async fn show(who: &Who, tab: AdminTab, said: Said) -> Result<Response, Response> {
    let open_reports = who.read(count_open).await?;
    let status =
        if said.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let Said { done, error } = said;
    let page = AdminPage { me: who.me(), open_reports, done, error, tab };
    Ok(who.draw_with(status, AccountPage::Admin(Box::new(page))).await)
}
