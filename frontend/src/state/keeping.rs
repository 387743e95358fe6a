//! From the engine to the device and back: what outlives the page.

use std::time::Duration;

use leptos::prelude::*;
use shared::protocol::OpId;
use shared::sync::{KeptOp, Store, Sync};

use super::{Chat, Wake};
use crate::device::Task;

/// What has changed of the rooms is written this much later: much may come at once.
const ROOMS_LATER: Duration = Duration::from_secs(1);

impl Chat {
    /// Takes over what lay on the device, which keeps things from now on.
    pub(crate) fn restore(self, store: Store, device: Callback<Task>) {
        self.device.set_value(Some(device));
        self.keeps.set(true);
        self.sync.update_value(|sync| {
            sync.keep_ops(true);
            sync.restore(store);
        });
        self.show_wanted();
        // Shows it, and keeps what was asked for meanwhile.
        self.act(|_| {});
    }

    /// Ops of a tab that is gone.
    pub(crate) fn adopt(self, ops: Vec<KeptOp>) {
        self.act(|sync| sync.restore(Store { ops, ..Store::default() }));
    }

    /// These ops lie on the device: they may leave.
    pub(crate) fn kept(self, ops: &[OpId]) {
        if !ops.is_empty() {
            self.sync.update_value(|sync| ops.iter().for_each(|op| sync.kept(*op)));
            self.wake(Wake::Send);
        }
    }

    /// The device does not keep anything: everything works as long as the page is open.
    pub(crate) fn keeps_nothing(self) {
        self.keeps.set(false);
        self.act(|sync| sync.keep_ops(false));
    }

    /// Another tab may have left ops behind.
    pub(crate) fn look_for_orphans(self) {
        self.ask_device(|| Some(Task::Adopt));
    }

    /// Keeps ops at once, because they wait for it, and rooms when more has come together.
    pub(super) fn keep_changes(self) {
        self.ask_device(|| {
            let ops = self.sync.try_update_value(Sync::take_kept_ops).unwrap_or_default();
            (!ops.is_empty()).then_some(Task::Keep(ops))
        });
        if !self.keeping.get_value() {
            self.keeping.set_value(true);
            set_timeout(move || self.keep_rooms(), ROOMS_LATER);
        }
    }

    /// Keeps what has changed of the rooms.
    pub(crate) fn keep_rooms(self) {
        self.keeping.set_value(false);
        self.ask_device(|| {
            let rooms = self.sync.try_update_value(Sync::take_kept_rooms).unwrap_or_default();
            (!rooms.is_empty()).then_some(Task::Keep(rooms))
        });
    }

    /// Before the device is open, changes gather in the engine.
    fn ask_device(self, task: impl FnOnce() -> Option<Task>) {
        if let Some(device) = self.device.get_value()
            && let Some(task) = task()
        {
            device.run(task);
        }
    }
}
