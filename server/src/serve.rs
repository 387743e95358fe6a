//! Accepts connections until it is told to stop, and then stops in order.
//!
//! Stopping: no more connections, everyone is sent off, what was accepted is on disk, the database
//! is folded up. Each step has its time; whoever does not answer is left behind.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use axum::Extension;

use crate::app::{App, stopped};
use crate::client::Client;
use crate::retention;
use crate::router::router;
use crate::session::beat;

/// A client that takes longer for the head of a request is not one.
const HEADERS_WAIT: Duration = Duration::from_secs(10);

/// The largest head of a request, and what one unread request may occupy.
const HEADERS_BYTES_MAX: usize = 32 * 1024;

/// After an error such as "too many open files", which only time mends.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long requests and sockets may take to end when the server stops. The promise is ten
/// seconds for everything, the database included.
const GOODBYE_WAIT: Duration = Duration::from_secs(6);

/// How often it is looked whether all sockets are gone, while stopping.
const GOODBYE_LOOK: Duration = Duration::from_millis(20);

/// Serves until `shutdown` ends. Afterwards everything that was answered is on disk, and the
/// directory may be opened again.
pub async fn run(listener: TcpListener, app: Arc<App>, shutdown: impl Future<Output = ()>) {
    if let Err(error) = app.start_shards() {
        tracing::error!(%error, "cannot start the threads that serve sockets");
        return;
    }
    let beat = tokio::spawn(beat(app.clone()));
    let retention = tokio::spawn(retention::keep(app.clone()));
    let router = router(app.clone());
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS_WAIT).max_buf_size(HEADERS_BYTES_MAX);
    // Closed when the last request has ended: each holds a sender.
    let (busy, mut idle) = mpsc::channel::<()>(1);

    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                prepare(&stream);
                let client = Client { address: peer.ip(), is_secure: false };
                let service = TowerToHyperService::new(router.clone().layer(Extension(client)));
                let connection = http.serve_connection(TokioIo::new(stream), service);
                let connection = connection.with_upgrades();
                let mut stopping = app.stopping.subscribe();
                let busy = busy.clone();
                tokio::spawn(async move {
                    let mut connection = std::pin::pin!(connection);
                    // A client that breaks off or speaks no HTTP is nobody's error.
                    tokio::select! {
                        _ = &mut connection => {}
                        () = stopped(&mut stopping) => {
                            connection.as_mut().graceful_shutdown();
                            let _ = connection.await;
                        }
                    }
                    drop(busy);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }

    drop(listener);
    app.stopping.send_replace(true);
    if let Some(shards) = app.shards() {
        shards.stop();
    }
    let last = Instant::now() + GOODBYE_WAIT;
    drop(busy);
    let _ = timeout(GOODBYE_WAIT, idle.recv()).await;
    while app.fanout.connections() > 0 && Instant::now() < last {
        sleep(GOODBYE_LOOK).await;
    }
    beat.abort();
    retention.abort();
    // Closing waits for the disk, so it must not hold up the tasks that still end.
    let _ = tokio::task::spawn_blocking(move || app.close()).await;
}

fn prepare(stream: &TcpStream) {
    // A frame is a whole turn's worth: waiting for more to send would only delay it.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection ended before it began");
    }
}
