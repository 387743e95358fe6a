//! The way from HTTP to WebSocket, by hand, from both sides.
//!
//! The key is the one of RFC 6455 §1.3, so that its answer is known without a hash. Nothing here
//! reads or writes; `connection` and `bare` do.

use std::net::SocketAddr;

use anyhow::{Result, bail, ensure};

pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// No head of a request or answer here comes near it: what is longer is something else.
pub(crate) const HEAD_BYTES_MAX: usize = 8 * 1024;

const END: &[u8] = b"\r\n\r\n";

/// The request to a host, with these lines more (each ends in CR LF).
pub(crate) fn request(host: SocketAddr, path: &str, more: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{more}\r\n"
    )
    .into_bytes()
}

/// The bare server's answer.
pub(crate) fn answer() -> Vec<u8> {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
    )
    .into_bytes()
}

/// Where the head ends, if it is all there.
pub(crate) fn head_end(bytes: &[u8]) -> Result<Option<usize>> {
    let end = bytes.windows(END.len()).position(|part| part == END).map(|at| at + END.len());
    ensure!(end.is_some() || bytes.len() <= HEAD_BYTES_MAX, "a head without an end");
    Ok(end)
}

/// Whether a server's answer lets the client in.
pub(crate) fn check(head: &[u8]) -> Result<()> {
    let head = String::from_utf8_lossy(head);
    if !head.starts_with("HTTP/1.1 101 ") || !head.contains(ACCEPT) {
        bail!("the upgrade was refused: {}", head.lines().next().unwrap_or_default());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_when_it_is_all_there() {
        let mut answer = answer();
        let end = answer.len();
        assert_eq!(head_end(&answer[..end - 1]).unwrap(), None);
        answer.extend_from_slice(b"\x81\x00");
        assert_eq!(head_end(&answer).unwrap(), Some(end));
        check(&answer[..end]).unwrap();
        assert!(check(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
