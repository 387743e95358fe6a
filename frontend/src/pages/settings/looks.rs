//! Light, dark or as the system has it. The choice is kept in this browser.

use leptos::prelude::*;

use super::{Done, Part};
use crate::components::{Icon, view};
use crate::document::Theme;
use crate::pages::desk::Section;

pub(super) fn draw(theme: Option<Theme>, done: &Done) -> AnyView {
    let choice = |icon: &'static str, words: &'static str, choice: Option<Theme>| {
        let value = choice.map_or("system", Theme::as_str);
        let pressed = if choice == theme { "true" } else { "false" };
        view! {
            <button type="submit" name="theme" value=value aria-pressed=pressed>
                <Icon name=icon size="s"/>
                {words}
            </button>
        }
    };
    let inside = view! {
        {done.in_part(Part::Looks)}
        <div class="panel">
            <form class="setting" method="post" action="/theme">
                <div>
                    <b id="theme-label">"Theme"</b>
                </div>
                <div class="segmented" role="group" aria-labelledby="theme-label">
                    {choice("monitor", "System", None)}
                    {choice("sun", "Light", Some(Theme::Light))}
                    {choice("moon", "Dark", Some(Theme::Dark))}
                </div>
            </form>
        </div>
    };
    Section::new(Part::Looks.id(), "Appearance", "Kept in this browser.").draw(inside)
}
