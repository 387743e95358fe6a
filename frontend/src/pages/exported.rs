//! What somebody takes along to read: their messages, as one page that needs nothing else.

use leptos::prelude::*;

use crate::components::view;

/// Lines with their times, by room, as HTML.
pub fn exported(name: &str, rooms: Vec<(String, Vec<(String, String)>)>) -> String {
    let (title, name) = (crate::document::title_text(name), name.to_owned());
    let room = |(name, lines): (String, Vec<(String, String)>)| {
        let line = |(at, text): (String, String)| {
            view! {
                <li>
                    <time>{at}</time>
                    " "
                    <bdi>{text}</bdi>
                </li>
            }
        };
        let lines: Vec<_> = lines.into_iter().map(line).collect();
        view! {
            <section>
                <h2><bdi>{name}</bdi></h2>
                <ol>{lines}</ol>
            </section>
        }
    };
    let rooms: Vec<_> = rooms.into_iter().map(room).collect();
    Owner::new().with(|| {
        view! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta charset="utf-8"/>
                    <title inner_html=title></title>
                </head>
                <body>
                    <h1><bdi>{name}</bdi></h1>
                    {rooms}
                </body>
            </html>
        }
        .to_html()
    })
}
