//! What there is to administer in the workshop. Behind every text that somebody typed stands `harm`.

use shared::permission::{Door, Role};
use shared::protocol::{RoomKind, RoomName};

use super::samples;
use crate::pages::admin::*;
use crate::pages::*;

pub(super) fn admin(tab: AdminTab, harm: &str) -> AccountPage {
    AccountPage::Admin(Box::new(AdminPage {
        me: samples::mara(harm),
        open_reports: 2,
        done: None,
        error: None,
        tab,
    }))
}

pub(super) fn people(harm: &str) -> PeoplePage {
    let row = |number: u128, name: &str, role: Role, seen: &str, standing: Standing| PersonRow {
        person: samples::person(number, name, harm),
        handle: (role != Role::Guest).then(|| {
            format!("{}{harm}", name.split(' ').next().unwrap_or_default().to_lowercase())
        }),
        mail: (!number.is_multiple_of(3) && role != Role::Guest)
            .then(|| format!("somebody{number}@fernhill.example{harm}")),
        role,
        joined: format!("2 March 2026{harm}"),
        seen: format!("{seen}{harm}"),
        standing,
        roles: match role {
            Role::Owner => Vec::new(),
            Role::Guest => vec![Role::Guest, Role::Member],
            Role::Admin | Role::Member => vec![Role::Owner, Role::Admin, Role::Member],
        },
        may_change_standing: role != Role::Owner,
        may_ban: role != Role::Owner && standing != Standing::Banned,
        may_reset: role == Role::Member,
        may_sign_out: role != Role::Owner,
        may_erase: role != Role::Owner,
    };
    PeoplePage {
        about: format!("14 members, 3 guests today.{harm}"),
        q: harm.to_owned(),
        role: None,
        rows: vec![
            row(1, "Mara Lindqvist", Role::Owner, "now", Standing::Active),
            row(2, "Ines Duarte", Role::Admin, "now", Standing::Active),
            row(3, "Tomasz Wolny", Role::Member, "20 minutes ago", Standing::Active),
            row(4, "نور الهدى", Role::Member, "now", Standing::Active),
            row(5, "Jonah Beck", Role::Member, "yesterday", Standing::Deactivated),
            row(6, "User-3f2a", Role::Guest, "9 November", Standing::Banned),
        ],
        paging: Paging { back: None, on: Some("/admin/people?after=6".to_owned()) },
        made: None,
        add: AddPerson {
            name: Entry::default(),
            handle: Entry::default(),
            role: Role::Member,
            roles: vec![Role::Admin, Role::Member],
        },
    }
}

pub(super) fn made_link(harm: &str) -> MadeLink {
    MadeLink {
        name: format!("Tomasz Wolny{harm}"),
        url: format!("https://chat.fernhill.example/reset/Zk3v9QmT5wXr8LbN{harm}"),
        ends: format!("tomorrow at 09:30{harm}"),
        qr: samples::qr(),
    }
}

pub(super) fn invitations(harm: &str) -> InvitationsPage {
    let row = |id: &str, label: &str, uses: Option<u32>, ending: Ending| InvitationRow {
        id: id.to_owned(),
        label: format!("{label}{harm}"),
        role: if id == "2" { Role::Admin } else { Role::Member },
        used: if uses == Some(1) { 0 } else { 5 },
        uses,
        made_by: format!("Ines Duarte{harm}"),
        ending,
    };
    let open = |ends: &str, soon: bool| Ending::Open {
        url: format!("https://chat.fernhill.example/join/Zk3v9QmT5wXr8LbN{harm}"),
        qr: samples::qr(),
        ends: Some(format!("{ends}{harm}")),
        soon,
    };
    InvitationsPage {
        rows: vec![
            row("1", "Open day volunteers", Some(20), open("on 30 November", false)),
            row("2", "Board, winter term", Some(1), open("today", true)),
            row("3", "Friends", None, Ending::Ended(format!("Ended on 3 November{harm}"))),
        ],
        label: Entry::new(harm),
        uses: Entry::new(harm),
        roles: vec![Role::Admin, Role::Member],
        open: false,
    }
}

pub(super) fn rooms() -> RoomsPage {
    let row = |name: &str, people: u64, slow_s: u32, keep_days: u32| RoomRow {
        name: RoomName::parse(name).expect("a name"),
        kind: if name == "lobby" { RoomKind::Lobby } else { RoomKind::Open },
        people,
        messages: people * 310,
        read_only: name == "news",
        slow_s,
        keep_days,
    };
    RoomsPage {
        rows: vec![
            row("lobby", 17, 30, 0),
            row("greenhouse", 9, 0, 0),
            row("news", 14, 0, 0),
            row("الحديقة", 1, 45, 90),
        ],
    }
}

pub(super) fn access(harm: &str) -> AccessPage {
    AccessPage {
        workspace: Entry::new(format!("Fernhill Workshop{harm}")),
        join: Door::SignUp,
        create: Role::Member,
        invite: Role::Admin,
        post: Role::Guest,
        addresses: vec![BannedAddress {
            address: format!("2001:db8::7{harm}"),
            about: format!("By Ines Duarte, 9 November, with Spam Bot{harm}"),
        }],
    }
}

pub(super) fn audit(harm: &str) -> AuditPage {
    let row = |when: &str, who: &str, what: &str, whom: &str| AuditRow {
        when: format!("{when}{harm}"),
        who: format!("{who}{harm}"),
        what: format!("{what}{harm}"),
        whom: format!("{whom}{harm}"),
        from: format!("192.0.2.14{harm}"),
    };
    AuditPage {
        q: harm.to_owned(),
        kinds: vec![Choice::new("role", "Roles"), Choice::new("ban", format!("Bans{harm}"))],
        kind: "role".to_owned(),
        rows: vec![
            row("9 Nov, 16:20", "Mara Lindqvist", "changed the role to admin of", "Ines Duarte"),
            row("9 Nov, 16:02", "Ines Duarte", "banned", "Spam Bot"),
            row("8 Nov, 09:41", "نور الهدى", "signed in", ""),
        ],
        paging: Paging {
            back: Some("/admin/audit".to_owned()),
            on: Some("/admin/audit?before=91".to_owned()),
        },
    }
}

pub(super) fn reports(harm: &str) -> ReportsPage {
    let row = |id: &str, reason: &str, text: &str| ReportRow {
        id: id.to_owned(),
        by: format!("Priya Raman{harm}"),
        when: format!("Today at 07:58{harm}"),
        reason: reason.to_owned(),
        author: samples::person(9, "Spam Bot", harm),
        posted: format!("today at 07:51{harm}"),
        text: format!("{text}{harm}"),
        room: RoomName::parse("greenhouse").expect("a name"),
        href: "/r/greenhouse?around=91".to_owned(),
    };
    let long = "Cheap seeds!!!\n\nhttps://seeds.example/?ref=1\n<b>BUY NOW</b>";
    ReportsPage {
        rows: vec![
            row("1", &format!("Third time today, and it is always the same.{harm}"), long),
            row("2", "", "nobody wants you here"),
        ],
    }
}
