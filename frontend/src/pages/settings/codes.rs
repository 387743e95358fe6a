//! Codes from an app as a second step, and the backup codes for the day the phone is gone.

use leptos::prelude::*;

use crate::components::{Icon, view};
use crate::pages::copying::{copy_button, to_copy};
use crate::pages::field::{Entry, Field};
use crate::pages::fold::{ask_first, fold_row};
use crate::pages::qr::{self, Qr};

#[derive(Clone, Debug)]
pub enum Codes {
    Off,
    /// The app has to learn the secret, and then says a code.
    Starting {
        qr: Qr,
        /// In groups, for who types it.
        secret: String,
        error: Option<String>,
    },
    On {
        /// Backup codes that were not used yet.
        unused: u32,
        /// New ones; they are shown this once.
        fresh: Vec<String>,
        /// Why the codes stay on.
        error: Option<String>,
    },
}

impl Codes {
    pub(super) fn draw(self) -> AnyView {
        let inside = match self {
            Self::Off => off(),
            Self::Starting { qr, secret, error } => starting(qr, secret, error),
            Self::On { unused, fresh, error } => on(unused, fresh, error),
        };
        view! {
            <div class="panel" role="group" aria-label="Two-step codes">
                {inside}
            </div>
        }
    }
}

fn off() -> AnyView {
    view! {
        <div class="setting">
            <Icon name="shield"/>
            <div>
                <b>"Two-step codes are off"</b>
                <small>"With them, the password alone lets nobody in: an app on your phone says a code."</small>
            </div>
            <form method="post" action="/settings/totp/start">
                <button class="button" data-size="s" type="submit">
                    "Set up"
                </button>
            </form>
        </div>
    }
}

fn starting(code: Qr, secret: String, error: Option<String>) -> AnyView {
    let field = Field {
        label: "Code from the app",
        name: "code",
        entry: Entry::secret(error),
        autocomplete: "one-time-code",
        input_mode: Some("numeric"),
        focus: true,
        ..Field::default()
    };
    let known = secret.clone();
    view! {
        <div class="setting">
            <Icon name="shield"/>
            <div>
                <b>"Set up two-step codes"</b>
                <small>"Scan this with an authenticator app, then type the code that it shows."</small>
            </div>
        </div>
        <div class="setting code-start">
            {qr::draw(code, "QR code with the secret for your authenticator app")}
            <div>
                <p class="field-hint">"Cannot scan it? Type this into the app:"</p>
                {to_copy(secret, "Copy")}
            </div>
        </div>
        <form method="post" action="/settings/totp/confirm">
            <input type="hidden" name="secret" value=known/>
            {field.in_row()}
            <div class="panel-foot">
                <a class="button" data-kind="quiet" href="/settings#sign-in">
                    "Not now"
                </a>
                <button class="button" data-kind="primary" type="submit">
                    "Turn on"
                </button>
            </div>
        </form>
    }
}

fn on(unused: u32, fresh: Vec<String>, error: Option<String>) -> AnyView {
    let left = match unused {
        0 => "No backup code is left. Make new ones.".to_owned(),
        1 => "One backup code is left.".to_owned(),
        unused => format!("{unused} backup codes are left."),
    };
    let open = error.is_some();
    let proof = Field {
        hint: "Or a code from the app.",
        prefix: "off-",
        ..Field::password("Your password", "proof", error)
    };
    let again = view! {
        <form class="sure" method="post" action="/settings/totp/codes">
            <p>"The present ones then let nobody in any more."</p>
            <button class="button" data-size="s" type="submit">
                "Make ten new codes"
            </button>
        </form>
    };
    let turn_off = view! {
        <form method="post" action="/settings/totp/off">
            {proof.in_row()}
            <div class="panel-foot">
                <button class="button" data-kind="danger" type="submit">
                    "Turn off two-step codes"
                </button>
            </div>
        </form>
    };
    view! {
        <div class="setting">
            <Icon name="shield"/>
            <div>
                <b>"Two-step codes are on"</b>
                <small>{left}</small>
            </div>
            {ask_first("New backup codes", "", false, again)}
        </div>
        {(!fresh.is_empty()).then(|| backup_codes(fresh))}
        {fold_row("close", "Turn off", open, turn_off)}
    }
}

fn backup_codes(codes: Vec<String>) -> AnyView {
    let all = codes.join("\n");
    let codes: Vec<_> =
        codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect();
    view! {
        <div class="setting backup-codes" role="status" tabindex="-1" autofocus=true>
            <p>
                <b>"Your backup codes"</b>
                <small>
                    "Keep them where you find them without your phone. Each works once. They are not shown again."
                </small>
            </p>
            <ul role="list" dir="ltr">
                {codes}
            </ul>
            {copy_button(all, "Copy all", "")}
        </div>
    }
}
