//! What holds for every request: who may send it, how long it may take, what its answer carries.
//!
//! Pages of other sites can make a browser send requests with our cookie. Those that change
//! something, and sockets, are refused before anything else looks at them. Called by the router
//! as a layer around everything.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::app::App;
use crate::auth;
use crate::client::Client;
use crate::config::Config;
use crate::log::now_ms;
use crate::people;

/// A request whose body trickles in is given up after this time.
const REQUEST_WAIT: Duration = Duration::from_secs(10);

/// For two years this host and those below it are reached over HTTPS only, whatever a link says. Two
/// years is what lists of such hosts ask for.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// What is not a page may load nothing, should a browser ever show it as one.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// On every answer.
const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), \
             gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), \
             usb=()",
        ),
    ),
];

pub(crate) async fn guard(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    request: Request,
    next: Next,
) -> Response {
    let is_asset = request.uri().path().starts_with("/pkg/");
    let mut response = answer(&app, client, request, next).await;
    let headers = response.headers_mut();
    headers.extend(ALWAYS);
    if client.is_secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    if !is_asset {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(NOTHING);
    }
    response
}

async fn answer(app: &Arc<App>, client: Client, request: Request, next: Next) -> Response {
    if app.access.is_banned(client.address) {
        return (StatusCode::FORBIDDEN, "Nobody is let in from your address.\n").into_response();
    }
    if is_forged(app, &request) {
        let (path, address) = (request.uri().path(), client.address);
        tracing::warn!(%path, %address, "refused a request from another site");
        note_forgery(app, address);
        return (StatusCode::FORBIDDEN, "This request came from another site.\n").into_response();
    }
    let answer = timeout(REQUEST_WAIT, next.run(request)).await;
    answer
        .unwrap_or_else(|_| (StatusCode::REQUEST_TIMEOUT, "This took too long.\n").into_response())
}

/// For whoever looks after the workspace, who may not read what the server says to its terminal.
fn note_forgery(app: &Arc<App>, address: IpAddr) {
    auth::later(app, move |db| people::note_foreign_origin(db, address, now_ms()));
}

/// Whether a request may have been made by another site's page, in the browser of somebody who would
/// not make it.
fn is_forged(app: &App, request: &Request) -> bool {
    let changes = !request.method().is_safe();
    let upgrades = request.headers().contains_key(header::UPGRADE);
    let has_login = auth::has_login(app, request.headers());
    (changes || upgrades) && is_foreign(&app.config, request.headers(), has_login, changes)
}

/// The rules, for a request that changes something or becomes a socket.
///
/// A browser adds the cookie by itself, whosever page it shows, and says whose: a cookie needs our
/// own origin. A bearer token is added by whoever knows it, and no page can add a header to a request
/// to another site unasked; into its address it can write anything, so what stands there is no reason
/// to believe it. Without either, a socket is a guest's, whom anybody may be; but no site makes its
/// readers post here.
fn is_foreign(config: &Config, headers: &HeaderMap, has_login: bool, changes: bool) -> bool {
    let is_cross_site = text(headers, "sec-fetch-site") == Some("cross-site");
    if has_login {
        return is_cross_site || !is_own_origin(config, headers);
    }
    if !changes || has_bearer(headers) {
        return false;
    }
    is_cross_site || (headers.contains_key(header::ORIGIN) && !is_own_origin(config, headers))
}

fn is_own_origin(config: &Config, headers: &HeaderMap) -> bool {
    let Some(origin) = text(headers, "origin") else { return false };
    config.is_own_origin(origin).unwrap_or_else(|| {
        // Only the browser knows what we are called.
        let host = origin.split_once("://").map(|(_, host)| host);
        host.is_some() && host == text(headers, "host")
    })
}

fn has_bearer(headers: &HeaderMap) -> bool {
    let scheme = text(headers, "authorization").and_then(|value| value.split_once(' '));
    scheme.is_some_and(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
}

/// A header that is there once. What is there twice is not believed: who reads it may take either.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).into_iter();
    let value = values.next()?;
    values.next().is_none().then_some(value)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PublicUrl;

    const HOST: (&str, &str) = ("host", "chat.example.org");
    const OURS: (&str, &str) = ("origin", "https://chat.example.org");
    const FOREIGN: (&str, &str) = ("origin", "https://evil.example");
    const NULL: (&str, &str) = ("origin", "null");
    const CROSS_SITE: (&str, &str) = ("sec-fetch-site", "cross-site");
    const BEARER: (&str, &str) = ("authorization", "Bearer 0f3a");

    type Headers<'a> = &'a [(&'static str, &'static str)];

    /// For a server that knows its address, or does not.
    fn refuses(url: Option<&str>, headers: Headers<'_>, has_login: bool, changes: bool) -> bool {
        let config = Config {
            data: "".into(),
            public_url: url.map(|url| url.parse::<PublicUrl>().unwrap()),
            other_urls: Vec::new(),
            guests: None,
            limits: true,
            tls: None,
            trusted_proxies: Vec::new(),
        };
        let pairs = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_foreign(&config, &pairs.collect(), has_login, changes)
    }

    #[test]
    fn a_login_needs_our_origin_whether_it_changes_something_or_opens_a_socket() {
        for changes in [true, false] {
            let refuses = |headers| refuses(None, headers, true, changes);
            assert!(!refuses(&[HOST, OURS]));
            assert!(!refuses(&[HOST, ("origin", "http://chat.example.org")]), "whatever scheme");
            for headers in [
                &[HOST] as Headers<'_>,
                &[HOST, FOREIGN],
                &[HOST, NULL],
                &[HOST, ("origin", "")],
                &[HOST, ("origin", "chat.example.org")],
                &[HOST, ("origin", "https://chat.example.org:8443")],
                &[HOST, OURS, FOREIGN],
                &[HOST, HOST, OURS],
                &[HOST, OURS, CROSS_SITE],
                &[OURS],
                // What comes along by itself counts, whatever else somebody has put in.
                &[HOST, BEARER],
                &[HOST, FOREIGN, BEARER],
            ] {
                assert!(refuses(headers), "{headers:?}");
            }
        }
    }

    #[test]
    fn where_our_address_is_configured_no_host_is_asked() {
        let refuses = |headers| refuses(Some("https://chat.example.org"), headers, true, true);
        assert!(!refuses(&[("host", "127.0.0.1:8080"), OURS]));
        assert!(refuses(&[HOST, ("origin", "http://chat.example.org")]));
        assert!(refuses(&[("host", "evil.example"), FOREIGN]));
    }

    #[test]
    fn a_bearer_token_alone_needs_no_origin() {
        for headers in [&[HOST, BEARER] as Headers<'_>, &[HOST, BEARER, FOREIGN]] {
            assert!(!refuses(None, headers, false, true));
        }
        for other in ["Basic 0f3a", "Bearer", "Bearer ", "bearer"] {
            assert!(refuses(None, &[HOST, FOREIGN, ("authorization", other)], false, true));
        }
    }

    #[test]
    fn without_either_no_site_makes_its_readers_post_but_anybody_may_open_a_socket() {
        for headers in [&[HOST, FOREIGN] as Headers<'_>, &[HOST, NULL], &[HOST, CROSS_SITE]] {
            assert!(refuses(None, headers, false, true));
            assert!(!refuses(None, headers, false, false));
        }
        assert!(!refuses(None, &[HOST], false, true), "a script");
        assert!(!refuses(None, &[HOST, OURS], false, true));
    }
}
