//! Messages out of the bytes that a client sends (RFC 6455). Pure.
//!
//! A frame that lies whole in the shard's one read buffer is unmasked and handed out where it lies:
//! only what is incomplete is kept, and an idle connection keeps nothing. Whoever breaks the
//! protocol gets a [`Violation`]; what a frame merely announces is never allocated.

use std::ops::RangeInclusive;

use crate::fanout::Opcode;

/// A control frame's payload, by the protocol.
const CONTROL_BYTES_MAX: u64 = 125;

/// Header, extended length and mask of the longest frame.
const HEADER_BYTES_MAX: usize = 14;

/// One message, or one control frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
    Ping(&'a [u8]),
    Pong,
    /// With the code, if there is one.
    Close(Option<u16>),
}

/// What the peer did that ends the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    Protocol,
    NotUtf8,
    TooBig,
}

/// Reads one connection's messages, of at most so many bytes each.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// There while a message or a frame is incomplete.
    partial: Option<Box<Partial>>,
}

#[derive(Debug, Default)]
struct Partial {
    /// A header of which the end is missing.
    header: Vec<u8>,
    /// The frame that is being read.
    frame: Option<Frame>,
    /// What came of that frame, unmasked, if it is a control frame.
    control: Vec<u8>,
    /// The message that is being put together: its kind and its bytes, unmasked.
    message: Option<(Opcode, Vec<u8>)>,
    /// The last message is still lent out.
    is_done: bool,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    opcode: Code,
    is_final: bool,
    mask: [u8; 4],
    /// Bytes of the payload that have come.
    read: u64,
    length: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Continuation,
    Data(Opcode),
    Close,
    Ping,
    Pong,
}

impl Reader {
    /// Whether the middle of a message is waited for.
    pub(crate) fn is_waiting(&self) -> bool {
        self.partial.as_ref().is_some_and(|partial| !partial.is_done)
    }

    /// Takes bytes from the beginning of `input` up to the end of the next message. `None` when all
    /// of them are taken and no message is complete.
    pub(crate) fn next<'a, 'b: 'a>(
        &'a mut self,
        input: &mut &'b mut [u8],
        bytes_max: usize,
    ) -> Result<Option<Message<'a>>, Violation> {
        if self.partial.as_ref().is_some_and(|partial| partial.is_done) {
            self.partial = None;
        }
        if self.partial.is_none() {
            match whole(input, bytes_max)? {
                Whole::Message(message) => return Ok(Some(message)),
                Whole::Nothing => return Ok(None),
                Whole::Partial => {}
            }
        }
        self.partial.get_or_insert_default().next(input, bytes_max)
    }
}

enum Whole<'a> {
    Message(Message<'a>),
    /// There is no byte.
    Nothing,
    /// The message does not lie whole in the input.
    Partial,
}

/// The message at the beginning of the input, if it is one frame and all of it is there.
fn whole<'a>(input: &mut &'a mut [u8], bytes_max: usize) -> Result<Whole<'a>, Violation> {
    if input.is_empty() {
        return Ok(Whole::Nothing);
    }
    let Some((frame, header)) = Frame::parse(input)? else { return Ok(Whole::Partial) };
    frame.check(None, bytes_max)?;
    let length = usize::try_from(frame.length).map_err(|_| Violation::TooBig)?;
    if !frame.is_final || input.len() - header < length {
        return Ok(Whole::Partial);
    }
    let (taken, rest) = std::mem::take(input).split_at_mut(header + length);
    *input = rest;
    let payload = &mut taken[header..];
    unmask(payload, frame.mask, 0);
    message(frame.opcode, payload).map(Whole::Message)
}

impl Partial {
    fn next(
        &mut self,
        input: &mut &mut [u8],
        bytes_max: usize,
    ) -> Result<Option<Message<'_>>, Violation> {
        loop {
            let mut frame = match self.frame {
                Some(frame) => frame,
                None => match self.begin(input, bytes_max)? {
                    Some(frame) => frame,
                    None => return Ok(None),
                },
            };
            let lacking = usize::try_from(frame.length - frame.read).unwrap_or(usize::MAX);
            let (payload, rest) = {
                let at = lacking.min(input.len());
                std::mem::take(input).split_at_mut(at)
            };
            *input = rest;
            unmask(payload, frame.mask, frame.read);
            frame.read += payload.len() as u64;
            match (frame.opcode, &mut self.message) {
                (Code::Continuation | Code::Data(_), Some((_, bytes))) => {
                    bytes.extend_from_slice(payload);
                }
                _ => self.control.extend_from_slice(payload),
            }
            if frame.read < frame.length {
                self.frame = Some(frame);
                return Ok(None);
            }
            self.frame = None;
            match frame.opcode {
                Code::Continuation | Code::Data(_) if !frame.is_final => {}
                Code::Continuation | Code::Data(_) => {
                    self.is_done = true;
                    let Some((opcode, bytes)) = &self.message else { return Ok(None) };
                    return message(Code::Data(*opcode), bytes).map(Some);
                }
                control => {
                    self.is_done = self.message.is_none();
                    return message(control, &self.control).map(Some);
                }
            }
        }
    }

    /// The header of the next frame, and room for what it brings.
    fn begin(
        &mut self,
        input: &mut &mut [u8],
        bytes_max: usize,
    ) -> Result<Option<Frame>, Violation> {
        let held = self.header.len();
        let more = input.len().min(HEADER_BYTES_MAX - held);
        self.header.extend_from_slice(&input[..more]);
        let Some((frame, header)) = Frame::parse(&self.header)? else {
            *input = &mut std::mem::take(input)[more..];
            return Ok(None);
        };
        *input = &mut std::mem::take(input)[header - held..];
        self.header.clear();
        frame.check(self.message.as_ref().map(|(_, bytes)| bytes.len()), bytes_max)?;
        self.control.clear();
        if let Code::Data(opcode) = frame.opcode {
            self.message = Some((opcode, Vec::new()));
        }
        Ok(Some(frame))
    }
}

impl Frame {
    /// The header at the beginning of these bytes, and its length; `None` if its end is missing.
    fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Violation> {
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        // Reserved bits stand for extensions, and none was agreed on.
        if first & 0x70 != 0 {
            return Err(Violation::Protocol);
        }
        let opcode = match first & 0x0f {
            0x0 => Code::Continuation,
            0x1 => Code::Data(Opcode::Text),
            0x2 => Code::Data(Opcode::Binary),
            0x8 => Code::Close,
            0x9 => Code::Ping,
            0xa => Code::Pong,
            _ => return Err(Violation::Protocol),
        };
        // What a client sends is masked.
        if second & 0x80 == 0 {
            return Err(Violation::Protocol);
        }
        let (length, extended) = match second & 0x7f {
            126 => match rest {
                [a, b, ..] => (u64::from(u16::from_be_bytes([*a, *b])), 2),
                _ => return Ok(None),
            },
            127 => match rest.first_chunk::<8>() {
                Some(length) => (u64::from_be_bytes(*length), 8),
                None => return Ok(None),
            },
            short => (u64::from(short), 0),
        };
        if length >> 63 != 0 {
            return Err(Violation::Protocol);
        }
        let Some(mask) = rest.get(extended..).and_then(|rest| rest.first_chunk::<4>()) else {
            return Ok(None);
        };
        let is_final = first & 0x80 != 0;
        Ok(Some((Self { opcode, is_final, mask: *mask, read: 0, length }, 2 + extended + 4)))
    }

    /// Whether the frame may come now. `begun` is how many bytes a fragmented message has so far.
    fn check(&self, begun: Option<usize>, bytes_max: usize) -> Result<(), Violation> {
        match (self.opcode, begun) {
            (Code::Continuation, None) | (Code::Data(_), Some(_)) => Err(Violation::Protocol),
            (Code::Continuation | Code::Data(_), _) => {
                let bytes = self.length.saturating_add(begun.unwrap_or_default() as u64);
                if bytes > bytes_max as u64 { Err(Violation::TooBig) } else { Ok(()) }
            }
            _ if !self.is_final || self.length > CONTROL_BYTES_MAX => Err(Violation::Protocol),
            _ => Ok(()),
        }
    }
}

fn message(opcode: Code, payload: &[u8]) -> Result<Message<'_>, Violation> {
    match opcode {
        Code::Data(Opcode::Text) => {
            str::from_utf8(payload).map(Message::Text).map_err(|_| Violation::NotUtf8)
        }
        Code::Data(_) | Code::Continuation => Ok(Message::Binary(payload)),
        Code::Ping => Ok(Message::Ping(payload)),
        Code::Pong => Ok(Message::Pong),
        Code::Close => close(payload).map(Message::Close),
    }
}

/// Codes that an endpoint may send: those that the protocol or its registry defines, and what is
/// left to libraries and applications.
const CLOSE_CODES: [RangeInclusive<u16>; 3] = [1_000..=1_003, 1_007..=1_014, 3_000..=4_999];

fn close(payload: &[u8]) -> Result<Option<u16>, Violation> {
    let [high, low, reason @ ..] = payload else {
        return if payload.is_empty() { Ok(None) } else { Err(Violation::Protocol) };
    };
    let code = u16::from_be_bytes([*high, *low]);
    if !CLOSE_CODES.iter().any(|codes| codes.contains(&code)) {
        return Err(Violation::Protocol);
    }
    str::from_utf8(reason).map_err(|_| Violation::NotUtf8)?;
    Ok(Some(code))
}

/// `read` is how many bytes of the payload came before these.
fn unmask(payload: &mut [u8], mut mask: [u8; 4], read: u64) {
    mask.rotate_left((read % 4) as usize);
    if mask == [0; 4] {
        return;
    }
    // Eight bytes at once, which the compiler makes more of.
    let wide = u64::from_ne_bytes([mask, mask].concat().try_into().unwrap_or_default());
    let (words, rest) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests;
