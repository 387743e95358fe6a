//! Who did what to whom, the newest first. Read, never changed.

use axum::extract::Query;
use axum::response::Response;
use frontend::pages::admin::{AdminTab, AuditPage, AuditRow};
use frontend::pages::{Choice, Paging};
use serde::Deserialize;
use shared::percent::encoded;

use super::{Said, show};
use crate::log::now_ms;
use crate::pages::when::moment;
use crate::pages::who::Admin;
use crate::people::Deed;
use crate::store::audit;

/// Entries on one page.
const PAGE_ENTRIES: usize = 50;

#[derive(Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    before: Option<i64>,
}

pub(crate) async fn audit_page(
    Admin(who): Admin,
    Query(search): Query<Search>,
) -> Result<Response, Response> {
    let before = search.before.unwrap_or(i64::MAX);
    let kind = Deed::parse(&search.kind);
    let asked = search.q.trim().to_owned();
    let mut found =
        who.read(move |db| audit::list(db, before, kind, &asked, PAGE_ENTRIES + 1)).await?;
    let has_more = found.len() > PAGE_ENTRIES;
    found.truncate(PAGE_ENTRIES);
    let kind = kind.map_or("", Deed::as_str);
    let on = found.last().filter(|_| has_more);
    let first = format!("/admin/audit?kind={kind}&q={}", encoded(&search.q));
    let on = on.map(|last| format!("{first}&before={}", last.id));
    let row = |entry: audit::Entry| AuditRow {
        when: moment(entry.at_ms, now_ms()),
        who: if entry.actor.is_empty() { "Command line".to_owned() } else { entry.actor },
        what: Deed::parse(&entry.what).map_or(entry.what, |deed| deed.words().to_owned()),
        whom: entry.target,
        from: entry.address,
    };
    let page = AuditPage {
        kinds: Deed::ALL.iter().map(|deed| Choice::new(deed.as_str(), deed.words())).collect(),
        kind: kind.to_owned(),
        q: search.q,
        rows: found.into_iter().map(row).collect(),
        paging: Paging { back: search.before.map(|_| first), on },
    };
    show(&who, AdminTab::Audit(page), Said::default()).await
}
