//! What somebody with an account can see and change of it.

use leptos::prelude::*;
use shared::protocol::Person;

use super::codes::Codes;
use super::data::{self, Leaving};
use super::logins::{self, Login};
use super::passkeys::Passkeys;
use super::password::Password;
use super::profile::{self, Profile};
use super::tokens::{self, Tokens};
use super::{Done, Part, looks};
use crate::components::view;
use crate::document::Theme;
use crate::pages::desk::Section;
use crate::pages::field::Entry;

#[derive(Clone, Debug)]
pub struct Account {
    pub handle: Entry,
    pub mail: Entry,
    pub password: Password,
    pub passkeys: Passkeys,
    pub codes: Codes,
    /// The one that looks first.
    pub logins: Vec<Login>,
    pub tokens: Tokens,
    pub leaving: Leaving,
}

impl Account {
    pub(super) fn draw(
        self,
        name: Entry,
        person: Person,
        theme: Option<Theme>,
        done: &Done,
    ) -> AnyView {
        let profile = Profile::Account { name, handle: self.handle, mail: self.mail };
        let has_password = self.password.has_one;
        let sign_in = view! {
            {done.in_part(Part::SignIn)}
            {self.password.draw()}
            {self.passkeys.draw()}
            {self.codes.draw()}
        };
        let about = "With which you come in: a password, passkeys, or both.";
        view! {
            {profile::draw(profile, person, done)}
            {Section::new(Part::SignIn.id(), "Sign-in", about).draw(sign_in)}
            {looks::draw(theme, done)}
            {logins::draw(self.logins, done)}
            {tokens::draw(self.tokens, done)}
            {data::draw(self.leaving, has_password, done)}
        }
    }
}
