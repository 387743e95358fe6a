//! The rooms that anybody may look into, and their rules. Private rooms are their members' business.

use axum::extract::{Form, Path};
use axum::response::Response;
use frontend::pages::admin::{AdminTab, RoomRow, RoomsPage};
use serde::Deserialize;
use shared::protocol::{OpId, Rules};
use uuid::Uuid;

use super::{Said, show};
use crate::chat;
use crate::log::Answer;
use crate::pages::who::{Admin, Who};
use crate::store::rooms;

#[derive(Deserialize)]
pub(crate) struct RulesForm {
    read_only: Option<String>,
    slow_s: u32,
    keep_days: u32,
}

pub(crate) async fn rooms_page(Admin(who): Admin) -> Result<Response, Response> {
    list(&who, Said::default()).await
}

async fn list(who: &Who, said: Said) -> Result<Response, Response> {
    let found = who.read(rooms::list_public).await?;
    let row = |room: rooms::Listed| RoomRow {
        name: room.name,
        kind: room.kind,
        people: room.people,
        messages: room.posts,
        read_only: room.rules.read_only,
        slow_s: room.rules.slow_s,
        keep_days: room.rules.keep_days,
    };
    let page = RoomsPage { rows: found.into_iter().map(row).collect() };
    show(who, AdminTab::Rooms(page), said).await
}

pub(crate) async fn set_rules(
    Admin(who): Admin,
    Path(name): Path<String>,
    Form(form): Form<RulesForm>,
) -> Result<Response, Response> {
    let me = who.id();
    let found = who.read(move |db| rooms::visible_by_name(db, &name, me)).await?;
    let Some(room) = found else { return Ok(who.not_found().await) };
    let rules = Rules {
        read_only: form.read_only.is_some(),
        slow_s: form.slow_s,
        keep_days: form.keep_days,
    };
    let checked = chat::set_rules(&who.app, who.visitor.sender(), room, rules);
    let said = match chat::ask(&who.app, who.author(), OpId(Uuid::now_v7()), checked).await {
        Answer::Accepted { .. } => {
            Said { done: Some("The rules are set.".to_owned()), error: None }
        }
        Answer::Refused(code) => Said { done: None, error: Some(code.sentence().to_owned()) },
        Answer::RetryAfter { after_ms, .. } => {
            return Ok(who.too_many(after_ms.div_ceil(1_000)).await);
        }
    };
    list(&who, said).await
}
