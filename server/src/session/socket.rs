//! A WebSocket that reads and writes in one place, and never waits for only one of them.
//!
//! Writing only gathers; [`Socket::turn`] flushes what was gathered, while it goes on reading. Who
//! writes asks [`Socket::is_flushing`] first, so that no more than one turn's bytes wait for a slow
//! peer. Knows frames, not what they mean.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use shared::protocol::close;
use tokio::time::{Instant, timeout};
use tungstenite::Error as WsError;

/// Allocated for every connection, idle or not; a larger frame makes room for itself.
pub(super) const READ_BUFFER_BYTES: usize = 4 * 1024;

/// More than one turn and one largest frame: what is gathered between two flushes. Not allocated
/// before it is needed.
pub(super) const WRITE_BUFFER_BYTES_MAX: usize = 32 * 1024 * 1024;

/// How long a peer may take to answer a close.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// Why a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The peer has gone, or has said that it goes.
    Gone,
    /// We close, with this code and reason.
    Close(u16, &'static str),
}

pub(super) enum Turn {
    Input(Message),
    /// Everything that was gathered is with the kernel.
    Flushed,
    Ended(End),
}

pub(super) struct Socket {
    ws: WebSocket,
    flushing: bool,
    /// Since when the kernel takes nothing more.
    blocked_since: Option<Instant>,
}

impl Socket {
    pub(super) fn new(ws: WebSocket) -> Self {
        Self { ws, flushing: false, blocked_since: None }
    }

    /// Whether gathered bytes wait to be flushed.
    pub(super) fn is_flushing(&self) -> bool {
        self.flushing
    }

    pub(super) fn blocked_since(&self) -> Option<Instant> {
        self.blocked_since
    }

    /// Gathers a message. Nothing is written before the next turn.
    pub(super) fn write(&mut self, message: Message) -> Result<(), End> {
        self.flushing = true;
        match self.ws.feed(message).now_or_never() {
            Some(Ok(())) => Ok(()),
            // Pending only where bytes were written before a flush, which the buffer's size excludes.
            Some(Err(_)) | None => Err(End::Gone),
        }
    }

    /// Waits for input, if `reading`, or for the end of the flush. Dropping the future loses nothing.
    pub(super) async fn turn(&mut self, reading: bool) -> Turn {
        poll_fn(|cx| {
            let mut flushed = false;
            if self.flushing {
                match Pin::new(&mut self.ws).poll_flush(cx) {
                    Poll::Ready(Ok(())) => {
                        self.flushing = false;
                        self.blocked_since = None;
                        flushed = true;
                    }
                    Poll::Ready(Err(_)) => return Poll::Ready(Turn::Ended(End::Gone)),
                    Poll::Pending => {
                        self.blocked_since.get_or_insert_with(Instant::now);
                    }
                }
            }
            if reading && let Poll::Ready(input) = Pin::new(&mut self.ws).poll_next(cx) {
                return Poll::Ready(match input {
                    Some(Ok(Message::Close(_))) | None => Turn::Ended(End::Gone),
                    Some(Ok(message)) => Turn::Input(message),
                    Some(Err(error)) => Turn::Ended(end_of(error)),
                });
            }
            if flushed { Poll::Ready(Turn::Flushed) } else { Poll::Pending }
        })
        .await
    }

    /// Says goodbye and waits a moment for the peer to do the same, so that what was written before
    /// arrives.
    pub(super) async fn close(mut self, end: End) {
        let goodbye = async {
            if let End::Close(code, reason) = end {
                let frame = CloseFrame { code, reason: reason.into() };
                if self.ws.send(Message::Close(Some(frame))).await.is_err() {
                    return;
                }
            }
            while let Some(Ok(_)) = self.ws.next().await {}
        };
        // A peer that does not answer is simply dropped.
        let _ = timeout(CLOSE_WAIT, goodbye).await;
    }
}

/// How to close on what a peer sent.
fn end_of(error: axum::Error) -> End {
    let Ok(error) = error.into_inner().downcast::<WsError>() else {
        return End::Gone;
    };
    match *error {
        WsError::Capacity(_) => End::Close(close::TOO_BIG, "Too big"),
        WsError::Utf8(_) => End::Close(close::NOT_UTF8, "Not UTF-8"),
        WsError::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
            End::Gone
        }
        WsError::Protocol(_) => End::Close(close::PROTOCOL, "Not a WebSocket frame"),
        _ => End::Gone,
    }
}
