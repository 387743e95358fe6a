//! `/admin/audit`: who did what to whom, the newest first. It is read, never changed.

use leptos::prelude::*;

use super::search::{self, Search};
use crate::components::view;
use crate::pages::desk::Section;
use crate::pages::paging::{self, Paging};
use crate::pages::picker::Choice;

#[derive(Clone, Debug)]
pub struct AuditPage {
    /// What is looked for in names.
    pub q: String,
    /// Kinds to choose from, and the one that was chosen; empty is all of them.
    pub kinds: Vec<Choice>,
    pub kind: String,
    pub rows: Vec<AuditRow>,
    pub paging: Paging,
}

#[derive(Clone, Debug)]
pub struct AuditRow {
    pub when: String,
    pub who: String,
    /// `changed the role of`
    pub what: String,
    /// A person, a room, or nothing.
    pub whom: String,
    /// The address that it came from.
    pub from: String,
}

pub(super) fn draw(page: AuditPage) -> AnyView {
    let nothing = page
        .rows
        .is_empty()
        .then(|| view! { <p class="panel nothing">"Nothing of the kind was done."</p> });
    let rows = (!page.rows.is_empty()).then(|| table(page.rows));
    let inside = view! {
        {tools(page.q, page.kinds, page.kind)}
        {rows}
        {nothing}
        {paging::draw(page.paging, ["Newer", "Older"])}
    };
    let about = "What was done about people, rooms and access. Times are UTC.";
    Section::new("audit", "Audit log", about).draw(inside)
}

fn tools(q: String, kinds: Vec<Choice>, kind: String) -> AnyView {
    let mut choices = vec![Choice::new("", "Everything")];
    choices.extend(kinds);
    search::draw(Search {
        action: "/admin/audit",
        q,
        words: "Find a name",
        name: "kind",
        label: "What was done",
        choices,
        chosen: kind,
    })
}

/// Roles are said: on a phone the rows are no table to the eye.
fn table(rows: Vec<AuditRow>) -> AnyView {
    let rows: Vec<_> = rows.into_iter().map(AuditRow::draw).collect();
    view! {
        <div class="panel">
            <table class="table audit" role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        {["When", "Who", "What", "Whom or where", "From"]
                            .map(|words| {
                                view! {
                                    <th scope="col" role="columnheader">
                                        {words}
                                    </th>
                                }
                            })}
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
}

impl AuditRow {
    fn draw(self) -> AnyView {
        view! {
            <tr role="row">
                <td role="cell">{self.when}</td>
                <td role="cell">
                    <b><bdi>{self.who}</bdi></b>
                </td>
                <td role="cell">{self.what}</td>
                <td role="cell">
                    <b><bdi>{self.whom}</bdi></b>
                </td>
                <td role="cell">
                    <span dir="ltr">{self.from}</span>
                </td>
            </tr>
        }
    }
}
