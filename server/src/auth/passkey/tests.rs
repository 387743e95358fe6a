//! Passkeys as people make and use them, with an authenticator of our own.

mod authenticator;

use std::time::Duration;

use authenticator::Authenticator;

use super::*;

const ORIGIN: &str = "https://chat.example.org";
const MARA: Uuid = Uuid::from_u128(0x3f2a << 112);

/// A server, and Mara's device with the passkey that the server stores as the last.
fn registered() -> (Passkeys, Authenticator, Registered) {
    let passkeys = Passkeys::at(ORIGIN).unwrap();
    let mut device = Authenticator::at(ORIGIN, 7);
    let stored = register(&passkeys, &mut device).unwrap();
    (passkeys, device, stored)
}

fn register(passkeys: &Passkeys, device: &mut Authenticator) -> Result<Registered, PasskeyError> {
    let now = Instant::now();
    let begun = passkeys.begin_registration(MARA, "mara", "Mara Lindqvist", &[], now).unwrap();
    passkeys.finish_registration(MARA, &begun.ticket, &device.create(&begun.options), now)
}

fn sign_in(
    passkeys: &Passkeys,
    device: &mut Authenticator,
    stored: &str,
) -> Result<String, PasskeyError> {
    let now = Instant::now();
    let begun = passkeys.begin_sign_in(now).unwrap();
    let claim = passkeys.claim(&begun.ticket, &device.get(&begun.options), now)?;
    passkeys.finish_sign_in(claim, stored)
}

#[test]
fn mara_makes_a_passkey_and_signs_in_without_a_name() {
    let (passkeys, mut device, stored) = registered();
    assert_eq!(stored.credential, device.credential);
    let now = Instant::now();
    let begun = passkeys.begin_sign_in(now).unwrap();
    let claim = passkeys.claim(&begun.ticket, &device.get(&begun.options), now).unwrap();
    assert_eq!((claim.user, &claim.credential), (MARA, &stored.credential));
    let used = passkeys.finish_sign_in(claim, &stored.passkey).unwrap();
    assert_ne!(used, stored.passkey, "it counts");
    assert!(sign_in(&passkeys, &mut device, &used).is_ok());
}

#[test]
fn a_browser_is_asked_for_a_passkey_that_knows_its_person() {
    let passkeys = Passkeys::at(ORIGIN).unwrap();
    let existing = [vec![1, 2, 3]];
    let begun = passkeys
        .begin_registration(MARA, "mara", "Mara Lindqvist", &existing, Instant::now())
        .unwrap();
    let options = &begun.options["publicKey"];
    assert_eq!(options["rp"]["id"], "chat.example.org");
    assert_eq!(options["user"]["name"], "mara");
    assert_eq!(options["user"]["displayName"], "Mara Lindqvist");
    assert_eq!(options["excludeCredentials"][0]["id"], "AQID");
    let selection = &options["authenticatorSelection"];
    assert_eq!(selection["residentKey"], "required");
    assert_eq!(selection["requireResidentKey"], true);
    assert_eq!(selection["userVerification"], "required");

    let begun = passkeys.begin_sign_in(Instant::now()).unwrap();
    let keys: Vec<_> = begun.options.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["publicKey"]);
    assert_eq!(begun.options["publicKey"]["allowCredentials"], json!([]));
    assert_eq!(begun.options["publicKey"]["userVerification"], "required");
}

#[test]
fn a_ticket_is_one_persons_for_one_answer() {
    let (passkeys, mut device, stored) = registered();
    let now = Instant::now();
    let begin = || passkeys.begin_registration(MARA, "mara", "Mara", &[], now).unwrap();

    let begun = begin();
    let answer = device.create(&begun.options);
    let bob = Uuid::from_u128(1);
    let finish = |user, at| passkeys.finish_registration(user, &begun.ticket, &answer, at);
    assert_eq!(finish(bob, now), Err(PasskeyError::TooLate));
    assert_eq!(finish(MARA, now), Err(PasskeyError::TooLate), "Bob has used it up");

    let begun = begin();
    let answer = device.create(&begun.options);
    let finish = |at| passkeys.finish_registration(MARA, &begun.ticket, &answer, at);
    assert_eq!(finish(now + Duration::from_secs(300)), Err(PasskeyError::TooLate));

    let begun = passkeys.begin_sign_in(now).unwrap();
    let answer = device.get(&begun.options);
    let claim = || passkeys.claim(&begun.ticket, &answer, now);
    assert!(passkeys.finish_sign_in(claim().unwrap(), &stored.passkey).is_ok());
    assert_eq!(claim().unwrap_err(), PasskeyError::TooLate);
}

#[test]
fn an_answer_that_does_not_hold_is_refused() {
    let (passkeys, mut device, stored) = registered();
    let refused = Err(PasskeyError::Refused);

    // Another device says that it is Mara's.
    let mut mallory = Authenticator::at(ORIGIN, 8);
    mallory.user = device.user.clone();
    assert_eq!(sign_in(&passkeys, &mut mallory, &stored.passkey), refused);
    mallory.credential = device.credential.clone();
    assert_eq!(sign_in(&passkeys, &mut mallory, &stored.passkey), refused);

    // A page that looks like ours asked for it.
    device.origin = "https://chat.example.com".to_owned();
    assert_eq!(sign_in(&passkeys, &mut device, &stored.passkey), refused);
    assert_eq!(
        register(&passkeys, &mut Authenticator::at(&device.origin, 9)),
        Err(PasskeyError::Refused)
    );
    device.origin = ORIGIN.to_owned();

    // Somebody has the telephone, but not its PIN.
    device.verifies = false;
    assert_eq!(sign_in(&passkeys, &mut device, &stored.passkey), refused);
    device.verifies = true;

    // An answer to an earlier question.
    let now = Instant::now();
    let earlier = device.get(&passkeys.begin_sign_in(now).unwrap().options);
    let begun = passkeys.begin_sign_in(now).unwrap();
    let claim = passkeys.claim(&begun.ticket, &earlier, now).unwrap();
    assert_eq!(passkeys.finish_sign_in(claim, &stored.passkey), refused);

    assert_eq!(sign_in(&passkeys, &mut device, "damaged"), refused);
    assert!(sign_in(&passkeys, &mut device, &stored.passkey).is_ok());
}

#[test]
fn a_copy_is_noticed_by_its_counter() {
    let (passkeys, mut device, stored) = registered();
    let mut copy = Authenticator::at(ORIGIN, 7);
    copy.user = device.user.clone();
    let mut passkey = stored.passkey;
    for _ in 0..3 {
        passkey = sign_in(&passkeys, &mut device, &passkey).unwrap();
    }
    assert_eq!(sign_in(&passkeys, &mut copy, &passkey), Err(PasskeyError::Copied));
    assert!(sign_in(&passkeys, &mut device, &passkey).is_ok());
}

#[test]
fn nonsense_is_unreadable_and_what_is_wrong_is_a_sentence() {
    let passkeys = Passkeys::at(ORIGIN).unwrap();
    let now = Instant::now();
    let mut device = Authenticator::at(ORIGIN, 7);
    device.user = json!("bm9ib2R5");
    let long = format!("\"{}\"", "a".repeat(RESPONSE_BYTES_MAX));
    for nonsense in ["", "{}", "[[[[", &long, &device.get(&json!({ "publicKey": { "rpId": "" } }))]
    {
        let begun = passkeys.begin_sign_in(now).unwrap();
        let claim = passkeys.claim(&begun.ticket, nonsense, now);
        assert_eq!(claim.unwrap_err(), PasskeyError::Unreadable, "{nonsense:.40}");
        let begun = passkeys.begin_registration(MARA, "mara", "Mara", &[], now).unwrap();
        let finished = passkeys.finish_registration(MARA, &begun.ticket, nonsense, now);
        assert_eq!(finished, Err(PasskeyError::Unreadable), "{nonsense:.40}");
    }
    for error in [
        PasskeyError::TooLate,
        PasskeyError::Unreadable,
        PasskeyError::Refused,
        PasskeyError::Copied,
    ] {
        assert!(error.sentence().ends_with('.'), "{error:?}");
    }
}

#[test]
fn passkeys_are_where_browsers_have_them() {
    for origin in [
        "https://chat.example.org",
        "https://chat.example.org:8443",
        "http://localhost:8080",
        "http://chat.localhost:8080",
    ] {
        let passkeys = Passkeys::at(origin).expect(origin);
        let mut device = Authenticator::at(origin, 7);
        let stored = register(&passkeys, &mut device).expect(origin);
        assert!(sign_in(&passkeys, &mut device, &stored.passkey).is_ok(), "{origin}");
    }
    for origin in [
        "http://chat.example.org",
        "https://192.0.2.1",
        "http://127.0.0.1:8080",
        "https://[2001:db8::1]",
        "chat.example.org",
        "",
    ] {
        assert!(Passkeys::at(origin).is_none(), "{origin}");
    }
}
