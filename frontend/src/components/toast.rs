//! One sentence at the bottom about what just happened; it goes by itself.

use std::time::Duration;

use leptos::prelude::*;

use super::icon::Icon;
use super::live::{live, on, view};
use crate::state::Chat;

const SHOWN: Duration = Duration::from_secs(6);

#[component]
pub(crate) fn Toast() -> impl IntoView {
    let chat = expect_context::<Chat>();
    Effect::new(move |previous: Option<Option<TimeoutHandle>>| {
        if let Some(timer) = previous.flatten() {
            timer.clear();
        }
        chat.toast.get()?;
        set_timeout_with_handle(move || chat.toast.set(None), SHOWN).ok()
    });
    view! {
        <div class="toasts" role="status">
            {live(move || {
                chat.toast
                    .get()
                    .map(|words| {
                        view! {
                            <div class="toast popover">
                                <Icon name="alert"/>
                                <span>{words}</span>
                                <button
                                    class="icon-button"
                                    type="button"
                                    aria-label="Close"
                                    on:click=on(move |_| chat.toast.set(None))
                                >
                                    <Icon name="close"/>
                                </button>
                            </div>
                        }
                    })
            })}
        </div>
    }
}
