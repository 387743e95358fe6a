//! The page: desk and sheet, the address that decides which room is on it, and the keys that work
//! anywhere.

use leptos::{ev, prelude::*};
use serde::Deserialize;
use serde::de::value::{self, StrDeserializer};
use shared::permission::Verb;
use shared::protocol::{Code, OpId, Room, RoomName, Seq};

use crate::address::Address;
#[cfg(feature = "browser")]
use crate::components::restore_theme;
use crate::components::{
    BackToRooms, Banner, Composer, Draft, Icon, RoomBar, Shortcuts, Sidebar, Switcher, Timeline,
    Toast, effect, leave_question, live, memo, on, report_form, rules_form, view,
};
use crate::document::{Document, page_title};
use crate::state::Chat;
use crate::view::TIMELINE_ID;

/// What lies over the page, if anything: one layer at a time.
#[derive(Clone, Copy)]
pub(crate) struct Over(RwSignal<Option<Layer>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    Switcher,
    /// The same, to find whom to let into the room on screen.
    Add,
    Shortcuts,
    /// What holds in the room on screen.
    Rules,
    /// Whether to leave the room on screen.
    Leave,
    /// Why the admins should see this message.
    Report(Seq),
}

impl Over {
    pub(crate) fn open(self, layer: Layer) {
        self.0.set(Some(layer));
    }

    pub(crate) fn close(self) {
        self.0.set(None);
    }

    pub(crate) fn shown(self) -> Option<Layer> {
        self.0.get()
    }
}

#[component]
pub fn App() -> impl IntoView {
    let chat = Chat::new();
    let address = Address::new();
    provide_context(chat);
    provide_context(address);
    provide_context(Draft::new());
    provide_context(Over(RwSignal::new(None)));
    #[cfg(feature = "browser")]
    effect(move || {
        restore_theme();
        chat.wake_up();
    });
    effect(move || address.follow());
    view! {
        <Workspace/>
        <Switcher/>
        <Shortcuts/>
        {rules_form()}
        {leave_question()}
        {report_form()}
        <div class="visually-hidden" role="status" aria-live="polite">
            {live(move || chat.announcement.get())}
        </div>
    }
}

#[component]
fn Workspace() -> impl IntoView {
    let chat = expect_context::<Chat>();
    let address = expect_context::<Address>();
    let pane = live(move || if address.query("rooms").is_some() { "list" } else { "room" });
    let skip = move |event: ev::MouseEvent| {
        event.prevent_default();
        if let Some(timeline) = document().get_element_by_id(TIMELINE_ID) {
            let _ = wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(timeline).focus();
        }
    };
    effect(move || {
        if let Some(name) = chat.opened.get() {
            chat.opened.set(None);
            address.go(&name.path());
        }
    });
    keys(chat, address);
    effect(move || {
        let unread = chat.rooms.read().iter().map(|room| room.unread).sum();
        let room = chat.room.read();
        let room = room.as_ref().map(|room| chat.label(room));
        let workspace = &chat.standing.read().workspace;
        document().set_title(&page_title(room.as_deref(), workspace, unread));
        if let Ok(Some(icon)) = document().query_selector("link[rel=icon]") {
            // Its dot is hollow at rest and full when something is unread.
            let address = if unread > 0 { "/favicon-unread.svg" } else { "/favicon.svg" };
            let _ = icon.set_attribute("href", address);
        }
    });
    view! {
        <a class="skip-link" href="#timeline" on:click=on(skip)>
            "Skip to messages"
        </a>
        <div class="app" data-pane=pane>
            <Banner/>
            <Sidebar/>
            <div class="stage">
                <RoomPage/>
            </div>
        </div>
        <Toast/>
    }
}

/// The room that the address names.
#[component]
fn RoomPage() -> impl IntoView {
    let chat = expect_context::<Chat>();
    let address = expect_context::<Address>();
    let name = memo(move || address.room());
    effect(move || {
        if let Some(name) = name.get() {
            chat.show(&name);
        }
    });
    let known = memo(move || name.read().is_some() && chat.room.read().is_some());
    let waiting = memo(move || chat.rooms.read().is_empty());
    // The room may leave the screen while its components still look at it for a moment.
    let held = StoredValue::new(chat.room.get_untracked());
    let room = Signal::derive(move || {
        if let Some(room) = chat.room.get() {
            held.set_value(Some(room));
        }
        held.get_value().expect("drawn only once the room is known")
    });
    live(move || match (known.get(), waiting.get()) {
        (true, _) => view! { <RoomPane room/> },
        (false, true) => view! { <main class="pane room" aria-busy="true"></main> },
        (false, false) => view! { <NotFound name/> },
    })
}

#[component]
fn RoomPane(room: Signal<Room>) -> impl IntoView {
    view! {
        <main class="pane room">
            <RoomBar room/>
            <Timeline room/>
            <Composer room/>
        </main>
    }
}

#[component]
fn NotFound(
    /// What the address names; `None` if it is no address of a room.
    name: Memo<Option<String>>,
) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let name = move || RoomName::parse(&name.get()?);
    let create = live(move || {
        name().filter(|_| chat.may(Verb::CreateRoom, None)).map(|name| {
            let words = format!("Create # {name}");
            view! {
                <button
                    class="button"
                    type="button"
                    on:click=on(move |_| chat.create_room(name.clone(), String::new(), false))
                >
                    <Icon name="plus" size="s"/>
                    {words}
                </button>
            }
        })
    });
    view! {
        <main class="pane">
            <header class="bar only-narrow">
                <BackToRooms/>
            </header>
            <section class="empty">
                <span class="room-mark">
                    <Icon name="search" size="l"/>
                </span>
                <h1>"This page is not here"</h1>
                <p>"The link may be old, or the room is private and you are not in it."</p>
                <div class="row">
                    <a class="button" data-kind="primary" href="/">
                        "Go to # lobby"
                    </a>
                    {create}
                </div>
            </section>
        </main>
    }
}

/// Why the form that led here was refused; only pages without scripts come to this.
#[component]
pub(crate) fn Refused() -> impl IntoView {
    let address = expect_context::<Address>();
    let code = move || {
        let code = address.query("refused")?;
        Code::deserialize(StrDeserializer::<value::Error>::new(&code)).ok()
    };
    live(move || {
        code().map(|code| {
            view! {
                <p class="field-error refused" role="alert">
                    <Icon name="alert" size="s"/>
                    {code.sentence()}
                </p>
            }
        })
    })
}

/// The op in a form that was drawn by the server. In the browser forms make their own.
pub(crate) fn form_op() -> String {
    use_context::<Document>()
        .map(|document| document.form_op)
        .unwrap_or(OpId(uuid::Uuid::nil()))
        .to_string()
}

/// The keys that work anywhere.
fn keys(chat: Chat, address: Address) {
    let over = expect_context::<Over>();
    let draft = expect_context::<Draft>();
    effect(move || {
        let handle = window_event_listener(ev::keydown, move |key| {
            let command = key.ctrl_key() || key.meta_key();
            let shown = over.0.get_untracked();
            let layered = shown.is_some();
            match key.key().as_str() {
                "k" | "K" if command && shown == Some(Layer::Switcher) => over.close(),
                "k" | "K" if command => over.open(Layer::Switcher),
                "?" if !command && !layered && !writing() => over.open(Layer::Shortcuts),
                "ArrowUp" | "ArrowDown" if key.alt_key() && !layered => {
                    let down = key.key() == "ArrowDown";
                    if let Some(name) = neighbour(chat, down, key.shift_key()) {
                        address.go(&name.path());
                    }
                }
                "Escape" if !layered && !key.is_composing() => {
                    chat.act(shared::sync::Sync::mark_read);
                    return draft.focus();
                }
                _ => return,
            }
            key.prevent_default();
        });
        on_cleanup(move || handle.remove());
    });
}

/// The room above or below the one on screen; with `unread`, the next that has news.
fn neighbour(chat: Chat, down: bool, unread: bool) -> Option<RoomName> {
    let mut rooms = chat.rooms.get_untracked();
    if !down {
        rooms.reverse();
    }
    let shown = chat.room.get_untracked().map(|room| room.id);
    let at = rooms.iter().position(|room| Some(room.id) == shown)?;
    let mut beyond = rooms.iter().skip(at + 1);
    beyond.find(|room| room.member && (!unread || room.unread > 0)).map(|room| room.name.clone())
}

/// Whether a key press belongs to a field.
fn writing() -> bool {
    document()
        .active_element()
        .is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA"))
}
