//! Shows the admins a message, with a word on why.

use leptos::{html, prelude::*};
use shared::protocol::REASON_CHARS_MAX;

use super::live::view;
use super::modal::Question;
use crate::app::{Layer, Over};
use crate::state::Chat;

pub(crate) fn report_form() -> AnyView {
    let chat = expect_context::<Chat>();
    let over = expect_context::<Over>();
    let field = NodeRef::<html::Textarea>::new();
    let send = move || {
        let reason = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        if let Some(Layer::Report(target)) = over.shown() {
            chat.report(target, reason);
        }
    };
    let fields = move || {
        view! {
            <p>"The admins see the message and what you write here. Nobody else is told."</p>
            <div class="field">
                <label for="reason">"What is wrong with it?"</label>
                <textarea
                    node_ref=field
                    class="input"
                    id="reason"
                    rows="3"
                    maxlength=REASON_CHARS_MAX.to_string()
                    dir="auto"
                    autofocus
                ></textarea>
            </div>
        }
    };
    Question {
        is: |layer| matches!(layer, Layer::Report(_)),
        title: "Report this message",
        act: ("Report", "primary"),
        fields: Box::new(fields),
        done: Box::new(send),
    }
    .draw()
}
