//! A client written after the tutorial: a WebSocket without a subprotocol, JSON by hand.
//!
//! Everything is compared as text, because the plain protocol is promised byte for byte.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::SinkExt;
use serde_json::Value;
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::client::{Socket, next_text};
use crate::{DEADLINE, Server};

pub struct Plain {
    label: &'static str,
    /// The first frame, as it came.
    pub welcome: String,
    socket: Socket,
    heard: VecDeque<String>,
}

impl Plain {
    pub async fn arrive(server: &Server, label: &'static str) -> Self {
        Self::arrive_at(server, label, "/").await
    }

    /// Connects to this path; both `/` and `/ws` will do.
    pub async fn arrive_at(server: &Server, label: &'static str, path: &str) -> Self {
        Self::arrive_from(server, label, path, None).await
    }

    /// Connects from a page of this origin; `None` is a script.
    pub async fn arrive_from(
        server: &Server,
        label: &'static str,
        path: &str,
        origin: Option<&str>,
    ) -> Self {
        let origin = origin.map(|origin| ("origin", origin));
        Self::arrive_with(server, label, path, origin.as_slice()).await
    }

    /// Connects with these headers: a program with its token, say.
    pub async fn arrive_with(
        server: &Server,
        label: &'static str,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Self {
        let mut socket = Self::socket_with(server, path, headers).await.unwrap();
        let welcome = timeout(DEADLINE, next_text(&mut socket)).await.expect("a welcome in time");
        let welcome = welcome.unwrap_or_else(|close| panic!("{label} was closed: {close:?}"));
        Self { label, welcome, socket, heard: VecDeque::new() }
    }

    /// A socket on which nothing has been heard.
    pub async fn socket(server: &Server, path: &str, origin: Option<&str>) -> Socket {
        let origin = origin.map(|origin| ("origin", origin));
        Self::socket_with(server, path, origin.as_slice()).await.unwrap()
    }

    /// The same with these headers, or why there is none.
    pub async fn socket_with(
        server: &Server,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, tungstenite::Error> {
        let mut request = server.way().socket(path).into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let line = server.way().connect().await?;
        Ok(client_async(request, line).await?.0)
    }

    /// `User-a025`, out of the welcome.
    pub fn name(&self) -> String {
        let message = field(&self.welcome, "message");
        message.strip_prefix("Welcome! You are connected as ").unwrap().to_owned()
    }

    pub async fn send(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    pub async fn send_message(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    pub async fn say(&mut self, content: &str) {
        self.send(&serde_json::json!({"type": "chat", "content": content}).to_string()).await;
    }

    pub async fn rename(&mut self, name: &str) {
        self.send(&serde_json::json!({"type": "setUsername", "username": name}).to_string()).await;
    }

    /// Waits for a frame of which this is true. Those before it are kept.
    pub async fn expect(&mut self, what: &str, is: impl Fn(&str) -> bool) -> String {
        self.expect_within(DEADLINE, what, is).await
    }

    async fn expect_within(
        &mut self,
        deadline: Duration,
        what: &str,
        is: impl Fn(&str) -> bool,
    ) -> String {
        if let Some(at) = self.heard.iter().position(|text| is(text)) {
            return self.heard.remove(at).unwrap();
        }
        let label = self.label;
        let search = async {
            loop {
                let text = next_text(&mut self.socket).await.unwrap_or_else(|close| {
                    panic!("{label} expected {what}, but the connection closed: {close:?}")
                });
                if is(&text) {
                    return text;
                }
                self.heard.push_back(text);
            }
        };
        match timeout(deadline, search).await {
            Ok(text) => text,
            Err(_) => panic!("{label} expected {what} in vain; heard {:#?}", self.heard),
        }
    }

    /// Waits for a line of chat or of the system.
    pub async fn hears(&mut self, message: &str) -> String {
        self.expect(&format!("{message:?}"), |text| field(text, "message") == message).await
    }

    /// The same, where it may take longer than usual.
    pub async fn hears_within(&mut self, message: &str, deadline: Duration) -> String {
        let is = |text: &str| field(text, "message") == message;
        self.expect_within(deadline, &format!("{message:?}"), is).await
    }

    /// Whether it has arrived. Sensible only after something that came later.
    pub fn has_heard(&self, message: &str) -> bool {
        self.heard.iter().any(|text| field(text, "message") == message)
    }

    /// What has arrived and nobody has asked for, oldest first.
    pub fn heard(&self) -> impl Iterator<Item = &str> {
        self.heard.iter().map(String::as_str)
    }

    /// Waits until the server closes the connection; returns its code and reason.
    pub async fn closed(&mut self) -> (u16, String) {
        let close = async {
            loop {
                match next_text(&mut self.socket).await {
                    Ok(text) => self.heard.push_back(text),
                    Err(close) => return close,
                }
            }
        };
        let close = timeout(DEADLINE, close).await.expect("a close in time");
        close.expect("a close frame")
    }
}

/// A field of a frame as text; empty if it is not there.
pub fn field(frame: &str, key: &str) -> String {
    let frame: Value = serde_json::from_str(frame).unwrap();
    frame[key].as_str().unwrap_or_default().to_owned()
}

/// The frame with its timestamp as `T`, after a look at the timestamp's form.
pub fn without_time(frame: &str) -> String {
    let time = field(frame, "timestamp");
    let digits = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c });
    assert_eq!(digits.collect::<String>(), "0000-00-00T00:00:00.000Z", "{frame}");
    frame.replace(&time, "T")
}
