//! A peer that speaks WebSocket by hand: it sends whatever bytes it likes, and looks at every frame.
//!
//! Nothing is answered or acknowledged by itself: a ping that nobody answers stays unanswered.
//! Frames of the server are checked: whole messages, unmasked, without reserved bits.

use std::net::SocketAddr;
use std::time::Duration;

use harness::{DEADLINE, Login, Server};
use shared::protocol::SUBPROTOCOL;
use socket2::{Domain, SockRef, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

pub(crate) const TEXT: u8 = 0x81;
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8a;

/// Asked of the socket at once, unless the peer is a slow reader.
const READ_BYTES: usize = 16 * 1024;

pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
    /// Bytes asked of the socket at once.
    pub(crate) bytes_at_a_time: usize,
    held: Vec<u8>,
}

/// A frame of the server: its first byte, and what it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Got {
    pub(crate) first: u8,
    pub(crate) payload: Vec<u8>,
}

/// How a connection ended: what came before, and the close frame if there was one.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) frames: Vec<Got>,
    pub(crate) close: Option<(u16, String)>,
}

impl Raw {
    /// Somebody of the plain protocol.
    pub(crate) async fn plain(server: &Server) -> Self {
        let stream = TcpStream::connect(server.addr()).await.unwrap();
        Self::upgrade(stream, server.addr(), "").await
    }

    /// Somebody of `hubbub.v1` who has not said hello.
    pub(crate) async fn v1(server: &Server) -> Self {
        let stream = TcpStream::connect(server.addr()).await.unwrap();
        Self::v1_over(stream, server.addr(), None).await
    }

    /// The same as this person.
    pub(crate) async fn v1_as(login: &Login) -> Self {
        let stream = TcpStream::connect(login.browser.addr()).await.unwrap();
        Self::v1_over(stream, login.browser.addr(), login.browser.cookies().as_deref()).await
    }

    /// The same over a socket that can hold next to nothing that was not read.
    pub(crate) async fn narrow(login: &Login) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        // The kernel makes it the least that it can.
        socket.set_recv_buffer_size(1).unwrap();
        socket.set_nonblocking(true).unwrap();
        let stream = TcpSocket::from_std_stream(socket.into());
        let stream = stream.connect(login.browser.addr()).await.unwrap();
        Self::v1_over(stream, login.browser.addr(), login.browser.cookies().as_deref()).await
    }

    async fn v1_over(stream: TcpStream, addr: SocketAddr, cookies: Option<&str>) -> Self {
        let mut headers = format!("Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n");
        if let Some(cookies) = cookies {
            headers += &format!("Origin: http://{addr}\r\nCookie: {cookies}\r\n");
        }
        Self::upgrade(stream, addr, &headers).await
    }

    async fn upgrade(mut stream: TcpStream, addr: SocketAddr, headers: &str) -> Self {
        stream.set_nodelay(true).unwrap();
        let head = format!(
            "GET /ws HTTP/1.1\r\nHost: {addr}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             {headers}\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut raw = Self { stream, bytes_at_a_time: READ_BYTES, held: Vec::new() };
        let answer = timeout(DEADLINE, raw.head()).await.expect("an answer to the handshake");
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        raw
    }

    /// The head of the answer; what came behind it is kept.
    async fn head(&mut self) -> String {
        loop {
            let end = self.held.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                let rest = self.held.split_off(end + 4);
                let head = std::mem::replace(&mut self.held, rest);
                return String::from_utf8(head).unwrap();
            }
            assert!(self.read().await, "the handshake was broken off");
        }
    }

    /// Sends these bytes; a peer that has gone is the test's to find out by reading.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.send(&frame(TEXT, text.as_bytes())).await;
    }

    /// The next frame; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Got> {
        loop {
            if let Some(got) = self.whole() {
                return Some(got);
            }
            if !self.read().await {
                return None;
            }
        }
    }

    /// Everything up to the end, which comes within this time.
    pub(crate) async fn end_within(&mut self, deadline: Duration) -> End {
        let end = async {
            let mut frames = Vec::new();
            while let Some(got) = self.next().await {
                if got.first == CLOSE {
                    return End { frames, close: Some(got.close()) };
                }
                frames.push(got);
            }
            End { frames, close: None }
        };
        timeout(deadline, end).await.unwrap_or_else(|_| panic!("still open after {deadline:?}"))
    }

    pub(crate) async fn end(&mut self) -> End {
        self.end_within(DEADLINE).await
    }

    /// Lets go at once: the server's kernel gets a reset instead of an orderly end.
    pub(crate) fn break_off(self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }

    async fn read(&mut self) -> bool {
        let held = self.held.len();
        self.held.resize(held + self.bytes_at_a_time, 0);
        let read = self.stream.read(&mut self.held[held..]).await.unwrap_or_default();
        self.held.truncate(held + read);
        read > 0
    }

    fn whole(&mut self) -> Option<Got> {
        let [first, second, ..] = *self.held else { return None };
        assert!(matches!(first, TEXT | BINARY | CLOSE | PING | PONG), "no frame: {first:#x}");
        let (header, length) = match second {
            126 => (4, u16::from_be_bytes(*self.held.get(2..)?.first_chunk()?).into()),
            127 => (10, u64::from_be_bytes(*self.held.get(2..)?.first_chunk()?) as usize),
            short => {
                assert!(short < 126, "masked by the server");
                (2, short.into())
            }
        };
        let payload = self.held.get(header..header + length)?.to_vec();
        self.held.drain(..header + length);
        Some(Got { first, payload })
    }
}

impl Got {
    pub(crate) fn text(&self) -> &str {
        assert_eq!(self.first, TEXT, "{self:?}");
        str::from_utf8(&self.payload).unwrap()
    }

    /// The code and the reason of a close frame.
    pub(crate) fn close(&self) -> (u16, String) {
        let code = self.payload.first_chunk().copied().map_or(0, u16::from_be_bytes);
        (code, String::from_utf8(self.payload.get(2..).unwrap_or_default().to_vec()).unwrap())
    }
}

/// A frame as a client has to send it, masked.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut bytes = announced(first, payload.len() as u64, MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// The header alone, in its longest form where 125 bytes are not enough.
pub(crate) fn announced(first: u8, length: u64, mask: [u8; 4]) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        0..=125 => bytes.push(0x80 | length as u8),
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(mask);
    bytes
}
