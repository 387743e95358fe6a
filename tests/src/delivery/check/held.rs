//! What the devices have in the end: of every room the newest, as the log has it.

use std::collections::BTreeMap;

use shared::protocol::{UserId, View};
use shared::sync::Entry;

use super::super::history::Happened;
use super::super::host::HOST;
use super::log::Log;

pub(super) fn agrees_with(held: &[Happened], owners: &BTreeMap<usize, UserId>, log: &Log) {
    let mut last = BTreeMap::new();
    for happened in held {
        let Happened::Held { device, room, cursor, entries } = happened else { continue };
        last.insert((*device, *room), (*cursor, entries));
    }
    for (device, owner) in owners.iter().filter(|(device, _)| **device != HOST) {
        for (room, head) in &log.heads {
            let (cursor, entries) = last
                .get(&(*device, *room))
                .unwrap_or_else(|| panic!("device {device} has nothing of {room}"));
            assert_eq!(cursor, head, "device {device} is behind in {room}");
            let folded = log.fold(*room, *owner);
            let newest = &folded[folded.len() - entries.len()..];
            for (held, folded) in entries.iter().zip(newest) {
                let (a, b) = (&held.event, &folded.event);
                let same = (&a.what, a.seq, a.op, a.by.id) == (&b.what, b.seq, b.op, b.by.id);
                let views = [held.view.clone(), Entry::view(folded)].map(without_names);
                assert!(
                    same && views[0] == views[1],
                    "device {device} has in {} {a:?} with {:?}, and the log {b:?} with {:?}",
                    room,
                    views[0],
                    views[1]
                );
            }
        }
    }
}

/// Of people who react only the first few are named, and a fold forgets those behind them.
fn without_names(view: Option<View>) -> Option<View> {
    view.map(|mut view| {
        for reaction in &mut view.reactions {
            reaction.people.clear();
        }
        view
    })
}
