//! The address of the page: which room it names, what it asks for, and how to go to another.
//!
//! The server hands over the address that was asked for; in the browser it is the window's. Links
//! to rooms are followed without loading a page. Whatever else a click may mean is the browser's.

use leptos::{ev, prelude::*};
use shared::percent::decoded;
use shared::protocol::RoomName;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlAnchorElement};

use crate::document::Document;

/// Path and query of the page on screen. Taken from context when a component is made, because
/// event handlers have none.
#[derive(Clone, Copy)]
pub(crate) struct Address(RwSignal<String>);

impl Address {
    pub(crate) fn new() -> Self {
        let document = use_context::<Document>();
        Self(RwSignal::new(document.map_or_else(shown, |document| document.address)))
    }

    /// The name of the room: what stands behind `/r/`, the lobby for `/`, nothing for any other.
    pub(crate) fn room(self) -> Option<String> {
        room(&self.0.read())
    }

    /// The value of a question behind `?`; empty if it has none.
    pub(crate) fn query(self, name: &str) -> Option<String> {
        let address = self.0.read();
        let (_, query) = address.split_once('?')?;
        let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.find(|pair| pair.0 == name).map(|pair| pair.1.to_owned())
    }

    /// Goes to another page without loading it.
    pub(crate) fn go(self, to: &str) {
        if to == shown() {
            return;
        }
        if let Ok(history) = window().history() {
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(to));
        }
        self.0.set(to.to_owned());
    }

    /// From now on links to rooms, back and forward change what is on screen.
    pub(crate) fn follow(self) {
        window_event_listener(ev::popstate, move |_| self.0.set(shown()));
        window_event_listener(ev::click, move |click| {
            if let Some(to) = followed(&click) {
                click.prevent_default();
                self.go(&to);
            }
        });
    }
}

/// The window's own address; on the server there is none.
fn shown() -> String {
    let location = window().location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

/// Where a click leads, if it is one that the browser would answer with a room's page in this tab.
fn followed(click: &ev::MouseEvent) -> Option<String> {
    let modified = click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key();
    if click.default_prevented() || click.button() != 0 || modified {
        return None;
    }
    let link = click.target()?.dyn_into::<Element>().ok()?.closest("a[href]").ok()??;
    let link = link.dyn_into::<HtmlAnchorElement>().ok()?;
    let elsewhere = link.origin() != window().location().origin().ok()?
        || !link.target().is_empty()
        || !link.hash().is_empty()
        || link.has_attribute("download");
    let to = link.pathname() + &link.search();
    (!elsewhere && room(&to).is_some()).then_some(to)
}

fn room(address: &str) -> Option<String> {
    let path = address.split('?').next()?;
    if path == "/" {
        return Some(RoomName::LOBBY.to_owned());
    }
    let name = path.strip_prefix("/r/")?.trim_end_matches('/');
    (!name.is_empty() && !name.contains('/')).then(|| decoded(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_the_room_that_made_it() {
        let name = RoomName::parse("größe-日本").unwrap();
        assert_eq!(room(&name.path()).as_deref(), Some(name.as_str()));
        assert_eq!(room("/r/garden?rooms").as_deref(), Some("garden"));
        assert_eq!(room("/r/garden/").as_deref(), Some("garden"));
        assert_eq!(room("/?before=3").as_deref(), Some(RoomName::LOBBY));
    }

    #[test]
    fn other_addresses_name_no_room() {
        let pages = ["/signin", "/signup", "/settings", "/admin", "/admin/people?q=r"];
        for address in ["/r/", "/r", "/r/a/b", "/rooms", "/pkg/x.js", ""].into_iter().chain(pages) {
            assert_eq!(room(address), None, "{address}");
        }
    }
}
