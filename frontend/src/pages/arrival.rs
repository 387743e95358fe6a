//! The frame of pages before one is in: the logo, a title, one card, and small ways below.

use leptos::prelude::*;

use crate::components::view;

pub(super) struct Arrival {
    pub(super) title: AnyView,
    pub(super) about: Option<AnyView>,
    pub(super) card: AnyView,
    /// Links and folds below the card.
    pub(super) ways: Option<AnyView>,
}

pub(super) fn draw(Arrival { title, about, card, ways }: Arrival) -> AnyView {
    view! {
        <div class="arrival">
            <main>
                <div class="arrival-head">
                    <svg class="logo" data-size="l" aria-hidden="true">
                        <use href="#i-logo"></use>
                    </svg>
                    <div>
                        <h1>{title}</h1>
                        {about.map(|about| view! { <p>{about}</p> })}
                    </div>
                </div>
                {card}
            </main>
            {ways.map(|ways| view! { <footer>{ways}</footer> })}
        </div>
    }
}
