//! The sheet of everything the keyboard can do.

use leptos::prelude::*;

use super::live::{on, view};
use super::modal::Modal;
use crate::app::{Layer, Over};

type Section = (&'static str, &'static [(&'static str, &'static [&'static str])]);

const SECTIONS: [Section; 4] = [
    (
        "Move",
        &[
            ("Search or jump to", &["Ctrl", "K"]),
            ("Previous, next room", &["Alt", "↑", "↓"]),
            ("Previous, next unread", &["Alt", "Shift", "↑", "↓"]),
            ("Mark room read, write", &["Esc"]),
        ],
    ),
    (
        "Messages",
        &[
            ("Previous, next message", &["K", "J"]),
            ("What can be done with it", &["Enter"]),
            ("To the newest", &["End"]),
        ],
    ),
    (
        "Writing",
        &[
            ("Send", &["Enter"]),
            ("New line", &["Shift", "Enter"]),
            ("Edit your last message", &["↑"]),
            ("Commands", &["/"]),
        ],
    ),
    ("Anywhere", &[("This sheet", &["?"]), ("Close what is open", &["Esc"])]),
];

#[component]
pub(crate) fn Shortcuts() -> impl IntoView {
    let over = expect_context::<Over>();
    let section = |(title, rows): Section| {
        let row = |(does, keys): &(&'static str, &'static [&'static str])| {
            let keys = keys.iter().map(|key| view! { <kbd>{*key}</kbd> }).collect_view();
            view! {
                <div>
                    <dt>{*does}</dt>
                    <dd>{keys}</dd>
                </div>
            }
        };
        view! {
            <section>
                <h3>{title}</h3>
                <dl>{rows.iter().map(row).collect_view()}</dl>
            </section>
        }
    };
    view! {
        <Modal is=|layer| layer == Layer::Shortcuts class="dialog shortcuts" label="Keyboard shortcuts">
            <h2>"Keyboard shortcuts"</h2>
            <div>{SECTIONS.into_iter().map(section).collect_view()}</div>
            <div class="dialog-actions">
                <button
                    class="button"
                    type="button"
                    autofocus
                    on:click=on(move |_| over.close())
                >
                    "Close"
                </button>
            </div>
        </Modal>
    }
}
