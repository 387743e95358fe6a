//! Oneself, at the foot of the desk: name, how things stand, and the menu behind it.

use leptos::{ev, prelude::*};
use shared::permission::{Door, Role};

use super::avatar::Avatar;
use super::guest_card::NameForm;
use super::icon::Icon;
use super::live::{live, on, shown, view};
use super::menu::{CloseMenu, Menu};
use super::status;
use crate::app::{Layer, Over};
use crate::browser;
use crate::document::Theme;
use crate::state::{Chat, Status};

#[component]
pub(super) fn Me() -> impl IntoView {
    let chat = expect_context::<Chat>();
    let over = expect_context::<Over>();
    let button = live(move || {
        chat.me.get().map(|me| {
            let name = me.name.clone();
            view! {
                <span class="avatar-mark">
                    <Avatar person=Signal::stored(me) size="m"/>
                    <span class="presence" data-state=live(move || status::mark(chat))></span>
                </span>
                <span>
                    <b dir="auto">{name}</b>
                    // Two words to the ear.
                    " "
                    <small
                        role="status"
                        class="status"
                        data-state=live(move || {
                            (chat.status.get() == Status::Connected).then_some("connected")
                        })
                    >
                        {live(move || status::words(chat))}
                        <span aria-hidden="true">{live(move || status::countdown(chat))}</span>
                    </small>
                </span>
            }
        })
    });
    let shortcuts = move || {
        view! {
            <button class="menu-item" type="button" on:click=on(move |_| over.open(Layer::Shortcuts))>
                <Icon name="keyboard"/>
                "Keyboard shortcuts"
                <kbd>"?"</kbd>
            </button>
        }
    };
    view! {
        <Menu
            class="me"
            label="You, and how this looks"
            named=true
            side="up"
            button=button.into_any()
        >
            <div class="menu-form">
                <p>"Your name"</p>
                <NameForm/>
            </div>
            <hr/>
            {live(move || account(chat))}
            <hr/>
            <ThemeChoice/>
            <hr/>
            {shown(move || chat.awake.get(), shortcuts)}
        </Menu>
    }
}

/// The way in, or what belongs to an account. All of it are pages of the server's.
fn account(chat: Chat) -> AnyView {
    let (role, door) = chat.standing.with(|standing| (standing.role, standing.policy.door));
    let link = |icon: &'static str, words: &'static str, href: &'static str| {
        view! {
            <a class="menu-item" href=href>
                <Icon name=icon/>
                {words}
            </a>
        }
    };
    if role == Role::Guest {
        let sign_up =
            (door != Door::Invitation).then(|| link("user-plus", "Create an account", "/signup"));
        return view! { {link("key", "Sign in", "/signin")} {sign_up} };
    }
    let admin = (role >= Role::Admin).then(|| link("shield", "Administration", "/admin"));
    view! {
        {link("settings", "Settings", "/settings")}
        {admin}
        <form method="post" action="/signout">
            <button class="menu-item" type="submit">
                <Icon name="log-out"/>
                "Sign out"
            </button>
        </form>
    }
}

/// Light, dark or as the system has it; kept in a cookie, so that the server draws it.
#[component]
fn ThemeChoice() -> impl IntoView {
    let close = expect_context::<CloseMenu>();
    let choice = move |icon: &'static str, words: &'static str, theme: Option<Theme>| {
        let value = theme.map_or("system", Theme::as_str);
        let choose = move |event: ev::MouseEvent| {
            event.prevent_default();
            set_theme(theme);
            close.0.run(());
        };
        view! {
            <button class="menu-item" type="submit" name="theme" value=value on:click=on(choose)>
                <Icon name=icon/>
                {words}
            </button>
        }
    };
    view! {
        <form method="post" action="/theme">
            {choice("monitor", "Look like the system", None)}
            {choice("sun", "Light", Some(Theme::Light))}
            {choice("moon", "Dark", Some(Theme::Dark))}
        </form>
    }
}

/// The shell that opens without a network is drawn for everybody, and so without the choice.
#[cfg(feature = "browser")]
pub(crate) fn restore_theme() {
    if let Some(theme) = browser::cookie("theme").as_deref().and_then(Theme::parse) {
        show_theme(Some(theme));
    }
}

fn set_theme(theme: Option<Theme>) {
    show_theme(theme);
    browser::set_cookie("theme", theme.map_or("system", Theme::as_str));
}

fn show_theme(theme: Option<Theme>) {
    if let Some(html) = document().document_element() {
        let _ = match theme {
            Some(theme) => html.set_attribute("data-theme", theme.as_str()),
            None => html.remove_attribute("data-theme"),
        };
    }
}
