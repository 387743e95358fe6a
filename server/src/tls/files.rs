//! A certificate out of files that somebody else renews, such as certbot or a company's own tools.
//!
//! They are looked at again and again: whoever renews them has nothing to restart. Files that make
//! no sense, because they are just being written, change nothing.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{Error as PemError, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use crate::error::StartError;

/// How often it is looked whether the files are others. Two questions to the file system.
const LOOK: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Files {
    certificate: PathBuf,
    key: PathBuf,
    /// What the files were when they were last read.
    seen: RwLock<Stamps>,
    shown: RwLock<Arc<CertifiedKey>>,
}

/// Which file it is, how long, and when it was written; `None` if it is not there.
type Stamps = [Option<(u64, u64, i64, i64)>; 2];

impl Files {
    /// Reads a chain of certificates, one's own first, and the key of the first.
    pub(super) fn open(certificate: PathBuf, key: PathBuf) -> Result<Self, StartError> {
        // Looked at before they are read: what is written meanwhile is read again.
        let seen = RwLock::new(stamps(&certificate, &key));
        let shown = RwLock::new(Arc::new(read(&certificate, &key)?));
        Ok(Self { certificate, key, seen, shown })
    }

    /// Shows what is in the files now, for as long as the server runs.
    pub(super) async fn renew(self: Arc<Self>) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            looks.tick().await;
            let files = self.clone();
            // A file system may be far away.
            let _ = tokio::task::spawn_blocking(move || files.look()).await;
        }
    }

    fn look(&self) {
        let now = stamps(&self.certificate, &self.key);
        let seen =
            std::mem::replace(&mut *self.seen.write().unwrap_or_else(PoisonError::into_inner), now);
        if seen == now {
            return;
        }
        match read(&self.certificate, &self.key) {
            Ok(certificate) => {
                *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(certificate);
                tracing::info!(path = %self.certificate.display(), "a new certificate is shown");
            }
            Err(error) => tracing::warn!(%error, "the former certificate is still shown"),
        }
    }
}

impl ResolvesServerCert for Files {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn stamps(certificate: &Path, key: &Path) -> Stamps {
    [certificate, key].map(|path| {
        let file = fs::metadata(path).ok()?;
        Some((file.ino(), file.size(), file.mtime(), file.mtime_nsec()))
    })
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, StartError> {
    let unusable = |path: &Path| {
        let path = path.to_owned();
        move |error: String| StartError::Certificate(path, error)
    };
    let chain = certificates(certificate).map_err(unusable(certificate))?;
    let secret = fs::read(key).map_err(|error| unusable(key)(error.to_string()))?;
    let secret = PrivateKeyDer::from_pem_slice(&secret).map_err(|error| match error {
        PemError::NoItemsFound => "there is no key in it that needs no password".to_owned(),
        error => error.to_string(),
    });
    let secret = secret.map_err(unusable(key))?;
    let certified = CertifiedKey::from_der(chain, secret, &ring::default_provider());
    certified.map_err(|error| unusable(certificate)(format!("with {}: {error}", key.display())))
}

/// All certificates of a file, at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = fs::read(path).map_err(|error: io::Error| error.to_string())?;
    let found = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let found = found.map_err(|error| error.to_string())?;
    if found.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;
    use tempfile::TempDir;

    use super::*;

    /// Two files, and a certificate with its key for each time that somebody renews them.
    struct Owner {
        certificate: PathBuf,
        key: PathBuf,
        _directory: TempDir,
    }

    /// What is in the files, and the certificate as it is shown.
    struct Issued {
        certificate: String,
        key: String,
        der: Vec<u8>,
    }

    impl Owner {
        fn new() -> Self {
            let directory = TempDir::new().unwrap();
            let [certificate, key] = ["c.pem", "k.pem"].map(|name| directory.path().join(name));
            Self { certificate, key, _directory: directory }
        }

        fn open(&self) -> Result<Files, StartError> {
            Files::open(self.certificate.clone(), self.key.clone())
        }
    }

    fn issue() -> Issued {
        let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (made.cert.pem(), made.key_pair.serialize_pem());
        Issued { certificate, key, der: made.cert.der().to_vec() }
    }

    fn shown(files: &Files) -> Vec<u8> {
        files.shown.read().unwrap().cert[0].to_vec()
    }

    #[test]
    fn what_is_half_written_or_does_not_fit_changes_nothing() {
        let owner = Owner::new();
        let (first, second) = (issue(), issue());
        fs::write(&owner.certificate, &first.certificate).unwrap();
        fs::write(&owner.key, &first.key).unwrap();
        let files = owner.open().unwrap();
        assert_eq!(shown(&files), first.der);
        fs::write(&owner.certificate, &second.certificate[..second.certificate.len() / 2]).unwrap();
        files.look();
        assert_eq!(shown(&files), first.der, "half a certificate");
        fs::write(&owner.certificate, &second.certificate).unwrap();
        files.look();
        assert_eq!(shown(&files), first.der, "a certificate without its key");
        fs::remove_file(&owner.key).unwrap();
        files.look();
        assert_eq!(shown(&files), first.der, "no key");
        fs::write(&owner.key, &second.key).unwrap();
        files.look();
        assert_eq!(shown(&files), second.der);
    }

    #[test]
    fn a_chain_is_shown_whole_with_the_keys_own_first() {
        let owner = Owner::new();
        let (own, above) = (issue(), issue());
        fs::write(&owner.certificate, own.certificate.clone() + &above.certificate).unwrap();
        // Some tools write both into one file.
        fs::write(&owner.key, above.certificate.clone() + &own.key).unwrap();
        let files = owner.open().unwrap();
        let chain: Vec<_> =
            files.shown.read().unwrap().cert.iter().map(|der| der.to_vec()).collect();
        assert_eq!(chain, [own.der.clone(), above.der]);
        fs::write(&owner.certificate, above.certificate + &own.certificate).unwrap();
        assert!(owner.open().is_err(), "the other way round");
    }
}
