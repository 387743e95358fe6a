//! Cookies, as they are read and set. On HTTPS their names have the prefix that makes browsers
//! refuse them from other hosts and paths.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::config::Config;

/// How long a browser keeps a login: 400 days is the most that browsers grant.
pub(crate) const LOGIN_DAYS: u64 = 400;

/// The login. Its value is a [`super::Token`].
pub(crate) fn login_name(config: &Config) -> &'static str {
    if config.is_secure() { "__Host-hubbub_login" } else { "hubbub_login" }
}

/// Who has given the right password and still owes a code.
pub(crate) fn step_name(config: &Config) -> &'static str {
    if config.is_secure() { "__Host-hubbub_step" } else { "hubbub_step" }
}

/// The value of a cookie of this name.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies =
        headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// To be set in a response. Out of reach of scripts, and not sent along by other sites' forms.
pub(crate) fn set(config: &Config, name: &str, value: &str, max_age_s: u64) -> Option<HeaderValue> {
    let flags = if config.is_secure() { "; Secure" } else { "" };
    let cookie =
        format!("{name}={value}; Max-Age={max_age_s}; Path=/; HttpOnly; SameSite=Lax{flags}");
    HeaderValue::from_str(&cookie).ok()
}

/// Takes a cookie away.
pub(crate) fn clear(config: &Config, name: &str) -> Option<HeaderValue> {
    set(config, name, "", 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("theme=dark; hubbub_login=ab"));
        assert_eq!(cookie(&headers, "hubbub_login"), Some("ab"));
        assert_eq!(cookie(&headers, "login"), None);
    }
}
