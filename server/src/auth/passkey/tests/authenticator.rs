//! A browser with one passkey in it: answers what [`super::Passkeys`] asks, as the standard says,
//! and otherwise as a test wants it. <https://www.w3.org/TR/webauthn-3/#sctn-authenticator-data>

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 4;
const HAS_CREDENTIAL: u8 = 64;

pub(super) struct Authenticator {
    pub(super) origin: String,
    pub(super) credential: Vec<u8>,
    /// How often the passkey was used.
    pub(super) counter: u32,
    /// Whether somebody touches a sensor or types a PIN.
    pub(super) verifies: bool,
    /// Whose passkey it is: base64url, as it was asked for.
    pub(super) user: Value,
    key: SigningKey,
}

impl Authenticator {
    pub(super) fn at(origin: &str, number: u8) -> Self {
        Self {
            origin: origin.to_owned(),
            credential: vec![number; 16],
            counter: 0,
            verifies: true,
            user: Value::Null,
            key: SigningKey::from_slice(&[number; 32]).unwrap(),
        }
    }

    /// `navigator.credentials.create`
    pub(super) fn create(&mut self, options: &Value) -> String {
        let options = &options["publicKey"];
        self.user = options["user"]["id"].clone();
        let mut seen = self.seen(&options["rp"]["id"], HAS_CREDENTIAL);
        seen.extend([0; 16]);
        seen.extend(u16::try_from(self.credential.len()).unwrap().to_be_bytes());
        seen.extend(&self.credential);
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes()[1..].split_at(32);
        // CBOR: {1: 2, 3: -7, -1: 1, -2: x, -3: y}, a point of P-256 for ES256.
        seen.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 32]);
        seen.extend(x);
        seen.extend([0x22, 0x58, 32]);
        seen.extend(y);
        // CBOR: {"fmt": "none", "attStmt": {}, "authData": seen}
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attestation.push(u8::try_from(seen.len()).unwrap());
        attestation.extend(seen);
        self.answer(json!({
            "attestationObject": BASE64.encode(attestation),
            "clientDataJSON": BASE64.encode(self.client("webauthn.create", options)),
            "transports": ["internal"],
        }))
    }

    /// `navigator.credentials.get`
    pub(super) fn get(&mut self, options: &Value) -> String {
        let options = &options["publicKey"];
        self.counter += 1;
        let seen = self.seen(&options["rpId"], 0);
        let client = self.client("webauthn.get", options);
        let signed = [&seen[..], &Sha256::digest(&client)].concat();
        let signature: Signature = self.key.sign(&signed);
        self.answer(json!({
            "authenticatorData": BASE64.encode(seen),
            "clientDataJSON": BASE64.encode(client),
            "signature": BASE64.encode(signature.to_der().as_bytes()),
            "userHandle": self.user,
        }))
    }

    fn seen(&self, address: &Value, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { USER_VERIFIED } else { 0 };
        let mut seen = Sha256::digest(address.as_str().unwrap()).to_vec();
        seen.push(flags | USER_PRESENT | verified);
        seen.extend(self.counter.to_be_bytes());
        seen
    }

    fn client(&self, kind: &str, options: &Value) -> String {
        json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin,
            "crossOrigin": false })
        .to_string()
    }

    fn answer(&self, response: Value) -> String {
        let id = BASE64.encode(&self.credential);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response }).to_string()
    }
}
