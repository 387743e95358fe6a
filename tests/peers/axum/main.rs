//! A peer of the benchmark: the chat that one writes with axum after its examples.
//!
//! A `tokio::sync::broadcast` channel for each room, a split socket and two tasks for each
//! connection, every setting left as it is. Stores nothing. Speaks the plain protocol as far as the
//! workloads need it: welcome, chat lines to all others, `/join ROOM`. Comings and goings are not
//! announced by any peer.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::routing::any;
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use shared::civil::iso;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Lines that a slow connection may be behind before it is closed.
const BEHIND_MAX: usize = 1024;

#[derive(Clone)]
struct Line {
    by: Uuid,
    text: Utf8Bytes,
}

#[derive(Default)]
struct Rooms(Mutex<HashMap<String, broadcast::Sender<Line>>>);

impl Rooms {
    fn enter(&self, room: &str) -> broadcast::Sender<Line> {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.entry(room.into()).or_insert_with(|| broadcast::channel(BEHIND_MAX).0).clone()
    }
}

type Outgoing = Arc<tokio::sync::Mutex<SplitSink<WebSocket, Message>>>;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(0);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    writeln!(std::io::stdout(), "axum is ready: http://{}", listener.local_addr()?)?;
    let app = Router::new().route("/", any(enter)).with_state(Arc::new(Rooms::default()));
    axum::serve(listener, app).await
}

async fn enter(State(rooms): State<Arc<Rooms>>, ws: WebSocketUpgrade) -> axum::response::Response {
    ws.on_upgrade(move |socket| talk(rooms, socket))
}

async fn talk(rooms: Arc<Rooms>, socket: WebSocket) {
    let id = Uuid::new_v4();
    let name = format!("User-{}", &id.to_string()[..4]);
    let (sink, mut incoming) = socket.split();
    let outgoing: Outgoing = Arc::new(tokio::sync::Mutex::new(sink));
    let message = format!("Welcome! You are connected as {name}");
    let welcome = json!({
        "type": "system", "message": message, "clientId": id, "timestamp": iso(now_ms()),
    });
    let mut room = rooms.enter("lobby");
    let mut listening = listen(id, &room, &outgoing);
    if say(&outgoing, welcome.to_string().into()).await.is_err() {
        return listening.abort();
    }
    while let Some(Ok(message)) = incoming.next().await {
        let Message::Text(text) = message else { continue };
        if let Some(wanted) = text.strip_prefix("/join ") {
            listening.abort();
            room = rooms.enter(wanted);
            listening = listen(id, &room, &outgoing);
            let line = format!("You are in #{wanted} now.");
            let line = json!({ "type": "system", "message": line, "timestamp": iso(now_ms()) });
            if say(&outgoing, line.to_string().into()).await.is_err() {
                break;
            }
            continue;
        }
        let content = match serde_json::from_str::<Value>(&text) {
            Ok(frame) if frame["type"] == "chat" => frame["content"].clone(),
            Ok(_) => continue,
            Err(_) => Value::String(text.to_string()),
        };
        let line = json!({
            "type": "chat", "username": name, "message": content, "timestamp": iso(now_ms()),
        });
        // Nobody else may be there.
        let _ = room.send(Line { by: id, text: line.to_string().into() });
    }
    listening.abort();
}

/// Passes on what others say in a room.
fn listen(id: Uuid, room: &broadcast::Sender<Line>, outgoing: &Outgoing) -> JoinHandle<()> {
    let (mut lines, outgoing) = (room.subscribe(), outgoing.clone());
    tokio::spawn(async move {
        while let Ok(line) = lines.recv().await {
            if line.by != id && say(&outgoing, line.text).await.is_err() {
                break;
            }
        }
    })
}

async fn say(outgoing: &Outgoing, text: Utf8Bytes) -> Result<(), axum::Error> {
    outgoing.lock().await.send(Message::Text(text)).await
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
