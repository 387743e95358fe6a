//! How one comes to have an account: set-up, signing up, invitations, and links for a password.

use std::time::Instant;

use axum::extract::{Form, Path};
use axum::http::StatusCode;
use axum::response::Response;
use frontend::pages::{AccountPage, Entry, JoinPage, NewAccount, ResetPage, SetupPage, SignUpPage};
use rusqlite::Connection;
use serde::Deserialize;
use shared::permission::{Door, Role};
use shared::protocol::{OpId, Person};
use uuid::Uuid;

use super::entering::{Signed, begun_json, no_passkeys, refused_passkey};
use super::who::{Who, with_login};
use crate::auth::password::Password;
use crate::auth::token::code_hash;
use crate::chat;
use crate::limits::SignIn;
use crate::log::{Answer, now_ms};
use crate::names::Name;
use crate::people::{self, Done, Refusal};
use crate::store::{invitations, settings, users};

/// What somebody types who wants an account.
#[derive(Clone, Deserialize)]
pub(crate) struct Wanted {
    name: String,
    #[serde(default)]
    handle: String,
    #[serde(default)]
    mail: String,
    #[serde(default)]
    password: String,
}

#[derive(Deserialize)]
pub(crate) struct SetUpForm {
    workspace: String,
    join: Door,
    #[serde(flatten)]
    wanted: Wanted,
}

#[derive(Deserialize)]
pub(crate) struct WantedWithPasskey {
    #[serde(flatten)]
    signed: Signed,
    #[serde(flatten)]
    wanted: Wanted,
}

#[derive(Deserialize)]
pub(crate) struct ResetForm {
    password: String,
}

/// Why an account was not made, at the field that it is about.
enum Wrong {
    Refused(Refusal),
    Password(&'static str),
    /// Not now.
    Answer(Response),
}

impl From<Response> for Wrong {
    fn from(response: Response) -> Self {
        Self::Answer(response)
    }
}

impl From<Refusal> for Wrong {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Wanted {
    /// The form again, with what was typed and what is wrong with it. A refusal that is about no
    /// field stands at the name.
    fn again(&self, wrong: Option<&Wrong>) -> NewAccount {
        let mut account = NewAccount {
            name: Entry::new(&self.name),
            handle: Entry::new(&self.handle),
            mail: Entry::new(&self.mail),
            password_error: None,
            by_passkey: self.password.is_empty() && wrong.is_some(),
        };
        match wrong {
            Some(Wrong::Refused(refusal)) => {
                let sentence = Some(refusal.sentence().to_owned());
                match refusal {
                    Refusal::BadHandle | Refusal::HandleTaken => account.handle.error = sentence,
                    Refusal::BadEmail | Refusal::EmailTaken => account.mail.error = sentence,
                    _ => account.name.error = sentence,
                }
            }
            Some(Wrong::Password(sentence)) => {
                account.password_error = Some((*sentence).to_owned());
            }
            Some(Wrong::Answer(_)) | None => {}
        }
        account
    }

    /// What can be told without asking anybody.
    fn account(&self, who: &Who) -> Result<people::NewAccount, Refusal> {
        let name = Name::parse(&self.name, who.id()).map_err(|_| Refusal::BadName)?;
        let handle = self.handle.trim();
        let handle = if handle.is_empty() { None } else { Some(people::handle(handle)?) };
        let email = people::email(&self.mail)?;
        Ok(people::NewAccount { id: who.id(), name, handle, email, password_hash: None })
    }

    /// The same, with the password's hash.
    async fn with_password(&self, who: &Who) -> Result<people::NewAccount, Wrong> {
        let account = self.account(who)?;
        let about = [self.name.as_str(), self.handle.as_str(), self.mail.as_str()];
        let hash = hash(who, &self.password, &about).await?;
        Ok(people::NewAccount { password_hash: Some(hash), ..account })
    }
}

/// The hash of a password that is good enough.
async fn hash(who: &Who, typed: &str, about: &[&str]) -> Result<String, Wrong> {
    let password = Password::new(typed.to_owned(), about);
    let password = password.map_err(|weak| Wrong::Password(weak.sentence()))?;
    match who.app.hasher.hash(password).await {
        Ok(hash) => Ok(hash),
        Err(_) => Err(Wrong::Answer(who.too_many(2).await)),
    }
}

/// Makes the account by `make`, and signs in with it. A guest who is known takes the name first: what
/// they are called is an event.
async fn make(
    who: &Who,
    account: people::NewAccount,
    make: impl FnOnce(&Connection, &people::Actor, &people::NewAccount) -> Done<()> + Send + 'static,
) -> Result<Response, Wrong> {
    if who.visitor.role > Role::Guest && !who.visitor.is_signed_out {
        return Err(Refusal::HasAccount.into());
    }
    if who.visitor.is_signed_out {
        return Err(Wrong::Answer(who.afresh("/signup")));
    }
    let id = who.id();
    if is_known(who).await? && who.visitor.person.name != account.name.shown {
        let checked = chat::rename(&who.app, who.visitor.sender(), &account.name.shown);
        let op = OpId(Uuid::now_v7());
        match chat::ask(&who.app, who.author(), op, checked).await {
            Answer::Accepted { .. } => {}
            Answer::Refused(shared::protocol::Code::NameTaken) => {
                return Err(Refusal::NameTaken.into());
            }
            Answer::Refused(_) => return Err(Refusal::BadName.into()),
            Answer::RetryAfter { .. } => return Err(Wrong::Answer(who.too_many(2).await)),
        }
    }
    who.change(move |db, actor| make(db, actor, &account)).await??;
    let cookie = who.sign_in(id).await?;
    Ok(with_login(who.go("/"), cookie))
}

/// Who asks, if they are a guest who has said or changed something: anybody else has nothing to keep.
async fn guest(who: &Who) -> Result<Option<Person>, Response> {
    let is_guest = who.visitor.role == Role::Guest && !who.visitor.is_signed_out;
    if !is_guest || !is_known(who).await? {
        return Ok(None);
    }
    Ok(Some(who.visitor.person.clone()))
}

async fn is_known(who: &Who) -> Result<bool, Response> {
    let id = who.id();
    who.read(move |db| Ok(users::find(db, id)?.is_some())).await
}

/// What a guest is called already, unless that is what all guests are called.
fn own_name(who: &Who) -> String {
    let person = &who.visitor.person;
    let is_guest = who.visitor.role == Role::Guest && !who.visitor.is_signed_out;
    if is_guest && !person.has_guest_name() { person.name.clone() } else { String::new() }
}

fn nothing_typed(who: &Who) -> Wanted {
    let nothing = String::new;
    Wanted { name: own_name(who), handle: nothing(), mail: nothing(), password: nothing() }
}

/// Attempts of one address to come in, however they go.
async fn in_turn(who: &Who) -> Result<(), Response> {
    who.may_try(&[SignIn::Address(who.visitor.author.address)]).await
}

// Set-up.

pub(crate) async fn setup_page(who: Who, Path(code): Path<String>) -> Result<Response, Response> {
    if !is_setup_code(&who, &code).await? {
        return Ok(who.not_found().await);
    }
    if who.visitor.is_signed_out {
        return Ok(who.afresh(&format!("/setup/{code}")));
    }
    let wanted = nothing_typed(&who);
    Ok(who.draw(draw_setup(&who, code, "", Door::Guests, &wanted, None)).await)
}

async fn is_setup_code(who: &Who, code: &str) -> Result<bool, Response> {
    Ok(who.read(settings::setup_code).await?.as_deref() == Some(code))
}

fn draw_setup(
    who: &Who,
    code: String,
    workspace: &str,
    join: Door,
    wanted: &Wanted,
    wrong: Option<&Wrong>,
) -> AccountPage {
    let NewAccount { name, handle, mail, password_error, .. } = wanted.again(wrong);
    let is_secure = who.app.config.is_secure();
    let address = match (is_secure, &who.app.config.public_url) {
        (true, _) => format!("Reached over HTTPS at {}", who.host()),
        (false, _) => "Reached without HTTPS: fine on this machine, not on the internet".to_owned(),
    };
    let checks = vec![
        (true, "The data directory can be written".to_owned()),
        (is_secure, address),
        (true, "No mail server is needed".to_owned()),
    ];
    let workspace = Entry::new(workspace);
    AccountPage::Setup(SetupPage {
        code,
        checks,
        workspace,
        name,
        handle,
        mail,
        password_error,
        join,
    })
}

pub(crate) async fn set_up(
    who: Who,
    Path(code): Path<String>,
    Form(form): Form<SetUpForm>,
) -> Result<Response, Response> {
    in_turn(&who).await?;
    if !is_setup_code(&who, &code).await? {
        return Ok(who.not_found().await);
    }
    let SetUpForm { workspace: typed, join: door, wanted } = form;
    let workspace = match people::workspace_name(&typed) {
        Ok(workspace) => workspace,
        Err(refusal) => {
            let mut page = draw_setup(&who, code, &typed, door, &wanted, None);
            if let AccountPage::Setup(page) = &mut page {
                page.workspace.error = Some(refusal.sentence().to_owned());
            }
            return Ok(who.draw_with(StatusCode::UNPROCESSABLE_ENTITY, page).await);
        }
    };
    let made = async {
        let account = wanted.with_password(&who).await?;
        let used = code.clone();
        make(&who, account, move |db, actor, account| {
            people::set_up(db, actor, &used, account, &workspace, door)
        })
        .await
    };
    match made.await {
        Ok(response) => Ok(response),
        Err(Wrong::Answer(response)) => Err(response),
        // Somebody else was first.
        Err(Wrong::Refused(Refusal::Unknown)) => Ok(who.not_found().await),
        Err(wrong) => {
            let page = draw_setup(&who, code, &typed, door, &wanted, Some(&wrong));
            Ok(who.draw_with(StatusCode::UNPROCESSABLE_ENTITY, page).await)
        }
    }
}

// Signing up.

pub(crate) async fn sign_up_page(who: Who) -> Result<Response, Response> {
    if who.visitor.role > Role::Guest && !who.visitor.is_signed_out {
        return Ok(who.go("/settings"));
    }
    if who.app.access.policy().door == Door::Invitation {
        return Ok(who.forbidden().await);
    }
    if who.visitor.is_signed_out {
        return Ok(who.afresh("/signup"));
    }
    let account = nothing_typed(&who).again(None);
    let guest = guest(&who).await?;
    Ok(who.draw(AccountPage::SignUp(SignUpPage { account, guest })).await)
}

pub(crate) async fn sign_up(who: Who, Form(wanted): Form<Wanted>) -> Result<Response, Response> {
    in_turn(&who).await?;
    let made = async {
        let account = wanted.with_password(&who).await?;
        make(&who, account, people::sign_up).await
    };
    signed_up(&who, &wanted, made.await).await
}

async fn signed_up(
    who: &Who,
    wanted: &Wanted,
    made: Result<Response, Wrong>,
) -> Result<Response, Response> {
    match made {
        Ok(response) => Ok(response),
        Err(Wrong::Answer(response)) => Err(response),
        Err(Wrong::Refused(Refusal::Forbidden)) => Ok(who.forbidden().await),
        Err(wrong) => {
            let account = wanted.again(Some(&wrong));
            let page = AccountPage::SignUp(SignUpPage { account, guest: guest(who).await? });
            Ok(who.draw_with(StatusCode::UNPROCESSABLE_ENTITY, page).await)
        }
    }
}

pub(crate) async fn begin_sign_up_passkey(who: Who) -> Result<Response, Response> {
    if who.app.access.policy().door == Door::Invitation {
        return Ok(who.forbidden().await);
    }
    begin_passkey(&who).await
}

async fn begin_passkey(who: &Who) -> Result<Response, Response> {
    in_turn(who).await?;
    let Some(passkeys) = who.app.passkeys(&who.host()) else { return Ok(no_passkeys()) };
    // Whatever they are going to be called: a device shows it in its list.
    let name = who.visitor.person.name.clone();
    let begun = passkeys.begin_registration(who.id().0, &name, &name, &[], Instant::now());
    Ok(match begun {
        Ok(begun) => begun_json(begun.ticket, begun.options),
        Err(error) => refused_passkey(error),
    })
}

pub(crate) async fn sign_up_passkey(
    who: Who,
    Form(form): Form<WantedWithPasskey>,
) -> Result<Response, Response> {
    let made = with_passkey(&who, &form, people::sign_up).await;
    signed_up(&who, &form.wanted, made).await
}

/// Makes the account by `verb`, with the passkey that was just made for it.
async fn with_passkey(
    who: &Who,
    form: &WantedWithPasskey,
    verb: impl FnOnce(&Connection, &people::Actor, &people::NewAccount) -> Done<()> + Send + 'static,
) -> Result<Response, Wrong> {
    let account = form.wanted.account(who)?;
    let host = who.host();
    let passkeys = who.app.passkeys(&host).ok_or(Wrong::Password(NO_PASSKEY))?;
    let Signed { ticket, response, .. } = &form.signed;
    let registered = passkeys.finish_registration(account.id.0, ticket, response, Instant::now());
    let registered = registered.map_err(|error| Wrong::Password(error.sentence()))?;
    make(who, account, move |db, actor, account| {
        if let Err(refusal) = verb(db, actor, account)? {
            return Ok(Err(refusal));
        }
        people::add_passkey(db, actor, account.id, "First passkey", &registered)
    })
    .await
}

const NO_PASSKEY: &str = "Passkeys do not work at this address. Choose a password.";

// Invitations.

pub(crate) async fn join_page(who: Who, Path(code): Path<String>) -> Result<Response, Response> {
    if who.visitor.is_signed_out {
        return Ok(who.afresh(&format!("/join/{}", code.replace(['\r', '\n'], ""))));
    }
    let account = nothing_typed(&who).again(None);
    draw_join(&who, StatusCode::OK, code, account).await
}

async fn draw_join(
    who: &Who,
    status: StatusCode,
    code: String,
    account: NewAccount,
) -> Result<Response, Response> {
    let asked = code.clone();
    let found = who.read(move |db| invitations::find(db, &asked)).await?;
    let Some(invitation) = found.filter(|invitation| invitation.is_open(now_ms())) else {
        return Ok(who.draw_with(StatusCode::GONE, AccountPage::Ended).await);
    };
    let page = JoinPage {
        code,
        by: invitation.made_by_name,
        role: invitation.role,
        account,
        guest: guest(who).await?,
    };
    Ok(who.draw_with(status, AccountPage::Join(Box::new(page))).await)
}

pub(crate) async fn join(
    who: Who,
    Path(code): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Response> {
    in_turn(&who).await?;
    let made = async {
        let account = wanted.with_password(&who).await?;
        let used = code.clone();
        make(&who, account, move |db, actor, account| people::accept(db, actor, &used, account))
            .await
    };
    joined(&who, code.clone(), &wanted, made.await).await
}

async fn joined(
    who: &Who,
    code: String,
    wanted: &Wanted,
    made: Result<Response, Wrong>,
) -> Result<Response, Response> {
    match made {
        Ok(response) => Ok(response),
        Err(Wrong::Answer(response)) => Err(response),
        Err(Wrong::Refused(Refusal::Ended)) => {
            Ok(who.draw_with(StatusCode::GONE, AccountPage::Ended).await)
        }
        Err(wrong) => {
            let account = wanted.again(Some(&wrong));
            draw_join(who, StatusCode::UNPROCESSABLE_ENTITY, code, account).await
        }
    }
}

pub(crate) async fn begin_join_passkey(
    who: Who,
    Path(code): Path<String>,
) -> Result<Response, Response> {
    let found = who.read(move |db| invitations::find(db, &code)).await?;
    if !found.is_some_and(|invitation| invitation.is_open(now_ms())) {
        return Ok(who.draw_with(StatusCode::GONE, AccountPage::Ended).await);
    }
    begin_passkey(&who).await
}

pub(crate) async fn join_passkey(
    who: Who,
    Path(code): Path<String>,
    Form(form): Form<WantedWithPasskey>,
) -> Result<Response, Response> {
    let used = code.clone();
    let verb = move |db: &Connection, actor: &people::Actor, account: &people::NewAccount| {
        people::accept(db, actor, &used, account)
    };
    let made = with_passkey(&who, &form, verb).await;
    joined(&who, code, &form.wanted, made).await
}

// A link for a password.

pub(crate) async fn reset_page(who: Who, Path(code): Path<String>) -> Result<Response, Response> {
    draw_reset(&who, StatusCode::OK, code, None).await
}

async fn draw_reset(
    who: &Who,
    status: StatusCode,
    code: String,
    error: Option<String>,
) -> Result<Response, Response> {
    let hash = code_hash(&code);
    let read = move |db: &Connection| match invitations::reset(db, &hash, now_ms())? {
        Some(user) => users::name(db, user),
        None => Ok(None),
    };
    let Some(name) = who.read(read).await? else {
        return Ok(who.draw_with(StatusCode::GONE, ended_link()).await);
    };
    let page = AccountPage::Reset(ResetPage { code, name, error });
    Ok(who.draw_with(status, page).await)
}

fn ended_link() -> AccountPage {
    let sentence = Refusal::Ended.sentence();
    super::who::message("This link has ended", sentence, "/signin", "Sign in instead")
}

pub(crate) async fn reset(
    who: Who,
    Path(code): Path<String>,
    Form(form): Form<ResetForm>,
) -> Result<Response, Response> {
    in_turn(&who).await?;
    let hash = match hash(&who, &form.password, &[]).await {
        Ok(hash) => hash,
        Err(Wrong::Answer(response)) => return Err(response),
        Err(Wrong::Password(sentence)) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return draw_reset(&who, status, code, Some(sentence.to_owned())).await;
        }
        Err(Wrong::Refused(_)) => return Ok(who.not_found().await),
    };
    let code_hash = code_hash(&code);
    let done = who.change(move |db, actor| people::reset_password(db, actor, &code_hash, &hash));
    match done.await? {
        Ok(user) => {
            let cookie = who.sign_in(user).await?;
            Ok(with_login(who.go("/"), cookie))
        }
        Err(_) => Ok(who.draw_with(StatusCode::GONE, ended_link()).await),
    }
}
