//! Mara owns the workspace; Ines is to be an admin, Kofi a member.

use shared::permission::{Door, Policy, Role};
use uuid::Uuid;

use super::*;
use crate::names::Name;
use crate::store::testing::store_in_memory_speed;
use crate::store::{Store, invitations, logins, revocations};

const NOW: i64 = 1_795_335_605_123;
const HOUR_MS: i64 = 60 * 60 * 1_000;

struct House {
    store: Store,
    _dir: tempfile::TempDir,
}

fn person(number: u128) -> UserId {
    UserId(Uuid::from_u128(number << 96 | 0x4000 << 64))
}

const MARA: u128 = 1;
const INES: u128 = 2;
const KOFI: u128 = 3;

fn actor(number: u128) -> Actor {
    Actor { id: Some(person(number)), address: "192.0.2.1".into(), now_ms: NOW }
}

fn account(number: u128, name: &str) -> NewAccount {
    let id = person(number);
    let name = Name::parse(name, id).unwrap();
    NewAccount { id, name, handle: None, email: None, password_hash: Some("hash".into()) }
}

impl House {
    /// Set up, with its owner.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = store_in_memory_speed(&dir);
        settings::set_setup_code(&store.writer, "code").unwrap();
        let house = Self { store, _dir: dir };
        let mara = account(MARA, "Mara");
        set_up(house.db(), &actor(MARA), "code", &mara, "Fernhill", Door::SignUp).unwrap().unwrap();
        house
    }

    fn db(&self) -> &Connection {
        &self.store.writer
    }

    fn join(&self, number: u128, name: &str, role: Role) {
        let wanted = wanted(role, 1);
        let code = format!("{name}'s");
        invite(self.db(), &actor(MARA), &code, &wanted).unwrap().unwrap();
        accept(self.db(), &actor(number), &code, &account(number, name)).unwrap().unwrap();
    }

    fn role(&self, number: u128) -> Role {
        users::find(self.db(), person(number)).unwrap().unwrap().role
    }
}

fn wanted(role: Role, uses_max: u32) -> WantedInvitation {
    WantedInvitation { label: "Volunteers".into(), role, uses_max, days: 7 }
}

#[test]
fn the_set_up_link_makes_one_owner_and_then_nothing() {
    let house = House::new();
    assert_eq!(house.role(MARA), Role::Owner);
    assert_eq!(settings::workspace(house.db()).unwrap(), "Fernhill");
    for code in ["code", "another", ""] {
        let ines = account(INES, "Ines");
        let late = set_up(house.db(), &actor(INES), code, &ines, "Mine", Door::Guests).unwrap();
        assert_eq!(late, Err(Refusal::Unknown), "{code}");
    }
    assert!(users::find(house.db(), person(INES)).unwrap().is_none());
}

#[test]
fn an_invitation_lets_in_as_many_as_it_says_and_nobody_above_its_maker() {
    let house = House::new();
    house.join(INES, "Ines", Role::Admin);
    assert_eq!(house.role(INES), Role::Admin);
    let owner = invite(house.db(), &actor(INES), "up", &wanted(Role::Owner, 1)).unwrap();
    assert_eq!(owner, Err(Refusal::Forbidden));
    let guests = invite(house.db(), &actor(9), "no", &wanted(Role::Member, 1)).unwrap();
    assert_eq!(guests, Err(Refusal::Forbidden), "who has no account invites nobody");

    invite(house.db(), &actor(INES), "one", &wanted(Role::Admin, 1)).unwrap().unwrap();
    accept(house.db(), &actor(KOFI), "one", &account(KOFI, "Kofi")).unwrap().unwrap();
    let late = accept(house.db(), &actor(4), "one", &account(4, "Priya")).unwrap();
    assert_eq!(late, Err(Refusal::Ended));

    // Whoever is less by now gives less.
    invite(house.db(), &actor(INES), "two", &wanted(Role::Admin, 5)).unwrap().unwrap();
    set_role(house.db(), &actor(MARA), person(INES), Role::Member).unwrap().unwrap();
    let stale = accept(house.db(), &actor(5), "two", &account(5, "Tomasz")).unwrap();
    assert_eq!(stale, Err(Refusal::Ended));
    let later = Actor { now_ms: NOW + 8 * 24 * HOUR_MS, ..actor(6) };
    invite(house.db(), &actor(MARA), "week", &wanted(Role::Member, 5)).unwrap().unwrap();
    assert_eq!(
        accept(house.db(), &later, "week", &account(6, "Jonah")).unwrap(),
        Err(Refusal::Ended)
    );
}

#[test]
fn names_handles_and_addresses_are_one_persons() {
    let house = House::new();
    let taken = |account: &NewAccount| sign_up(house.db(), &actor(8), account).unwrap();
    assert_eq!(taken(&account(8, "MARA")), Err(Refusal::NameTaken));
    let handle = NewAccount { handle: Some("mara".into()), ..account(8, "Other") };
    assert_eq!(taken(&handle), Err(Refusal::HandleTaken));
    let with_email = |number, name: &str| NewAccount {
        email: Some("a@b.example".into()),
        ..account(number, name)
    };
    sign_up(house.db(), &actor(7), &with_email(7, "First")).unwrap().unwrap();
    assert_eq!(taken(&with_email(8, "Second")), Err(Refusal::EmailTaken));
    assert_eq!(taken(&account(7, "Third")), Err(Refusal::HasAccount));
}

#[test]
fn the_last_owner_stays_one() {
    let house = House::new();
    house.join(INES, "Ines", Role::Admin);
    let mara = person(MARA);
    let demote = || set_role(house.db(), &actor(MARA), mara, Role::Member).unwrap();
    assert_eq!(demote(), Err(Refusal::LastOwner));
    assert_eq!(delete_account(house.db(), &actor(MARA), mara).unwrap(), Err(Refusal::LastOwner));
    assert_eq!(
        set_role(house.db(), &actor(INES), mara, Role::Member).unwrap(),
        Err(Refusal::Forbidden)
    );
    set_role(house.db(), &actor(MARA), person(INES), Role::Owner).unwrap().unwrap();
    assert_eq!(demote(), Ok(()));
    assert_eq!(
        set_role(house.db(), &actor(MARA), person(INES), Role::Member).unwrap(),
        Err(Refusal::Forbidden),
        "Mara is a member now"
    );
}

#[test]
fn who_is_kept_out_is_signed_out_and_what_they_used_is_dead() {
    let house = House::new();
    house.join(KOFI, "Kofi", Role::Member);
    let kofi = person(KOFI);
    logins::insert(house.db(), &[1; 32], kofi, NOW).unwrap();
    logins::touch(house.db(), &[1; 32], "Firefox", "198.51.100.7", NOW).unwrap();
    logins::insert_token(house.db(), &[2; 32], kofi, "bot", true, NOW).unwrap();
    let before = revocations::newest(house.db()).unwrap();
    let wanted = Ban {
        target: kofi,
        connected_from: vec!["203.0.113.9".into(), "192.0.2.1".into()],
        with_addresses: true,
    };
    ban(house.db(), &actor(MARA), &wanted).unwrap().unwrap();
    assert!(!logins::bearer(house.db(), &[1; 32]).unwrap().unwrap().is_active);
    assert!(logins::token_bearer(house.db(), &[2; 32]).unwrap().is_none());
    let banned = revocations::banned_addresses(house.db()).unwrap();
    assert_eq!(banned.len(), 2, "not Mara's own: {banned:?}");
    let after = revocations::after(house.db(), before).unwrap();
    assert_eq!(after[0].whose, revocations::Whose::User(kofi));
    assert!(after.iter().all(|one| !one.returns));
    assert_eq!(
        ban_oneself(&house),
        Err(Refusal::Forbidden),
        "nobody keeps themselves out by mistake"
    );
}

fn ban_oneself(house: &House) -> Result<(), Refusal> {
    set_standing(house.db(), &actor(MARA), person(MARA), Standing::Banned).unwrap()
}

#[test]
fn a_link_for_a_password_works_once_and_turns_two_step_codes_off() {
    let house = House::new();
    house.join(KOFI, "Kofi", Role::Member);
    users::set_totp(house.db(), person(KOFI), Some(&[7; 20]), None).unwrap();
    make_reset(house.db(), &actor(MARA), person(KOFI), &[9; 32], NOW + HOUR_MS).unwrap().unwrap();
    let by = Actor { id: None, ..actor(KOFI) };
    assert_eq!(reset_password(house.db(), &by, &[8; 32], "new").unwrap(), Err(Refusal::Ended));
    assert_eq!(reset_password(house.db(), &by, &[9; 32], "new").unwrap(), Ok(person(KOFI)));
    assert_eq!(reset_password(house.db(), &by, &[9; 32], "newer").unwrap(), Err(Refusal::Ended));
    let kofi = users::account(house.db(), person(KOFI)).unwrap().unwrap();
    assert_eq!((kofi.password_hash.as_deref(), kofi.totp_secret), (Some("new"), None));
    assert_eq!(invitations::reset(house.db(), &[9; 32], NOW).unwrap(), None);
}

#[test]
fn only_an_owner_decides_about_the_workspace() {
    let house = House::new();
    house.join(INES, "Ines", Role::Admin);
    let closed = Policy { door: Door::Invitation, ..Policy::default() };
    let set = |number| set_workspace(house.db(), &actor(number), "Hill", &closed).unwrap();
    assert_eq!(set(INES), Err(Refusal::Forbidden));
    assert_eq!(set(MARA), Ok(()));
    let late = sign_up(house.db(), &actor(8), &account(8, "Late")).unwrap();
    assert_eq!(late, Err(Refusal::Forbidden));
}

#[test]
fn whoever_deletes_their_account_leaves_no_name() {
    let house = House::new();
    house.join(KOFI, "Kofi", Role::Member);
    delete_account(house.db(), &actor(KOFI), person(KOFI)).unwrap().unwrap();
    let kofi = users::account(house.db(), person(KOFI)).unwrap().unwrap();
    assert_eq!(kofi.name, "Deleted person");
    assert_eq!((kofi.handle, kofi.password_hash), (None, None));
    sign_up(house.db(), &actor(8), &account(8, "Kofi")).unwrap().unwrap();
    let name = Name::parse("Deleted person", person(8)).unwrap();
    assert!(users::named(house.db(), &name.key).unwrap().is_none());
}
