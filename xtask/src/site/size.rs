//! How much a first visit downloads, and the bar it must stay under.

use anyhow::{Result, ensure};

use super::publish::Size;
use crate::say::{kilobytes, say};

/// Script, WebAssembly and stylesheet together, over the wire: a slow phone has them in two seconds.
const BUDGET: u64 = 300 * 1024;

/// The second stylesheet, over the wire. With the first it is all that the pages without WebAssembly
/// wait for: in one round trip, as a first window of 14 KB has it.
const PAGES_BUDGET: u64 = 7 * 1024;

pub(crate) struct Sizes {
    pub(super) script: Size,
    pub(super) wasm: Size,
    pub(super) style: Size,
    /// The stylesheet that the chat does without, and so not in the sum.
    pub(super) pages: Size,
}

impl Sizes {
    pub(crate) fn within_budget(&self) -> Result<()> {
        let brotli = self.sum().brotli;
        ensure!(
            brotli <= BUDGET,
            "the client is {} over the wire, {} is the bar: look at what was added to it",
            kilobytes(brotli),
            kilobytes(BUDGET)
        );
        ensure!(
            self.pages.brotli <= PAGES_BUDGET,
            "style/pages.css is {} over the wire, {} is the bar: look at what was added to it",
            kilobytes(self.pages.brotli),
            kilobytes(PAGES_BUDGET)
        );
        Ok(())
    }

    pub(super) fn print(&self) {
        say(format!("client: {:>12} {:>12}", "raw", "brotli"));
        let rows = [
            ("script", self.script),
            ("wasm", self.wasm),
            ("style", self.style),
            ("sum", self.sum()),
            ("pages", self.pages),
        ];
        for (name, size) in rows {
            say(format!("{name:>6}: {:>12} {:>12}", kilobytes(size.raw), kilobytes(size.brotli)));
        }
    }

    fn sum(&self) -> Size {
        let all = [self.script, self.wasm, self.style];
        Size {
            raw: all.iter().map(|size| size.raw).sum(),
            brotli: all.iter().map(|size| size.brotli).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bars_are_on_what_travels() {
        let third = Size { raw: u64::from(u32::MAX), brotli: BUDGET / 3 };
        let pages = Size { raw: 0, brotli: PAGES_BUDGET };
        let at_the_bar = Sizes { script: third, wasm: third, style: third, pages };
        assert!(at_the_bar.within_budget().is_ok());
        let over = Sizes { style: Size { brotli: BUDGET / 3 + 1, ..third }, ..at_the_bar };
        assert!(over.within_budget().is_err());
        let pages = Size { brotli: PAGES_BUDGET + 1, ..pages };
        assert!(Sizes { pages, ..at_the_bar }.within_budget().is_err());
    }
}
