//! A certificate authority of the test's own, and the files that an owner gets from one.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, KeyPair};
use tempfile::TempDir;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

pub struct Authority {
    certificate: Certificate,
    key: KeyPair,
    files: TempDir,
}

/// Files of a certificate and its key, and what it is on the wire.
pub struct Issued {
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub der: Vec<u8>,
}

impl Authority {
    pub fn founded() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut about = CertificateParams::default();
        about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = about.self_signed(&key).unwrap();
        Self { certificate, key, files: TempDir::new().unwrap() }
    }

    /// The file by which others know it.
    pub fn root(&self) -> PathBuf {
        let path = self.files.path().join("root.pem");
        fs::write(&path, self.certificate.pem()).unwrap();
        path
    }

    /// A certificate for `localhost` and `127.0.0.1`, always in the same files.
    pub fn issue(&self) -> Issued {
        let key = KeyPair::generate().unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let about = CertificateParams::new(names).unwrap();
        let certificate = about.signed_by(&key, &self.certificate, &self.key).unwrap();
        let path = |name| self.files.path().join(name);
        let issued = Issued {
            certificate: path("certificate.pem"),
            key: path("key.pem"),
            der: certificate.der().to_vec(),
        };
        fs::write(&issued.certificate, certificate.pem()).unwrap();
        fs::write(&issued.key, key.serialize_pem()).unwrap();
        issued
    }

    /// A browser that believes nobody else.
    pub fn trust(&self) -> Arc<ClientConfig> {
        trust(self.certificate.der().clone())
    }
}

impl Issued {
    /// As options of the server.
    pub fn options(&self) -> [&str; 4] {
        let [certificate, key] = [&self.certificate, &self.key].map(|path| path.to_str().unwrap());
        ["--tls-cert", certificate, "--tls-key", key]
    }
}

/// A browser that believes this root.
pub fn trust(root: CertificateDer<'static>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(root).unwrap();
    let browser = ClientConfig::builder_with_provider(ring::default_provider().into());
    let browser = browser.with_safe_default_protocol_versions().unwrap();
    Arc::new(browser.with_root_certificates(roots).with_no_client_auth())
}
