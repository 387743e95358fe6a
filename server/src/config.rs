//! What the owner decides when the server is started. Plain values; `main` reads them from the
//! command line and the environment.

use std::path::PathBuf;
use std::str::FromStr;

#[derive(Clone, Debug)]
pub struct Config {
    /// The directory that holds everything: the database, and a lock against a second process.
    pub data: PathBuf,
    /// Where people reach this server, if that is not what their browser says.
    pub public_url: Option<PublicUrl>,
    /// Whether people without an account may come in; `None` for what the owner has decided.
    pub guests: Option<bool>,
    /// Whether people are kept from doing very much very fast.
    pub limits: bool,
}

impl Config {
    /// Whether browsers reach us over HTTPS only.
    pub(crate) fn is_secure(&self) -> bool {
        self.public_url.as_ref().is_some_and(PublicUrl::is_secure)
    }
}

/// An address such as `https://chat.example.org`: scheme and host, nothing behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
}

impl PublicUrl {
    /// As browsers send it in `Origin`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
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
        fits.then_some(Self { origin }).ok_or(WRONG)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        let origin = |text: &str| text.parse().map(|url: PublicUrl| url.origin);
        assert_eq!(origin("https://Chat.example.org/"), Ok("https://chat.example.org".into()));
        assert_eq!(origin("http://[::1]:8080"), Ok("http://[::1]:8080".into()));
        for bad in
            ["chat.example.org", "https://", "ftp://a", "https://a/b", "https://a:x", "http://a b"]
        {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }
}
