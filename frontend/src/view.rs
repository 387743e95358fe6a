//! Rows on screen: one signal per row, and the reader's eye on one of them.
//!
//! [`reconcile`] keeps the signals of rows that stay, so that a change redraws one row and not the
//! list. [`Eye`] remembers which row is under the reader's eye while rows come and go around it.

use std::collections::HashMap;

use leptos::prelude::*;
use shared::protocol::RoomId;
use shared::sync::rows::{Content, Day, Key, Row};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

#[derive(Clone)]
pub(crate) struct DayView {
    /// The room and its day: rows of two rooms have the same keys and nothing else in common.
    pub(crate) key: (RoomId, i64),
    pub(crate) label: ArcRwSignal<String>,
    pub(crate) rows: ArcRwSignal<Vec<RowView>>,
}

#[derive(Clone)]
pub(crate) struct RowView {
    pub(crate) key: Key,
    pub(crate) row: ArcRwSignal<Row>,
}

/// Makes what is shown equal to `days`, touching only the signals that differ.
pub(crate) fn reconcile(shown: RwSignal<Vec<DayView>>, room: RoomId, days: Vec<Day>) {
    let before: HashMap<(RoomId, i64), DayView> =
        shown.with_untracked(|shown| shown.iter().map(|day| (day.key, day.clone())).collect());
    let mut after = Vec::with_capacity(days.len());
    for Day { day, label, rows } in days {
        let key = (room, day);
        let view = match before.get(&key) {
            Some(view) => {
                set_arc(&view.label, label);
                reconcile_rows(&view.rows, rows);
                view.clone()
            }
            None => {
                let rows = rows.into_iter().map(RowView::new).collect();
                DayView { key, label: ArcRwSignal::new(label), rows: ArcRwSignal::new(rows) }
            }
        };
        after.push(view);
    }
    let same = shown.with_untracked(|shown| {
        shown.iter().map(|day| day.key).eq(after.iter().map(|day| day.key))
    });
    if !same {
        shown.set(after);
    }
}

fn reconcile_rows(shown: &ArcRwSignal<Vec<RowView>>, rows: Vec<Row>) {
    let before: HashMap<Key, RowView> =
        shown.with_untracked(|shown| shown.iter().map(|row| (row.key, row.clone())).collect());
    let after: Vec<RowView> = rows
        .into_iter()
        .map(|mut row| match before.get(&row.key) {
            Some(view) => {
                keep_head(&view.row.read_untracked(), &mut row);
                set_arc(&view.row, row);
                view.clone()
            }
            None => RowView::new(row),
        })
        .collect();
    let same = shown.with_untracked(|shown| {
        shown.iter().map(|row| row.key).eq(after.iter().map(|row| row.key))
    });
    if !same {
        shown.set(after);
    }
}

/// A message that was drawn with its author's name keeps it. When the page above comes, the name is
/// no longer needed, but taking it away would move what somebody is reading.
fn keep_head(shown: &Row, row: &mut Row) {
    if let (Content::Message(shown), Content::Message(message)) = (&shown.content, &mut row.content)
    {
        message.grouped &= shown.grouped;
    }
}

fn set_arc<T: PartialEq + 'static>(signal: &ArcRwSignal<T>, value: T) {
    if signal.with_untracked(|shown| *shown != value) {
        signal.set(value);
    }
}

impl RowView {
    fn new(row: Row) -> Self {
        Self { key: row.key, row: ArcRwSignal::new(row) }
    }

    /// The id of the row's element.
    pub(crate) fn element_id(&self) -> String {
        match self.key {
            Key::Op(op) => format!("m-{op}"),
            Key::Seq(seq) => format!("s-{seq}"),
            Key::Note(note) => format!("n-{note}"),
            Key::Gap => "gap".to_owned(),
            Key::New => "new".to_owned(),
        }
    }
}

/// The scroll container's element id.
pub(crate) const TIMELINE_ID: &str = "timeline";

/// Further from the end than this, the reader is reading above it.
const NEWEST_PX: i32 = 100;

/// Closer to an end of what is loaded than this, the next page is asked for: about two screens,
/// so that it is there before it is looked for.
const PAGE_AHEAD_PX: i32 = 1_600;

/// What the reader is looking at.
pub(crate) enum Eye {
    /// The end: it stays the end.
    Newest,
    /// This row, so many pixels below the top of the window.
    On { row: Element, top: f64 },
}

impl Eye {
    /// Before the rows change. At the end of a stretch of the past there is more to come: only
    /// the end of the room stays the end.
    pub(crate) fn capture(at_head: bool) -> Self {
        let reads_above = |timeline: &HtmlElement| !at_head || below(timeline) > 0;
        let Some(timeline) = timeline().filter(reads_above) else {
            return Self::Newest;
        };
        let edge = timeline.get_bounding_client_rect().top();
        // The gap is always above whatever came: with the eye on it, page after page would come
        // into view, and each ask for the next.
        let Ok(rows) = timeline.query_selector_all("[data-row]:not(#gap)") else {
            return Self::Newest;
        };
        for index in 0..rows.length() {
            let Some(row) = rows.get(index).and_then(|row| row.dyn_into::<Element>().ok()) else {
                continue;
            };
            let bounds = row.get_bounding_client_rect();
            if bounds.bottom() > edge {
                return Self::On { row, top: bounds.top() };
            }
        }
        Self::Newest
    }

    /// After the rows have changed.
    pub(crate) fn restore(self) {
        match self {
            Self::Newest => Self::to_newest(),
            Self::On { row, top } => {
                let Some(timeline) = timeline().filter(|_| row.is_connected()) else { return };
                let moved = row.get_bounding_client_rect().top() - top;
                if moved.abs() >= 1.0 {
                    timeline.set_scroll_top(timeline.scroll_top() + moved.round() as i32);
                }
            }
        }
    }

    pub(crate) fn to_newest() {
        if let Some(timeline) = timeline()
            && timeline.scroll_top() != 0
        {
            timeline.set_scroll_top(0);
        }
    }

    /// Whether the newest row is in view, or nearly.
    pub(crate) fn at_newest() -> bool {
        timeline().is_some_and(|timeline| below(&timeline) <= NEWEST_PX)
    }

    /// Whether the beginning of what is loaded is near.
    pub(crate) fn near_oldest() -> bool {
        timeline().is_some_and(|timeline| above(&timeline) < PAGE_AHEAD_PX)
    }

    /// Whether the end of what is loaded is near.
    pub(crate) fn near_newest() -> bool {
        timeline().is_some_and(|timeline| below(&timeline) < PAGE_AHEAD_PX)
    }
}

fn timeline() -> Option<HtmlElement> {
    web_sys::window()?.document()?.get_element_by_id(TIMELINE_ID)?.dyn_into().ok()
}

/// Pixels hidden below the window. The list is laid out from its end, so the offset of the end is
/// zero and everything above it is negative: new rows need no scrolling to be seen.
fn below(timeline: &HtmlElement) -> i32 {
    -timeline.scroll_top()
}

/// Pixels hidden above the window.
fn above(timeline: &HtmlElement) -> i32 {
    timeline.scroll_height() - timeline.client_height() - below(timeline)
}
