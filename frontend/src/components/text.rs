//! A message's text: the tree of [`shared::markdown`] as elements, never as HTML.

use leptos::prelude::*;
use shared::markdown::{Inline, parse};

use super::live::view;

pub(crate) fn text(text: &str) -> Vec<AnyView> {
    parse(text)
        .into_iter()
        .map(|paragraph| {
            view! { <p>{paragraph.into_iter().map(inline).collect_view()}</p> }
        })
        .collect()
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
