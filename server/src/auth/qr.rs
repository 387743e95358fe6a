//! A QR code as one path of an SVG.
//!
//! Pure. The page draws the path dark on white in either theme, because cameras look for that. It
//! has no style of its own. Called by the account pages.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// What the standard wants to be empty around a code, in modules.
const MARGIN: usize = 4;

/// The side of the square, margin included, and the dark modules as a path in it:
/// `<svg viewBox="0 0 {side} {side}"><path d="{path}" fill="currentColor"/></svg>`.
///
/// Nothing for a text that no code holds: more than 2,331 bytes.
pub(crate) fn qr_path(text: &str) -> Option<(u32, String)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (row, colours) in code.to_colors().chunks(width).enumerate() {
        let mut column = 0;
        // Neighbours of one colour are one rectangle.
        for run in colours.chunk_by(|left, right| left == right) {
            let length = run.len();
            if run[0] == Color::Dark {
                let (x, y) = (column + MARGIN, row + MARGIN);
                let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
            }
            column += length;
        }
    }
    Some(((width + 2 * MARGIN).try_into().ok()?, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URI: &str = "otpauth://totp/Harbour:mara?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    /// Whether the module in this column and row of the drawing is dark.
    fn is_dark(path: &str, x: usize, y: usize) -> bool {
        path.split_terminator('z').any(|run| {
            let (at, shape) = run.trim_start_matches('M').split_once('h').unwrap();
            let (left, top) = at.split_once(' ').unwrap();
            let (length, _) = shape.split_once('v').unwrap();
            let (left, length): (usize, usize) = (left.parse().unwrap(), length.parse().unwrap());
            top.parse() == Ok(y) && (left..left + length).contains(&x)
        })
    }

    #[test]
    fn the_path_has_the_modules_of_the_code_and_a_margin() {
        let (side, path) = qr_path(URI).unwrap();
        let side = side as usize;
        let code = QrCode::with_error_correction_level(URI, EcLevel::M).unwrap();
        assert_eq!(side, code.width() + 8);
        let inside = MARGIN..side - MARGIN;
        for y in 0..side {
            for x in 0..side {
                let is_in_code = inside.contains(&x) && inside.contains(&y);
                let wanted = is_in_code && code[(x - MARGIN, y - MARGIN)] == Color::Dark;
                assert_eq!(is_dark(&path, x, y), wanted, "{x} {y}");
            }
        }
    }

    #[test]
    fn a_text_that_is_too_long_has_no_code() {
        assert!(qr_path(&"ö".repeat(1_165)).is_some());
        assert!(qr_path(&"ö".repeat(1_166)).is_none());
    }
}
