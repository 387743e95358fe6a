//! The pages that work without WebAssembly: arriving, one's own settings, administration, and what
//! went wrong.
//!
//! Only the server compiles them, so the client does not grow. Each page is a plain struct that a
//! handler fills and that is drawn here: from nothing else, with no clock and no database. What
//! they do is forms and links; a script only brings passkeys and copying to life.

mod document;

mod arrival;
mod copying;
mod desk;
mod field;
mod fold;
mod notice;
mod paging;
mod passkey;
mod picker;
mod qr;
mod role;
mod time;

mod code;
mod exported;
mod join;
mod message;
mod new_account;
mod reset;
mod setup;
mod sign_in;
mod sign_up;

pub mod admin;
pub mod settings;

pub use code::CodePage;
pub use desk::Me;
pub use document::{AccountPage, PageDocument, account_shell, draw};
pub use exported::exported;
pub use field::{Entry, PASSWORD_CHARS_MIN};
pub use join::JoinPage;
pub use message::MessagePage;
pub use new_account::NewAccount;
pub use paging::Paging;
pub use picker::Choice;
pub use qr::Qr;
pub use reset::ResetPage;
pub use setup::SetupPage;
pub use sign_in::SignInPage;
pub use sign_up::SignUpPage;

#[cfg(test)]
mod tests;
