//! `hubbub.v1` as the generator speaks it: the words for saying hello and posting.
//!
//! Types are those of `shared::protocol`; nothing here knows a socket, but for one page that is
//! fetched to be somebody.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result};
use shared::protocol::{Command, Cursor, Epoch, OpId, RoomId, SUBPROTOCOL, Seq};
use uuid::Uuid;

use crate::frame::Kind;
use crate::upgrade;

pub(crate) const ACCEPTED: Kind = *b"ac";
pub(crate) const PING: Kind = *b"pi";
pub(crate) const POSTED: Kind = *b"po";

/// The request for an upgrade; with a login, as a page of the server's own would send it.
pub(crate) fn request(server: SocketAddr, login: Option<&str>) -> Vec<u8> {
    let mut more = format!("Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n");
    if let Some(login) = login {
        more += &format!("Origin: http://{server}\r\nCookie: {login}\r\n");
    }
    upgrade::request(server, "/ws", &more)
}

/// A new guest's cookie, as a browser gets it with the page.
pub(crate) fn login(server: SocketAddr) -> Result<String> {
    let mut stream = TcpStream::connect(server)?;
    write!(stream, "GET / HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n")?;
    let mut page = Vec::new();
    stream.read_to_end(&mut page)?;
    let page = String::from_utf8_lossy(&page);
    let mut lines = page.lines().map_while(|line| (!line.is_empty()).then_some(line));
    let cookie = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("set-cookie").then(|| value.trim().to_owned())
    });
    let cookie = cookie.context("the page sets no cookie")?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

pub(crate) fn hello(held: Option<(Epoch, RoomId, Seq)>) -> String {
    let epoch = held.map(|(epoch, ..)| epoch);
    let cursors = held.map(|(_, room, seq)| Cursor { room, seq }).into_iter().collect();
    text(&Command::Hello { epoch, cursors })
}

pub(crate) fn post(op: OpId, room: RoomId, said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said).into_owned();
    text(&Command::Post { op, room, text: said })
}

pub(crate) fn pong() -> String {
    text(&Command::Pong)
}

pub(crate) fn new_op() -> OpId {
    OpId(Uuid::now_v7())
}

fn text(command: &Command) -> String {
    serde_json::to_string(command).unwrap_or_default()
}
