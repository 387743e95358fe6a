//! How somebody gets to a server: where it is, what it is called there, and whom they believe.
//!
//! A browser with an address, and certificates if it is one of HTTPS. [`crate::http`] and the clients
//! all connect through here.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

#[derive(Clone, Debug)]
pub struct Way {
    pub addr: SocketAddr,
    /// `127.0.0.1`, or a name.
    pub name: String,
    /// For a server that speaks TLS.
    pub trust: Option<Arc<ClientConfig>>,
}

/// What bytes go over.
pub trait Bytes: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Bytes for T {}

pub type Line = Box<dyn Bytes>;

impl Way {
    /// `127.0.0.1:PORT`, as a browser has it in `Host`.
    pub fn host(&self) -> String {
        format!("{}:{}", self.name, self.addr.port())
    }

    /// `http://127.0.0.1:PORT`, as a browser has it in `Origin`.
    pub fn origin(&self) -> String {
        let scheme = if self.trust.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.host())
    }

    /// The address of a WebSocket on this path.
    pub fn socket(&self, path: &str) -> String {
        let scheme = if self.trust.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{}{path}", self.host())
    }

    pub async fn connect(&self) -> io::Result<Line> {
        Ok(match &self.trust {
            None => Box::new(TcpStream::connect(self.addr).await?),
            Some(trust) => Box::new(self.secure(trust.clone()).await?),
        })
    }

    /// The certificate that the server shows, if it is believed.
    pub async fn certificate(&self) -> io::Result<Vec<u8>> {
        let trust = self.trust.clone().expect("a server that speaks TLS");
        let stream = self.secure(trust).await?;
        let shown = stream.get_ref().1.peer_certificates().expect("a certificate");
        Ok(shown[0].to_vec())
    }

    async fn secure(&self, trust: Arc<ClientConfig>) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(self.name.clone()).expect("a name or an address");
        let stream = TcpStream::connect(self.addr).await?;
        TlsConnector::from(trust).connect(name, stream).await
    }
}
