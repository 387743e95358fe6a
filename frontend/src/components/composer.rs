//! Where one writes: grows with the text, sends on Enter, completes verbs. A message of one's own is
//! edited here too.
//!
//! Without scripts it is an ordinary form. What was typed before the scripts came is kept.

use leptos::{ev, prelude::*};
use shared::permission;
use shared::protocol::{Room, RoomId, TEXT_CHARS_MAX};
use shared::sync::Sync;

use super::draft::Draft;
use super::guest_card::GuestCard;
use super::icon::Icon;
use super::leaving::Leaving;
use super::live::{effect, live, memo, on, shown, view};
use super::reading::instead;
use super::slash::{self, Suggestion, Verb};
use super::typing::Typing;
use super::whom;
use crate::address::Address;
use crate::app::{Layer, Over, Refused, form_op};
use crate::browser;
use crate::state::Chat;

/// A typing notice is sent this often while somebody writes.
const TYPING_MS: i64 = 3_000;

/// The code of a key press that an input method has taken.
const IME_KEY_CODE: u32 = 229;

/// Close to the limit, the composer counts.
const COUNT_FROM: usize = TEXT_CHARS_MAX - 500;

#[component]
pub(crate) fn Composer(room: Signal<Room>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let barred = memo(move || chat.barred(permission::Verb::Post, Some(&room.read())));
    view! {
        <div class="composer-dock">
            <Refused/>
            {live(move || match barred.get() {
                None => {
                    view! {
                        <GuestCard/>
                        <Writing room/>
                    }
                }
                Some(why) => instead(why, room),
            })}
            <Typing/>
        </div>
    }
}

#[component]
fn Writing(room: Signal<Room>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let over = expect_context::<Over>();
    let draft = expect_context::<Draft>();
    let address = expect_context::<Address>();
    let refusal = RwSignal::new(None::<String>);
    let typed_ms = StoredValue::new(0_i64);

    // What stands in the field when the scripts come was typed into the server's page.
    let id = memo(move || room.read().id);
    Effect::new(move |before: Option<RoomId>| {
        let id = id.get();
        let typed = draft.field.get().map(|field| field.value()).unwrap_or_default();
        match before {
            None if !typed.is_empty() => {
                draft.room.set_value(Some(id));
                draft.keep(typed);
            }
            _ => draft.load(id),
        }
        id
    });

    let leaving = Leaving::new();
    let run = move |verb: Verb| -> Result<(), String> {
        match verb {
            Verb::Name(name) => chat.rename(name),
            Verb::Join(name) => match chat.read(|sync| sync.room_named(name.as_str())) {
                Some(room) => {
                    chat.join(room);
                    address.go(&name.path());
                }
                None => chat.create_room(name, String::new(), false),
            },
            Verb::Create { name, topic, private } => chat.create_room(name, topic, private),
            Verb::Message(typed) => {
                let people = chat.read(Sync::people);
                let named = whom::all_named(&people, &typed)?;
                chat.write_to(named.iter().map(|person| person.id).collect());
            }
            Verb::Leave => leaving.begin(),
            Verb::Topic(topic) => chat.set_topic(room.read_untracked().id, topic),
            Verb::Rooms => over.open(Layer::Switcher),
            Verb::Who => chat.tell("users", who(chat)),
            Verb::Help => over.open(Layer::Shortcuts),
        }
        Ok(())
    };
    let send = move || {
        let text = draft.text.get_untracked();
        let text = text.trim();
        if text.is_empty() || excess(text) > 0 {
            return;
        }
        // What one wrote stays here, where it is kept as a draft.
        if chat.read(|sync| sync.outbox().is_full()) {
            let full = "Too much is waiting to be sent. Send this when some of it has gone out.";
            refusal.set(Some(full.to_owned()));
            return;
        }
        if let Some((seq, before)) = draft.editing.get_untracked() {
            draft.end_edit();
            if text != before {
                chat.edit(seq, text.to_owned());
            }
            return;
        }
        match slash::parse(text).map(|parsed| parsed.and_then(run)) {
            Some(Ok(())) => {}
            Some(Err(sentence)) => {
                refusal.set(Some(sentence));
                return;
            }
            None => chat.post(room.read_untracked().id, text.to_owned()),
        }
        draft.write(String::new());
        // The others take the notice away with the message: the next line needs its own.
        typed_ms.set_value(0);
    };
    let input = move |event: ev::Event| {
        let text = event_target_value(&event);
        let now_ms = browser::now_ms();
        let says = !text.trim().is_empty() && !text.starts_with('/') && !draft.is_editing();
        if says && now_ms - typed_ms.get_value() > TYPING_MS {
            typed_ms.set_value(now_ms);
            chat.typing_here();
        }
        refusal.set(None);
        draft.keep(text);
    };

    let editing = memo(move || draft.editing.read().is_some());
    let suggestions = memo(move || {
        if editing.get() {
            return Vec::new();
        }
        let text = draft.text.read();
        if !text.starts_with('/') {
            return Vec::new();
        }
        chat.found.track();
        let (rooms, people) = (chat.rooms.read(), chat.read(Sync::people));
        slash::suggest(&text, &rooms, &people, |verb| chat.may(verb, Some(&room.read())))
    });
    let sought = memo(move || slash::sought(&draft.text.read()).map(str::to_owned));
    effect(move || {
        if let Some(typed) = sought.get() {
            chat.find(&typed);
        }
    });
    let chosen = RwSignal::new(0_usize);
    let closed = RwSignal::new(false);
    effect(move || {
        suggestions.track();
        chosen.set(0);
        closed.set(false);
    });
    let offered = move || !closed.get() && !suggestions.read().is_empty();
    let take = move |suggestion: Suggestion| draft.write(suggestion.text);
    let keydown = move |key: ev::KeyboardEvent| {
        // Enter that ends the choice of a character is not Enter that sends.
        // Safari says so by the key's code only.
        if key.is_composing() || key.key_code() == IME_KEY_CODE {
            return;
        }
        let offers = if closed.get_untracked() { 0 } else { suggestions.read_untracked().len() };
        let at = chosen.get_untracked();
        match key.key().as_str() {
            "ArrowDown" if offers > 0 => chosen.set((at + 1) % offers),
            "ArrowUp" if offers > 0 => chosen.set((at + offers - 1) % offers),
            "Escape" if offers > 0 => closed.set(true),
            "Tab" | "Enter" if offers > 0 && !key.shift_key() => {
                let Some(suggestion) = suggestions.read_untracked().get(at).cloned() else {
                    return;
                };
                let complete = suggestion.text.trim() == draft.text.read_untracked().trim();
                if key.key() == "Enter" && complete {
                    send();
                } else {
                    take(suggestion);
                }
            }
            "Enter" if !key.shift_key() => send(),
            "Escape" if draft.is_editing() => draft.end_edit(),
            "ArrowUp" if !draft.is_editing() && draft.text.read_untracked().is_empty() => {
                let Some((seq, text)) = chat.read(Sync::newest_mine) else { return };
                draft.edit(seq, text);
            }
            _ => return,
        }
        key.prevent_default();
        key.stop_propagation();
    };

    let placeholder = Signal::derive(move || format!("Message {}", chat.label(&room.read())));
    let label =
        Signal::derive(
            move || {
                if editing.get() { "Edit message".to_owned() } else { placeholder.get() }
            },
        );
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
        draft.focus();
    };
    let unsendable = live(move || {
        let text = draft.text.read();
        chat.awake.get() && (text.trim().is_empty() || excess(&text) > 0)
    });
    view! {
        <form
            class="composer"
            aria-label=placeholder
            method="post"
            action=live(move || format!("{}/post", room.read().name.path()))
            on:submit=on(submit)
        >
            <input type="hidden" name="op" value=form_op()/>
            {shown(move || editing.get(), move || view! { <Editing/> })}
            <textarea
                node_ref=draft.field
                class="composer-input"
                id="composer"
                name="text"
                rows="1"
                placeholder=placeholder
                aria-label=label
                dir="auto"
                autocomplete="off"
                aria-haspopup="listbox"
                aria-autocomplete="list"
                aria-controls="suggest"
                aria-activedescendant=live(move || {
                    offered().then(|| format!("suggest-{}", chosen.get()))
                })
                on:input=on(input)
                on:keydown=on(keydown)
            ></textarea>
            <div class="composer-tools">
                <span class="composer-verbs">
                    <kbd>"/"</kbd>
                    " for commands"
                </span>
                <span class="composer-hint">
                    {live(move || count(&draft.text.read(), editing.get()))}
                </span>
                <button
                    class="icon-button composer-send"
                    type="submit"
                    aria-label=live(move || if editing.get() { "Save" } else { "Send" })
                    disabled=unsendable
                >
                    {live(move || {
                        if editing.get() {
                            view! { <Icon name="check"/> }
                        } else {
                            view! { <Icon name="send" flip=true/> }
                        }
                    })}
                </button>
            </div>
            {live(move || {
                refusal
                    .get()
                    .map(|sentence| {
                        view! {
                            <p class="composer-refusal field-error" role="alert">
                                <Icon name="alert" size="s"/>
                                {sentence}
                            </p>
                        }
                    })
            })}
        </form>
        {shown(
            offered,
            move || view! { <Suggest suggestions chosen on_take=Callback::new(take)/> },
        )}
    }
}

/// Above the text while it is that of a message: says so, and how to leave it as it was.
#[component]
fn Editing() -> impl IntoView {
    let draft = expect_context::<Draft>();
    let cancel = move |_| {
        draft.end_edit();
        draft.focus();
    };
    view! {
        <p class="composer-editing">
            <Icon name="edit" size="s"/>
            <span>"Editing message"<span class="only-keys">" · "<kbd>"Esc"</kbd>" to cancel"</span></span>
            <button
                class="icon-button"
                type="button"
                aria-label="Cancel editing"
                on:click=on(cancel)
            >
                <Icon name="close" size="s"/>
            </button>
        </p>
    }
}

/// The list above the composer.
#[component]
fn Suggest(
    suggestions: Memo<Vec<Suggestion>>,
    chosen: RwSignal<usize>,
    on_take: Callback<Suggestion>,
) -> impl IntoView {
    effect(move || browser::reveal(&format!("suggest-{}", chosen.get())));
    let item = move |(index, suggestion): (usize, Suggestion)| {
        let Suggestion { title, hint, .. } = suggestion.clone();
        // Pressing, not clicking: the field keeps its focus.
        let press = move |event: ev::PointerEvent| {
            event.prevent_default();
            on_take.run(suggestion.clone());
        };
        view! {
            <div
                class="menu-item"
                role="option"
                id=format!("suggest-{index}")
                aria-selected=live(move || (chosen.get() == index).to_string())
                on:pointerdown=on(press)
            >
                <span>{title}" "<small>{hint}</small></span>
            </div>
        }
    };
    view! {
        <div class="popover suggest" id="suggest" role="listbox" aria-label="Commands">
            {live(move || suggestions.get().into_iter().enumerate().map(item).collect_view())}
        </div>
    }
}

/// How many characters too long.
fn excess(text: &str) -> usize {
    text.trim().chars().count().saturating_sub(TEXT_CHARS_MAX)
}

fn count(text: &str, editing: bool) -> AnyView {
    match (excess(text), text.chars().count()) {
        (0, chars) if chars < COUNT_FROM => {
            view! { <kbd>"Enter"</kbd>{if editing { " to save" } else { " to send" }} }
        }
        (0, _) => {
            let left = TEXT_CHARS_MAX - text.trim().chars().count();
            format!("{left} left").into_any()
        }
        (over, _) => {
            view! { <span class="field-error">{format!("Too long by {over}")}</span> }
        }
    }
}

fn who(chat: Chat) -> String {
    let names: Vec<String> =
        chat.here.read_untracked().iter().map(|person| person.name.clone()).collect();
    let count = chat.count.get_untracked().unwrap_or(names.len());
    match count.saturating_sub(names.len()) {
        0 => format!("Here now: {}", names.join(", ")),
        more => format!("Here now: {} and {more} more", names.join(", ")),
    }
}
