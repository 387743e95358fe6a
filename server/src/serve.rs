//! Accepts connections until it is told to stop, and then stops in order.
//!
//! Stopping: no more connections, everyone is sent off, what was accepted is on disk, the database
//! is folded up. Each step has its time; whoever does not answer is left behind.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::app::{App, stopped};
use crate::auth;
use crate::client::Client;
use crate::redirect::Redirect;
use crate::retention;
use crate::router::router;
use crate::session::beat;
use crate::store::settings;
use crate::tls::{Met, Tls, meet};

/// A client that takes longer for the head of a request is not one.
const HEADERS_WAIT: Duration = Duration::from_secs(10);

/// The largest head of a request, and what one unread request may occupy.
const HEADERS_BYTES_MAX: usize = 32 * 1024;

/// Bytes that the kernel may hold for a peer that does not take them: enough for one turn of a shard,
/// and not the hundreds of kilobytes that it would hide from us otherwise.
const UNSENT_BYTES_MAX: u32 = 128 * 1024;

/// After an error such as "too many open files", which only time mends.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long requests and sockets may take to end when the server stops. The promise is ten
/// seconds for everything, the database included.
const GOODBYE_WAIT: Duration = Duration::from_secs(6);

/// How often it is looked whether all sockets are gone, while stopping.
const GOODBYE_LOOK: Duration = Duration::from_millis(20);

/// Where people come in.
pub struct Doors {
    pub listener: TcpListener,
    /// What everyone speaks who comes in there.
    pub tls: Option<Tls>,
    /// Where everyone is told to come in there.
    pub redirect: Option<TcpListener>,
}

/// What becomes of those who have come in.
struct Web {
    app: Arc<App>,
    http: http1::Builder,
    service: TowerToHyperService<Router>,
    tls: Option<TlsAcceptor>,
    redirect: Redirect,
}

/// Serves until `shutdown` ends. Afterwards everything that was answered is on disk, and the
/// directory may be opened again.
pub async fn run(doors: Doors, app: Arc<App>, shutdown: impl Future<Output = ()>) {
    if let Err(error) = app.start_shards() {
        tracing::error!(%error, "cannot start the threads that serve sockets");
        return;
    }
    auth::later(&app, {
        let origin = app.origin().to_owned();
        move |db| settings::set_origin(db, &origin)
    });
    let Doors { listener, tls, redirect } = doors;
    let (tls, renewal) = tls.map(Tls::parts).unzip();
    let web = Arc::new(Web::new(app.clone(), &listener, tls));
    let beside = [
        Some(tokio::spawn(beat(app.clone()))),
        Some(tokio::spawn(retention::keep(app.clone()))),
        renewal.map(|renewal| tokio::spawn(renewal.run())),
        redirect.map(|listener| tokio::spawn(redirect_all(listener, web.clone()))),
    ];
    // Closed when the last request has ended: each holds a sender.
    let (busy, mut idle) = mpsc::channel::<()>(1);

    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener) => accepted,
        };
        let (web, busy) = (web.clone(), busy.clone());
        tokio::spawn(async move {
            web.welcome(stream, peer.ip()).await;
            drop(busy);
        });
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
    for task in beside.into_iter().flatten() {
        task.abort();
    }
    // Closing waits for the disk, so it must not hold up the tasks that still end.
    let _ = tokio::task::spawn_blocking(move || app.close()).await;
}

/// The next one to come. An error such as "too many open files" is said and outlived.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                prepare(&stream);
                return (stream, peer);
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn prepare(stream: &TcpStream) {
    // A frame is a whole turn's worth: waiting for more to send would only delay it.
    let prepared = stream
        .set_nodelay(true)
        .and_then(|()| SockRef::from(stream).set_tcp_notsent_lowat(UNSENT_BYTES_MAX));
    if let Err(error) = prepared {
        tracing::debug!(%error, "a connection ended before it began");
    }
}

async fn redirect_all(listener: TcpListener, web: Arc<Web>) {
    loop {
        let (stream, _) = accept(&listener).await;
        let web = web.clone();
        tokio::spawn(async move { web.redirect.show(stream).await });
    }
}

impl Web {
    fn new(app: Arc<App>, listener: &TcpListener, tls: Option<TlsAcceptor>) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEADERS_WAIT)
            .max_buf_size(HEADERS_BYTES_MAX);
        let public_url = app.config.public_url.clone();
        let port = listener.local_addr().map_or(443, |address| address.port());
        let service = TowerToHyperService::new(router(app.clone()));
        Self { app, http, service, tls, redirect: Redirect { public_url, port } }
    }

    /// Sees to somebody up to their end.
    async fn welcome(&self, stream: TcpStream, peer: IpAddr) {
        let Some(tls) = &self.tls else { return self.serve(stream, peer, false).await };
        let mut stopping = self.app.stopping.subscribe();
        let meet = async {
            match meet(tls, stream).await {
                Met::Secure(stream) => return Some(stream),
                Met::Plain(stream) => self.redirect.show(stream).await,
                Met::Nobody => {}
            }
            None
        };
        let met = tokio::select! {
            met = meet => met,
            () = stopped(&mut stopping) => None,
        };
        if let Some(stream) = met {
            self.serve(stream, peer, true).await;
        }
    }

    /// Answers requests until the connection ends, becomes a socket, or the server stops.
    async fn serve<S>(&self, stream: S, peer: IpAddr, is_tls: bool)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = service_fn(|mut request: Request<Incoming>| {
            let proxies = &self.app.config.trusted_proxies;
            let client = Client::of(peer, is_tls, request.headers(), proxies);
            request.extensions_mut().insert(client);
            self.service.call(request)
        });
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection.with_upgrades());
        let mut stopping = self.app.stopping.subscribe();
        // A client that breaks off or speaks no HTTP is nobody's error.
        tokio::select! {
            _ = &mut connection => {}
            () = stopped(&mut stopping) => {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
        }
    }
}
