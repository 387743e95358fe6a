//! The socket: connects, greets, sends what is due, hands over what arrives, connects again.
//!
//! Drives [`shared::sync`] with gloo-net and the browser's timers. The only code of the client
//! that touches the network; it decides nothing about messages. What the device has kept comes
//! before the first hello, while the socket opens.

use std::time::Duration;

use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use futures::channel::oneshot;
use futures::{FutureExt, SinkExt, StreamExt, future::poll_fn, select};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket};
use gloo_timers::future::sleep;
use leptos::ev;
use leptos::prelude::*;
use shared::protocol::{Command, Frame, PING_INTERVAL_S, PONG_TIMEOUT_S, SUBPROTOCOL, close};
use shared::sync::{Backoff, Link, Sync};

use crate::browser;
use crate::device;
use crate::json;
use crate::state::{Chat, Status, Wake};

/// A server that has not sent anything for this long is gone, whatever the socket says.
const SILENCE_MS: i64 = (PING_INTERVAL_S + PONG_TIMEOUT_S) as i64 * 1_000 + 5_000;

/// A socket that does not open within this time is given up.
const OPEN_WAIT_MS: i64 = 10_000;

/// What the device has kept is waited for so long. It takes some milliseconds; a browser that is
/// starting up itself may take more.
const RESTORE_WAIT: Duration = Duration::from_millis(500);

/// How often waiting, silence and typing notices are looked at.
const TICK: Duration = Duration::from_secs(1);

/// Shorter interruptions are not worth a banner.
const TROUBLE_MS: i64 = 3_000;

/// Frames taken in before the screen is drawn again.
const FRAMES_AT_ONCE: usize = 256;

/// Why a connection ended.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Lost,
    SignedOut,
    /// What this person may do has changed: the next welcome says how.
    Changed,
}

impl End {
    fn with(code: u16) -> Self {
        match code {
            close::UNAUTHORIZED => Self::SignedOut,
            close::CHANGED => Self::Changed,
            _ => Self::Lost,
        }
    }
}

pub(crate) fn start(chat: Chat) {
    let (wake, woken) = unbounded();
    chat.on_wake(Callback::new(move |why| {
        // The other end lives as long as the page.
        let _ = wake.unbounded_send(why);
    }));
    let hurry = move || chat.hurry();
    window_event_listener(ev::online, move |_| {
        hurry();
        chat.look_for_orphans();
    });
    window_event_listener(ev::Custom::<web_sys::Event>::new("visibilitychange"), move |_| {
        if browser::visible() {
            hurry();
            chat.look_for_orphans();
            chat.act(Sync::unmark_new);
            chat.mark_read();
        } else {
            chat.act(|sync| {
                sync.mark_new();
                sync.release();
            });
            chat.keep_rooms();
        }
    });
    let (tell_restored, restored) = oneshot::channel();
    leptos::task::spawn_local(device::run(chat, tell_restored));
    leptos::task::spawn_local(run(chat, woken, restored));
}

async fn run(chat: Chat, mut woken: UnboundedReceiver<Wake>, restored: oneshot::Receiver<()>) {
    let mut restored = Some(restored);
    let mut backoff = Backoff::default();
    let mut down_since_ms = browser::now_ms();
    loop {
        chat.status.set(Status::Connecting);
        let began_ms = browser::now_ms();
        let end = match WebSocket::open_with_protocol(&address(), SUBPROTOCOL) {
            Ok(socket) => {
                if let Some(restored) = restored.take() {
                    wait_for_the_device(chat, restored).await;
                }
                talk(chat, socket, &mut woken, &mut backoff, &mut down_since_ms).await
            }
            Err(_) => End::Lost,
        };
        chat.act(Sync::disconnected);
        if end == End::SignedOut {
            chat.status.set(Status::SignedOut);
            return;
        }
        // At once; but never again and again, should every welcome be followed by a change.
        if end == End::Changed && browser::now_ms() - began_ms > TROUBLE_MS {
            continue;
        }
        let asked_ms = chat.act(Sync::take_goaway_ms);
        let wait_ms = backoff.next_ms(browser::luck()) + asked_ms;
        wait(chat, &mut woken, wait_ms, down_since_ms).await;
    }
}

/// The hello says what is held: so what the device has kept comes first, unless it takes too long.
/// Then ops leave without it, until it is there.
async fn wait_for_the_device(chat: Chat, restored: oneshot::Receiver<()>) {
    select! {
        _ = restored.fuse() => {}
        () = sleep(RESTORE_WAIT).fuse() => chat.act(|sync| sync.keep_ops(false)),
    }
}

/// One connection's life, from the hello to its end.
async fn talk(
    chat: Chat,
    mut socket: WebSocket,
    woken: &mut UnboundedReceiver<Wake>,
    backoff: &mut Backoff,
    down_since_ms: &mut i64,
) -> End {
    let hello = chat.act(Sync::connected);
    let asked_ms = browser::now_ms();
    {
        let greeting = send(&mut socket, &hello).fuse();
        futures::pin_mut!(greeting);
        loop {
            select! {
                sent = greeting => if sent { break } else { return End::Lost },
                // A network that swallows everything: the browser itself would wait for minutes.
                () = sleep(TICK).fuse() => {
                    note_trouble(chat, *down_since_ms);
                    if browser::now_ms() - asked_ms > OPEN_WAIT_MS {
                        return End::Lost;
                    }
                }
            }
        }
    }
    let mut heard_ms = browser::now_ms();
    loop {
        let now_ms = browser::now_ms();
        let due_ms = chat.read(|sync| sync.outbox().next_due_ms(now_ms));
        let until = |due_ms: i64| Duration::from_millis((due_ms - now_ms).unsigned_abs());
        let step = due_ms.map_or(TICK, until).min(TICK);
        select! {
            message = socket.next().fuse() => {
                let mut frames = Vec::new();
                let mut end = None;
                let mut next = Some(message);
                while let Some(message) = next {
                    match message {
                        // A frame of a newer server may make no sense here.
                        Some(Ok(Message::Text(text))) => frames.extend(json::read::<Frame>(&text)),
                        Some(Ok(Message::Bytes(_))) => {}
                        Some(Err(WebSocketError::ConnectionClose(event))) => {
                            end = Some(End::with(event.code));
                        }
                        Some(Err(_)) | None => end = Some(End::Lost),
                    }
                    let full = end.is_some() || frames.len() >= FRAMES_AT_ONCE;
                    next = if full { None } else { socket.next().now_or_never() };
                }
                heard_ms = browser::now_ms();
                chat.receive(frames);
                if let Some(end) = end {
                    return end;
                }
                if chat.read(|sync| sync.link) == Link::Up
                    && chat.status.get_untracked() != Status::Connected
                {
                    backoff.reset();
                    chat.status.set(Status::Connected);
                    chat.troubled.set(false);
                }
            }
            _ = woken.next() => {}
            () = sleep(step).fuse() => {
                if browser::now_ms() - heard_ms > SILENCE_MS {
                    return End::Lost;
                }
                note_trouble(chat, *down_since_ms);
                if !chat.typing.read_untracked().is_empty() {
                    chat.refresh();
                }
            }
        }
        for command in chat.due() {
            if !send(&mut socket, &command).await {
                return End::Lost;
            }
        }
        if chat.status.get_untracked() == Status::Connected {
            *down_since_ms = browser::now_ms();
        }
    }
}

/// Until the time is over, the network comes back, or somebody is in a hurry.
async fn wait(chat: Chat, woken: &mut UnboundedReceiver<Wake>, wait_ms: u64, down_since_ms: i64) {
    let until_ms = browser::now_ms().saturating_add_unsigned(wait_ms);
    // What woke the connection that is gone is no reason to hurry now.
    while woken.next().now_or_never().flatten().is_some() {}
    loop {
        let left_ms = until_ms - browser::now_ms();
        if left_ms <= 0 {
            return;
        }
        let online = window().navigator().on_line();
        let seconds = (left_ms as u64).div_ceil(1_000);
        chat.status.set(if online { Status::Waiting(seconds) } else { Status::Offline });
        note_trouble(chat, down_since_ms);
        let step = Duration::from_millis(left_ms as u64).min(TICK);
        select! {
            why = woken.next() => if why == Some(Wake::Connect) {
                return;
            },
            () = sleep(step).fuse() => {}
        }
    }
}

fn note_trouble(chat: Chat, down_since_ms: i64) {
    let down = chat.status.get_untracked() != Status::Connected;
    if down && browser::now_ms() - down_since_ms > TROUBLE_MS && !chat.troubled.get_untracked() {
        chat.troubled.set(true);
    }
}

fn address() -> String {
    let location = window().location();
    let secure = location.protocol().is_ok_and(|protocol| protocol == "https:");
    let host = if cfg!(feature = "csr") {
        // What serves the client alone does not hand a subprotocol on: straight to a server at
        // its usual port.
        "127.0.0.1:8080".to_owned()
    } else {
        location.host().unwrap_or_default()
    };
    format!("{}://{host}/ws", if secure { "wss" } else { "ws" })
}

/// False if the connection has ended. A socket that did not open, or is closed, takes what it is
/// given, loses it and complains on the console: so it is asked first.
async fn send(socket: &mut WebSocket, command: &Command) -> bool {
    let ready = poll_fn(|context| socket.poll_ready_unpin(context)).await;
    ready.is_ok()
        && matches!(socket.state(), State::Open)
        && socket.send(encode(command)).await.is_ok()
}

fn encode(command: &Command) -> Message {
    Message::Text(serde_json::to_string(command).unwrap_or_default())
}
