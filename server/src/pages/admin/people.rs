//! People: what they are, who is kept out, and links with which they choose a password.

use axum::extract::{Form, Path, Query};
use axum::response::Response;
use frontend::pages::admin::{AddPerson, AdminTab, MadeLink, PeoplePage, PersonRow, Standing};
use frontend::pages::{Entry, Paging};
use rusqlite::Connection;
use serde::Deserialize;
use shared::percent::encoded;
use shared::permission::{Role, may_give, may_manage};
use shared::protocol::{Person, UserId};
use uuid::Uuid;

use super::{Said, show};
use crate::auth::token::{code, code_hash};
use crate::log::now_ms;
use crate::names::Name;
use crate::pages::settings::qr;
use crate::pages::when::{day, moment, moment_or_never};
use crate::pages::who::{Admin, Who};
use crate::people::{self, NewAccount, Refusal};
use crate::store::users::{self, Listed};

/// People on one page.
const PAGE_PEOPLE: usize = 50;

/// How long a link for a password works.
const RESET_MS: i64 = 24 * 60 * 60 * 1_000;

#[derive(Default, Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    after: String,
}

#[derive(Deserialize)]
pub(crate) struct NewPerson {
    name: String,
    #[serde(default)]
    handle: String,
    role: Role,
}

#[derive(Deserialize)]
pub(crate) struct RoleForm {
    role: Role,
}

#[derive(Deserialize)]
pub(crate) struct StandingForm {
    standing: NewStanding,
}

/// Being banned has a form of its own.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum NewStanding {
    Active,
    Deactivated,
}

#[derive(Deserialize)]
pub(crate) struct BanForm {
    address: Option<String>,
}

pub(crate) async fn people_page(
    Admin(who): Admin,
    Query(search): Query<Search>,
) -> Result<Response, Response> {
    list(&who, search, Said::default(), None, None).await
}

async fn list(
    who: &Who,
    search: Search,
    said: Said,
    made: Option<MadeLink>,
    add: Option<AddPerson>,
) -> Result<Response, Response> {
    let Search { q, role, after } = search;
    let role = Role::parse(&role);
    let (asked, from) = (q.clone(), after.clone());
    let read = move |db: &Connection| {
        let listed = users::list(db, asked.trim(), role, &from, PAGE_PEOPLE + 1)?;
        Ok((listed, users::count(db)?))
    };
    let (mut listed, (members, guests)) = who.read(read).await?;
    let more = (listed.len() > PAGE_PEOPLE).then(|| {
        listed.truncate(PAGE_PEOPLE);
        listed.last().map(|last| last.account.name.clone()).unwrap_or_default()
    });
    let own = who.visitor.role;
    let roles: Vec<Role> = Role::ALL.into_iter().rev().filter(|role| gives(own, *role)).collect();
    let query = |after: &str| {
        let pairs = [("q", q.as_str()), ("role", role.map_or("", Role::as_str)), ("after", after)];
        let pairs = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
        format!("/admin/people?{}", pairs.collect::<Vec<_>>().join("&"))
    };
    let page = PeoplePage {
        about: about(members, guests),
        role,
        rows: listed.into_iter().map(|one| row(who, one)).collect(),
        paging: Paging {
            back: (!after.is_empty()).then(|| query("")),
            on: more.as_deref().map(query),
        },
        made,
        add: add.unwrap_or(AddPerson {
            name: Entry::default(),
            handle: Entry::default(),
            role: Role::Member,
            roles,
        }),
        q: q.clone(),
    };
    show(who, AdminTab::People(Box::new(page)), said).await
}

/// How many there are. A guest who has said nothing is nobody yet.
fn about(members: u64, guests: u64) -> String {
    let people = if members == 1 { "person" } else { "people" };
    let guests = match guests {
        0 => String::new(),
        1 => ", and 1 guest who has said something".to_owned(),
        guests => format!(", and {guests} guests who have said something"),
    };
    format!("{members} {people} with an account{guests}.")
}

/// Whether somebody of this role may make an account of that role.
fn gives(own: Role, role: Role) -> bool {
    role > Role::Guest && may_give(own, role)
}

fn row(who: &Who, listed: Listed) -> PersonRow {
    let now = now_ms();
    let Listed { account, seen_at_ms } = listed;
    let own = who.visitor.role;
    let is_self = account.id == who.id();
    let may = may_manage(own, account.role);
    let roles = if may && account.role > Role::Guest {
        Role::ALL.into_iter().rev().filter(|role| gives(own, *role)).collect()
    } else {
        Vec::new()
    };
    PersonRow {
        person: Person { id: account.id, name: account.name },
        handle: account.handle,
        mail: account.email,
        role: account.role,
        joined: day(account.created_at_ms, now),
        seen: moment_or_never(seen_at_ms, now),
        standing: match account.standing {
            users::Standing::Active => Standing::Active,
            users::Standing::Banned => Standing::Banned,
            users::Standing::Deactivated | users::Standing::Deleted => Standing::Deactivated,
        },
        roles,
        may_change_standing: may && !is_self,
        may_ban: may && !is_self,
        may_reset: may && account.role > Role::Guest,
        may_sign_out: may,
        may_erase: may,
    }
}

/// The list again, with what came of a change.
async fn again(who: &Who, done: Result<(), Refusal>, sentence: &str) -> Result<Response, Response> {
    list(who, Search::default(), Said::of(&done, sentence), None, None).await
}

fn person(id: &str) -> UserId {
    // What is no id is nobody's.
    id.parse().unwrap_or(UserId(Uuid::nil()))
}

pub(crate) async fn add_person(
    Admin(who): Admin,
    Form(form): Form<NewPerson>,
) -> Result<Response, Response> {
    let role = form.role;
    let refused = |refusal: Refusal| {
        let sentence = refusal.sentence();
        let is_handle = matches!(refusal, Refusal::BadHandle | Refusal::HandleTaken);
        let at = |here: bool, typed: &str| {
            if here { Entry::refused(typed, sentence) } else { Entry::new(typed) }
        };
        let own = who.visitor.role;
        AddPerson {
            name: at(!is_handle, &form.name),
            handle: at(is_handle, &form.handle),
            role,
            roles: Role::ALL.into_iter().rev().filter(|role| gives(own, *role)).collect(),
        }
    };
    let id = UserId(Uuid::new_v4());
    let handle = form.handle.trim();
    let handle = if handle.is_empty() { Ok(None) } else { people::handle(handle).map(Some) };
    let account = match (Name::parse(&form.name, id), handle) {
        (Ok(name), Ok(handle)) => NewAccount { id, name, handle, email: None, password_hash: None },
        (Err(_), _) => {
            let add = refused(Refusal::BadName);
            return list(&who, Search::default(), Said::default(), None, Some(add)).await;
        }
        (_, Err(refusal)) => {
            let add = refused(refusal);
            return list(&who, Search::default(), Said::default(), None, Some(add)).await;
        }
    };
    let (code, ends) = (code(), now_ms() + RESET_MS);
    let (hash, name) = (code_hash(&code), account.name.shown.clone());
    let added = who.change(move |db, actor| people::add(db, actor, &account, role, (&hash, ends)));
    match added.await? {
        Ok(()) => {
            let made = Some(made_link(&who, name, &code, ends));
            list(&who, Search::default(), Said::default(), made, None).await
        }
        Err(refusal) => {
            let add = refused(refusal);
            list(&who, Search::default(), Said::default(), None, Some(add)).await
        }
    }
}

fn made_link(who: &Who, name: String, code: &str, ends_at_ms: i64) -> MadeLink {
    let url = format!("{}/reset/{code}", who.app.origin());
    let qr = qr(&url);
    MadeLink { name, url, ends: format!("{} UTC", moment(ends_at_ms, now_ms())), qr }
}

pub(crate) async fn set_role(
    Admin(who): Admin,
    Path(id): Path<String>,
    Form(form): Form<RoleForm>,
) -> Result<Response, Response> {
    let id = person(&id);
    let done = who.change(move |db, actor| people::set_role(db, actor, id, form.role)).await?;
    again(&who, done, "The role is changed.").await
}

pub(crate) async fn set_standing(
    Admin(who): Admin,
    Path(id): Path<String>,
    Form(form): Form<StandingForm>,
) -> Result<Response, Response> {
    let id = person(&id);
    let (standing, sentence) = match form.standing {
        NewStanding::Active => (users::Standing::Active, "They may come in again."),
        NewStanding::Deactivated => (
            users::Standing::Deactivated,
            "They are signed out and cannot come in. What they wrote stays.",
        ),
    };
    let done = who.change(move |db, actor| people::set_standing(db, actor, id, standing)).await?;
    again(&who, done, sentence).await
}

pub(crate) async fn ban(
    Admin(who): Admin,
    Path(id): Path<String>,
    Form(form): Form<BanForm>,
) -> Result<Response, Response> {
    let target = person(&id);
    let connected_from = who.app.addresses_of(target).await;
    let wanted = people::Ban { target, connected_from, with_addresses: form.address.is_some() };
    let done = who.change(move |db, actor| people::ban(db, actor, &wanted)).await?;
    again(&who, done, "They are banned.").await
}

pub(crate) async fn make_reset(
    Admin(who): Admin,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let (id, code, ends) = (person(&id), code(), now_ms() + RESET_MS);
    let hash = code_hash(&code);
    let change = who.change(move |db, actor| {
        let done = people::make_reset(db, actor, id, &hash, ends)?;
        let name = users::name(db, id)?.unwrap_or_default();
        Ok(done.map(|()| name))
    });
    match change.await? {
        Ok(name) => {
            let made = Some(made_link(&who, name, &code, ends));
            list(&who, Search::default(), Said::default(), made, None).await
        }
        Err(refusal) => again(&who, Err(refusal), "").await,
    }
}

pub(crate) async fn sign_out_everywhere(
    Admin(who): Admin,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let id = person(&id);
    let done = who.change(move |db, actor| people::sign_out_everywhere(db, actor, id)).await?;
    again(&who, done, "They are signed out everywhere.").await
}

pub(crate) async fn erase(Admin(who): Admin, Path(id): Path<String>) -> Result<Response, Response> {
    let id = person(&id);
    let allowed = who.change(move |db, actor| people::may_erase(db, actor, id)).await?;
    if allowed.is_ok() {
        crate::pages::settings::erase_all(&who, id).await?;
    }
    again(&who, allowed, "Everything they wrote is deleted.").await
}
