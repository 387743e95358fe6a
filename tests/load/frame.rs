//! WebSocket frames as the generator needs them: written whole, and read by walking headers.
//!
//! The scanner is fed whatever a read brought, cut anywhere, and says when a frame is complete and
//! of what kind it is. It copies payloads only for the few connections that keep them. Pure: it
//! never touches a socket.

pub(crate) const TEXT: u8 = 1;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;

/// A pong without a payload, under a mask of zeros. No server that is measured here pings with one.
pub(crate) const PONG: [u8; 6] = [0x8a, 0x80, 0, 0, 0, 0];

/// Where a frame's `type` begins: behind `{"type":"`. Every frame of both protocols begins so.
const KIND_AT: u64 = 9;

/// Two bytes, a length of eight, and a server never masks.
const HEADER_BYTES_MAX: usize = 10;

/// The first letters of a frame's `type`: they tell all that matter apart (`ch`at, `sy`stem,
/// `ac`cepted, `po`sted, `pi`ng).
pub(crate) type Kind = [u8; 2];

/// A complete frame.
pub(crate) struct Frame<'a> {
    pub(crate) opcode: u8,
    pub(crate) kind: Kind,
    /// Empty unless the scanner keeps payloads.
    pub(crate) payload: &'a [u8],
}

/// Bytes that are no frame that a server may send here, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) &'static str);

#[derive(Default)]
pub(crate) struct Scanner {
    /// Payloads, put together where a read cut them. `None`: nobody wants to see them.
    kept: Option<Vec<u8>>,
    /// Bytes of the present payload that have passed, and those still to come.
    passed: u64,
    left: u64,
    kind: Kind,
    header: [u8; HEADER_BYTES_MAX],
    header_len: u8,
    /// The header is complete.
    is_open: bool,
}

impl Scanner {
    /// Whether from here on frames are handed over with their payload. Said between frames.
    pub(crate) fn keep(&mut self, keep: bool) {
        self.kept = keep.then(Vec::new);
    }

    pub(crate) fn keeps(&self) -> bool {
        self.kept.is_some()
    }

    /// Takes what a read brought, and hands over every frame that ends in it.
    pub(crate) fn scan(
        &mut self,
        mut bytes: &[u8],
        mut each: impl FnMut(Frame<'_>),
    ) -> Result<(), Broken> {
        while !bytes.is_empty() {
            if !self.is_open {
                bytes = self.open(bytes)?;
                if !self.is_open {
                    return Ok(());
                }
            }
            let take = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            let (part, rest) = bytes.split_at(take);
            self.note(part);
            bytes = rest;
            if self.left > 0 {
                if let Some(kept) = &mut self.kept {
                    kept.extend_from_slice(part);
                }
                continue;
            }
            let payload = match &mut self.kept {
                Some(kept) if kept.is_empty() => part,
                Some(kept) => {
                    kept.extend_from_slice(part);
                    kept
                }
                None => &[],
            };
            each(Frame { opcode: self.header[0] & 0x0f, kind: self.kind, payload });
            self.is_open = false;
            self.kept.as_mut().map(Vec::clear);
        }
        Ok(())
    }

    /// Reads a header, or as much of it as there is. Answers what comes behind it.
    fn open<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], Broken> {
        let mut bytes = bytes.iter();
        loop {
            let have = usize::from(self.header_len);
            let length_bytes = match self.header[1] & 0x7f {
                127 => 8,
                126 => 2,
                _ => 0,
            };
            if have >= 2 && have == 2 + length_bytes {
                break;
            }
            let Some(byte) = bytes.next() else { return Ok(&[]) };
            self.header[have] = *byte;
            self.header_len += 1;
        }
        let [first, second, ..] = self.header;
        match (first & 0x80, first & 0x70, second & 0x80) {
            (0, _, _) => return Err(Broken("a fragment")),
            (_, 1.., _) => return Err(Broken("reserved bits: is it compressed?")),
            (_, _, 1..) => return Err(Broken("a masked frame")),
            _ => {}
        }
        let length = &self.header[2..usize::from(self.header_len)];
        self.left = match length {
            [] => u64::from(second & 0x7f),
            _ => length.iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
        };
        (self.header_len, self.passed, self.kind, self.is_open) = (0, 0, Kind::default(), true);
        Ok(bytes.as_slice())
    }

    /// Passes over a part of the payload and picks the kind out of it.
    fn note(&mut self, part: &[u8]) {
        for (offset, kind) in (KIND_AT..).zip(&mut self.kind) {
            let at = offset.checked_sub(self.passed).and_then(|at| usize::try_from(at).ok());
            if let Some(byte) = at.and_then(|at| part.get(at)) {
                *kind = *byte;
            }
        }
        self.passed += part.len() as u64;
        self.left -= part.len() as u64;
    }
}

/// Appends a text frame as a client sends it, under a mask of zeros: legal, and nothing to compute.
pub(crate) fn push_client_text(to: &mut Vec<u8>, text: &[u8]) {
    push_header(to, text.len(), 0x80);
    to.extend_from_slice(&[0; 4]);
    to.extend_from_slice(text);
}

/// Appends a text frame as a server sends it.
pub(crate) fn push_server_text(to: &mut Vec<u8>, text: &[u8]) {
    push_header(to, text.len(), 0);
    to.extend_from_slice(text);
}

fn push_header(to: &mut Vec<u8>, length: usize, mask: u8) {
    to.push(0x80 | TEXT);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..=125), _) => to.push(mask | short),
        (_, Ok(medium)) => {
            to.push(mask | 126);
            to.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            to.push(mask | 127);
            to.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Opcode, kind and payload.
    type Seen = (u8, Kind, Vec<u8>);

    /// Frames of every length class, among them some too short for a kind.
    fn stream() -> (Vec<u8>, Vec<Seen>) {
        let chat = |length: usize| format!(r#"{{"type":"chat","x":"{}"}}"#, "y".repeat(length));
        let texts = [chat(10), String::new(), chat(300), "short".into(), chat(70_000), chat(1)];
        let (mut bytes, mut frames) = (Vec::new(), Vec::new());
        for text in texts {
            push_server_text(&mut bytes, text.as_bytes());
            let kind = if text.len() > 10 { *b"ch" } else { [0; 2] };
            frames.push((TEXT, kind, text.into_bytes()));
        }
        bytes.extend_from_slice(&[0x80 | PING, 0]);
        frames.push((PING, [0; 2], Vec::new()));
        (bytes, frames)
    }

    fn scanned(bytes: &[u8], part: usize, keep: bool) -> Vec<Seen> {
        let mut scanner = Scanner::default();
        scanner.keep(keep);
        let mut frames = Vec::new();
        for part in bytes.chunks(part) {
            scanner
                .scan(part, |frame| {
                    frames.push((frame.opcode, frame.kind, frame.payload.to_vec()));
                })
                .unwrap();
        }
        frames
    }

    #[test]
    fn frames_come_out_whole_however_the_stream_is_cut() {
        let (bytes, frames) = stream();
        for part in (1..=64).chain([1_000, 65_536, bytes.len()]) {
            assert_eq!(scanned(&bytes, part, true), frames, "parts of {part}");
        }
    }

    #[test]
    fn counting_sees_the_same_frames_without_their_payload() {
        let (bytes, frames) = stream();
        let kinds: Vec<_> = frames.iter().map(|(opcode, kind, _)| (*opcode, *kind)).collect();
        for part in (1..=64).chain([bytes.len()]) {
            let counted = scanned(&bytes, part, false);
            let counted: Vec<_> =
                counted.iter().map(|(opcode, kind, _)| (*opcode, *kind)).collect();
            assert_eq!(counted, kinds, "parts of {part}");
        }
    }

    #[test]
    fn what_no_server_may_send_is_broken() {
        for bytes in [[0x01, 0x00], [0xc1, 0x00], [0x81, 0x80]] {
            assert!(Scanner::default().scan(&bytes, |_| ()).is_err(), "{bytes:?}");
        }
    }
}
