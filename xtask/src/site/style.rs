//! A stylesheet: `style/main.css` or `style/pages.css` and what it imports, as one minified text.

use std::path::Path;

use anyhow::{Result, anyhow};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions};
use lightningcss::targets::{Browsers, Targets};

/// The oldest browsers that know all the stylesheet is written with (`light-dark()`, nesting,
/// `oklch()`, layers, container queries): for older ones it would be rewritten into much more.
/// The rest are built on one of these engines.
const BROWSERS: Browsers = Browsers {
    chrome: Some(version(123, 0)),
    edge: Some(version(123, 0)),
    firefox: Some(version(121, 0)),
    ios_saf: Some(version(17, 5)),
    safari: Some(version(17, 5)),
    android: None,
    ie: None,
    opera: None,
    samsung: None,
};

pub(super) fn bundle(main: &Path) -> Result<String> {
    let targets = Targets::from(BROWSERS);
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut sheet = bundler.bundle(main).map_err(|error| anyhow!("{error}"))?;
    sheet
        .minify(MinifyOptions { targets, ..MinifyOptions::default() })
        .map_err(|error| anyhow!("{error}"))?;
    let printed =
        sheet.to_css(PrinterOptions { minify: true, targets, ..PrinterOptions::default() })?;
    Ok(printed.code)
}

/// As lightningcss writes versions: a byte each for major, minor and patch.
const fn version(major: u32, minor: u32) -> u32 {
    major << 16 | minor << 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundle_is_whole_and_says_what_its_files_say() {
        let main = Path::new(env!("CARGO_MANIFEST_DIR")).join("../style/main.css");
        let bundle = bundle(&main).unwrap();
        let order = ["tokens", "base", "layout", "components", "utilities"];
        let places = order.map(|layer| bundle.find(&format!("@layer {layer}{{")).unwrap());
        assert!(places.is_sorted(), "the layers lost their order");
        assert!(!bundle.contains("@import"));
        for kept in [
            "light-dark(oklch(",
            "@container composer",
            ":dir(rtl)",
            "field-sizing:content",
            "&:hover",
        ] {
            assert!(bundle.contains(kept), "{kept} was rewritten");
        }
    }

    /// `cargo leptos` takes one stylesheet.
    #[test]
    fn what_is_watched_is_the_chats_and_the_pages() {
        let style = Path::new(env!("CARGO_MANIFEST_DIR")).join("../style");
        let watched = bundle(&style.join("watch.css")).unwrap();
        assert!(!watched.contains("@import"));
        for class in [".composer", ".segmented"] {
            assert!(watched.contains(class), "{class}");
        }
    }

    /// It is asked for behind the other one, whose layers it adds to.
    #[test]
    fn the_pages_have_no_layer_of_their_own() {
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../style/pages.css");
        let bundle = bundle(&pages).unwrap();
        assert!(!bundle.contains("@import"));
        let layers = bundle.split("@layer ").skip(1).map(|rest| rest.split(['{', ';']).next());
        for layer in layers.flatten().flat_map(|names| names.split(',')) {
            let known = ["tokens", "base", "layout", "components", "utilities"];
            assert!(known.contains(&layer), "{layer}");
        }
    }
}
