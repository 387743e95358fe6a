//! The compiled client and the site's other files, inside the binary.
//!
//! `cargo xtask` writes hashed names with `.br` and `.gz` beside them; `cargo leptos` writes plain
//! names. A hashed name never changes its content and is kept for ever; others are asked for
//! again by ETag. In debug builds the files are read from disk. Nothing is compressed here.

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use frontend::Assets;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Site;

/// Letters of a hash at least: shorter middle parts of a name are words.
const HASH_LETTERS_MIN: usize = 8;

/// A year, the longest that browsers take seriously.
const KEEP_FOREVER: &str = "public, max-age=31536000, immutable";

const SVG: &str = "image/svg+xml";

/// A picture has its style within, and some browsers hold it to the policy that it comes with.
const PICTURE: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// Finds the client's files. A plain name wins: `cargo xtask` removes those, so it is newer.
pub(crate) fn find() -> Assets {
    let names: Vec<String> = Site::iter().map(|name| name.into_owned()).collect();
    let address = |stems: &[&str], kind: &str| {
        let is_it = |name: &&String| {
            let file = name.strip_prefix("pkg/").and_then(|name| name.strip_suffix(kind));
            file.is_some_and(|file| stems.contains(&file.split('.').next().unwrap_or_default()))
        };
        let found = names.iter().filter(is_it).min_by_key(|name| is_hashed(name));
        let missing = || format!("pkg/{}{kind}", stems[0]);
        format!("/{}", found.cloned().unwrap_or_else(missing))
    };
    let style = address(&["hubbub"], ".css");
    // `cargo leptos` makes one for both.
    let pages = if is_hashed(&style) { address(&["pages"], ".css") } else { style.clone() };
    Assets {
        script: address(&["hubbub"], ".js"),
        wasm: address(&["hubbub_bg", "hubbub"], ".wasm"),
        style,
        pages,
    }
}

/// `/pkg/…`
pub(crate) async fn pkg(Path(path): Path<String>, headers: HeaderMap) -> Response {
    file(&format!("pkg/{path}"), &headers).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

/// A file of the site by its path, if there is one.
pub(crate) fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    let plain = Site::get(path)?;
    let etag = format!("\"{}\"", hex(&plain.metadata.sha256_hash()[..8]));
    let cache = if is_hashed(path) { KEEP_FOREVER } else { "no-cache" };
    let asked = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let about = [
        (header::CACHE_CONTROL, cache.to_owned()),
        (header::ETAG, etag.clone()),
        (header::VARY, "accept-encoding".to_owned()),
    ];
    let kind = content_type(path);
    let policy = (kind == SVG).then_some([(header::CONTENT_SECURITY_POLICY, PICTURE)]);
    let about = (about, policy);
    if asked.is_some_and(|asked| asked.contains(&etag)) {
        return Some((StatusCode::NOT_MODIFIED, about, ()).into_response());
    }
    let kind = [(header::CONTENT_TYPE, kind)];
    let response = match packed(path, headers) {
        Some((coding, file)) => {
            (about, kind, [(header::CONTENT_ENCODING, coding)], file.data).into_response()
        }
        None => (about, kind, plain.data).into_response(),
    };
    Some(response)
}

/// The file as it was compressed at build time, in a coding that the client takes.
fn packed(path: &str, headers: &HeaderMap) -> Option<(&'static str, EmbeddedFile)> {
    let takes = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    [("br", "br"), ("gzip", "gz")].into_iter().find_map(|(coding, ending)| {
        // No browser sends `br;q=0`; whoever does has refused it.
        let taken = takes.split(',').any(|take| match take.trim().split_once(';') {
            Some((name, quality)) => name.trim() == coding && quality.trim() != "q=0",
            None => take.trim() == coding,
        });
        let file = taken.then(|| Site::get(&format!("{path}.{ending}")))?;
        Some((coding, file?))
    })
}

/// Whether the name holds its content's hash: `hubbub.0f3a91c2.js`.
pub(crate) fn is_hashed(path: &str) -> bool {
    let parts: Vec<&str> = path.rsplit('/').next().unwrap_or(path).split('.').collect();
    let is_hash = |part: &&&str| {
        part.len() >= HASH_LETTERS_MIN && part.chars().all(|c| c.is_ascii_hexdigit())
    };
    parts.len() == 3 && parts.get(1).filter(is_hash).is_some()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => SVG,
        _ => "application/octet-stream",
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hashed_name_is_told_from_a_plain_one() {
        assert!(is_hashed("pkg/hubbub.0f3a91c2.js"));
        assert!(is_hashed("pkg/hubbub_bg.0f3a91c2d4e5.wasm"));
        for plain in
            ["pkg/hubbub.js", "favicon.svg", "pkg/hubbub.min.js", "pkg/hubbub.0f3a91c2.js.br"]
        {
            assert!(!is_hashed(plain), "{plain}");
        }
    }
}
