//! Messages that somebody has shown, and what becomes of them.

use axum::extract::{Form, Path};
use axum::response::Response;
use frontend::pages::admin::{AdminTab, ReportRow, ReportsPage};
use serde::Deserialize;
use shared::protocol::{Code, OpId, RoomName};
use uuid::Uuid;

use super::{Said, show};
use crate::log::{Answer, Change, now_ms};
use crate::pages::when::moment;
use crate::pages::who::{Admin, Who};
use crate::people;
use crate::store::reports;

/// Reports on the page; the next ones come when these are decided.
const SHOWN_MAX: usize = 50;

#[derive(Deserialize)]
pub(crate) struct Decision {
    action: Action,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Action {
    Dismiss,
    Delete,
}

pub(crate) async fn reports_page(Admin(who): Admin) -> Result<Response, Response> {
    list(&who, Said::default()).await
}

async fn list(who: &Who, said: Said) -> Result<Response, Response> {
    let found = who.read(|db| reports::open(db, SHOWN_MAX)).await?;
    let now = now_ms();
    let row = |report: reports::Report| {
        let room = RoomName::parse(&report.room_name);
        let room = room.unwrap_or_else(|| RoomName::direct(report.room));
        ReportRow {
            id: report.id.to_string(),
            by: report.reporter,
            when: moment(report.at_ms, now),
            reason: report.reason,
            author: report.author,
            posted: moment(report.posted_at_ms, now),
            text: report.text,
            href: format!("{}?after={}", room.path(), report.post.saturating_sub(10)),
            room,
        }
    };
    let page = ReportsPage { rows: found.into_iter().map(row).collect() };
    show(who, AdminTab::Reports(page), said).await
}

pub(crate) async fn close_report(
    Admin(who): Admin,
    Path(id): Path<i64>,
    Form(form): Form<Decision>,
) -> Result<Response, Response> {
    let deletes = matches!(form.action, Action::Delete);
    let closed = who.change(move |db, actor| people::close_report(db, actor, id, deletes)).await?;
    let (room, target) = match closed {
        Ok(about) => about,
        Err(refusal) => return list(&who, Said::of(&Err(refusal), "")).await,
    };
    if !deletes {
        return list(&who, Said::of(&Ok(()), "The report is dismissed.")).await;
    }
    let change = Change::Takedown { room, target };
    let op = OpId(Uuid::now_v7());
    match who.app.log.append(who.author().clone(), op, change).answer().await {
        Answer::Accepted { .. } | Answer::Refused(Code::UnknownMessage) => {
            list(&who, Said::of(&Ok(()), "The message is deleted.")).await
        }
        Answer::Refused(code) => {
            let error = Some(code.sentence().to_owned());
            list(&who, Said { done: None, error }).await
        }
        Answer::RetryAfter { .. } => Err(crate::pages::document::unavailable()),
    }
}
