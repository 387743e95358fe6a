//! A workspace that is set up, and people with accounts: made as people make them, by links and forms.
//!
//! Mara owns it and lets guests in. Everyone's password is the same; whoever is asked for signs in with
//! the name that they are called by.

use shared::permission::Role;
use shared::protocol::UserId;

use crate::{Browser, Client, Login, Page, Plain, Server};

pub const PASSWORD: &str = "orbit cactus velvet moon";

/// What a browser holds who is signed in, without HTTPS.
pub const COOKIE: &str = "hubbub_login";

pub struct Workspace {
    pub server: Server,
    pub mara: Account,
}

/// Somebody with an account, in a browser in which they are signed in.
#[derive(Clone, Debug)]
pub struct Account {
    pub login: Login,
    pub id: UserId,
}

impl Workspace {
    /// On a server without limits.
    pub async fn start() -> Self {
        Self::set_up(Server::start().await).await
    }

    pub async fn start_with(options: &[&str]) -> Self {
        Self::set_up(Server::start_with(options).await).await
    }

    /// Mara takes the link that the server has printed.
    pub async fn set_up(server: Server) -> Self {
        let mut browser = Browser::new(&server);
        let link = setup_path(&server).await;
        let page = browser.get(&link).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let page = browser.post(&link, &setup_form("Mara")).await;
        assert_eq!((page.status, page.header("location")), (303, "/"), "{}", page.text);
        let mara = Account::of("Mara", browser).await;
        Self { server, mara }
    }

    /// A link for so many people of this role, as the path of its page.
    pub async fn invite(&mut self, role: Role, uses: u32) -> String {
        self.mara.invite(role, uses).await
    }

    /// Somebody new joins by an invitation.
    pub async fn join(&mut self, name: &'static str, role: Role) -> Account {
        let link = self.invite(role, 1).await;
        let mut browser = Browser::new(&self.server);
        let page = browser.post(&link, &account_form(name)).await;
        assert_eq!((page.status, page.header("location")), (303, "/"), "{}", page.text);
        Account::of(name, browser).await
    }

    /// Somebody signs in on another device.
    pub async fn sign_in(&self, name: &'static str) -> Account {
        let mut browser = Browser::new(&self.server);
        let page = sign_in(&mut browser, name, PASSWORD).await;
        assert_eq!(page.status, 303, "{}", page.text);
        Account::of(name, browser).await
    }
}

impl Account {
    async fn of(label: &'static str, browser: Browser) -> Self {
        let login = Login { label, browser };
        let id = login.connect().await.me().id;
        Self { login, id }
    }

    pub async fn connect(&self) -> Client {
        self.login.connect().await
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.login.browser.get(path).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.login.browser.post(path, fields).await
    }

    /// Does something on a page for admins about this person, which has to be done.
    pub async fn manage(&mut self, whom: UserId, what: &str, fields: &[(&str, &str)]) {
        let page = self.post(&format!("/admin/people/{whom}/{what}"), fields).await;
        assert_eq!(page.status, 200, "{what}: {}", page.text);
    }

    /// As [`Workspace::invite`].
    pub async fn invite(&mut self, role: Role, uses: u32) -> String {
        let before = invitations(&self.get("/admin/invitations").await.text);
        let uses = uses.to_string();
        let wanted = [("label", "team"), ("role", role.as_str()), ("uses", &uses), ("days", "7")];
        let page = self.post("/admin/invitations", &wanted).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let mut after = invitations(&page.text);
        after.retain(|path| !before.contains(path));
        assert_eq!(after.len(), 1, "{after:?}");
        after.remove(0)
    }

    /// A token for a program that may write, or only read.
    pub async fn token(&mut self, scope: &str) -> String {
        let page = self.post("/settings/tokens", &[("name", "a bot"), ("scope", scope)]).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let (_, shown) = page.text.split_once("class=\"to-select\"").expect("a token");
        let start = shown.find('>').unwrap() + 1;
        let token: String =
            shown[start..].trim_start().chars().take_while(char::is_ascii_hexdigit).collect();
        assert_eq!(token.len(), 64, "{token}");
        token
    }

    /// A program of theirs, by the plain protocol.
    pub async fn program(&self, server: &Server, token: &str) -> Plain {
        let bearer = format!("Bearer {token}");
        Plain::arrive_with(server, self.login.label, "/ws", &[("authorization", &bearer)]).await
    }
}

/// Where the server says that it is set up, once it has said so.
pub async fn setup_path(server: &Server) -> String {
    crate::eventually("the set-up link is printed", async || {
        let said = server.said();
        let start = said.find("/setup/")?;
        let path: String = said[start..].chars().take_while(|c| !c.is_whitespace()).collect();
        (path.len() == "/setup/".len() + 32 && said[start..].contains('\n')).then_some(path)
    })
    .await
}

pub fn setup_form(name: &str) -> [(&'static str, &str); 4] {
    [("workspace", "Fernhill"), ("join", "guests"), ("name", name), ("password", PASSWORD)]
}

pub fn account_form(name: &str) -> [(&'static str, &str); 2] {
    [("name", name), ("password", PASSWORD)]
}

pub async fn sign_in(browser: &mut Browser, name: &str, password: &str) -> Page {
    browser.post("/signin", &[("name", name), ("password", password)]).await
}

/// The paths of the links that are open on the page of invitations.
fn invitations(page: &str) -> Vec<String> {
    let ends = page.match_indices("/join/").map(|(at, _)| at);
    let path = |at: usize| {
        let code: String =
            page[at + 6..].chars().take_while(char::is_ascii_hexdigit).take(32).collect();
        (code.len() == 32).then(|| format!("/join/{code}"))
    };
    let mut paths: Vec<String> = ends.filter_map(path).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}
