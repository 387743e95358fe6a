//! The physical limit: a server that does nothing but one `send` of ready frames to each socket.
//!
//! It upgrades by hand, waits until a batch of so many messages has come in, and writes to everyone
//! once all that others have said. No rooms, no names, no history: nothing can be cheaper at the
//! same number of sockets and frames per write. It is what the other servers are measured against.

use std::io::{ErrorKind, Read as _, Write as _};

use anyhow::{Context, Result, bail, ensure};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};

use crate::frame::{TEXT, push_server_text};
use crate::{report, upgrade};

const LISTENER: Token = Token(usize::MAX);
const EVENTS_MAX: usize = 1024;
const BUFFER_BYTES: usize = 64 * 1024;

const WELCOME: &str = r#"{"type":"system","message":"Welcome! You are connected as User-bare","clientId":"00000000-0000-4000-8000-000000000000","timestamp":"2026-01-01T00:00:00.000Z"}"#;

/// As long as what the others put around a message.
const BEFORE: &[u8] = br#"{"type":"chat","username":"User-bare","message":""#;
const BEHIND: &[u8] = br#"","timestamp":"2026-01-01T00:00:00.000Z"}"#;

struct Client {
    stream: TcpStream,
    is_open: bool,
    /// What has come and is not a whole head or frame yet.
    inbox: Vec<u8>,
    unsent: Vec<u8>,
}

/// A message on its way to everyone but its sender.
struct Said {
    by: usize,
    frame: Vec<u8>,
}

/// Serves until it is killed. Clients that go are closed and never forgotten.
pub(crate) fn serve(batch: usize, port: u16) -> Result<()> {
    let mut listener = TcpListener::bind(([127, 0, 0, 1], port).into())?;
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    report::say(&format!("The bare loop is ready: http://{}", listener.local_addr()?))?;
    let mut events = Events::with_capacity(EVENTS_MAX);
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut clients: Vec<Option<Client>> = Vec::new();
    let mut said = Vec::new();
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                accept(&listener, &mut clients, poll.registry())?;
                continue;
            }
            let place = event.token().0;
            let Some(client) = &mut clients[place] else { continue };
            let alive = client.read(place, &mut buffer, &mut said)? && client.flush().is_ok();
            if !alive {
                clients[place] = None;
            }
        }
        if said.len() >= batch {
            publish(&mut clients, &said);
            said.clear();
        }
    }
}

fn accept(
    listener: &TcpListener,
    clients: &mut Vec<Option<Client>>,
    registry: &Registry,
) -> Result<()> {
    loop {
        let mut stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => bail!(error),
        };
        stream.set_nodelay(true)?;
        // Edge-triggered, so watching for both from the start costs nothing.
        let both = Interest::READABLE | Interest::WRITABLE;
        registry.register(&mut stream, Token(clients.len()), both)?;
        let (inbox, unsent) = (Vec::new(), Vec::new());
        clients.push(Some(Client { stream, is_open: false, inbox, unsent }));
    }
}

/// The loop itself.
fn publish(clients: &mut [Option<Client>], said: &[Said]) {
    let all: Vec<u8> = said.iter().flat_map(|said| &said.frame).copied().collect();
    for (place, slot) in clients.iter_mut().enumerate() {
        let Some(client) = slot.as_mut().filter(|client| client.is_open) else { continue };
        let sent = if said.iter().any(|said| said.by == place) {
            let others = said.iter().filter(|said| said.by != place);
            let others: Vec<u8> = others.flat_map(|said| &said.frame).copied().collect();
            client.send(&others)
        } else {
            client.send(&all)
        };
        if sent.is_err() {
            *slot = None;
        }
    }
}

impl Client {
    /// Reads all there is. Answers whether the client is still there.
    fn read(&mut self, place: usize, buffer: &mut [u8], said: &mut Vec<Said>) -> Result<bool> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Ok(false),
                Ok(length) => self.inbox.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return Ok(false),
            }
        }
        if !self.is_open {
            let Some(end) = upgrade::head_end(&self.inbox)? else { return Ok(true) };
            self.inbox.drain(..end);
            self.unsent = upgrade::answer();
            push_server_text(&mut self.unsent, WELCOME.as_bytes());
            self.is_open = true;
        }
        while let Some((content, rest)) = chat(&self.inbox)? {
            let text = [BEFORE, content, BEHIND].concat();
            let mut frame = Vec::new();
            push_server_text(&mut frame, &text);
            said.push(Said { by: place, frame });
            let taken = self.inbox.len() - rest;
            self.inbox.drain(..taken);
        }
        Ok(true)
    }

    fn send(&mut self, frames: &[u8]) -> std::io::Result<()> {
        if !self.unsent.is_empty() {
            self.unsent.extend_from_slice(frames);
            return self.flush();
        }
        let written = match self.stream.write(frames) {
            Ok(written) => written,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        self.unsent.extend_from_slice(&frames[written..]);
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(written) => drop(self.unsent.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The first whole frame of the generator's: what it says, and how many bytes come behind it.
fn chat(inbox: &[u8]) -> Result<Option<(&[u8], usize)>> {
    let [first, second, rest @ ..] = inbox else { return Ok(None) };
    ensure!(*first == 0x80 | TEXT && second & 0x80 != 0, "not what the generator sends");
    let (length, rest) = match (second & 0x7f, rest) {
        (126, [high, low, rest @ ..]) => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        (126, _) => return Ok(None),
        (127, _) => bail!("larger than any message of the benchmark"),
        (length, rest) => (usize::from(length), rest),
    };
    let Some((mask, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
    ensure!(mask == &[0; 4], "the generator masks with zeros");
    if rest.len() < length {
        return Ok(None);
    }
    let (text, rest) = rest.split_at(length);
    let content = text.strip_prefix(br#"{"type":"chat","content":""#);
    let content = content.and_then(|content| content.strip_suffix(br#""}"#));
    Ok(Some((content.context("not a chat line")?, rest.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::push_client_text;

    #[test]
    fn a_line_is_taken_when_it_is_all_there() {
        for content in ["hi".to_owned(), "x".repeat(400)] {
            let text = format!(r#"{{"type":"chat","content":"{content}"}}"#);
            let mut bytes = Vec::new();
            push_client_text(&mut bytes, text.as_bytes());
            let whole = bytes.len();
            bytes.extend_from_slice(&[0x81, 0x80]);
            for end in 0..whole {
                assert_eq!(chat(&bytes[..end]).unwrap(), None);
            }
            assert_eq!(chat(&bytes).unwrap(), Some((content.as_bytes(), 2)));
        }
    }
}
