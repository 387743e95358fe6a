//! `/admin/people`: who there is, and one more of them.

use leptos::prelude::*;
use shared::protocol::NAME_CHARS_MAX;

use super::person::PersonRow;
use super::search::{self, Search};
use crate::components::{Icon, view};
use crate::pages::copying::to_copy;
use crate::pages::desk::Section;
use crate::pages::field::{Entry, Field};
use crate::pages::fold::fold;
use crate::pages::new_account::handle;
use crate::pages::paging::{self, Paging};
use crate::pages::picker::{Choice, picker_row};
use crate::pages::qr::{self, Qr};
use shared::permission::Role;

use crate::pages::role;

#[derive(Clone, Debug)]
pub struct PeoplePage {
    /// How many there are: `14 members, 3 guests today.`
    pub about: String,
    /// What was searched for.
    pub q: String,
    pub role: Option<Role>,
    pub rows: Vec<PersonRow>,
    pub paging: Paging,
    /// A link that was just made; it is shown this once.
    pub made: Option<MadeLink>,
    pub add: AddPerson,
}

/// Leads to where somebody chooses their password.
#[derive(Clone, Debug)]
pub struct MadeLink {
    /// The name of whose it is.
    pub name: String,
    pub url: String,
    /// Until when it works: `tomorrow at 09:30`.
    pub ends: String,
    pub qr: Qr,
}

/// The form that adds a person.
#[derive(Clone, Debug)]
pub struct AddPerson {
    pub name: Entry,
    pub handle: Entry,
    pub role: Role,
    /// Which ones there are to give.
    pub roles: Vec<Role>,
}

pub(super) fn draw(page: PeoplePage) -> AnyView {
    let nobody = page.rows.is_empty().then(|| {
        view! {
            <p class="panel nothing">
                "Nobody is called that. Look for a part of a name, handle or e-mail."
            </p>
        }
    });
    let people = (!page.rows.is_empty()).then(|| table(page.rows));
    let inside = view! {
        {page.made.map(MadeLink::draw)}
        {tools(page.q, page.role)}
        {people}
        {nobody}
        {paging::draw(page.paging, ["Before", "More people"])}
        {page.add.draw()}
    };
    let mut section = Section::new("people", "People", "");
    section.about = Some(page.about.into_any());
    section.action = Some(view! {
        <a class="button" data-kind="primary" data-size="s" href="/admin/invitations">
            <Icon name="user-plus" size="s"/>
            "Invite people"
        </a>
    });
    section.draw(inside)
}

fn tools(q: String, role: Option<Role>) -> AnyView {
    let mut choices = vec![Choice::new("", "All roles")];
    choices.extend(
        Role::ALL.map(|role| Choice::new(role.as_str(), format!("{}s", role::words(role)))),
    );
    search::draw(Search {
        action: "/admin/people",
        q,
        words: "Find a person",
        name: "role",
        label: "Role",
        choices,
        chosen: role.map_or("", Role::as_str).to_owned(),
    })
}

fn table(rows: Vec<PersonRow>) -> AnyView {
    let rows: Vec<_> = rows.into_iter().map(PersonRow::draw).collect();
    view! {
        <div class="panel">
            <table class="table people">
                <thead>
                    <tr>
                        <th scope="col">"Person"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Joined"</th>
                        <th scope="col">"Last seen"</th>
                    </tr>
                </thead>
                {rows}
            </table>
        </div>
    }
}

impl MadeLink {
    fn draw(self) -> AnyView {
        view! {
            <div class="panel once" role="status">
                <p>
                    "A link for "
                    <b><bdi>{self.name}</bdi></b>
                    {format!(
                        " to choose a password. Send it to them alone; it works once, until {}, and is not shown again.",
                        self.ends,
                    )}
                </p>
                {to_copy(self.url, "Copy link")}
                {qr::draw(self.qr, "QR code of the link")}
            </div>
        }
    }
}

impl AddPerson {
    fn draw(self) -> AnyView {
        let open = self.name.error.is_some() || self.handle.error.is_some();
        let name = Field {
            label: "Name",
            name: "name",
            prefix: "add-",
            entry: self.name,
            chars_max: Some(NAME_CHARS_MAX),
            ..Field::default()
        };
        let handle = Field { autocomplete: "off", ..handle(self.handle, "add-") };
        let roles = role::choices(&self.roles);
        let form = view! {
            <form method="post" action="/admin/people">
                {name.in_row()}
                {handle.in_row()}
                {picker_row("add-role", "role", "Role", roles, self.role.as_str())}
                <div class="panel-foot">
                    <p class="field-hint">"You get a link with which they choose a password."</p>
                    <button class="button" type="submit">
                        "Add"
                    </button>
                </div>
            </form>
        };
        fold("plus", "Add a person yourself", open, form)
    }
}
