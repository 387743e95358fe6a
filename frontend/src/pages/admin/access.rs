//! `/admin/access`: the workspace's name, who comes in, who may do what, and who may not come.

use leptos::prelude::*;

use crate::components::{Icon, view};
use crate::pages::desk::Section;
use crate::pages::field::{Entry, Field};
use crate::pages::picker::{join_cards, picker_row};
use shared::permission::{Door, Role};

use crate::pages::role;

#[derive(Clone, Debug)]
pub struct AccessPage {
    pub workspace: Entry,
    pub join: Door,
    /// The least role that may open rooms, invite, and post.
    pub create: Role,
    pub invite: Role,
    pub post: Role,
    pub addresses: Vec<BannedAddress>,
}

#[derive(Clone, Debug)]
pub struct BannedAddress {
    pub address: String,
    /// Who banned it, when and because of whom: `By Ines Duarte, 9 November, with Spam Bot`.
    pub about: String,
}

pub(super) fn draw(page: AccessPage) -> AnyView {
    let workspace = Field {
        label: "Workspace name",
        name: "workspace",
        hint: "In the sidebar and on the sign-in page.",
        entry: page.workspace,
        ..Field::default()
    };
    let may = |name: &'static str, label: &'static str, least: Role| {
        picker_row(name, name, label, role::choices_upwards(), least.as_str())
    };
    let form = view! {
        <form class="panel" method="post" action="/admin/access">
            {workspace.in_row()}
            <fieldset class="setting choices">
                <legend>"Who can join"</legend>
                {join_cards(page.join)}
            </fieldset>
            {may("create", "Who may open rooms", page.create)}
            {may("invite", "Who may invite", page.invite)}
            {may("post", "Who may write in open rooms", page.post)}
            <div class="panel-foot">
                <button class="button" data-kind="primary" type="submit">
                    "Save"
                </button>
            </div>
        </form>
    };
    let addresses: Vec<_> = page.addresses.into_iter().map(BannedAddress::draw).collect();
    let none =
        addresses.is_empty().then(|| view! { <p class="nothing">"No address is banned."</p> });
    let banned = view! {
        <div class="panel">
            {addresses}
            {none}
        </div>
    };
    let about = "Nobody who comes from one of these is let in.";
    view! {
        {Section::new("access", "Access", "Who comes in, and what they may do.").draw(form)}
        {Section::new("addresses", "Banned addresses", about).draw(banned)}
    }
}

impl BannedAddress {
    fn draw(self) -> AnyView {
        let label = format!("Lift the ban of {}", self.address);
        let address = self.address.clone();
        view! {
            <div class="setting">
                <Icon name="globe"/>
                <div>
                    <b dir="ltr">{address}</b>
                    <small>{self.about}</small>
                </div>
                <form method="post" action="/admin/addresses/lift">
                    <input type="hidden" name="address" value=self.address/>
                    <button
                        class="button"
                        data-kind="quiet"
                        data-size="s"
                        type="submit"
                        aria-label=label
                    >
                        "Lift"
                    </button>
                </form>
            </div>
        }
    }
}
