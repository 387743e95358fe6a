//! The rules of a room: who writes, how often, and how long messages are kept; and the same in words.

use leptos::prelude::*;
use shared::protocol::Rules;

use super::live::{live, on, view};
use super::modal::Question;
use crate::app::Layer;
use crate::state::Chat;

/// Who writes, as the value of a choice: everyone, or only those who look after the room.
const WRITERS: [usize; 2] = [0, 1];

/// Seconds between two messages of one person that are on offer.
const SLOW_S: [usize; 6] = [0, 10, 30, 60, 5 * 60, 60 * 60];

/// For how many days messages are kept, on offer.
const KEEP_DAYS: [usize; 4] = [0, 30, 90, 365];

pub(crate) fn rules_form() -> AnyView {
    let chat = expect_context::<Chat>();
    let [writers, slow_s, keep_days] = [(); 3].map(|()| RwSignal::new(0));
    let fields = move || {
        let now = chat.room.read_untracked().as_ref().map(|room| room.rules).unwrap_or_default();
        writers.set(usize::from(now.read_only));
        slow_s.set(now.slow_s as usize);
        keep_days.set(now.keep_days as usize);
        view! {
            {choice("Who writes here", "", &WRITERS, writers, writer_words)}
            {choice(
                "Slow mode",
                "From one message of a person to their next. Who looks after the room need not wait.",
                &SLOW_S,
                slow_s,
                slow_words,
            )}
            {choice(
                "Keep messages",
                "Older ones are erased for everyone, and nobody can bring them back.",
                &KEEP_DAYS,
                keep_days,
                keep_words,
            )}
        }
    };
    let save = move || {
        chat.set_rules(Rules {
            read_only: writers.get_untracked() > 0,
            slow_s: slow_s.get_untracked() as u32,
            keep_days: keep_days.get_untracked() as u32,
        });
    };
    Question {
        is: |layer| layer == Layer::Rules,
        title: "Rules of this room",
        act: ("Save", "primary"),
        fields: Box::new(fields),
        done: Box::new(save),
    }
    .draw()
}

/// One of what is on offer; or what holds now, should that be something else.
fn choice(
    title: &'static str,
    hint: &'static str,
    offers: &[usize],
    chosen: RwSignal<usize>,
    words: fn(usize) -> String,
) -> AnyView {
    let now = chosen.get_untracked();
    let known = offers.contains(&now);
    let option = |value: usize| {
        view! {
            <button
                type="button"
                aria-pressed=live(move || (chosen.get() == value).to_string())
                on:click=on(move |_| chosen.set(value))
            >
                {words(value)}
            </button>
        }
    };
    let mut options: Vec<AnyView> = offers.iter().copied().map(option).collect();
    options.extend((!known).then(|| option(now)));
    view! {
        <div class="setting">
            <p>{title}<small>{hint}</small></p>
            <div class="segmented" role="group" aria-label=title>
                {options}
            </div>
        </div>
    }
}

fn writer_words(only_who_looks_after_it: usize) -> String {
    match only_who_looks_after_it {
        0 => "Everyone in it".to_owned(),
        _ => "Who looks after it".to_owned(),
    }
}

fn slow_words(slow_s: usize) -> String {
    match slow_s {
        0 => "Off".to_owned(),
        hours if hours % 3_600 == 0 => format!("{} h", hours / 3_600),
        minutes if minutes % 60 == 0 => format!("{} min", minutes / 60),
        seconds => format!("{seconds} s"),
    }
}

fn keep_words(keep_days: usize) -> String {
    match keep_days {
        0 => "For ever".to_owned(),
        365 => "1 year".to_owned(),
        days => format!("{days} days"),
    }
}

/// ` set the rules of this room: one message every 30 s, messages are kept for 90 days`.
pub(super) fn changed_words(rules: Rules) -> String {
    let mut parts = Vec::new();
    if rules.read_only {
        parts.push("only those who look after it write".to_owned());
    }
    if rules.slow_s > 0 {
        parts.push(format!("one message every {}", slow_words(rules.slow_s as usize)));
    }
    if rules.keep_days > 0 {
        parts.push(format!("messages are kept for {}", keep_words(rules.keep_days as usize)));
    }
    if parts.is_empty() {
        return " lifted the rules of this room".to_owned();
    }
    format!(" set the rules of this room: {}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_said_as_people_say_them() {
        let says =
            |read_only, slow_s, keep_days| changed_words(Rules { read_only, slow_s, keep_days });
        assert_eq!(says(false, 0, 0), " lifted the rules of this room");
        assert_eq!(
            says(true, 300, 365),
            " set the rules of this room: only those who look after it write, one message every \
             5 min, messages are kept for 1 year"
        );
        let offered = SLOW_S.map(slow_words).join(" ");
        assert_eq!(offered, "Off 10 s 30 s 1 min 5 min 1 h");
        assert_eq!(KEEP_DAYS.map(keep_words).join(" "), "For ever 30 days 90 days 1 year");
        assert_eq!(slow_words(90), "90 s");
    }
}
