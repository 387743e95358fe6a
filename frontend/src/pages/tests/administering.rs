//! Administration: each tab, and what a row offers to whom.

use super::html::Html;
use super::{HARM, office, page};
use crate::pages::AccountPage;
use crate::pages::admin::*;

fn tab(tab: AdminTab) -> Html {
    page(office::admin(tab, HARM))
}

fn current(html: &Html) -> Vec<&str> {
    let links = html.all("a").filter(|link| link.get("aria-current") == Some("page"));
    links.filter_map(|link| link.get("href")).collect()
}

#[test]
fn people() {
    let people = office::people(HARM);
    let tomasz = people.rows[2].person.id;
    let html = tab(AdminTab::People(Box::new(people)));
    html.says(HARM, 20);
    assert_eq!(current(&html), ["/admin/people"]);
    html.has_form("/admin/people", &["q", "role"]);
    for (verb, fields) in [
        ("role", ["role"].as_slice()),
        ("standing", &["standing"]),
        ("ban", &["address"]),
        ("reset", &[]),
        ("signout", &[]),
        ("erase", &[]),
    ] {
        html.has_form(&format!("/admin/people/{tomasz}/{verb}"), fields);
    }
    assert!(html.has_link("/admin/people?after=6"));
    let owner = office::people(HARM).rows[0].person.id;
    assert!(!html.text.contains(&format!("/admin/people/{owner}/")), "the owner is safe");
}

#[test]
fn a_made_link_is_shown_with_its_code() {
    let mut people = office::people(HARM);
    people.made = Some(office::made_link(HARM));
    let html = tab(AdminTab::People(Box::new(people)));
    let copied: Vec<_> = html.all("button").filter_map(|copy| copy.get("data-copy")).collect();
    assert!(copied.iter().any(|text| text.starts_with("https://chat.fernhill.example/reset/")));
    assert!(html.all("svg").any(|svg| svg.get("class") == Some("qr")));
}

#[test]
fn nobody_of_that_name() {
    let people = PeoplePage { rows: Vec::new(), ..office::people(HARM) };
    let html = tab(AdminTab::People(Box::new(people)));
    assert_eq!(html.all("table").count(), 0);
    assert!(html.text.contains("Nobody is called that."));
}

#[test]
fn invitations() {
    let html = tab(AdminTab::Invitations(office::invitations(HARM)));
    html.says(HARM, 15);
    html.has_form("/admin/invitations", &["label", "role", "uses", "days"]);
    html.has_form("/admin/invitations/1/end", &[]);
    assert!(!html.text.contains("/admin/invitations/3/end"), "it has ended");
    assert!(html.text.contains("5 of 20 used, ends on 30 November"));
}

#[test]
fn rooms() {
    let html = tab(AdminTab::Rooms(office::rooms()));
    html.has_form("/admin/rooms/lobby/rules", &["read_only", "slow_s", "keep_days"]);
    let arabic = "/admin/rooms/%D8%A7%D9%84%D8%AD%D8%AF%D9%8A%D9%82%D8%A9/rules";
    html.has_form(arabic, &["read_only", "slow_s", "keep_days"]);
    let chosen: Vec<_> = html
        .all("option")
        .filter(|option| option.get("selected").is_some())
        .filter_map(|option| option.get("value"))
        .collect();
    // 45 is none of those that are offered, and stays.
    assert_eq!(chosen, ["30", "0", "0", "0", "0", "0", "45", "90"]);
}

#[test]
fn access() {
    let html = tab(AdminTab::Access(office::access(HARM)));
    html.says(HARM, 5);
    html.has_form("/admin/access", &["workspace", "join", "create", "invite", "post"]);
    html.has_form("/admin/addresses/lift", &["address"]);
}

#[test]
fn audit() {
    let html = tab(AdminTab::Audit(office::audit(HARM)));
    html.says(HARM, 15);
    html.has_form("/admin/audit", &["q", "kind"]);
    assert!(html.has_link("/admin/audit?before=91"));
    assert_eq!(html.all("script").count(), 0);
}

#[test]
fn reports() {
    let html = tab(AdminTab::Reports(office::reports(HARM)));
    html.says(HARM, 10);
    html.has_form("/admin/reports/1/close", &["action"]);
    assert!(html.has_link("/r/greenhouse?around=91"));
    assert!(html.text.contains("&lt;b&gt;BUY NOW"));
    let html = tab(AdminTab::Reports(ReportsPage { rows: Vec::new() }));
    assert!(html.text.contains("Nothing is reported."));
}

#[test]
fn what_came_of_it_is_said_above() {
    let AccountPage::Admin(mut admin) = office::admin(AdminTab::Rooms(office::rooms()), HARM)
    else {
        panic!("another page");
    };
    admin.done = Some(format!("The rules are saved.{HARM}"));
    admin.error = Some(format!("The last owner stays one.{HARM}"));
    let html = page(AccountPage::Admin(admin));
    html.says(HARM, 4);
    assert!(html.text.contains("role=\"alert\""));
}
