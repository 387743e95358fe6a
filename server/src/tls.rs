//! TLS in front of HTTP: the handshake, and certificates that are renewed while the server runs.
//!
//! Knows no HTTP but that a plain request does not begin like a handshake. `serve` meets everyone
//! here first; where certificates come from is `acme`'s and `files`'.

mod acme;
mod files;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::server::ResolvesServerCert;
use tokio_rustls::server::TlsStream;

use crate::config::{self, Config};
use crate::error::StartError;
use files::Files;

/// A client that takes longer for its handshake is not one.
const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);

/// The first byte of every handshake (RFC 8446, section 5.1).
const HANDSHAKE: u8 = 22;

/// Why no start fails for want of a version.
const VERSIONS: &str = "ring has ciphers for TLS 1.2 and 1.3";

/// WebSockets begin in HTTP/1.1, and pages are few requests.
const HTTP: &[u8] = b"http/1.1";

/// How a server shows an authority that a domain is its own (RFC 8737). Such a connection is over
/// with its handshake.
const CHALLENGE: &[u8] = b"acme-tls/1";

pub struct Tls {
    acceptor: TlsAcceptor,
    renewal: Renewal,
}

/// Has to run for as long as the server: without it certificates end.
pub(crate) enum Renewal {
    Acme(acme::State),
    Files(Arc<Files>),
}

/// How a connection began.
pub(crate) enum Met {
    Secure(Box<TlsStream<TcpStream>>),
    /// Somebody speaks HTTP here.
    Plain(TcpStream),
    /// It is over.
    Nobody,
}

impl Tls {
    /// Reads the files that the configuration names; `None` for a server without TLS.
    pub fn open(config: &Config) -> Result<Option<Self>, StartError> {
        let Some(tls) = &config.tls else { return Ok(None) };
        let (renewal, certificate): (_, Arc<dyn ResolvesServerCert>) = match tls {
            config::Tls::Acme(options) => {
                let state = acme::open(options, &config.data)?;
                let certificate = state.resolver();
                (Renewal::Acme(state), certificate)
            }
            config::Tls::Files { certificate, key } => {
                let files = Arc::new(Files::open(certificate.clone(), key.clone())?);
                (Renewal::Files(files.clone()), files)
            }
        };
        let server = ServerConfig::builder_with_provider(ring::default_provider().into());
        let server = server.with_safe_default_protocol_versions().expect(VERSIONS);
        let mut server = server.with_no_client_auth().with_cert_resolver(certificate);
        server.alpn_protocols.push(HTTP.into());
        if let Renewal::Acme(_) = renewal {
            server.alpn_protocols.push(CHALLENGE.into());
        }
        Ok(Some(Self { acceptor: TlsAcceptor::from(Arc::new(server)), renewal }))
    }

    pub(crate) fn parts(self) -> (TlsAcceptor, Renewal) {
        (self.acceptor, self.renewal)
    }
}

impl Renewal {
    pub(crate) async fn run(self) {
        match self {
            Self::Acme(state) => acme::renew(state).await,
            Self::Files(files) => files.renew().await,
        }
    }
}

/// The beginning of a connection, within its time.
pub(crate) async fn meet(acceptor: &TlsAcceptor, stream: TcpStream) -> Met {
    let met = timeout(HANDSHAKE_WAIT, shake_hands(acceptor, stream)).await;
    // A client that breaks off or does not speak TLS as we do is nobody's error.
    met.ok().and_then(Result::ok).unwrap_or(Met::Nobody)
}

async fn shake_hands(acceptor: &TlsAcceptor, stream: TcpStream) -> io::Result<Met> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Ok(Met::Nobody);
    }
    match first[0] {
        HANDSHAKE => {}
        // A method's name.
        b'A'..=b'Z' => return Ok(Met::Plain(stream)),
        _ => return Ok(Met::Nobody),
    }
    let mut stream = acceptor.accept(stream).await?;
    if stream.get_ref().1.alpn_protocol() == Some(CHALLENGE) {
        stream.shutdown().await?;
        return Ok(Met::Nobody);
    }
    Ok(Met::Secure(Box::new(stream)))
}
