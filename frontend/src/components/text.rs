//! A message's text: the tree of [`shared::markdown`] as elements, never as HTML.

use leptos::prelude::*;
use shared::markdown::{Inline, parse};

use super::live::view;

pub(crate) fn text(text: &str, edited: bool) -> Vec<AnyView> {
    let paragraphs = parse(text);
    let last = paragraphs.len().saturating_sub(1);
    let paragraph = |(at, paragraph): (usize, Vec<Inline>)| {
        let mark = (edited && at == last)
            .then(|| view! { <span class="message-edited">" (edited)"</span> });
        view! { <p>{paragraph.into_iter().map(inline).collect_view()}{mark}</p> }
    };
    paragraphs.into_iter().enumerate().map(paragraph).collect()
}

fn inline(inline: Inline) -> AnyView {
    match inline {
        Inline::Text(text) => text.into_any(),
        Inline::Break => view! { <br/> },
        Inline::Link(address) => {
            let href = address.clone();
            view! {
                <a href=href target="_blank" rel="noopener noreferrer nofollow">
                    {address}
                </a>
            }
        }
    }
}
