//! The workspace itself: what it is called, who comes in, who may what, and who may not come.

use axum::extract::Form;
use axum::response::Response;
use frontend::pages::Entry;
use frontend::pages::admin::{AccessPage, AdminTab, BannedAddress};
use rusqlite::Connection;
use serde::Deserialize;
use shared::permission::{Door, Policy, Role};

use super::{Said, show};
use crate::pages::who::{Admin, Who};
use crate::people;
use crate::store::{revocations, settings};

#[derive(Deserialize)]
pub(crate) struct AccessForm {
    workspace: String,
    join: Door,
    create: Role,
    invite: Role,
    post: Role,
}

#[derive(Deserialize)]
pub(crate) struct AddressForm {
    address: String,
}

pub(crate) async fn access_page(Admin(who): Admin) -> Result<Response, Response> {
    list(&who, Said::default(), None).await
}

async fn list(who: &Who, said: Said, workspace: Option<Entry>) -> Result<Response, Response> {
    let read = |db: &Connection| {
        let banned = revocations::banned_addresses(db)?;
        Ok((settings::workspace(db)?, settings::policy(db)?, banned))
    };
    let (name, policy, banned) = who.read(read).await?;
    let address = |address: String| BannedAddress { address, about: String::new() };
    let page = AccessPage {
        workspace: workspace.unwrap_or_else(|| Entry::new(name)),
        join: policy.door,
        create: policy.create_rooms,
        invite: policy.invite,
        post: policy.post,
        addresses: banned.into_iter().map(address).collect(),
    };
    show(who, AdminTab::Access(page), said).await
}

pub(crate) async fn set_access(
    Admin(who): Admin,
    Form(form): Form<AccessForm>,
) -> Result<Response, Response> {
    let name = match people::workspace_name(&form.workspace) {
        Ok(name) => name,
        Err(refusal) => {
            let entry = Entry::refused(&form.workspace, refusal.sentence());
            return list(&who, Said::default(), Some(entry)).await;
        }
    };
    let policy =
        Policy { door: form.join, create_rooms: form.create, invite: form.invite, post: form.post };
    let done =
        who.change(move |db, actor| people::set_workspace(db, actor, &name, &policy)).await?;
    list(&who, Said::of(&done, "Saved. It holds from now on."), None).await
}

pub(crate) async fn lift_address(
    Admin(who): Admin,
    Form(form): Form<AddressForm>,
) -> Result<Response, Response> {
    let address = form.address;
    let done = who.change(move |db, actor| people::lift_address(db, actor, &address)).await?;
    list(&who, Said::of(&done, "People may come from there again."), None).await
}
