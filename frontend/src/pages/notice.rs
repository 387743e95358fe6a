//! One line about what was just asked: done, or refused. A long page opens at it.

use leptos::prelude::*;

use crate::components::{Icon, view};

pub(super) fn done(sentence: Option<String>) -> Option<AnyView> {
    let sentence = sentence?;
    Some(view! {
        <p class="notice" data-kind="done" role="status" tabindex="-1" autofocus=true>
            <Icon name="check" size="s"/>
            {sentence}
        </p>
    })
}

pub(super) fn refused(sentence: Option<String>) -> Option<AnyView> {
    let sentence = sentence?;
    Some(view! {
        <p class="notice" data-kind="refused" role="alert" tabindex="-1" autofocus=true>
            <Icon name="alert" size="s"/>
            {sentence}
        </p>
    })
}
