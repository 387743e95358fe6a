//! A field of a form: its label, what was typed, and what is wrong with it.

use leptos::prelude::*;

use crate::components::{Icon, view};

/// What stands in a field, and the sentence that says why it was refused.
///
/// Passwords have only the sentence: what was typed is never sent back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub value: String,
    pub error: Option<String>,
}

impl Entry {
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into(), error: None }
    }

    pub fn refused(value: impl Into<String>, error: impl Into<String>) -> Self {
        Self { value: value.into(), error: Some(error.into()) }
    }

    /// A password's.
    pub(super) fn secret(error: Option<String>) -> Self {
        Self { value: String::new(), error }
    }
}

/// Fewer would be guessed. The form says it, the server holds to it.
pub const PASSWORD_CHARS_MIN: usize = 12;

pub(super) struct Field {
    pub(super) label: &'static str,
    pub(super) name: &'static str,
    /// Before the name in the element's id, where a page has the same field twice.
    pub(super) prefix: &'static str,
    pub(super) kind: &'static str,
    pub(super) entry: Entry,
    pub(super) hint: &'static str,
    pub(super) autocomplete: &'static str,
    pub(super) input_mode: Option<&'static str>,
    pub(super) optional: bool,
    /// Whether the page opens at it.
    pub(super) focus: bool,
    pub(super) chars_max: Option<usize>,
    pub(super) chars_min: Option<usize>,
}

impl Default for Field {
    fn default() -> Self {
        Self {
            label: "",
            name: "",
            prefix: "",
            kind: "text",
            entry: Entry::default(),
            hint: "",
            autocomplete: "off",
            input_mode: None,
            optional: false,
            focus: false,
            chars_max: None,
            chars_min: None,
        }
    }
}

impl Field {
    pub(super) fn password(label: &'static str, name: &'static str, error: Option<String>) -> Self {
        let entry = Entry::secret(error);
        let autocomplete = "current-password";
        Self { label, name, kind: "password", entry, autocomplete, ..Self::default() }
    }

    /// One that is chosen now.
    pub(super) fn new_password(error: Option<String>) -> Self {
        Self {
            hint: "At least 12 characters. A few words in a row are easy to keep in mind.",
            autocomplete: "new-password",
            chars_min: Some(PASSWORD_CHARS_MIN),
            ..Self::password("Password", "password", error)
        }
    }

    /// Label, field, hint, one below the other.
    pub(super) fn in_card(self) -> AnyView {
        self.with(().into_any())
    }

    /// The same, and below it something about the field.
    pub(super) fn with(self, about: AnyView) -> AnyView {
        let optional = self.optional.then(|| {
            view! {
                " "
                <span class="field-hint">"optional"</span>
            }
        });
        let hint = (!self.hint.is_empty()).then(|| {
            view! {
                <p class="field-hint" id=self.hint_id()>
                    {self.hint}
                </p>
            }
        });
        view! {
            <div class="field">
                <label for=self.id()>{self.label} {optional}</label>
                {self.input()}
                {self.error()}
                {hint}
                {about}
            </div>
        }
    }

    /// A row of a panel: label and hint at its start, the field at its end.
    pub(super) fn in_row(self) -> AnyView {
        let hint =
            (!self.hint.is_empty()).then(|| view! { <small id=self.hint_id()>{self.hint}</small> });
        view! {
            <div class="setting">
                <div>
                    <label for=self.id()>{self.label}</label>
                    {hint}
                </div>
                {self.input()}
                {self.error()}
            </div>
        }
    }

    fn input(&self) -> AnyView {
        let described = [
            (!self.hint.is_empty()).then(|| self.hint_id()),
            self.entry.error.is_some().then(|| self.error_id()),
        ];
        let described: Vec<String> = described.into_iter().flatten().collect();
        let refused = self.entry.error.is_some();
        let value = (self.kind != "password").then(|| self.entry.value.clone());
        view! {
            <input
                class="input"
                id=self.id()
                type=self.kind
                name=self.name
                value=value
                dir=(self.kind == "text").then_some("auto")
                autocomplete=self.autocomplete
                inputmode=self.input_mode
                minlength=self.chars_min.map(|chars| chars.to_string())
                maxlength=self.chars_max.map(|chars| chars.to_string())
                required=!self.optional
                aria-invalid=refused.then_some("true")
                aria-describedby=(!described.is_empty()).then(|| described.join(" "))
                // A long page opens at what is wrong.
                autofocus=refused || self.focus
            />
        }
    }

    fn error(&self) -> Option<AnyView> {
        let error = self.entry.error.clone()?;
        Some(view! {
            <p class="field-error" id=self.error_id() role="alert">
                <Icon name="alert" size="s"/>
                {error}
            </p>
        })
    }

    fn id(&self) -> String {
        format!("{}{}", self.prefix, self.name)
    }

    fn hint_id(&self) -> String {
        format!("{}-hint", self.id())
    }

    fn error_id(&self) -> String {
        format!("{}-error", self.id())
    }
}
