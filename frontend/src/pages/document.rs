//! The HTML document around a page, and which pages there are.
//!
//! The server provides a [`PageDocument`] as context and renders [`account_shell`], or has it all
//! from [`draw`]. No boot data, and no client that wakes up.

use leptos::prelude::*;

use super::admin::{self, AdminPage};
use super::code::{self, CodePage};
use super::join::{self, JoinPage};
use super::message::{self, MessagePage};
use super::reset::{self, ResetPage};
use super::settings::{self, SettingsPage};
use super::setup::{self, SetupPage};
use super::sign_in::{self, SignInPage};
use super::sign_up::{self, SignUpPage};
use crate::components::{Sprite, view};
use crate::document::{Assets, Theme, head, title_text};

/// Everything that one of these pages is drawn from.
#[derive(Clone, Debug)]
pub struct PageDocument {
    /// The name of the workspace.
    pub workspace: String,
    /// The choice kept in the cookie `theme`; `None` follows the system.
    pub theme: Option<Theme>,
    pub assets: Assets,
    /// For `script-src 'nonce-…'`.
    pub nonce: String,
    pub page: AccountPage,
}

#[derive(Clone, Debug)]
pub enum AccountPage {
    SignIn(SignInPage),
    Code(CodePage),
    SignUp(SignUpPage),
    Join(Box<JoinPage>),
    /// An invitation that lets nobody in any more.
    Ended,
    Reset(ResetPage),
    Setup(SetupPage),
    Settings(Box<SettingsPage>),
    Admin(Box<AdminPage>),
    Message(MessagePage),
}

/// Makes passkeys and signs with them.
const PASSKEY: &str = "/passkey.js";

/// Copies what is there to be copied.
const COPYING: &str = "/page.js";

/// The page as HTML, at once: nothing in it waits.
pub fn draw(document: PageDocument) -> String {
    Owner::new().with(|| {
        provide_context(document);
        account_shell().to_html()
    })
}

/// The whole document. Needs a [`PageDocument`] in context.
pub fn account_shell() -> impl IntoView {
    let PageDocument { workspace, theme, assets, nonce, page } = expect_context::<PageDocument>();
    let title = title_text(&page.title(&workspace));
    let script = |source: &&'static str| {
        let nonce = nonce.clone();
        view! { <script type="module" src=*source nonce=nonce></script> }
    };
    let scripts: Vec<_> = page.scripts().iter().map(script).collect();
    let body = page.body(&workspace, theme);
    let pages = view! { <link rel="stylesheet" href=assets.pages/> };
    view! {
        <!DOCTYPE html>
        <html lang="en" dir="ltr" data-theme=theme.map(Theme::as_str)>
            {head(title, assets.style, pages)}
            <body>{body} <Sprite/> {scripts}</body>
        </html>
    }
}

impl AccountPage {
    /// `Sign in, Fernhill Workshop`.
    fn title(&self, workspace: &str) -> String {
        let page = match self {
            Self::SignIn(_) => "Sign in",
            Self::Code(_) => "Enter a code",
            Self::SignUp(_) => "Create an account",
            Self::Join(_) => "Invitation",
            Self::Ended => join::ENDED,
            Self::Reset(_) => "Choose a new password",
            Self::Setup(_) => return "Set up Hubbub".to_owned(),
            Self::Settings(_) => "Settings",
            Self::Admin(page) => page.tab.title(),
            Self::Message(page) => &page.title,
        };
        format!("{page}, {workspace}")
    }

    /// What the page cannot do by itself.
    fn scripts(&self) -> &'static [&'static str] {
        match self {
            Self::SignIn(_) | Self::SignUp(_) | Self::Join(_) => &[PASSKEY],
            Self::Settings(_) => &[PASSKEY, COPYING],
            Self::Admin(page) if page.tab.copies() => &[COPYING],
            Self::Admin(_) => &[],
            Self::Code(_) | Self::Ended | Self::Reset(_) | Self::Setup(_) | Self::Message(_) => &[],
        }
    }

    fn body(self, workspace: &str, theme: Option<Theme>) -> AnyView {
        match self {
            Self::SignIn(page) => sign_in::draw(page, workspace),
            Self::Code(page) => code::draw(page),
            Self::SignUp(page) => sign_up::draw(page, workspace),
            Self::Join(page) => join::draw(*page, workspace),
            Self::Ended => join::draw_ended(),
            Self::Reset(page) => reset::draw(page),
            Self::Setup(page) => setup::draw(page),
            Self::Settings(page) => settings::draw(*page, workspace, theme),
            Self::Admin(page) => admin::draw(*page, workspace),
            Self::Message(page) => message::draw(page),
        }
    }
}
