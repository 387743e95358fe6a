//! Pebble: a certificate authority that is made for tests, and asks for proof as the real ones do.

use std::fs;
use std::process::{Child, Command, Stdio};

use harness::authority::Authority;
use harness::{Browser, Way, eventually};
use serde_json::json;
use tempfile::TempDir;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

/// The authority, as a process that ends with its owner.
pub(crate) struct Pebble {
    process: Child,
    management: Way,
    _config: TempDir,
}

impl Pebble {
    /// An authority on these ports which looks for domains at `tls_port` of this machine, and is
    /// itself known by a certificate of `known_by`.
    pub(crate) fn start(port: u16, management: u16, tls_port: u16, known_by: &Authority) -> Self {
        let own = known_by.issue();
        let config = TempDir::new().unwrap();
        let path = config.path().join("pebble.json");
        let settings = json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": own.certificate,
            "privateKey": own.key,
            // Where nobody listens.
            "httpPort": 1,
            "tlsPort": tls_port,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
        }});
        fs::write(&path, settings.to_string()).unwrap();
        let mut command = Command::new("pebble");
        command.arg("-config").arg(&path).stdin(Stdio::null()).stdout(Stdio::null());
        // It looks at once, and takes no good answer for a bad one to see what happens.
        command.env("PEBBLE_VA_NOSLEEP", "1").env("PEBBLE_WFE_NONCEREJECT", "0");
        let process = command.stderr(Stdio::null()).spawn();
        let process = process.expect("pebble, which `cargo xtask test` installs");
        let addr = ([127, 0, 0, 1], management).into();
        let management = Way { addr, name: "localhost".into(), trust: Some(known_by.trust()) };
        Self { process, management, _config: config }
    }

    /// The root of the certificates that it gives out: another one each time it starts.
    pub(crate) async fn root(&self) -> CertificateDer<'static> {
        let root = eventually("Pebble answers", async || {
            self.management.connect().await.ok()?;
            let page = Browser::on(self.management.clone()).get("/roots/0").await;
            (page.status == 200).then_some(page.text)
        });
        CertificateDer::from_pem_slice(root.await.as_bytes()).unwrap()
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
