//! Lines of the system: who joined, left, was renamed. Many in a row fold into one that opens.

use leptos::{ev, prelude::*};
use shared::protocol::Person;
use shared::sync::rows::{Content, Did, Line, Row};

use super::icon::Icon;
use super::live::{live, memo, on, view};
use super::rules::changed_words;
use crate::state::Chat;

/// More names than this are counted instead.
const NAMES_MAX: usize = 3;

#[component]
pub(crate) fn SystemRow(id: String, row: ArcRwSignal<Row>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let folds = ArcMemo::new({
        let row = row.clone();
        move |_| row.read().content.folds()
    });
    let content =
        live(move || if folds.get() { folded(chat, row.clone()) } else { lines(&row.read()) });
    view! { <div id=id data-row>{content}</div> }
}

fn line(line: &Line) -> AnyView {
    view! {
        <p class="system" title=line.exact.clone()>
            <Icon name=icon(&line.did)/>
            <span>{sentence(&line.who, &line.did)}</span>
        </p>
    }
}

fn lines(row: &Row) -> AnyView {
    match &row.content {
        Content::System(lines) => lines.iter().map(line).collect_view().into_any(),
        _ => ().into_any(),
    }
}

/// One line that opens. Hundreds may be in it: closed, they are drawn only where no script could
/// draw them later.
fn folded(chat: Chat, row: ArcRwSignal<Row>) -> AnyView {
    let open = RwSignal::new(false);
    let toggle = move |event: ev::Event| {
        open.set(event_target::<web_sys::HtmlDetailsElement>(&event).open());
    };
    let summed_up = row.clone();
    let summary = live(move || match &summed_up.read().content {
        Content::System(lines) => summary(lines),
        _ => String::new(),
    });
    let drawn = memo(move || open.get() || !chat.awake.get());
    view! {
        <details class="system-fold" on:toggle=on(toggle)>
            <summary class="system">
                <Icon name="users"/>
                <span>{summary}</span>
            </summary>
            {live(move || drawn.get().then(|| lines(&row.read())))}
        </details>
    }
}

fn sentence(who: &[Person], did: &Did) -> AnyView {
    let names = names(who);
    match did {
        Did::Created => view! { {names}" opened this room" },
        Did::Joined => view! { {names}" joined" },
        Did::Left => view! { {names}" left the room" },
        Did::Added(person) => {
            view! { {names}" let "<b dir="auto">{person.name.clone()}</b>" in" }
        }
        Did::Removed(person) => {
            view! { {names}" put "<b dir="auto">{person.name.clone()}</b>" out of the room" }
        }
        Did::ChangedRules(rules) => view! { {names}{changed_words(*rules)} },
        Did::Purged(Some(person)) => {
            view! { {names}" deleted what "<b dir="auto">{person.name.clone()}</b>" wrote" }
        }
        Did::Purged(None) => {
            view! { <span>"Older messages were erased: this room does not keep them"</span> }
        }
        Did::RenamedFrom(from) => {
            view! { <b dir="auto">{from.clone()}</b>" is now known as "{names} }
        }
        Did::ChangedTopic(topic) if topic.is_empty() => {
            view! { {names}" removed the topic" }
        }
        Did::ChangedTopic(topic) => {
            view! { {names}" changed the topic to "<b dir="auto">{topic.clone()}</b> }
        }
        Did::OpenedRoom(name) => {
            view! { {names}" opened "<a href=name.path()>{format!("# {name}")}</a> }
        }
        Did::ClosedRoom(name) => {
            view! { <b>{format!("# {name}")}</b>" was empty and is gone" }
        }
        Did::Came => view! { {names}" joined the chat" },
        Did::Went => view! { {names}" left the chat" },
    }
}

/// `Ada, Yuki and Kofi`; of more than a few, `Ada, Yuki and 4 others`.
fn names(who: &[Person]) -> AnyView {
    let shown = if who.len() > NAMES_MAX { NAMES_MAX - 1 } else { who.len() };
    let others = who.len() - shown;
    let last = if others == 0 { shown.saturating_sub(1) } else { shown };
    let named = who.iter().take(shown).enumerate().map(|(index, person)| {
        let between = match index {
            0 => "",
            index if index == last => " and ",
            _ => ", ",
        };
        view! { {between}<b dir="auto">{person.name.clone()}</b> }
    });
    let named = named.collect_view();
    let others = (others > 0).then(|| format!(" and {others} others"));
    view! { {named}{others} }
}

/// `Ada and Yuki joined, Kofi changed the topic`; of more than a few people, how many.
fn summary(lines: &[Line]) -> String {
    let mut parts: Vec<(&str, Vec<&Person>)> = Vec::new();
    for line in lines {
        let did = verb(&line.did);
        let at = parts.iter().position(|part| part.0 == did).unwrap_or_else(|| {
            parts.push((did, Vec::new()));
            parts.len() - 1
        });
        for person in &line.who {
            if parts[at].1.iter().all(|named| named.id != person.id) {
                parts[at].1.push(person);
            }
        }
    }
    let part = |(did, who): &(&str, Vec<&Person>)| match who.as_slice() {
        [one] => format!("{} {did}", one.name),
        [one, other] => format!("{} and {} {did}", one.name, other.name),
        [one, other, third] => format!("{}, {} and {} {did}", one.name, other.name, third.name),
        many => format!("{} people {did}", many.len()),
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

fn verb(did: &Did) -> &'static str {
    match did {
        Did::Joined | Did::Came => "joined",
        Did::Left | Did::Went => "left",
        Did::RenamedFrom(_) => "took another name",
        Did::ChangedTopic(_) => "changed the topic",
        Did::Added(_) => "let people in",
        Did::Removed(_) => "put people out",
        Did::ChangedRules(_) => "set the rules",
        Did::Purged(_) => "deleted messages",
        Did::Created => "opened this room",
        Did::OpenedRoom(_) => "opened a room",
        Did::ClosedRoom(_) => "left a room empty",
    }
}

fn icon(did: &Did) -> &'static str {
    match did {
        Did::Joined | Did::Added(_) => "user-plus",
        Did::Left | Did::Went | Did::Removed(_) => "log-out",
        Did::Came => "user",
        Did::Purged(_) => "trash",
        Did::ChangedRules(_) => "shield",
        Did::RenamedFrom(_) | Did::ChangedTopic(_) => "edit",
        Did::Created | Did::OpenedRoom(_) | Did::ClosedRoom(_) => "hash",
    }
}
