//! For whom a request is made: from which address, and whether nobody on the way could read it.
//!
//! A proxy in front of us is the peer of every connection and says in headers for whom it asks.
//! Anybody can write such headers, so only the proxies that the owner names are believed. Pure;
//! `serve` asks for each request, and whoever needs it takes it out of the request's extensions.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// An extension of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    /// Never an IPv4 address in IPv6's clothes.
    pub(crate) address: IpAddr,
    /// Whether they came over HTTPS.
    pub(crate) is_secure: bool,
}

impl Client {
    /// Whoever asks with these headers over a connection from `peer`, which is TLS or not.
    pub(crate) fn of(peer: IpAddr, is_tls: bool, headers: &HeaderMap, proxies: &[IpNet]) -> Self {
        let peer = peer.to_canonical();
        if !is_trusted(peer, proxies) {
            return Self { address: peer, is_secure: is_tls };
        }
        let is_secure = is_tls || forwarded_proto(headers) == Some("https");
        Self { address: forwarded_for(peer, headers, proxies), is_secure }
    }
}

/// Each proxy adds at the end for whom it asks: from there on back, the first address that is no
/// proxy of ours. What stands before it is anybody's word.
fn forwarded_for(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let mut nearest = peer;
    let lines = headers.get_all("x-forwarded-for").into_iter().rev();
    let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    for hop in hops {
        // A proxy that does not know for whom it asks is all that we know.
        let Some(address) = address(hop.trim()) else { break };
        nearest = address;
        if !is_trusted(address, proxies) {
            break;
        }
    }
    nearest
}

/// The last word is the nearest proxy's.
fn forwarded_proto(headers: &HeaderMap) -> Option<&str> {
    let line = headers.get_all("x-forwarded-proto").into_iter().next_back()?;
    line.to_str().ok()?.rsplit(',').next().map(str::trim)
}

fn is_trusted(address: IpAddr, proxies: &[IpNet]) -> bool {
    proxies.iter().any(|network| network.contains(&address))
}

/// As proxies write it: `192.0.2.1`, `2001:db8::1`, also with brackets or a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    bare.parse().or_else(|_| with_port()).map(|address: IpAddr| address.to_canonical()).ok()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    /// What comes from `peer` without TLS, where `10.0.0.0/8` and `fd00::/8` are proxies of ours.
    fn client(peer: &str, headers: &[(&'static str, &'static str)]) -> Client {
        let proxies = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let pairs = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Client::of(peer.parse().unwrap(), false, &pairs.collect(), &proxies)
    }

    fn address_of(peer: &str, forwarded_for: &'static str) -> String {
        client(peer, &[("x-forwarded-for", forwarded_for)]).address.to_string()
    }

    #[test]
    fn a_stranger_is_who_the_connection_says_whatever_they_claim() {
        let forged = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-proto", "https")];
        let stranger = client("203.0.113.9", &forged);
        let address = "203.0.113.9".parse().unwrap();
        assert_eq!(stranger, Client { address, is_secure: false });
        assert_eq!(address_of("::ffff:203.0.113.9", "192.0.2.1"), "203.0.113.9");
    }

    #[test]
    fn our_proxy_says_for_whom_it_asks() {
        assert_eq!(address_of("10.0.0.1", "192.0.2.1"), "192.0.2.1");
        assert_eq!(address_of("::ffff:10.0.0.1", "192.0.2.1"), "192.0.2.1");
        assert_eq!(address_of("fd00::1", "2001:db8::1"), "2001:db8::1");
        assert_eq!(address_of("10.0.0.1", "::ffff:192.0.2.1"), "192.0.2.1");
        for with_more in ["192.0.2.1:4711", "192.0.2.1 ", " [::ffff:192.0.2.1]:80"] {
            assert_eq!(address_of("10.0.0.1", with_more), "192.0.2.1", "{with_more}");
        }
        assert_eq!(address_of("10.0.0.1", "[2001:db8::1]"), "2001:db8::1");
    }

    #[test]
    fn what_stands_before_the_first_stranger_is_not_believed() {
        assert_eq!(address_of("10.0.0.1", "192.0.2.66, 192.0.2.1"), "192.0.2.1");
        assert_eq!(address_of("10.0.0.1", "192.0.2.66, 192.0.2.1, 10.0.0.2"), "192.0.2.1");
        // They name a proxy of ours: it is no proxy that says so.
        assert_eq!(address_of("10.0.0.1", "10.0.0.9, 192.0.2.1"), "192.0.2.1");
        let lines = [("x-forwarded-for", "192.0.2.66, 192.0.2.1"), ("x-forwarded-for", "10.0.0.2")];
        assert_eq!(client("10.0.0.1", &lines).address.to_string(), "192.0.2.1");
    }

    #[test]
    fn where_a_proxy_knows_nobody_it_asks_for_itself() {
        assert_eq!(client("10.0.0.1", &[]).address.to_string(), "10.0.0.1");
        for nobody in ["", "unknown", "_hidden", "192.0.2.1, ", "192.0.2.1, 1.2.3"] {
            assert_eq!(address_of("10.0.0.1", nobody), "10.0.0.1", "{nobody}");
        }
        assert_eq!(address_of("10.0.0.1", "192.0.2.1, unknown, 10.0.0.2"), "10.0.0.2");
        assert_eq!(address_of("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3");
    }

    #[test]
    fn our_proxys_last_word_says_whether_they_came_over_https() {
        let is_secure = |proto| client("10.0.0.1", &[("x-forwarded-proto", proto)]).is_secure;
        assert!(is_secure("https") && is_secure("http, https"));
        assert!(!is_secure("http") && !is_secure("https, http") && !is_secure(""));
        assert!(!client("10.0.0.1", &[]).is_secure);
        let twice = [("x-forwarded-proto", "https"), ("x-forwarded-proto", "http")];
        assert!(!client("10.0.0.1", &twice).is_secure);
    }
}
