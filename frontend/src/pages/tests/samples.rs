//! The workshop that all pages are about. Behind every text that somebody typed stands `harm`.

use shared::permission::{Door, Role};
use shared::protocol::{Person, UserId};
use uuid::Uuid;

use crate::pages::*;

pub(super) fn person(number: u128, name: &str, harm: &str) -> Person {
    let id =
        UserId(Uuid::from_u128(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)));
    Person { id, name: format!("{name}{harm}") }
}

pub(super) fn mara(harm: &str) -> Me {
    Me {
        person: person(1, "Mara Lindqvist", harm),
        role: Role::Owner,
        administers: true,
        invites: true,
    }
}

/// The three finders of a code: enough to look like one.
pub(super) fn qr() -> Qr {
    let finder = |x: u32, y: u32| format!("M{x} {y}h7v7h-7zm1 1v5h5v-5zm1 1h3v3h-3z");
    let dots = (0..29_u32).flat_map(|y| (0..29_u32).map(move |x| (x, y)));
    let dots = dots.filter(|(x, y)| {
        let corner = (*x < 8 || *x > 20) && *y < 8 || *x < 8 && *y > 20;
        !corner && (x * x * 7 + y * 13 + x * y * 3) % 5 < 2
    });
    let dots: String = dots.map(|(x, y)| format!("M{x} {y}h1v1h-1z")).collect();
    let path = [finder(0, 0), finder(22, 0), finder(0, 22), dots].concat();
    Qr { modules: 29, path }
}

pub(super) fn new_account(harm: &str) -> NewAccount {
    NewAccount {
        name: Entry::new(format!("Kofi Mensah{harm}")),
        handle: Entry::new(format!("kofi{harm}")),
        mail: Entry::new(format!("kofi@fernhill.example{harm}")),
        ..NewAccount::default()
    }
}

pub(super) fn setup(harm: &str) -> SetupPage {
    SetupPage {
        code: "8fj2k".to_owned(),
        checks: vec![
            (true, format!("Data folder is writable, 38 GB free{harm}")),
            (true, "Reached at https://chat.fernhill.example".to_owned()),
            (true, "No bigger clock error than a second".to_owned()),
            (false, "Backups are not set up yet".to_owned()),
        ],
        workspace: Entry::new(format!("Fernhill Workshop{harm}")),
        name: Entry::new(format!("Mara Lindqvist{harm}")),
        handle: Entry::new(format!("mara{harm}")),
        mail: Entry::refused(
            format!("mara@fernhill{harm}"),
            format!("This address has no ending such as .org.{harm}"),
        ),
        password_error: None,
        join: Door::Guests,
    }
}
