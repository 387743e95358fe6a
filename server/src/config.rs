//! What the owner decides when the server is started. Plain values; `main` reads them from the
//! command line and the environment.
//!
//! Opens no file: what a path leads to is found out by who needs it.

mod tls;

pub use tls::{Acme, Contact, Directory, Domain, Tls, TlsOptions};

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use ipnet::IpNet;

#[derive(Clone, Debug)]
pub struct Config {
    /// The directory that holds everything: the database, and a lock against a second process.
    pub data: PathBuf,
    /// Where people reach this server, if that is not what their browser says.
    pub public_url: Option<PublicUrl>,
    /// Everywhere else that its pages are its own: other names in its certificate.
    pub other_urls: Vec<PublicUrl>,
    /// Whether people without an account may come in; `None` for what the owner has decided.
    pub guests: Option<bool>,
    /// Whether people are kept from doing very much very fast.
    pub limits: bool,
    /// Without, this server speaks plain HTTP.
    pub tls: Option<Tls>,
    /// Who is believed when they say for whom they ask.
    pub trusted_proxies: Vec<IpNet>,
}

/// An address such as `https://chat.example.org`: scheme and host, nothing behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
}

impl Config {
    /// Whether people come over HTTPS: to this server, or to what stands in front of it.
    pub fn is_secure(&self) -> bool {
        self.tls.is_some() || self.public_url.as_ref().is_some_and(PublicUrl::is_secure)
    }

    /// Whether this origin is that of our pages; `None` where only the browser knows our name.
    pub fn is_own_origin(&self, origin: &str) -> Option<bool> {
        let public = self.public_url.as_ref()?;
        let mut own = self.other_urls.iter().chain([public]);
        Some(own.any(|url| url.origin.eq_ignore_ascii_case(origin)))
    }
}

impl PublicUrl {
    fn of(domain: &Domain, port: u16) -> Self {
        let port = if port == 443 { String::new() } else { format!(":{port}") };
        Self { origin: format!("https://{domain}{port}") }
    }

    /// As browsers send it in `Origin`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// The port that browsers connect to.
    pub fn port(&self) -> u16 {
        let port = self.origin.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        port.unwrap_or(if self.is_secure() { 443 } else { 80 })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "give scheme and host only, such as https://chat.example.org";
        let origin = text.trim_end_matches('/').to_ascii_lowercase();
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        let host = host.ok_or(WRONG)?;
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (host, None),
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
        let fits = !name.is_empty()
            && name.chars().all(is_name)
            && port.is_none_or(|port| port.parse::<u16>().is_ok());
        // Browsers leave the usual port out, and their `Origin` is compared with this.
        let usual = if origin.starts_with("https://") { ":443" } else { ":80" };
        let origin = origin.strip_suffix(usual).filter(|_| port.is_some()).unwrap_or(&origin);
        fits.then(|| Self { origin: origin.to_owned() }).ok_or(WRONG)
    }
}

/// A network such as `10.0.0.0/8`, or one address.
pub fn network(text: &str) -> Result<IpNet, &'static str> {
    const WRONG: &str = "give an address such as 10.0.0.1, or a network such as 10.0.0.0/8";
    let net = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    net.map_err(|_| WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        let origin = |text: &str| text.parse().map(|url: PublicUrl| url.origin);
        assert_eq!(origin("https://Chat.example.org/"), Ok("https://chat.example.org".into()));
        assert_eq!(origin("http://[::1]:8080"), Ok("http://[::1]:8080".into()));
        assert_eq!(origin("https://a.example:443"), Ok("https://a.example".into()));
        assert_eq!(origin("http://a.example:443"), Ok("http://a.example:443".into()));
        assert_eq!(origin("http://[fe80::80]"), Ok("http://[fe80::80]".into()));
        for bad in
            ["chat.example.org", "https://", "ftp://a", "https://a/b", "https://a:x", "http://a b"]
        {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn its_port_is_the_one_that_browsers_connect_to() {
        let port = |text: &str| text.parse::<PublicUrl>().unwrap().port();
        assert_eq!(port("https://a.example"), 443);
        assert_eq!(port("http://a.example"), 80);
        assert_eq!(port("https://[::1]:8443"), 8443);
        assert_eq!(port("http://[::1]"), 80);
    }

    #[test]
    fn our_pages_have_the_configured_origins_and_no_other() {
        let domains = ["chat.example.org", "www.example.org"].map(|name| name.parse().unwrap());
        let options = TlsOptions { domains: domains.into(), ..TlsOptions::default() };
        let tls = options.checked(None, false).unwrap().unwrap();
        let urls = tls.urls(443);
        let mut config = Config {
            data: PathBuf::new(),
            public_url: urls.first().cloned(),
            other_urls: urls,
            guests: None,
            limits: true,
            tls: Some(tls),
            trusted_proxies: Vec::new(),
        };
        assert_eq!(config.is_own_origin("https://chat.example.org"), Some(true));
        assert_eq!(config.is_own_origin("https://www.example.org"), Some(true));
        for other in [
            "http://chat.example.org",
            "https://chat.example.org:8443",
            "https://chat.example.org.evil.example",
            "chat.example.org",
            "null",
            "",
        ] {
            assert_eq!(config.is_own_origin(other), Some(false), "{other}");
        }
        config.public_url = None;
        assert_eq!(config.is_own_origin("https://chat.example.org"), None);
    }

    #[test]
    fn a_network_may_be_one_address() {
        assert_eq!(network("10.0.0.0/8").unwrap().to_string(), "10.0.0.0/8");
        assert_eq!(network("::1").unwrap().to_string(), "::1/128");
        assert!(network("10.0.0.0/33").is_err() && network("proxy").is_err());
    }
}
