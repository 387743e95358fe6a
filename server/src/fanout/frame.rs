//! WebSocket frames as a server writes them: a header of two, four or ten bytes, the payload as it
//! is (RFC 6455, section 5.2).
//!
//! Everything that goes to a socket was made here, whole: nobody else knows what a header looks
//! like, and nothing is ever put between the two halves of a frame.

/// What a frame is, by the number that it has on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Opcode {
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xa,
}

/// Set in the first byte of a frame that is a whole message.
const FIN: u8 = 0x80;

/// Puts one whole message at the end of `out`.
pub(crate) fn push(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    out.push(FIN | opcode as u8);
    let length = payload.len();
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < 126 => out.push(short),
        (_, Ok(medium)) => {
            out.push(126);
            out.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}

/// One whole message.
pub(crate) fn frame(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 10);
    push(&mut out, opcode, payload);
    out
}

/// A close with its code and a reason of at most 123 bytes.
pub(crate) fn close(code: u16, reason: &str) -> Vec<u8> {
    frame(Opcode::Close, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_one_three_or_nine_bytes() {
        assert_eq!(frame(Opcode::Text, b"hi"), b"\x81\x02hi");
        assert_eq!(frame(Opcode::Ping, b""), b"\x89\x00");
        assert_eq!(frame(Opcode::Text, &[b'x'; 125])[..2], [0x81, 125]);
        assert_eq!(frame(Opcode::Text, &[b'x'; 126])[..4], [0x81, 126, 0, 126]);
        assert_eq!(frame(Opcode::Text, &[b'x'; 65_535])[..4], [0x81, 126, 0xff, 0xff]);
        let long = frame(Opcode::Text, &[b'x'; 65_536]);
        assert_eq!(long[..10], [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
        assert_eq!(long.len(), 65_546);
        assert_eq!(close(1001, "bye"), b"\x88\x05\x03\xe9bye");
    }
}
