//! How bad it was.

use std::collections::{HashMap, HashSet};

use shared::protocol::{Frame, OpId};

use super::super::history::Happened;

#[derive(Debug, Default)]
pub struct Tally {
    pub asked: u64,
    pub accepted: u64,
    pub faults: u64,
    /// Ops that were accepted while something was going wrong.
    pub accepted_in_faults: u64,
    /// Events that came because a client had missed them.
    pub replayed: u64,
    pub gaps: u64,
    pub resets: u64,
    /// Ops that were sent more than once.
    pub repeated: u64,
    /// Ops whose connection ended before their answer came.
    pub unknown: u64,
    pub refused: u64,
    pub retries: u64,
    pub reloads: u64,
    now: HashSet<String>,
    sent: HashSet<OpId>,
    open: HashMap<usize, HashSet<OpId>>,
}

impl Tally {
    pub(super) fn note(&mut self, happened: &Happened) {
        match happened {
            Happened::Asked { .. } => self.asked += 1,
            Happened::Reloaded { .. } => self.reloads += 1,
            Happened::Fault { name } => {
                self.faults += 1;
                self.now.insert(name.clone());
            }
            Happened::Cleared { name } => {
                self.now.remove(name);
            }
            Happened::Sent { device, command, .. } => {
                if let Some(op) = command.op() {
                    self.repeated += u64::from(!self.sent.insert(op));
                    self.open.entry(*device).or_default().insert(op);
                }
            }
            Happened::Closed { device, .. } => {
                let open = self.open.remove(device).unwrap_or_default();
                self.unknown += open.len() as u64;
            }
            Happened::Heard { device, frame, .. } => self.heard(*device, frame),
            _ => {}
        }
    }

    fn heard(&mut self, device: usize, frame: &Frame) {
        let answered = match frame {
            Frame::Accepted { op, .. } => {
                self.accepted += 1;
                self.accepted_in_faults += u64::from(!self.now.is_empty());
                Some(op)
            }
            Frame::Refused { op, .. } => {
                self.refused += 1;
                op.as_ref()
            }
            Frame::RetryAfter { op, .. } => {
                self.retries += 1;
                Some(op)
            }
            Frame::Gap { .. } => {
                self.gaps += 1;
                None
            }
            Frame::Reset { .. } => {
                self.resets += 1;
                None
            }
            _ => None,
        };
        if let Some(op) = answered {
            self.open.entry(device).or_default().remove(op);
        }
    }

    pub(super) fn was_bad(&self) {
        let Self { faults, accepted_in_faults, replayed, gaps, repeated, unknown, .. } = *self;
        let bad = [faults, accepted_in_faults, replayed, gaps, repeated, unknown];
        assert!(bad.iter().all(|times| *times > 0), "it was not bad enough: {self:#?}");
    }
}
