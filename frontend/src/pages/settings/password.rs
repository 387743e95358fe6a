//! The password: changed by who knows it, or chosen by who has none yet.

use leptos::prelude::*;

use crate::components::view;
use crate::pages::field::Field;
use crate::pages::fold::fold;

#[derive(Clone, Debug, Default)]
pub struct Password {
    /// Whether there is one; people with passkeys alone have none.
    pub has_one: bool,
    pub current_error: Option<String>,
    pub new_error: Option<String>,
}

impl Password {
    pub(super) fn draw(self) -> AnyView {
        let open = self.current_error.is_some() || self.new_error.is_some();
        let current = self
            .has_one
            .then(|| Field::password("Present password", "current", self.current_error).in_row());
        let new = Field {
            label: "New password",
            hint: "At least 12 characters. Your other devices are signed out.",
            ..Field::new_password(self.new_error)
        };
        let form = view! {
            <form method="post" action="/settings/password">
                {current}
                {new.in_row()}
                <div class="panel-foot">
                    <button class="button" type="submit">
                        "Change password"
                    </button>
                </div>
            </form>
        };
        let words = if self.has_one { "Change password" } else { "Choose a password" };
        fold("lock", words, open, form)
    }
}
