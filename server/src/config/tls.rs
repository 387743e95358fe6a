//! TLS as the owner wants it: whose certificates, and that the options about it fit together.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use super::PublicUrl;
use crate::error::StartError;

/// Names of one certificate; a certificate authority takes no more.
const DOMAINS_MAX: usize = 100;

/// Where certificates come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// A certificate authority is asked for them, and again before they end.
    Acme(Acme),
    /// Somebody else puts them there, and new ones in time.
    Files { certificate: PathBuf, key: PathBuf },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acme {
    /// At least one.
    pub domains: Vec<Domain>,
    /// The address that the authority writes to.
    pub contact: Option<Contact>,
    /// Where the authority is, if it is not Let's Encrypt.
    pub directory: Option<Directory>,
    /// What is believed of the authority's own certificate, if that is not what browsers believe.
    pub root: Option<PathBuf>,
}

/// The options about TLS as they were given, each by itself in order.
#[derive(Clone, Debug, Default)]
pub struct TlsOptions {
    pub domains: Vec<Domain>,
    pub contact: Option<Contact>,
    pub directory: Option<Directory>,
    pub root: Option<PathBuf>,
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

/// A host's name such as `chat.example.org`, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain(String);

/// An e-mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact(String);

/// The `https` address of a certificate authority's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory(String);

impl TlsOptions {
    /// What they come to together, for a server with this public URL that sends people who come
    /// without TLS there or does not.
    pub fn checked(
        self,
        public_url: Option<&PublicUrl>,
        redirects: bool,
    ) -> Result<Option<Tls>, StartError> {
        let Self { domains, contact, directory, root, certificate, key } = self;
        let tls = match (certificate, key) {
            (Some(certificate), Some(key)) => Some(Tls::Files { certificate, key }),
            (Some(_), None) => return wrong("--tls-cert needs --tls-key, the file with its key."),
            (None, Some(_)) => {
                return wrong("--tls-key needs --tls-cert, the file with the chain.");
            }
            (None, None) => None,
        };
        let is_acme = !domains.is_empty();
        if tls.is_some() && is_acme {
            return wrong("Give --tls-domain or --tls-cert, not both: certificates come one way.");
        }
        if !is_acme && (contact.is_some() || directory.is_some() || root.is_some()) {
            return wrong("--tls-contact, --acme-directory and --acme-root need --tls-domain.");
        }
        if domains.len() > DOMAINS_MAX {
            return wrong("A certificate has at most 100 names: give --tls-domain less often.");
        }
        let acme = is_acme.then_some(Tls::Acme(Acme { domains, contact, directory, root }));
        let tls = tls.or(acme);
        if tls.is_some() && public_url.is_some_and(|url| !url.is_secure()) {
            return wrong("With TLS, --public-url has to begin with https://.");
        }
        if tls.is_none() && redirects {
            return wrong(
                "--redirect-http needs --tls-domain or --tls-cert: it leads to HTTPS here.",
            );
        }
        Ok(tls)
    }
}

fn wrong<T>(sentence: &'static str) -> Result<T, StartError> {
    Err(StartError::Settings(sentence))
}

impl Tls {
    /// The addresses under which people reach this server on this port, where they are known.
    pub fn urls(&self, port: u16) -> Vec<PublicUrl> {
        match self {
            Self::Acme(acme) => acme.domains.iter().map(|name| PublicUrl::of(name, port)).collect(),
            Self::Files { .. } => Vec::new(),
        }
    }
}

impl Domain {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Domain {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str =
            "give a host's name only, such as chat.example.org; other letters than a to z as xn--";
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let fits = text.len() <= 253 && text.split('.').all(is_label);
        let is_address = text.parse::<IpAddr>().is_ok();
        (fits && !is_address).then(|| Self(text.to_ascii_lowercase())).ok_or(WRONG)
    }
}

impl Contact {
    /// As certificate authorities want it.
    pub fn url(&self) -> String {
        format!("mailto:{}", self.0)
    }
}

impl FromStr for Contact {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "give one e-mail address, such as you@example.org";
        let is_odd = |c: char| c.is_whitespace() || c.is_control() || ",?<>\"".contains(c);
        let (name, host) = text.split_once('@').ok_or(WRONG)?;
        let fits = !name.is_empty() && host.parse::<Domain>().is_ok() && !text.contains(is_odd);
        fits.then(|| Self(text.to_owned())).ok_or(WRONG)
    }
}

impl Directory {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Directory {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "give an address that begins with https://";
        let is_url = text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty());
        let fits = is_url && text.chars().all(|c| c.is_ascii_graphic());
        fits.then(|| Self(text.to_owned())).ok_or(WRONG)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_a_hosts_name_and_nothing_else() {
        let domain = |text: &str| text.parse().map(|Domain(name)| name);
        assert_eq!(domain("Chat.Example.org"), Ok("chat.example.org".into()));
        assert_eq!(domain("localhost"), Ok("localhost".into()));
        let long = ["x"; 200].join(".");
        for bad in ["", "https://a", "a:443", "*.a.org", "10.0.0.1", "::1", "a..b", "-a", &long] {
            assert!(domain(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_contact_is_one_address() {
        let url = |text: &str| text.parse().map(|contact: Contact| contact.url());
        assert_eq!(url("you@example.org"), Ok("mailto:you@example.org".into()));
        for bad in ["you", "@example.org", "a@b,c@d", "a@b?cc=d@e", "a b@c", "a@"] {
            assert!(url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn certificates_come_one_way() {
        let domains = |count| vec!["chat.example.org".parse().unwrap(); count];
        let some = |path: &str| Some(PathBuf::from(path));
        let options = TlsOptions::default;
        let files = TlsOptions { certificate: some("c"), key: some("k"), ..options() };
        let checked = |options: TlsOptions| options.checked(None, false);
        assert_eq!(checked(options()).unwrap(), None);
        let (certificate, key) = ("c".into(), "k".into());
        assert_eq!(checked(files.clone()).unwrap(), Some(Tls::Files { certificate, key }));
        let acme = checked(TlsOptions { domains: domains(1), root: some("r"), ..options() });
        assert!(matches!(acme.unwrap(), Some(Tls::Acme(_))));
        for wrong in [
            TlsOptions { certificate: some("c"), ..options() },
            TlsOptions { key: some("k"), ..options() },
            TlsOptions { domains: domains(1), ..files.clone() },
            TlsOptions { root: some("r"), ..options() },
            TlsOptions { root: some("r"), ..files.clone() },
            TlsOptions { domains: domains(DOMAINS_MAX + 1), ..options() },
        ] {
            assert!(checked(wrong.clone()).is_err(), "{wrong:?}");
        }
        assert!(
            options().checked(None, true).is_err() && files.clone().checked(None, true).is_ok()
        );
        let plain = "http://chat.example.org".parse().unwrap();
        assert!(files.checked(Some(&plain), false).is_err());
    }
}
