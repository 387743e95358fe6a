//! Passkeys: making one for an account, and signing in with one without typing a name.
//!
//! WebAuthn by webauthn-rs: what a browser is asked, and whether its answer holds. Each ceremony is
//! kept in memory from the question to the answer. Where passkeys are stored is the caller's: it gets
//! them as text, looks the claimed one up, and stores what comes back. The time is an argument.
//! Called by the account pages.

mod ceremonies;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ceremonies::Ceremonies;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder, WebauthnError,
};

/// The name that an authenticator gave to a passkey: up to 1,023 bytes, no secret.
pub(crate) type CredentialId = Vec<u8>;

/// A browser's answer is one or two kilobytes; an attestation that was not asked for may add some.
const RESPONSE_BYTES_MAX: usize = 32 * 1024;

/// Passkeys of one address. They belong to its name: under another one they are not found.
pub(crate) struct Passkeys {
    webauthn: Webauthn,
    registrations: Mutex<Ceremonies<Registration>>,
    // Apart: anybody may begin these, and a crowd of them pushes out nobody's registration.
    sign_ins: Mutex<Ceremonies<DiscoverableAuthentication>>,
}

/// A ceremony that was begun: the page's script gives both to the browser's authenticator.
pub(crate) struct Begun {
    pub(crate) ticket: String,
    /// `{"publicKey": …}` as `navigator.credentials` takes it, bytes in base64url.
    pub(crate) options: Value,
}

/// A new passkey.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Registered {
    /// Nobody else may have it: the store refuses one that is there.
    pub(crate) credential: CredentialId,
    /// To be stored. JSON that only this module reads.
    pub(crate) passkey: String,
}

/// What an answer says before anything of it is proved. The stored passkey has to be one of this id
/// that belongs to this person; whoever finds none refuses as if [`Passkeys::finish_sign_in`] had.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) user: Uuid,
    pub(crate) credential: CredentialId,
    response: PublicKeyCredential,
    asked: DiscoverableAuthentication,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasskeyError {
    /// The ticket is unknown, used, or too old.
    TooLate,
    /// The answer is not what a browser sends.
    Unreadable,
    /// The answer does not hold.
    Refused,
    /// The passkey was used more often than is known here: there are two of it.
    Copied,
}

struct Registration {
    user: Uuid,
    asked: PasskeyRegistration,
}

impl Passkeys {
    /// Passkeys at an origin such as `https://chat.example.org` or `http://localhost:8080`. Where
    /// browsers have none there are none: at IP addresses, and without HTTPS.
    pub(crate) fn at(origin: &str) -> Option<Self> {
        let url = Url::parse(origin).ok()?;
        let domain = url.domain()?;
        let is_local = domain == "localhost" || domain.ends_with(".localhost");
        if url.scheme() != "https" && !is_local {
            return None;
        }
        let webauthn = WebauthnBuilder::new(domain, &url).ok()?.build().ok()?;
        Some(Self { webauthn, registrations: Mutex::default(), sign_ins: Mutex::default() })
    }

    /// Asks for a new passkey. The `existing` ones of this person keep their devices from making a
    /// second one. Neither name may be empty; authenticators show them and send them to nobody.
    pub(crate) fn begin_registration(
        &self,
        user: Uuid,
        name: &str,
        display_name: &str,
        existing: &[CredentialId],
        now: Instant,
    ) -> Result<Begun, PasskeyError> {
        let (options, asked) = self
            .webauthn
            .start_passkey_registration(user, name, display_name, Some(existing.to_vec()))
            .map_err(refused)?;
        let mut options = json!(options);
        // The library leaves it to the authenticator whether it remembers whose passkey it is. Then
        // a name would have to be typed.
        let selection = &mut options["publicKey"]["authenticatorSelection"];
        selection["residentKey"] = json!("required");
        selection["requireResidentKey"] = json!(true);
        let ticket = locked(&self.registrations).begin(Registration { user, asked }, now);
        Ok(Begun { ticket, options })
    }

    /// Takes the answer, from the person who asked.
    pub(crate) fn finish_registration(
        &self,
        user: Uuid,
        ticket: &str,
        response: &str,
        now: Instant,
    ) -> Result<Registered, PasskeyError> {
        let begun = locked(&self.registrations).take(ticket, now);
        let begun = begun.filter(|begun| begun.user == user).ok_or(PasskeyError::TooLate)?;
        let response: RegisterPublicKeyCredential = read(response)?;
        let passkey =
            self.webauthn.finish_passkey_registration(&response, &begun.asked).map_err(refused)?;
        Ok(Registered { credential: passkey.cred_id().to_vec(), passkey: written(&passkey) })
    }

    /// Asks for any passkey of this address. Who has it is not known yet.
    pub(crate) fn begin_sign_in(&self, now: Instant) -> Result<Begun, PasskeyError> {
        let (mut options, asked) =
            self.webauthn.start_discoverable_authentication().map_err(refused)?;
        // Whether it is offered beside the names in a field or asked for by a button is the page's.
        options.mediation = None;
        let ticket = locked(&self.sign_ins).begin(asked, now);
        Ok(Begun { ticket, options: json!(options) })
    }

    /// Whose passkey the answer says that it is: for the caller to look up.
    pub(crate) fn claim(
        &self,
        ticket: &str,
        response: &str,
        now: Instant,
    ) -> Result<Claim, PasskeyError> {
        let asked = locked(&self.sign_ins).take(ticket, now).ok_or(PasskeyError::TooLate)?;
        let response: PublicKeyCredential = read(response)?;
        let (user, credential) = self
            .webauthn
            .identify_discoverable_authentication(&response)
            .map_err(|_| PasskeyError::Unreadable)?;
        Ok(Claim { user, credential: credential.to_vec(), response, asked })
    }

    /// Proves a claim with the passkey that was stored. Gives what is to be stored in its place: it
    /// counts how often it was used.
    pub(crate) fn finish_sign_in(
        &self,
        claim: Claim,
        stored: &str,
    ) -> Result<String, PasskeyError> {
        let mut passkey: Passkey = serde_json::from_str(stored).map_err(|error| {
            tracing::error!(%error, "a stored passkey cannot be read");
            PasskeyError::Refused
        })?;
        let proved = self
            .webauthn
            .finish_discoverable_authentication_v2(&claim.response, claim.asked, &passkey)
            .map_err(refused)?;
        passkey.update_credential(&proved);
        Ok(written(&passkey))
    }
}

impl PasskeyError {
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::TooLate => "That took too long. Try again.",
            Self::Unreadable => {
                "Your browser sent something that is not a passkey. Reload the page and try again."
            }
            Self::Refused => "This passkey is not accepted here. Sign in another way.",
            Self::Copied => {
                "This passkey may have been copied, so it is not accepted. Sign in another way \
                 and remove it from your account."
            }
        }
    }
}

fn locked<T>(ceremonies: &Mutex<Ceremonies<T>>) -> MutexGuard<'_, Ceremonies<T>> {
    ceremonies.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T: DeserializeOwned>(response: &str) -> Result<T, PasskeyError> {
    if response.len() > RESPONSE_BYTES_MAX {
        return Err(PasskeyError::Unreadable);
    }
    serde_json::from_str(response).map_err(|_| PasskeyError::Unreadable)
}

fn written(passkey: &Passkey) -> String {
    serde_json::to_string(passkey).expect("a passkey is plain JSON")
}

/// Says in the log what people are not told. The library's errors name no person and no secret.
fn refused(error: WebauthnError) -> PasskeyError {
    tracing::info!(%error, "refused a passkey");
    match error {
        WebauthnError::CredentialPossibleCompromise => PasskeyError::Copied,
        _ => PasskeyError::Refused,
    }
}

#[cfg(test)]
mod tests;
