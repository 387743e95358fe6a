//! A QR code, for the phone that cannot take over what the desk shows.

use leptos::prelude::*;

use crate::components::view;

/// Modules that stay white around a code, as ISO/IEC 18004 wants it.
const QUIET_MODULES: u32 = 4;

/// A code as one path: a square of 1 by 1 for each dark module, from 0 to `modules`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    pub modules: u32,
    pub path: String,
}

/// `label` says what the code holds.
pub(super) fn draw(qr: Qr, label: &'static str) -> AnyView {
    let side = qr.modules + 2 * QUIET_MODULES;
    let frame = format!("-{QUIET_MODULES} -{QUIET_MODULES} {side} {side}");
    view! {
        <svg class="qr" viewBox=frame role="img" aria-label=label shape-rendering="crispEdges">
            <path d=qr.path></path>
        </svg>
    }
}
