//! The way to HTTPS, for whoever comes without it.
//!
//! Answers every request the same and reads nothing but its head. Called by `serve`, for a listener
//! of its own and for those who speak plain HTTP where TLS is spoken.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::config::PublicUrl;

/// One request, its answer and the end of the connection.
const VISIT_WAIT: Duration = Duration::from_secs(10);

/// The largest head of a request that is read.
const HEADERS_BYTES_MAX: usize = 16 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct Redirect {
    /// Where people reach this server, if that is configured.
    pub(crate) public_url: Option<PublicUrl>,
    /// The port on which it speaks TLS.
    pub(crate) port: u16,
}

impl Redirect {
    /// Answers whoever has connected, once.
    pub(crate) async fn show(&self, stream: TcpStream) {
        let service = service_fn(|request: Request<Incoming>| {
            let answer = self.answer(request.uri(), request.headers().get(header::HOST));
            async { Ok::<_, Infallible>(answer) }
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).keep_alive(false).max_buf_size(HEADERS_BYTES_MAX);
        // Whoever is too slow or speaks no HTTP is nobody's error.
        let _ = timeout(VISIT_WAIT, http.serve_connection(TokioIo::new(stream), service)).await;
    }

    fn answer(&self, uri: &Uri, host: Option<&HeaderValue>) -> Response<Body> {
        let host = host.and_then(|host| host.to_str().ok());
        match self.location(uri, host) {
            // 308, unlike 301, keeps a form's method and body.
            Some(location) => {
                (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response()
            }
            None => (StatusCode::BAD_REQUEST, "This server speaks HTTPS.\n").into_response(),
        }
    }

    /// The same page over HTTPS; `None` where nobody says on which host.
    fn location(&self, uri: &Uri, host: Option<&str>) -> Option<String> {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        // `OPTIONS *` asks for no page.
        let path = if path.starts_with('/') { path } else { "/" };
        if let Some(url) = &self.public_url {
            return Some(format!("{url}{path}"));
        }
        let host = host?;
        let name = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => name,
            _ => host,
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
        let fits = !name.is_empty() && name.chars().all(is_name);
        let port = if self.port == 443 { String::new() } else { format!(":{}", self.port) };
        fits.then(|| format!("https://{name}{port}{path}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(redirect: &Redirect, uri: &str, host: &str) -> Option<String> {
        redirect.location(&uri.parse().unwrap(), Some(host))
    }

    #[test]
    fn the_way_leads_to_the_same_page_of_the_same_host() {
        let redirect = Redirect { public_url: None, port: 443 };
        let to = |host| location(&redirect, "/r/garden?before=9", host);
        let page = |host: &str| Some(format!("https://{host}/r/garden?before=9"));
        assert_eq!(to("chat.example.org"), page("chat.example.org"));
        assert_eq!(to("chat.example.org:80"), page("chat.example.org"));
        assert_eq!(to("[::1]:80"), page("[::1]"));
        assert_eq!(to("[::1]"), page("[::1]"));
        for odd in ["", ":80", "a/b", "a@b", "a b", "a\\b"] {
            assert_eq!(to(odd), None, "{odd}");
        }
        assert_eq!(redirect.location(&Uri::from_static("/"), None), None);
        let other_port = Redirect { public_url: None, port: 8443 };
        let to = location(&other_port, "/", "chat.example.org:8080");
        assert_eq!(to.as_deref(), Some("https://chat.example.org:8443/"));
    }

    #[test]
    fn a_configured_address_is_the_only_one() {
        let public_url = Some("https://chat.example.org".parse().unwrap());
        let redirect = Redirect { public_url, port: 8443 };
        let to = |uri: &str| location(&redirect, uri, "evil.example");
        assert_eq!(to("/r/garden").as_deref(), Some("https://chat.example.org/r/garden"));
        assert_eq!(to("*").as_deref(), Some("https://chat.example.org/"));
        assert_eq!(to("http://evil.example//x").as_deref(), Some("https://chat.example.org//x"));
    }
}
