//! A network that can be bad: everything between the people and the server goes through here.
//!
//! In bad weather each connection draws its own trouble from the seed. When the weather changes, all
//! connections that have any are cut. That a request comes twice is no network's doing over TCP: the
//! devices do so themselves, frame by frame.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

use super::Dice;

/// Most bytes that pass before a connection's trouble begins: about a resume and some talk.
const BYTES_BEFORE_TROUBLE: usize = 60_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    Clear,
    Bad,
}

/// What is the matter with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    None,
    /// Everything takes so long.
    Latency(Duration),
    /// A few bytes at a time, wherever frames begin and end.
    Slicing,
    /// Both ends are told that it is over.
    Cut,
    /// Nothing passes any more in either direction, and nobody is told.
    HalfOpen,
    /// What the client sends is lost from here on; what it hears goes on.
    SwallowUp,
    SwallowDown,
}

pub struct Proxy {
    pub addr: SocketAddr,
    weather: watch::Sender<(Weather, u64)>,
    listener: tokio::task::JoinHandle<()>,
}

impl Proxy {
    pub async fn start(server: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (weather, seen) = watch::channel((Weather::Clear, 0));
        let dice = Arc::new(Mutex::new(Dice::new(seed)));
        let listener = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let trouble = match seen.borrow().0 {
                    Weather::Clear => Trouble::None,
                    Weather::Bad => draw(&mut dice.lock().unwrap()),
                };
                let passes = dice.lock().unwrap().below(BYTES_BEFORE_TROUBLE);
                tokio::spawn(carry(client, server, trouble, passes, seen.clone()));
            }
        });
        Self { addr, weather, listener }
    }

    pub fn weather(&self, weather: Weather) {
        self.weather.send_modify(|(now, changes)| {
            *now = weather;
            *changes += 1;
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

fn draw(dice: &mut Dice) -> Trouble {
    match dice.below(8) {
        0 => Trouble::None,
        1 | 2 => Trouble::Latency(Duration::from_millis(5 + dice.below(120) as u64)),
        3 => Trouble::Slicing,
        4 => Trouble::Cut,
        5 => Trouble::HalfOpen,
        6 => Trouble::SwallowUp,
        _ => Trouble::SwallowDown,
    }
}

/// One connection, from its first to its last byte.
async fn carry(
    client: TcpStream,
    server: SocketAddr,
    trouble: Trouble,
    passes: usize,
    mut weather: watch::Receiver<(Weather, u64)>,
) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // Counted over both directions, so that both stop at the same moment.
    let passes = AtomicUsize::new(passes);
    let up = pump(from_client, to_server, trouble, trouble == Trouble::SwallowUp, &passes);
    let down = pump(from_server, to_client, trouble, trouble == Trouble::SwallowDown, &passes);
    // What has no trouble goes on through all weathers.
    let changes = async {
        if trouble == Trouble::None || weather.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = up => {}
        () = down => {}
        () = changes => {}
    }
}

/// One direction of it, until it ends.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    trouble: Trouble,
    swallows: bool,
    passes: &AtomicUsize,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let bytes = match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(bytes) => &buffer[..bytes],
        };
        let left = passes.load(Ordering::Relaxed);
        let begun = left < bytes.len();
        passes.store(left.saturating_sub(bytes.len()), Ordering::Relaxed);
        match trouble {
            Trouble::Latency(time) => sleep(time).await,
            Trouble::Cut if begun => return,
            Trouble::HalfOpen if begun => std::future::pending().await,
            _ if swallows && begun => continue,
            _ => {}
        }
        let slice = if trouble == Trouble::Slicing { 1 + left % 7 } else { bytes.len() };
        for slice in bytes.chunks(slice) {
            if to.write_all(slice).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}
