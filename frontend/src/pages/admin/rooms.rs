//! `/admin/rooms`: the open rooms and the rules of each.

use leptos::prelude::*;
use shared::protocol::{RoomKind, RoomName};

use crate::components::{Icon, view};
use crate::pages::desk::Section;
use crate::pages::picker::{Choice, picker_row};

#[derive(Clone, Debug)]
pub struct RoomsPage {
    pub rows: Vec<RoomRow>,
}

#[derive(Clone, Debug)]
pub struct RoomRow {
    pub name: RoomName,
    pub kind: RoomKind,
    pub people: u64,
    pub messages: u64,
    /// Whether only owners and admins post there.
    pub read_only: bool,
    /// Seconds between two posts of one person; 0 is as they like.
    pub slow_s: u32,
    /// Days after which messages are deleted; 0 is never.
    pub keep_days: u32,
}

const SLOW_S: [u32; 7] = [0, 5, 10, 30, 60, 300, 3_600];
const KEEP_DAYS: [u32; 6] = [0, 1, 7, 30, 90, 365];

pub(super) fn draw(page: RoomsPage) -> AnyView {
    let rooms: Vec<_> = page.rows.into_iter().map(RoomRow::draw).collect();
    let inside = view! { <div class="panel">{rooms}</div> };
    let about = "Open rooms. What is said in private ones is nobody else's business.";
    Section::new("rooms", "Rooms", about).draw(inside)
}

impl RoomRow {
    fn draw(self) -> AnyView {
        let path = self.name.path();
        let action = format!("/admin/rooms/{}/rules", path.trim_start_matches("/r/"));
        let name = self.name.to_string();
        let slow_id = format!("slow-{name}");
        let keep_id = format!("keep-{name}");
        let about = format!(
            "{}, {}, {}",
            match self.kind {
                RoomKind::Lobby => "Everybody is in it",
                RoomKind::Open | RoomKind::Private | RoomKind::Direct => "Open",
            },
            counted(self.people, "person", "people"),
            counted(self.messages, "message", "messages"),
        );
        let tags: Vec<_> = self
            .rules()
            .into_iter()
            .map(|words| view! { <span class="tag">{words}</span> })
            .collect();
        let (slow_s, keep_days) = (self.slow_s.to_string(), self.keep_days.to_string());
        let slow = choices(&SLOW_S, self.slow_s, slow_words);
        let slow = picker_row(&slow_id, "slow_s", "One person posts", slow, &slow_s);
        let keep = choices(&KEEP_DAYS, self.keep_days, keep_words);
        let keep = picker_row(&keep_id, "keep_days", "Messages are kept", keep, &keep_days);
        view! {
            <details class="fold">
                <summary class="setting">
                    <Icon name="hash"/>
                    <div>
                        <b><bdi>{name}</bdi></b>
                        <small>{about}</small>
                    </div>
                    <div class="tags">{tags}</div>
                    <Icon name="chevron"/>
                </summary>
                <form method="post" action=action>
                    <label class="setting check">
                        <input
                            class="checkbox"
                            type="checkbox"
                            name="read_only"
                            value="yes"
                            checked=self.read_only
                        />
                        <b>"Only owners and admins post here"</b>
                    </label>
                    {slow}
                    {keep}
                    <div class="panel-foot">
                        <a class="button" data-kind="quiet" href=path>
                            "Go to the room"
                        </a>
                        <button class="button" type="submit">
                            "Save"
                        </button>
                    </div>
                </form>
            </details>
        }
    }

    /// Those that are not as they are at first.
    fn rules(&self) -> Vec<String> {
        let read_only = self.read_only.then(|| "Read-only".to_owned());
        let slow = (self.slow_s > 0).then(|| format!("Slow: {}", seconds(self.slow_s)));
        let keep = (self.keep_days > 0).then(|| format!("Kept {}", days(self.keep_days)));
        [read_only, slow, keep].into_iter().flatten().collect()
    }
}

/// The usual ones, and the present one if it is none of them.
fn choices(usual: &[u32], present: u32, words: fn(u32) -> String) -> Vec<Choice> {
    let mut all = usual.to_vec();
    if let Err(place) = all.binary_search(&present) {
        all.insert(place, present);
    }
    all.into_iter().map(|value| Choice::new(value.to_string(), words(value))).collect()
}

fn slow_words(slow_s: u32) -> String {
    match slow_s {
        0 => "As often as they like".to_owned(),
        slow_s => format!("Once in {}", seconds(slow_s)),
    }
}

fn keep_words(keep_days: u32) -> String {
    match keep_days {
        0 => "For ever".to_owned(),
        keep_days => format!("For {}", days(keep_days)),
    }
}

fn seconds(s: u32) -> String {
    match s {
        3_600 => "an hour".to_owned(),
        60 => "a minute".to_owned(),
        s if s % 60 == 0 => format!("{} minutes", s / 60),
        s => format!("{s} seconds"),
    }
}

fn days(days: u32) -> String {
    match days {
        1 => "a day".to_owned(),
        365 => "a year".to_owned(),
        days => format!("{days} days"),
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{} {many}", grouped(count)) }
}

/// `5,270`
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let comma = |at: usize| (at > 0 && (digits.len() - at).is_multiple_of(3)).then_some(',');
    digits.char_indices().flat_map(|(at, digit)| comma(at).into_iter().chain([digit])).collect()
}
