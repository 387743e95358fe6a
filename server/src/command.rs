//! What the command line does to the data besides serving it: the set-up link, people, invitations,
//! tokens. Works while a server runs on the same data; the server notices within a second.
//!
//! Each writes in one transaction what `people` does, as whoever has the data directory: nobody is
//! above them. What is printed is for the person at the terminal alone.

use std::fmt;
use std::path::Path;

use clap::{Args, Subcommand};
use rusqlite::{Connection, TransactionBehavior};
use shared::permission::Role;
use shared::protocol::UserId;
use uuid::Uuid;

use crate::auth::Token;
use crate::auth::token::{code, code_hash};
use crate::log::now_ms;
use crate::names::{self, Name};
use crate::people::{self, Actor, NewAccount, Refusal, WantedInvitation};
use crate::store::users::Standing;
use crate::store::{self, logins, settings, users};

/// How long a link for a password works.
const RESET_MS: i64 = 24 * 60 * 60 * 1_000;

#[derive(Clone, Debug, Subcommand)]
pub enum Order {
    /// Print the link with which the owner sets the workspace up
    SetupLink,
    /// Add people, change what they are, keep them out
    #[command(subcommand)]
    User(UserOrder),
    /// Make links that let people in
    #[command(subcommand)]
    Invite(InviteOrder),
    /// Make tokens for programs
    #[command(subcommand)]
    Token(TokenOrder),
}

#[derive(Clone, Debug, Subcommand)]
pub enum UserOrder {
    /// Add somebody, and print the link with which they choose their password
    Add {
        /// What people call them
        name: String,
        /// What they sign in with; made of the name unless it is given
        #[arg(long)]
        handle: Option<String>,
        #[arg(long, default_value = "member", value_parser = account_role)]
        role: Role,
    },
    /// Make somebody an owner, an admin or a member
    Role {
        /// Their name, handle or e-mail address
        who: String,
        #[arg(value_parser = account_role)]
        role: Role,
    },
    /// Keep somebody out; what they wrote stays
    Deactivate { who: String },
    /// Let somebody in again
    Reactivate { who: String },
    /// Print a link with which somebody chooses a new password
    Reset { who: String },
}

#[derive(Clone, Debug, Subcommand)]
pub enum InviteOrder {
    /// Make a link, and print it
    Create(Invitation),
}

#[derive(Clone, Debug, Args)]
pub struct Invitation {
    /// What the link is for; people who manage invitations see it
    #[arg(long, default_value = "From the command line")]
    label: String,
    #[arg(long, default_value = "member", value_parser = account_role)]
    role: Role,
    /// How many people may use it
    #[arg(long, default_value_t = 1)]
    uses: u32,
    /// For how many days it works
    #[arg(long, default_value_t = 7)]
    days: u32,
}

#[derive(Clone, Debug, Subcommand)]
pub enum TokenOrder {
    /// Make a token for a program that acts as somebody, and print it
    Create {
        /// Whom the program acts as: their name, handle or e-mail address
        who: String,
        /// What the program is called
        #[arg(long, default_value = "From the command line")]
        name: String,
        /// Let it read only
        #[arg(long)]
        read_only: bool,
    },
}

fn account_role(text: &str) -> Result<Role, &'static str> {
    let role = Role::parse(text).filter(|role| *role > Role::Guest);
    role.ok_or("one of: owner, admin, member")
}

/// Why nothing was done; its text is for the person at the terminal.
#[derive(Debug)]
pub struct CommandError(String);

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CommandError {}

impl From<rusqlite::Error> for CommandError {
    fn from(error: rusqlite::Error) -> Self {
        Self(format!("The database does not take it: {error}"))
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self(match refusal {
            Refusal::Forbidden | Refusal::Unknown => {
                "This is for people with an account who may come in.".to_owned()
            }
            _ => refusal.sentence().to_owned(),
        })
    }
}

/// Does it on the data in this directory. Gives what is to be printed.
pub fn carry_out(data: &Path, order: &Order) -> Result<String, CommandError> {
    let path = data.join("hubbub.db");
    if !path.is_file() {
        let data = data.display();
        return Err(CommandError(format!(
            "There is no Hubbub in {data}. Start one there first, or say --data."
        )));
    }
    let mut db = store::open_for_command(&path).map_err(CommandError)?;
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let said = obey(&transaction, order)?;
    transaction.commit()?;
    Ok(said)
}

fn obey(db: &Connection, order: &Order) -> Result<String, CommandError> {
    let actor = Actor { id: None, address: String::new(), now_ms: now_ms() };
    match order {
        Order::SetupLink => match settings::setup_code(db)? {
            Some(code) => link(db, "setup", &code),
            None => Ok("This workspace is set up already.".to_owned()),
        },
        Order::User(order) => user(db, &actor, order),
        Order::Invite(InviteOrder::Create(invitation)) => {
            let code = code();
            let wanted = WantedInvitation {
                label: invitation.label.clone(),
                role: invitation.role,
                uses_max: invitation.uses,
                days: invitation.days,
            };
            people::invite(db, &actor, &code, &wanted)??;
            link(db, "join", &code)
        }
        Order::Token(TokenOrder::Create { who, name, read_only }) => {
            let user = find(db, who)?;
            let token = Token::random();
            logins::insert_token(db, &token.hash(), user, name, !read_only, actor.now_ms)?;
            actor.note(db, people::Deed::TokenMade, name)?;
            Ok(token.text())
        }
    }
}

fn user(db: &Connection, actor: &Actor, order: &UserOrder) -> Result<String, CommandError> {
    let code = code();
    let (hash, ends_at_ms) = (code_hash(&code), actor.now_ms + RESET_MS);
    let who = match order {
        UserOrder::Add { name, handle, role } => {
            let id = UserId(Uuid::new_v4());
            let name = Name::parse(name, id).map_err(|_| Refusal::BadName)?;
            let handle = handle.as_deref().map(people::handle).transpose()?;
            let account = NewAccount { id, name, handle, email: None, password_hash: None };
            people::add(db, actor, &account, *role, (&hash, ends_at_ms))??;
            return link(db, "reset", &code);
        }
        UserOrder::Reset { who } => {
            people::make_reset(db, actor, find(db, who)?, &hash, ends_at_ms)??;
            return link(db, "reset", &code);
        }
        UserOrder::Role { who, role } => {
            people::set_role(db, actor, find(db, who)?, *role)??;
            who
        }
        UserOrder::Deactivate { who } => {
            people::set_standing(db, actor, find(db, who)?, Standing::Deactivated)??;
            who
        }
        UserOrder::Reactivate { who } => {
            people::set_standing(db, actor, find(db, who)?, Standing::Active)??;
            who
        }
    };
    Ok(format!("Done: {who}."))
}

fn find(db: &Connection, who: &str) -> Result<UserId, CommandError> {
    let typed = who.trim().trim_start_matches('@').to_lowercase();
    let found = users::known_as(db, &typed, &names::key(who.trim()))?;
    found.ok_or_else(|| CommandError(format!("Nobody here is called or signs in as {who}.")))
}

/// An address on this server, as it was last reached.
fn link(db: &Connection, page: &str, code: &str) -> Result<String, CommandError> {
    let origin = settings::origin(db)?.unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    Ok(format!("{origin}/{page}/{code}"))
}
