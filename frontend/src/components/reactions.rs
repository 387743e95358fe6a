//! The emoji under a message: how many people answered with which, and one's own among them.

use leptos::prelude::*;
use shared::protocol::{Person, Reaction};
use shared::sync::rows::Message;

use super::icon::Icon;
use super::live::{each, live, memo, on, view};
use super::row_focus::RowFocus;
use crate::state::Chat;

#[component]
pub(super) fn Reactions(id: String, message: Memo<Message>) -> impl IntoView {
    let chat = expect_context::<Chat>();
    let row_focus = expect_context::<RowFocus>();
    // Without scripts, and for who only reads along, they are to look at.
    let fixed = memo(move || {
        !chat.awake.get() || !chat.room.read().as_ref().is_some_and(|room| room.member)
    });
    let pick = move |_| row_focus.pick(id.clone());
    view! {
        <div class="reactions">
            {each(
                move || message.read().reactions.clone(),
                |reaction| reaction.emoji.clone(),
                move |reaction| button(reaction, message, fixed),
            )}
            <button
                class="reaction"
                type="button"
                tabindex="-1"
                aria-label="Add reaction"
                disabled=live(move || fixed.get())
                on:click=on(pick)
            >
                <Icon name="smile"/>
            </button>
        </div>
    }
}

fn button(first: Reaction, message: Memo<Message>, fixed: Memo<bool>) -> AnyView {
    let chat = expect_context::<Chat>();
    let emoji = first.emoji.clone();
    // The last one leaves the page a moment after it has left the message.
    let reaction = memo(move || {
        let message = message.read();
        let same = message.reactions.iter().find(|one| one.emoji == first.emoji);
        same.unwrap_or(&first).clone()
    });
    let toggle = move |_| {
        if let Some(seq) = message.read_untracked().seq {
            let Reaction { emoji, mine, .. } = reaction.get_untracked();
            chat.react(seq, emoji, !mine);
        }
    };
    let words = memo(move || words(&reaction.read()));
    view! {
        <button
            class="reaction"
            type="button"
            tabindex="-1"
            aria-pressed=live(move || reaction.read().mine.to_string())
            aria-label=live(move || words.get())
            title=live(move || words.get())
            disabled=live(move || fixed.get())
            on:click=on(toggle)
        >
            <span aria-hidden="true">{emoji}</span>
            {live(move || reaction.read().count.to_string())}
        </button>
    }
}

/// `👍, 3: Ada, Yuki and Kofi`; of more people than are named, `Ada, Yuki and 4 others`.
fn words(reaction: &Reaction) -> String {
    let Reaction { emoji, count, people, .. } = reaction;
    let names: Vec<&str> = people.iter().map(|Person { name, .. }| name.as_str()).collect();
    let others = usize::try_from(*count).unwrap_or_default().saturating_sub(names.len());
    let who = match (names.as_slice(), others) {
        ([], _) => return format!("{emoji}, {count}"),
        ([one], 0) => (*one).to_owned(),
        ([more @ .., last], 0) => format!("{} and {last}", more.join(", ")),
        (named, 1) => format!("{} and 1 other", named.join(", ")),
        (named, others) => format!("{} and {others} others", named.join(", ")),
    };
    format!("{emoji}, {count}: {who}")
}

#[cfg(test)]
mod tests {
    use shared::protocol::UserId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_reaction_says_who_and_counts_the_rest() {
        let said = |names: &[&str], count| {
            let person = |name: &&str| Person { id: UserId(Uuid::nil()), name: (*name).into() };
            let people = names.iter().map(person).collect();
            words(&Reaction { emoji: "👍".into(), count, mine: false, people })
        };
        assert_eq!(said(&["Ada"], 1), "👍, 1: Ada");
        assert_eq!(said(&["Ada", "Yuki", "Kofi"], 3), "👍, 3: Ada, Yuki and Kofi");
        assert_eq!(said(&["Ada", "Yuki"], 3), "👍, 3: Ada, Yuki and 1 other");
        assert_eq!(said(&["Ada", "Yuki"], 9), "👍, 9: Ada, Yuki and 7 others");
        assert_eq!(said(&[], 2), "👍, 2");
    }
}
