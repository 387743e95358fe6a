//! Those who try to get in: by guessing, by links that were used, by being first.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use harness::people::{COOKIE, PASSWORD, account_form, setup_form, setup_path, sign_in};
use harness::{Browser, Client, Page, Server, Workspace};
use shared::permission::Role;

use crate::witnesses::Witnesses;

/// How many try the same at once.
const RACERS: usize = 50;

async fn race(server: &Server, path: &str) -> Vec<Page> {
    let racers = (0..RACERS).map(|number| async move {
        let mut browser = Browser::new(server);
        let name = format!("Racer {number}");
        // Whoever waits for a hash in vain comes again, as they are told to.
        loop {
            let page = if path.starts_with("/setup/") {
                browser.post(path, &setup_form(&name)).await
            } else {
                browser.post(path, &account_form(&name)).await
            };
            if ![408, 429].contains(&page.status) {
                return page;
            }
        }
    });
    join_all(racers).await
}

fn statuses(pages: &[Page]) -> (usize, Vec<u16>) {
    let others = pages.iter().map(|page| page.status).filter(|status| *status != 303);
    let others: Vec<u16> = others.collect();
    (pages.len() - others.len(), others)
}

#[tokio::test]
async fn the_set_up_page_raced_by_fifty_makes_one_owner_and_is_gone() {
    let server = Server::start().await;
    let path = setup_path(&server).await;
    let pages = race(&server, &path).await;
    let (made, others) = statuses(&pages);
    assert_eq!(made, 1, "{others:?}");
    assert!(others.iter().all(|status| *status == 404), "{others:?}");
    let mut late = Browser::new(&server);
    assert_eq!(late.get(&path).await.status, 404);
    assert_eq!(late.post(&path, &setup_form("Late")).await.status, 404);
    let wrong = format!("/setup/{}", "0".repeat(32));
    assert_eq!(late.get(&wrong).await.status, 404, "without the code");
    let owners = rusqlite::Connection::open(server.database()).unwrap();
    let owners: i64 = owners
        .query_row("select count(*) from users where role = 'owner'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(owners, 1);
    assert_eq!(server.ordered(&["setup-link"]), "This workspace is set up already.");
}

#[tokio::test]
async fn before_it_is_used_the_set_up_page_is_for_whoever_has_its_link() {
    let server = Server::start().await;
    let path = setup_path(&server).await;
    let mut browser = Browser::new(&server);
    for wrong in ["/setup/", "/setup/x", "/setup/00000000000000000000000000000000"] {
        assert_eq!(browser.get(wrong).await.status, 404, "{wrong}");
    }
    assert_eq!(server.ordered(&["setup-link"]), format!("{}{path}", server.origin()));
}

#[tokio::test]
async fn an_invitation_for_one_used_by_fifty_lets_one_in_and_makes_nobody_an_admin() {
    let mut workspace = Workspace::start().await;
    let link = workspace.invite(Role::Member, 1).await;
    let (joined, others) = statuses(&race(&workspace.server, &link).await);
    assert_eq!(joined, 1, "{others:?}");
    assert!(others.iter().all(|status| *status == 410), "{others:?}");

    let link = workspace.invite(Role::Member, 1).await;
    let mut mallory = Browser::new(&workspace.server);
    let mut form = account_form("Mallory").to_vec();
    form.extend([("role", "admin"), ("standing", "owner"), ("id", "1")]);
    assert_eq!(mallory.post(&format!("{link}?role=admin"), &form).await.status, 303);
    assert_eq!(mallory.get("/admin/people").await.status, 403);
    assert_eq!(mallory.get("/settings").await.status, 200);
}

#[tokio::test]
async fn an_invitation_that_was_ended_or_has_run_out_lets_nobody_in() {
    let mut workspace = Workspace::start().await;
    let revoked = workspace.invite(Role::Member, 5).await;
    let code = revoked.rsplit('/').next().unwrap().to_owned();
    let ended = workspace.mara.post(&format!("/admin/invitations/{code}/end"), &[]).await;
    assert_eq!(ended.status, 200, "{}", ended.text);
    let expired = workspace.invite(Role::Member, 5).await;
    let db = rusqlite::Connection::open(workspace.server.database()).unwrap();
    let code = expired.rsplit('/').next().unwrap();
    let aged = db.execute("update invitations set ends_at_ms = 1 where code = ?1", [code]);
    assert_eq!(aged.unwrap(), 1);
    for link in [&revoked, &expired, &format!("/join/{}", "0".repeat(32))] {
        let mut browser = Browser::new(&workspace.server);
        assert_eq!(browser.get(link).await.status, 410);
        assert_eq!(browser.post(link, &account_form("Late")).await.status, 410);
        let begun = browser.post(&format!("{link}/passkey/begin"), &[]).await;
        assert_eq!(begun.status, 410);
    }
}

#[tokio::test]
async fn signing_in_gives_a_new_cookie_with_the_flags_and_the_old_one_is_nobodys() {
    let workspace = Workspace::start().await;
    let server = &workspace.server;
    // A guest's cookie that somebody else has put there.
    let mut browser = Browser::new(server);
    browser.get("/").await;
    let planted = browser.cookie(COOKIE).unwrap().to_owned();
    let page = sign_in(&mut browser, "mara", PASSWORD).await;
    assert_eq!(page.status, 303, "{}", page.text);
    let cookies: Vec<_> = page.headers.get_all("set-cookie").into_iter().collect();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    let cookie = cookies[0].to_str().unwrap();
    for flag in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "no browser would keep it: {cookie}");
    assert_ne!(browser.cookie(COOKIE).unwrap(), planted);
    let mut mallory = Browser::new(server);
    mallory.hold(COOKIE, &planted);
    assert_eq!(mallory.get("/admin").await.header("location"), "/signin?next=/admin");

    // A guest who becomes a member: whoever holds the guest's cookie is not the member.
    let mut guest = Browser::new(server);
    guest.get("/").await;
    let before = guest.cookie(COOKIE).unwrap().to_owned();
    assert_eq!(guest.post("/signup", &account_form("Gus")).await.status, 303);
    assert_ne!(guest.cookie(COOKIE).unwrap(), before);
    mallory.hold(COOKIE, &before);
    assert_eq!(mallory.get("/settings").await.header("location"), "/signin?next=/settings");
}

#[tokio::test]
async fn behind_https_the_cookie_has_the_prefix_and_is_secure() {
    let url = "https://chat.example.org";
    let server = Server::start_with(&["--limits", "off", "--public-url", url]).await;
    let mut browser = Browser::new(&server);
    let path = setup_path(&server).await;
    let headers = [("origin", url), ("content-type", "application/x-www-form-urlencoded")];
    let form = "workspace=Fernhill&join=guests&name=Mara&password=orbit+cactus+velvet+moon";
    let page = browser.request("POST", &path, &headers, form).await;
    assert_eq!(page.status, 303, "{}", page.text);
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-hubbub_login="), "{cookie}");
    for flag in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

#[tokio::test]
async fn a_thousand_guesses_at_one_account_end_after_ten_and_the_owner_still_gets_in() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.0/8"]).await;
    let workspace = Workspace::set_up(server).await;
    let tries = async |from: &str, name: &str, password: &str| {
        let mut browser = Browser::new(&workspace.server);
        let origin = browser.origin();
        let headers = [
            ("origin", origin.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-forwarded-for", from),
        ];
        let form = format!("name={name}&password={}", password.replace(' ', "+"));
        browser.request("POST", "/signin", &headers, &form).await.status
    };
    // One address tries, then a different one for each guess.
    let mut wrong = 0;
    for number in 0..60 {
        let from = format!("203.0.113.{number}");
        // Whatever they call her: it is one account.
        let name = ["mara", "Mara", "%40mara", "MARA"][number % 4];
        match tries(&from, name, "velvet moon orbit cactus").await {
            422 => wrong += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert!((10..=12).contains(&wrong), "{wrong} guesses were looked at");
    assert_eq!(tries("198.51.100.1", "mara", PASSWORD).await, 429, "nobody knows that place");
    assert_eq!(tries("127.0.0.1", "mara", PASSWORD).await, 303, "where she has been before");
    // Many accounts from one address.
    let mut wrong = 0;
    for number in 0..60 {
        match tries("192.0.2.7", &format!("somebody{number}"), "velvet moon orbit").await {
            422 => wrong += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert!((10..=12).contains(&wrong), "{wrong} guesses were looked at");
}

#[tokio::test]
async fn two_hundred_sign_ins_at_once_are_turned_away_and_people_go_on_talking() {
    let workspace = Workspace::start().await;
    let server = &workspace.server;
    let mut people = Witnesses::arrive(server).await;
    let crowd = async {
        join_all((0..200).map(|_| async {
            sign_in(&mut Browser::new(server), "mara", "velvet moon orbit cactus").await
        }))
        .await
    };
    let pages = people.talk_until(crowd).await;
    let count = |status: u16| pages.iter().filter(|page| page.status == status).count();
    // Some wait longer than a request may, where many other tests hash as well.
    assert_eq!(count(422) + count(429) + count(408), 200);
    assert!(count(429) > 0, "nobody was told to come again");
    assert!(count(422) > 0, "nobody was looked at");
    let turned = pages.iter().find(|page| page.status == 429).unwrap();
    assert!(!turned.header("retry-after").is_empty());
    people.talk().await;
}

/// The median of some times.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::test]
async fn nobody_learns_from_signing_in_who_has_an_account() {
    let workspace = Workspace::start().await;
    let server = &workspace.server;
    let mut times = [Vec::new(), Vec::new()];
    let mut pages = Vec::new();
    // In turn, so that a busy machine is busy for both.
    for _ in 0..15 {
        for (times, name) in times.iter_mut().zip(["mara", "nema"]) {
            let mut browser = Browser::new(server);
            let began = Instant::now();
            let page = sign_in(&mut browser, name, "velvet moon orbit cactus").await;
            times.push(began.elapsed());
            pages.push((page.status, without_nonce(&page).replace(name, "NAME")));
        }
    }
    let first = pages[0].clone();
    assert_eq!(first.0, 422);
    assert!(pages.iter().all(|page| *page == first), "{pages:#?}");
    let [known, unknown] = times.map(median);
    let ratio = known.as_secs_f64() / unknown.as_secs_f64();
    assert!((0.5..2.0).contains(&ratio), "{known:?} for who is known, {unknown:?} for who is not");
}

/// A page as everyone gets it.
fn without_nonce(page: &Page) -> String {
    let policy = page.header("content-security-policy");
    let nonce = policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\''));
    nonce.map_or_else(|| page.text.clone(), |(nonce, _)| page.text.replace(nonce, "NONCE"))
}

#[tokio::test]
async fn who_signs_in_wrongly_gets_no_guest_of_the_account() {
    let workspace = Workspace::start().await;
    let mut browser = Browser::new(&workspace.server);
    for (name, password) in
        [("mara", ""), ("", PASSWORD), ("mara", &PASSWORD.to_uppercase()), ("' or 1=1 --", "x")]
    {
        let page = sign_in(&mut browser, name, password).await;
        assert_eq!(page.status, 422, "{name} {password}");
    }
    let guest = Client::arrive(&workspace.server, "Gus").await;
    assert_eq!(guest.welcome.role, Role::Guest);
}
