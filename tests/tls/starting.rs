//! Options that do not go together, and files that are of no use: a sentence and a code each.

use std::fs;

use harness::authority::Authority;
use harness::server::{Ended, refuses_to_start_with};
use tempfile::TempDir;

const SETTINGS: i32 = 2;
const PORT: i32 = 3;
const CERTIFICATE: i32 = 8;

fn says(ended: &Ended, code: i32, words: &[&str]) {
    let stderr = ended.stderr.trim_end();
    assert_eq!(ended.status.code(), Some(code), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "one sentence: {stderr}");
    for word in words {
        assert!(stderr.contains(word), "{stderr:?} says nothing of {word:?}");
    }
}

#[tokio::test]
async fn options_that_do_not_go_together_are_named() {
    for (options, words) in [
        (&["--tls-cert", "c"] as &[_], &["--tls-cert", "--tls-key"] as &[_]),
        (&["--tls-key", "k"], &["--tls-key", "--tls-cert"]),
        (
            &["--tls-cert", "c", "--tls-key", "k", "--tls-domain", "localhost"],
            &["--tls-domain", "--tls-cert"],
        ),
        (&["--acme-directory", "https://localhost/"], &["--acme-directory", "--tls-domain"]),
        (&["--redirect-http", "127.0.0.1:0"], &["--redirect-http", "--tls-domain"]),
        (&["--tls-domain", "localhost", "--public-url", "http://a"], &["--public-url", "https"]),
    ] {
        says(&refuses_to_start_with(options).await, SETTINGS, words);
    }
}

#[tokio::test]
async fn what_is_no_domain_network_or_mail_is_not_understood() {
    for options in [
        ["--tls-domain", "https://chat.example.org"],
        ["--tls-domain", "*.example.org"],
        ["--trusted-proxy", "10.0.0.0/33"],
        ["--tls-contact", "you"],
        ["--acme-directory", "http://localhost/"],
    ] {
        let ended = refuses_to_start_with(&options).await;
        assert_eq!(ended.status.code(), Some(SETTINGS), "{options:?}");
        assert!(ended.stderr.contains(options[0]), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn a_certificate_that_is_of_no_use_is_named() {
    let authority = Authority::founded();
    let directory = TempDir::new().unwrap();
    let other = directory.path().join("other.pem");
    let other = other.to_str().unwrap();
    let issued = authority.issue();
    let [_, certificate, _, key] = issued.options();
    // Not there, nothing in it, the wrong thing in it, and somebody else's.
    for text in [None, Some(""), Some("-----BEGIN CERTIFICATE-----\nA\n")] {
        if let Some(text) = text {
            fs::write(other, text).unwrap();
        }
        for (certificate, key) in [(other, key), (certificate, other)] {
            let options = ["--tls-cert", certificate, "--tls-key", key];
            says(&refuses_to_start_with(&options).await, CERTIFICATE, &[other]);
        }
        let options = ["--tls-domain", "localhost", "--acme-root", other];
        says(&refuses_to_start_with(&options).await, CERTIFICATE, &[other]);
    }
    let swapped = ["--tls-cert", key, "--tls-key", certificate];
    says(&refuses_to_start_with(&swapped).await, CERTIFICATE, &[key]);
    fs::copy(key, other).unwrap();
    authority.issue();
    let options = ["--tls-cert", certificate, "--tls-key", other];
    says(&refuses_to_start_with(&options).await, CERTIFICATE, &[certificate, other]);
}

#[tokio::test]
async fn an_address_for_the_redirect_that_is_taken_is_named_with_its_option() {
    let authority = Authority::founded();
    let issued = authority.issue();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let options = [&issued.options()[..], &["--redirect-http", &address]].concat();
    says(&refuses_to_start_with(&options).await, PORT, &[&address, "--redirect-http"]);
}
