//! Requests that say they are somebody else's.

use harness::people::setup_path;
use harness::{Browser, Plain, Server, Workspace, eventually};

/// What the server has written about those whom it has refused.
async fn refusals(mut server: Server) -> Vec<String> {
    server.terminate();
    let stderr = server.ended().await.stderr;
    let refusals = stderr.lines().filter(|line| line.contains("refused a request"));
    refusals.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_login_from_another_sites_page_is_refused_with_a_line_each() {
    let server = Server::start().await;
    let mut alice = Browser::new(&server);
    alice.get("/").await;
    let own = server.origin();
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let socket = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    for origin in [Some("https://evil.example"), Some("null"), None] {
        let origin = origin.map(|origin| ("origin", origin));
        let form: Vec<_> = [kind].into_iter().chain(origin).collect();
        assert_eq!(alice.request("POST", "/theme", &form, "theme=dark").await.status, 403);
        let upgrade: Vec<_> = socket.into_iter().chain(origin).collect();
        assert_eq!(alice.request("GET", "/ws", &upgrade, "").await.status, 403);
    }
    let form = [kind, ("origin", &*own)];
    assert_eq!(alice.request("POST", "/theme", &form, "theme=dark").await.status, 303);
    // Without her cookie nobody is asked whose page it is, and others' pages post nothing either.
    let mut script = Browser::new(&server);
    assert_eq!(script.request("POST", "/theme", &[kind], "theme=dark").await.status, 303);
    let foreign = [kind, ("origin", "https://evil.example")];
    assert_eq!(script.request("POST", "/theme", &foreign, "theme=dark").await.status, 403);
    let lines = refusals(server).await;
    assert_eq!(lines.len(), 7, "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains("hubbub_login")), "no token in it");
}

#[tokio::test]
async fn who_claims_another_address_is_known_by_their_own() {
    for (trusted, address) in [("192.0.2.0/24", "127.0.0.1"), ("127.0.0.0/8", "198.51.100.7")] {
        let server = Server::start_with(&["--trusted-proxy", trusted]).await;
        let mut mallory = Browser::new(&server);
        let forged = [
            ("origin", "https://evil.example"),
            ("x-forwarded-for", "203.0.113.66, 127.0.0.1"),
            ("x-forwarded-for", "198.51.100.7"),
            ("forwarded", "for=203.0.113.66"),
            ("x-real-ip", "203.0.113.66"),
        ];
        assert_eq!(mallory.request("POST", "/theme", &forged, "theme=dark").await.status, 403);
        let lines = refusals(server).await;
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert!(lines[0].ends_with(address), "{}", lines[0]);
    }
}

#[tokio::test]
async fn a_members_socket_from_another_sites_page_is_403_and_one_line_for_the_admins() {
    let mut workspace = Workspace::start().await;
    let cookie = workspace.mara.login.browser.cookies().unwrap();
    let noted = async |workspace: &mut Workspace| {
        let page = workspace.mara.get("/admin/audit?kind=foreignOrigin").await;
        page.text.matches("127.0.0.1").count()
    };
    for (number, origin) in [Some("https://evil.example"), Some("null"), None].iter().enumerate() {
        let origin = origin.map(|origin| ("origin", origin));
        let headers: Vec<_> = [("cookie", cookie.as_str())].into_iter().chain(origin).collect();
        let refused = Plain::socket_with(&workspace.server, "/ws", &headers).await;
        let refused = refused.err().expect("a refusal").to_string();
        assert!(refused.contains("403"), "{refused}");
        eventually("it is noted", async || {
            (noted(&mut workspace).await == number + 1).then_some(())
        })
        .await;
    }
    workspace.mara.connect().await.say("from our own page").await;
    assert_eq!(noted(&mut workspace).await, 3);
}

#[tokio::test]
async fn links_lead_to_where_the_server_is_whatever_host_a_request_names() {
    let public = "http://chat.example.org";
    for options in [&["--limits", "off"] as &[&str], &["--limits", "off", "--public-url", public]] {
        let server = Server::start_with(options).await;
        let place = if options.len() > 2 { public.to_owned() } else { server.origin() };
        let path = setup_path(&server).await;
        let form = "workspace=Fernhill&join=guests&name=Mara&password=orbit+cactus+velvet+moon";
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let mut mara = Browser::new(&server);
        // Where no address is configured, whoever writes `Host` by hand writes `Origin` as well.
        let origin = if options.len() > 2 { public } else { "http://evil.example" };
        let forged = [
            ("host", "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("forwarded", "host=evil.example"),
            ("origin", origin),
            kind,
        ];
        assert_eq!(mara.request("POST", &path, &forged, form).await.status, 303);
        let link = "label=x&role=member&uses=1&days=1";
        let page = mara.request("POST", "/admin/invitations", &forged, link).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains(&format!("{place}/join/")), "{}", page.text);
        assert!(!page.text.contains("evil.example/"), "{}", page.text);
        let person = "name=Mel&role=member";
        let page = mara.request("POST", "/admin/people", &forged, person).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains(&format!("{place}/reset/")), "{}", page.text);
        assert!(!page.text.contains("evil.example/"), "{}", page.text);
        assert!(server.ordered(&["user", "reset", "mel"]).starts_with(&place));
        assert!(server.ordered(&["invite", "create"]).starts_with(&place));
    }
}
