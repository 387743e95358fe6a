//! A server on the internet: certificates, who is let in without, and what a proxy in front may say.
//!
//! Certificates are made by an authority of the test's own; those of `acme` come from Pebble, which is
//! an authority as Let's Encrypt is one, and looks for itself whether the domain is the server's.

mod serving;

mod handshakes;

mod renewing;

mod pebble;

mod acme;

mod proxies;

mod starting;
