//! `/admin/invitations`: links that let people in, and new ones.

use leptos::prelude::*;

use crate::components::{Icon, view};
use crate::pages::copying::{copy_button, to_select};
use crate::pages::desk::Section;
use crate::pages::field::{Entry, Field};
use crate::pages::fold::{ask_first, fold};
use crate::pages::picker::{Choice, picker_row};
use crate::pages::qr::{self, Qr};
use shared::permission::Role;

use crate::pages::role;

#[derive(Clone, Debug)]
pub struct InvitationsPage {
    pub rows: Vec<InvitationRow>,
    pub label: Entry,
    /// How many people may use it, as digits.
    pub uses: Entry,
    /// Which roles there are to give.
    pub roles: Vec<Role>,
    /// Whether the form stands open: it was just refused, or there is nothing else.
    pub open: bool,
}

#[derive(Clone, Debug)]
pub struct InvitationRow {
    pub id: String,
    pub label: String,
    pub role: Role,
    pub used: u32,
    /// How many may use it; `None` is any number.
    pub uses: Option<u32>,
    pub made_by: String,
    pub ending: Ending,
}

#[derive(Clone, Debug)]
pub enum Ending {
    Open {
        url: String,
        qr: Qr,
        /// `30 November`; `None` if it does not end by itself.
        ends: Option<String>,
        /// Today or tomorrow.
        soon: bool,
    },
    /// `Used up`, `Ended on 3 November`.
    Ended(String),
}

/// For how long links may work, in days.
const DAYS: [(&str, &str); 5] =
    [("1", "A day"), ("7", "A week"), ("30", "30 days"), ("90", "90 days"), ("365", "A year")];

pub(super) fn draw(page: InvitationsPage) -> AnyView {
    let rows: Vec<_> = page.rows.into_iter().map(InvitationRow::draw).collect();
    let rows = (!rows.is_empty()).then(|| view! { <div class="panel">{rows}</div> });
    let label = Field {
        label: "What it is for",
        name: "label",
        hint: "Only owners and admins see it.",
        entry: page.label,
        ..Field::default()
    };
    let uses = Field {
        label: "How many may use it",
        name: "uses",
        kind: "number",
        entry: page.uses,
        ..Field::default()
    };
    let days = DAYS.map(|(value, words)| Choice::new(value, words)).into();
    let roles = role::choices(&page.roles);
    let make = view! {
        <form method="post" action="/admin/invitations">
            {label.in_row()}
            {picker_row("role", "role", "They join as", roles, Role::Member.as_str())}
            {uses.in_row()}
            {picker_row("days", "days", "It works for", days, "7")}
            <div class="panel-foot">
                <button class="button" data-kind="primary" type="submit">
                    "Make a link"
                </button>
            </div>
        </form>
    };
    let inside = view! {
        {fold("plus", "New invitation", page.open, make)}
        {rows}
    };
    let about = "Links work without e-mail. Anyone who holds one can join until it ends.";
    Section::new("invitations", "Invitations", about).draw(inside)
}

impl InvitationRow {
    fn draw(self) -> AnyView {
        let uses = match self.uses {
            Some(1) if self.used == 0 => "for one person".to_owned(),
            Some(uses) => format!("{} of {uses} used", self.used),
            None => format!("used {} times", self.used),
        };
        let role = role::with_article(self.role);
        let (ends, tag, open) = match self.ending {
            Ending::Open { url, qr, ends, soon } => {
                let words = ends.clone().map(|ends| format!(", ends {ends}")).unwrap_or_default();
                let tag =
                    ends.filter(|_| soon).map(|ends| (Some("warning"), format!("Ends {ends}")));
                let open = open(&self.id, &self.label, url, qr);
                (words, tag, Some(open))
            }
            Ending::Ended(how) => (String::new(), Some((None, how)), None),
        };
        let ended = open.is_none();
        let tag = tag.map(|(kind, words)| {
            view! {
                <span class="tag" data-kind=kind>
                    {words}
                </span>
            }
        });
        view! {
            <div class="setting" data-state=ended.then_some("ended")>
                <Icon name="link"/>
                <div>
                    <b><bdi>{self.label}</bdi></b>
                    <small>
                        {format!("Joins as {role}, {uses}{ends}, made by ")}
                        <bdi>{self.made_by}</bdi>
                    </small>
                </div>
                {tag}
                {open}
            </div>
        }
    }
}

fn open(id: &str, label: &str, url: String, code: Qr) -> AnyView {
    let link = view! {
        <div class="shown-link">
            {qr::draw(code, "QR code of the link")}
            {to_select(url.clone())}
        </div>
    };
    view! {
        {ask_first("Show", label, false, link)}
        {copy_button(url, "Copy link", label)}
        <form method="post" action=format!("/admin/invitations/{id}/end")>
            <button
                class="button"
                data-kind="quiet"
                data-size="s"
                type="submit"
                aria-label=format!("End: {label}")
            >
                "End"
            </button>
        </form>
    }
}
