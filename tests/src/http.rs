//! A browser without JavaScript: it reads pages, posts forms and keeps its cookies.
//!
//! Redirects are not followed, so that a test sees each answer. Every request is its own
//! connection, except in [`Browser::hammer`].

use std::collections::BTreeMap;
use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{COOKIE, HOST, HeaderMap, ORIGIN, SET_COOKIE};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use crate::{DEADLINE, Server, Way};

#[derive(Clone, Debug)]
pub struct Browser {
    way: Way,
    cookies: BTreeMap<String, String>,
}

#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body; not only pages are text, so what is not UTF-8 is replaced.
    pub text: String,
}

impl Browser {
    pub fn new(server: &Server) -> Self {
        Self::on(server.way().clone())
    }

    /// Of whatever is there.
    pub fn on(way: Way) -> Self {
        Self { way, cookies: BTreeMap::new() }
    }

    pub fn addr(&self) -> SocketAddr {
        self.way.addr
    }

    pub fn way(&self) -> &Way {
        &self.way
    }

    pub fn origin(&self) -> String {
        self.way.origin()
    }

    /// The header that it sends: `name=value; name=value`. `None` before the server gave any.
    pub fn cookies(&self) -> Option<String> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!cookies.is_empty()).then(|| cookies.join("; "))
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.request("GET", path, &[], "").await
    }

    /// Sends a form from a page of this server.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let form: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let origin = self.origin();
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            (ORIGIN.as_str(), origin.as_str()),
        ];
        self.request("POST", path, &headers, &form.join("&")).await
    }

    /// Holds this cookie from now on, as if the server had given it.
    pub fn hold(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub async fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Page {
        let request = self.ask(method, path, headers, body);
        let answer = async {
            let mut line = connect(&self.way).await;
            read(line.send_request(request).await.unwrap()).await
        };
        let page = timeout(DEADLINE, answer).await;
        let page = page.unwrap_or_else(|_| panic!("no answer to {method} {path}"));
        for cookie in page.headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        page
    }

    /// Many requests, one after the other on one connection; returns their statuses.
    pub async fn hammer(&self, paths: impl Iterator<Item = String>) -> Vec<u16> {
        let mut line = connect(&self.way).await;
        let mut statuses = Vec::new();
        for path in paths {
            line.ready().await.unwrap();
            let answer = line.send_request(self.ask("GET", &path, &[], ""));
            let answer = timeout(DEADLINE, answer).await.expect("an answer").unwrap();
            statuses.push(read(answer).await.status);
        }
        statuses
    }

    fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Request<Full<Bytes>> {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == HOST.as_str()) {
            request = request.header(HOST, self.way.host());
        }
        if let Some(cookie) = self.cookies() {
            request = request.header(COOKIE, cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Full::from(body.to_owned())).unwrap()
    }
}

impl Page {
    /// A header, empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn connect(way: &Way) -> SendRequest<Full<Bytes>> {
    let stream = way.connect().await.unwrap();
    let (line, driver) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(driver);
    line
}

async fn read(answer: Response<Incoming>) -> Page {
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&body).into_owned();
    Page { status: head.status.as_u16(), headers: head.headers, text }
}

/// Percent-encoding of a form's value, of everything that could need it.
fn encoded(value: &str) -> String {
    value.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}
