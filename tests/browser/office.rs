//! The pages of accounts, all of them: what axe-core says, what their policy lets through, what a
//! browser keeps of them, and what is done there without a pointer.

use harness::browser::{Person, story};
use harness::{Browser, Client, Server};

use crate::accounts::{PASSWORD, invites, is_at, joins, opens_person, sets_up, setup_path};
use crate::accounts::{signs_in, signs_out};

/// Where one is known, everything open that opens.
const INSIDE: [&str; 7] = [
    "/settings",
    "/admin/people",
    "/admin/invitations",
    "/admin/rooms",
    "/admin/access",
    "/admin/audit",
    "/admin/reports",
];

const OUTSIDE: [&str; 4] =
    ["/signin", "/signup", "/join/0123456789abcdef", "/reset/0123456789abcdef"];

#[tokio::test]
async fn nobody_stumbles_at_the_door() {
    story(["Mara"], async |server: &mut Server, [mara]| {
        let setup = setup_path(server);
        stumbles_nowhere(mara, &setup, "set-up").await;
        sets_up(mara, server).await;
        let link = invites(mara, 1).await;
        signs_out(mara).await;
        for path in OUTSIDE {
            let name = path[1..].split('/').next().unwrap();
            stumbles_nowhere(mara, path, name).await;
        }
        stumbles_nowhere(mara, &link, "join").await;
        mara.visit("/settings").await;
        stumbles_nowhere(mara, "/settings", "settings-guest").await;
        signs_in(mara, "mara", "not hers at all").await;
        mara.finds("why not", "return !!document.querySelector('.field-error')").await;
        looks_right(mara, "sign-in-refused").await;
    })
    .await;
}

#[tokio::test]
async fn nobody_stumbles_inside() {
    story(["Mara"], async |server: &mut Server, [mara]| {
        sets_up(mara, server).await;
        peoples(server, mara).await;
        for path in INSIDE {
            stumbles_nowhere(mara, path, &path[1..].replace('/', "-")).await;
        }
        mara.holds_a_phone().await;
        for path in ["/settings", "/admin/people"] {
            stumbles_nowhere(mara, path, &format!("phone-{}", &path[1..].replace('/', "-"))).await;
        }
    })
    .await;
}

/// ABUSE.md, 33. What a page complains about fails any story; here is what it must complain about.
#[tokio::test]
async fn no_page_breaks_its_own_policy_and_none_runs_what_is_planted() {
    story(["Mara"], async |server: &mut Server, [mara]| {
        mara.runs_before_each_page(
            "window.violations = [];
             addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
               violations.push(`${violatedDirective} ${blockedURI}`));",
        )
        .await;
        let setup = setup_path(server);
        breaks_nothing(mara, &setup).await;
        sets_up(mara, server).await;
        for path in INSIDE.iter().chain(&["/", "/r/nowhere"]) {
            breaks_nothing(mara, path).await;
        }
        signs_out(mara).await;
        for path in OUTSIDE {
            breaks_nothing(mara, path).await;
        }
        signs_in(mara, "mara", PASSWORD).await;
        is_at(mara, "/").await;
        for path in ["/", "/settings", "/admin/people", "/signin"] {
            mara.visit(path).await;
            mara.look::<()>(
                "document.body.insertAdjacentHTML('beforeend',
                   `<img src='data:,' onerror='window.planted = 1'><i style='color: red'></i>
                    <a href='#' id='planted' onclick='window.planted = 1'>x</a>`);
                 const script = document.createElement('script');
                 script.textContent = 'window.planted = 1';
                 document.body.append(script);
                 document.getElementById('planted').click();",
            )
            .await;
            let blocked = "return new Set(violations.map((what) => what.split(' ')[0])).size >= 3";
            mara.finds("it is blocked", blocked).await;
            assert!(mara.look::<bool>("return window.planted !== 1").await, "{path}");
        }
        // It was asked for.
        let complaints = mara.complaints().await;
        assert!(complaints.iter().all(|said| said.contains("Content Security Policy")));
    })
    .await;
}

/// ABUSE.md, 34.
#[tokio::test]
async fn no_page_is_shown_in_a_frame() {
    story(["Mara"], async |server: &mut Server, [mara]| {
        sets_up(mara, server).await;
        // Not even by a page of the same origin, to which a frame that shows something is open.
        mara.visit("/signin").await;
        for path in ["/", "/settings", "/admin/people", "/signin"] {
            let framed = format!(
                "const [done] = arguments;
                 const frame = document.createElement('iframe');
                 frame.onload = () => done(frame.contentDocument !== null);
                 frame.src = '{path}';
                 document.body.append(frame);"
            );
            assert!(!mara.look_long::<bool>(&framed).await, "{path}");
        }
        // It was asked for.
        mara.complaints().await;
    })
    .await;
}

/// ABUSE.md, 35: a browser keeps nothing of them that Back could show.
#[tokio::test]
async fn after_signing_out_back_shows_nothing() {
    story(["Mara"], async |server: &mut Server, [mara]| {
        sets_up(mara, server).await;
        mara.open("/").await;
        mara.says("Between us").await;
        mara.visit("/admin/people").await;
        mara.sees("Mara Lindqvist").await;
        mara.visit("/settings").await;
        mara.clicks_on("#logins form[action='/signout'] button").await;
        is_at(mara, "/").await;
        for _ in 0..2 {
            mara.goes_back().await;
            mara.finds("has to sign in or is a guest", "return document.readyState !== 'loading'")
                .await;
            let text: String = mara.look("return document.body.innerText").await;
            assert!(!text.contains("Mara Lindqvist"), "{text}");
            assert!(!text.contains("mara@"), "{text}");
        }
    })
    .await;
}

/// ABUSE.md, 35: nor does anything in between.
#[tokio::test]
async fn no_page_is_kept_by_anybody() {
    story(["Mara"], async |server: &mut Server, [mara]| {
        let setup = setup_path(server);
        let mut stranger = Browser::new(server);
        assert_eq!(stranger.get(&setup).await.header("cache-control"), "no-store");
        sets_up(mara, server).await;
        for path in OUTSIDE.iter().chain(&["/", "/r/lobby", "/settings", "/signin/code"]) {
            let page = stranger.get(path).await;
            let kept = page.header("cache-control");
            assert!(kept == "no-store" || page.status == 303, "{path}: {} {kept}", page.status);
        }
        for path in INSIDE.iter().chain(&["/settings/export.json", "/settings/export.html"]) {
            let kept = format!(
                "const [done] = arguments;
                 fetch('{path}').then((page) => done(page.headers.get('cache-control')));"
            );
            assert_eq!(mara.look_long::<String>(&kept).await, "no-store", "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn everything_of_importance_goes_without_a_pointer() {
    story(["Mara", "Bob"], async |server: &mut Server, [mara, bob]| {
        sets_up(mara, server).await;
        let link = invites(mara, 1).await;
        joins(bob, &link, "Bob Brandt").await;
        signs_out(mara).await;

        mara.visit("/signin").await;
        tabs_to(mara, "#name").await;
        mara.types("mara").await;
        tabs_to(mara, "#password").await;
        mara.types(PASSWORD).await;
        mara.press("Enter").await;
        mara.connected_as("Mara Lindqvist").await;

        mara.visit("/admin/invitations").await;
        tabs_to(mara, ".fold > summary").await;
        mara.press("Enter").await;
        tabs_to(mara, "#label").await;
        mara.types("By hand").await;
        mara.press("Enter").await;
        mara.sees("The link is made.").await;
        mara.sees("By hand").await;

        mara.visit("/admin/people").await;
        tabs_to(mara, "summary[aria-label='What to do about Bob Brandt']").await;
        mara.press("Enter").await;
        tabs_to(mara, ".person-role select").await;
        // To the role above his.
        mara.press("ArrowUp").await;
        tabs_to(mara, ".person-role button").await;
        mara.press("Enter").await;
        mara.sees("The role is changed.").await;
        bob.visit("/admin/people").await;
        bob.sees("Administration").await;
    })
    .await;
}

/// Presses Tab until this has the focus.
async fn tabs_to(person: &Person, css: &str) {
    let has = format!("return document.activeElement.matches(\"{css}\")");
    for _ in 0..60 {
        if person.look::<bool>(&has).await {
            return;
        }
        person.press("Tab").await;
    }
    panic!("{person}: no Tab leads to {css}");
}

/// Everything that the pages may have to show.
async fn peoples(server: &Server, mara: &Person) {
    let mut guest = Client::arrive(server, "Guest").await;
    guest.say("Hello").await;
    invites(mara, 3).await;
    mara.visit("/admin/people").await;
    mara.clicks("Add a person yourself").await;
    mara.fills("#add-name", "Bob Brandt").await;
    mara.clicks("Add").await;
    looks_right(mara, "made-link").await;
    opens_person(mara, "Bob Brandt").await;
    mara.clicks("Deactivate").await;
    looks_right(mara, "done").await;
    mara.visit("/settings").await;
    mara.clicks("Set up").await;
    looks_right(mara, "two-step").await;
    mara.visit("/settings").await;
    mara.clicks("New token").await;
    mara.fills("#token-name", "Backup script").await;
    mara.clicks("Make a token").await;
    looks_right(mara, "made-token").await;
}

async fn stumbles_nowhere(person: &Person, path: &str, name: &str) {
    person.visit(path).await;
    looks_right(person, name).await;
}

/// Everything that opens, opened; light and dark.
async fn looks_right(person: &Person, name: &str) {
    person
        .look::<()>("document.querySelectorAll('details').forEach((one) => one.open = true)")
        .await;
    for theme in ["light", "dark"] {
        person.prefers(theme).await;
        // Half way from one theme to the other nothing has the contrast that it will have.
        person.finds("colours have settled", "return document.getAnimations().length === 0").await;
        person.screenshot(&format!("{name}-{theme}")).await;
        let found = person.stumbles_over().await;
        assert!(found.is_empty(), "{name}, {theme}: {found:#?}");
    }
}

async fn breaks_nothing(person: &Person, path: &str) {
    person.visit(path).await;
    person.finds("it is drawn", "return document.readyState === 'complete'").await;
    let violations: Vec<String> = person.look("return violations").await;
    assert!(violations.is_empty(), "{path}: {violations:?}");
}
