//! A device that keeps passkeys, inside the browser: its owner touches it whenever it asks.
//!
//! Chromium has it for tests (`WebAuthn` of the DevTools protocol). It is there for the tab in front,
//! until the browser closes.

use serde_json::json;

use super::Person;

/// One of a person's devices, by the name that the browser has for it.
pub struct Authenticator(String);

impl Person {
    /// Takes a device with nothing on it into their hand.
    pub async fn has_an_authenticator(&self) -> Authenticator {
        self.cdp("WebAuthn.enable", json!({})).await;
        let options = json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
            "automaticPresenceSimulation": true,
        });
        let added = self.cdp("WebAuthn.addVirtualAuthenticator", json!({ "options": options }));
        let id = added.await["authenticatorId"].as_str().expect("its name").to_owned();
        Authenticator(id)
    }

    /// From now on the device asks and nobody answers, or somebody does again.
    pub async fn answers(&self, Authenticator(id): &Authenticator, answers: bool) {
        let there = json!({ "authenticatorId": id, "enabled": answers });
        self.cdp("WebAuthn.setAutomaticPresenceSimulation", there).await;
    }

    /// How many passkeys the device keeps.
    pub async fn counts_passkeys(&self, Authenticator(id): &Authenticator) -> usize {
        let kept = self.cdp("WebAuthn.getCredentials", json!({ "authenticatorId": id })).await;
        kept["credentials"].as_array().map_or(0, Vec::len)
    }

    /// The device is lost.
    pub async fn loses(&self, Authenticator(id): Authenticator) {
        self.cdp("WebAuthn.removeVirtualAuthenticator", json!({ "authenticatorId": id })).await;
    }
}
