//! Certificates from an authority such as Let's Encrypt (RFC 8555), asked for by this server itself.
//!
//! The authority connects to the domain's port 443 and asks there for a proof (RFC 8737): nothing
//! but this server is needed. Keys and certificates are kept in the data directory, because an
//! authority gives out only so many in a week.

use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use rustls_acme::caches::DirCache;
use rustls_acme::{AcmeConfig, AcmeState, EventError, EventOk, OrderError};
use tokio::time::sleep;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::files::certificates;
use crate::config::{Acme, Contact, Directory, Domain};
use crate::error::StartError;

pub(super) type State = AcmeState<io::Error>;

/// Within the data directory.
const KEPT: &str = "acme";

/// After a proof that was not accepted. Let's Encrypt takes five of them in an hour; the crate by
/// itself would have shown eight in the first four minutes.
const REFUSED_WAIT: Duration = Duration::from_secs(15 * 60);

pub(super) fn open(options: &Acme, data: &Path) -> Result<State, StartError> {
    let kept = data.join(KEPT);
    keep_private(&kept)?;
    let domains = options.domains.iter().map(Domain::as_str);
    let provider = Arc::new(ring::default_provider());
    let mut config = AcmeConfig::new_with_provider(domains, provider.clone())
        .contact(options.contact.iter().map(Contact::url))
        .directory_lets_encrypt(true)
        .cache(DirCache::new(kept));
    if let Some(directory) = &options.directory {
        config = config.directory(Directory::as_str(directory));
    }
    if let Some(path) = &options.root {
        let unusable = |error: String| StartError::Certificate(path.clone(), error);
        let mut roots = RootCertStore::empty();
        for certificate in certificates(path).map_err(unusable)? {
            roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
        }
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect(super::VERSIONS);
        let client = client.with_root_certificates(roots).with_no_client_auth();
        config = config.client_tls_config(Arc::new(client));
    }
    Ok(config.state())
}

/// Keys lie in there.
fn keep_private(kept: &PathBuf) -> Result<(), StartError> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(kept);
    made.map_err(|error| StartError::Unwritable(kept.clone(), error.to_string()))
}

/// Asks for a certificate, keeps it, and asks again when a third of its time is left.
pub(super) async fn renew(mut state: State) {
    while let Some(event) = state.next().await {
        match event {
            Ok(EventOk::DeployedCachedCert) => tracing::info!("a kept certificate is shown"),
            Ok(EventOk::DeployedNewCert) => tracing::info!("a new certificate is shown"),
            Ok(EventOk::CertCacheStore | EventOk::AccountCacheStore) => {}
            Err(EventError::Order(error)) => {
                tracing::warn!(
                    %error,
                    "no new certificate, it is tried again: each --tls-domain has to lead to this \
                     machine, and its port 443 to this server"
                );
                if is_refusal(&error) {
                    sleep(REFUSED_WAIT).await;
                }
            }
            Err(error) => tracing::warn!(%error, "certificates cannot be kept"),
        }
    }
}

/// Whether the authority has looked and was not content.
fn is_refusal(error: &OrderError) -> bool {
    use OrderError::{BadAuth, BadOrder, TooManyAttemptsAuth};
    matches!(error, BadAuth(_) | BadOrder(_) | TooManyAttemptsAuth(_))
}
