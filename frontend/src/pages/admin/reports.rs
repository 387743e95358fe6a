//! `/admin/reports`: messages that somebody pointed at, and what becomes of them.

use leptos::prelude::*;
use shared::protocol::{Person, RoomName};

use crate::components::{Avatar, Icon, view};
use crate::pages::desk::Section;

#[derive(Clone, Debug)]
pub struct ReportsPage {
    pub rows: Vec<ReportRow>,
}

#[derive(Clone, Debug)]
pub struct ReportRow {
    pub id: String,
    /// The name of who reported it, and when.
    pub by: String,
    pub when: String,
    /// In their words; may be empty.
    pub reason: String,
    pub author: Person,
    /// When it was written.
    pub posted: String,
    /// The text as it was then.
    pub text: String,
    pub room: RoomName,
    /// The page of the room that shows it.
    pub href: String,
}

pub(super) fn draw(page: ReportsPage) -> AnyView {
    let none = page.rows.is_empty().then(|| {
        view! {
            <div class="panel nothing">
                <Icon name="check" size="l"/>
                <p>"Nothing is reported. Whoever reports a message is shown here."</p>
            </div>
        }
    });
    let rows: Vec<_> = page.rows.into_iter().map(ReportRow::draw).collect();
    let about = "Only owners and admins see who reported what.";
    Section::new("reports", "Reports", about).draw(view! {
        {rows}
        {none}
    })
}

impl ReportRow {
    fn draw(self) -> AnyView {
        let heading = format!("report-{}", self.id);
        let action = format!("/admin/reports/{}/close", self.id);
        let name = self.author.name.clone();
        let reason = (!self.reason.is_empty()).then(|| {
            view! {
                <p class="report-reason" dir="auto">
                    {self.reason}
                </p>
            }
        });
        view! {
            <article class="panel report" aria-labelledby=heading>
                <header>
                    <h3 id=heading.clone()>
                        <bdi>{self.by}</bdi>
                        " reported a message in "
                        <a href=self.href>"# " <bdi>{self.room.to_string()}</bdi></a>
                    </h3>
                    <p class="field-hint">{self.when}</p>
                    {reason}
                </header>
                <blockquote class="reported">
                    <Avatar person=Signal::stored(self.author) size="m"/>
                    <div>
                        <p>
                            <b><bdi>{name}</bdi></b>
                            " "
                            <small>{self.posted}</small>
                        </p>
                        // As it was written, line for line: nothing of it is taken for markup.
                        <p class="reported-text" dir="auto">
                            {self.text}
                        </p>
                    </div>
                </blockquote>
                <form class="panel-foot" method="post" action=action>
                    <button class="button" type="submit" name="action" value="dismiss">
                        "Leave it"
                    </button>
                    <button
                        class="button"
                        data-kind="danger"
                        type="submit"
                        name="action"
                        value="delete"
                    >
                        "Delete the message"
                    </button>
                </form>
            </article>
        }
    }
}
