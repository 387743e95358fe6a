//! Somebody in front of a browser, and what they do with page, keyboard and pointer.
//!
//! Every verb waits until it can be done, up to a deadline; nothing waits for a time to pass.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use thirtyfour::error::WebDriverResult;
use thirtyfour::{By, Key, WebDriver, WindowHandle};
use tokio::time::timeout;

use super::driver::Driver;
use super::screen::{READ, Screen};
use crate::{DEADLINE, eventually};

/// A little shorter than `eventually` has, so as to say more than it could.
const PATIENCE: Duration = Duration::from_millis(DEADLINE.as_millis() as u64 * 9 / 10);

pub struct Person {
    name: &'static str,
    origin: String,
    driver: Driver,
}

/// Getting about.
impl Person {
    pub(super) async fn arrive(name: &'static str, origin: String) -> Self {
        Self { name, origin, driver: Driver::start().await }
    }

    /// Opens a page and waits until it is alive and connected.
    pub async fn open(&self, path: &str) -> Screen {
        self.visit(path).await;
        self.connected().await
    }

    /// Opens a page, and looks at it as it comes.
    pub async fn visit(&self, path: &str) {
        let address = format!("{}{path}", self.origin);
        self.driver().goto(address).await.unwrap_or_else(|error| panic!("{self}: {error}"));
    }

    /// Goes to a page of nobody's.
    pub async fn goes_away(&self) {
        self.driver().goto("about:blank").await.unwrap();
    }

    pub async fn goes_back(&self) {
        self.driver().back().await.unwrap();
    }

    pub async fn reload(&self) -> Screen {
        self.driver().refresh().await.unwrap();
        self.connected().await
    }

    /// The tab that is in front.
    pub async fn tab(&self) -> WindowHandle {
        self.driver().window().await.unwrap()
    }

    /// Opens another tab, and goes to it.
    pub async fn opens_a_tab(&self) -> WindowHandle {
        let tab = self.driver().new_tab().await.unwrap();
        self.goes_to(&tab).await;
        tab
    }

    pub async fn goes_to(&self, tab: &WindowHandle) {
        self.driver().switch_to_window(tab.clone()).await.unwrap();
    }

    /// Closes the tab in front, and goes to another.
    pub async fn closes_the_tab(&self, next: &WindowHandle) {
        self.driver().close_window().await.unwrap();
        self.goes_to(next).await;
    }

    /// Closes the tab; an empty one is there instead.
    pub async fn replaces_the_tab(&self) {
        let former = self.tab().await;
        let next = self.opens_a_tab().await;
        self.goes_to(&former).await;
        self.closes_the_tab(&next).await;
    }

    pub async fn connected(&self) -> Screen {
        self.until("is connected", |screen| screen.status == "Connected").await
    }

    /// The chat, with this name at the foot of its list.
    pub async fn connected_as(&self, name: &str) -> Screen {
        self.until(&format!("is connected as {name}"), |screen| {
            screen.me == name && screen.status == "Connected"
        })
        .await
    }

    /// Closes the browser. Panics if a page complained.
    pub(super) async fn leave(self) {
        let complaints = self.complaints().await;
        assert!(complaints.is_empty(), "{self}'s console: {complaints:#?}");
        self.driver.quit().await;
    }

    /// After a failure: what there was to see, for whoever looks for the cause.
    pub(super) async fn testify(&self) {
        // A test's thread has its name.
        let test = std::thread::current().name().unwrap_or_default().replace("::", "-");
        self.keeps(&format!("failed-{test}-{self}")).await.ok();
        eprintln!("{self}'s console: {:#?}", self.complaints().await);
    }

    /// What the page has complained about since the last time. Not that a server was away or a
    /// page was not there: that is the stories' own doing.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.driver().browser_log().await.unwrap_or_default();
        log.into_iter()
            .filter(|entry| entry.level == "SEVERE" && entry.source.as_deref() != Some("network"))
            .map(|entry| entry.message)
            .filter(|message| !message.contains("WebSocket connection to"))
            .collect()
    }
}

/// Looking.
impl Person {
    pub async fn screen(&self) -> Screen {
        self.look(READ).await
    }

    /// Waits for a moment in which this is true, and returns what there was to see.
    pub async fn until(&self, what: &str, is: impl Fn(&Screen) -> bool) -> Screen {
        let mut seen = None;
        let wait = eventually("", async || {
            // Between two pages there is nothing to see.
            let screen = self.try_look(READ).await.ok()?;
            let found = is(&screen).then(|| screen.clone());
            seen = Some(screen);
            found
        });
        match timeout(PATIENCE, wait).await {
            Ok(screen) => screen,
            Err(_) => panic!("{self} waited in vain: {what}; saw {seen:#?}"),
        }
    }

    /// Waits until these are all the messages of the room, each once, in this order.
    pub async fn reads(&self, texts: &[impl AsRef<str>]) -> Screen {
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        self.until(&format!("reads {texts:?}"), |screen| screen.has_settled(&texts)).await
    }

    /// Waits until these words stand somewhere on the page.
    pub async fn sees(&self, words: &str) {
        let script = "return document.body.innerText.includes(arguments[0])";
        eventually(&format!("{self} sees {words:?}"), async || {
            let seen = self.driver().execute(script, vec![words.into()]).await.ok()?;
            seen.convert::<bool>().ok()?.then_some(())
        })
        .await;
    }

    /// Waits until a script's answer is true.
    pub async fn finds(&self, what: &str, script: &str) {
        eventually(&format!("{self}: {what}"), async || {
            self.try_look::<bool>(script).await.ok()?.then_some(())
        })
        .await;
    }

    /// What a script in the page returns.
    pub async fn look<T: DeserializeOwned>(&self, script: &str) -> T {
        let answer = self.try_look(script).await;
        answer.unwrap_or_else(|error| panic!("{self}: {error}\n{script}"))
    }

    async fn try_look<T: DeserializeOwned>(&self, script: &str) -> WebDriverResult<T> {
        self.driver().execute(script, Vec::new()).await?.convert()
    }

    /// What a script hands to its last argument, when it is ready.
    pub async fn look_long<T: DeserializeOwned>(&self, script: &str) -> T {
        let answer = self.driver().execute_async(script, Vec::new()).await;
        let answer = answer.and_then(|answer| answer.convert());
        answer.unwrap_or_else(|error| panic!("{self}: {error}\n{script}"))
    }

    /// Keeps a picture of the window under `target/screenshots`.
    pub async fn screenshot(&self, name: &str) {
        self.keeps(name).await.unwrap();
    }

    async fn keeps(&self, name: &str) -> WebDriverResult<()> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        std::fs::create_dir_all(&directory).unwrap();
        let file: PathBuf = directory.join(format!("{name}.png"));
        self.driver().screenshot(&file).await
    }
}

/// Doing.
impl Person {
    /// Says something; the line is on screen when this returns.
    pub async fn says(&self, text: &str) {
        self.enters(text).await;
        let says = format!("sees their own {text:?}");
        self.until(&says, |screen| screen.said().contains(&text)).await;
    }

    /// Writes a line into the composer and presses Enter: a message or a command.
    pub async fn enters(&self, line: &str) {
        self.writes(line).await;
        self.press("Enter").await;
    }

    /// Puts the caret into the composer and types.
    pub async fn writes(&self, text: &str) {
        self.clicks_on("#composer").await;
        self.types(text).await;
    }

    /// Writes this into a field in place of what stands there.
    pub async fn fills(&self, css: &str, text: &str) {
        self.insists(&format!("fills {css}"), async || {
            let field = self.driver().find(By::Css(css)).await?;
            field.clear().await?;
            field.send_keys(text).await
        })
        .await;
    }

    /// Types, wherever the focus is.
    pub async fn types(&self, text: &str) {
        self.driver().action_chain().send_keys(text).perform().await.unwrap();
    }

    /// Presses keys together: `Enter`, `Control+k`, `Alt+ArrowDown`.
    pub async fn press(&self, keys: &str) {
        let keys: Vec<char> = keys.split('+').map(key).collect();
        let held =
            keys.iter().fold(self.driver().action_chain(), |chain, key| chain.key_down(*key));
        let chain = keys.iter().rev().fold(held, |chain, key| chain.key_up(*key));
        chain.perform().await.unwrap();
    }

    /// Clicks on what carries these words: as its label or its text, from its beginning.
    pub async fn clicks(&self, words: &str) {
        self.insists(&format!("clicks {words:?}"), async || {
            let found = self.driver().execute(FIND, vec![words.into()]).await?;
            // Redrawn or covered in this moment: look again.
            found.element()?.click().await
        })
        .await;
    }

    pub async fn clicks_on(&self, css: &str) {
        self.insists(&format!("clicks on {css}"), async || {
            self.driver().find(By::Css(css)).await?.click().await
        })
        .await;
    }

    /// Moves the pointer onto an element.
    pub async fn points_at(&self, css: &str) {
        self.insists(&format!("points at {css}"), async || {
            let found = self.driver().find(By::Css(css)).await?;
            self.driver().action_chain().move_to_element_center(&found).perform().await
        })
        .await;
    }

    /// Tries until it can be done. What stands in the way at the deadline is said.
    async fn insists<T>(
        &self,
        what: &str,
        mut attempt: impl AsyncFnMut() -> WebDriverResult<T>,
    ) -> T {
        let mut hindrance = None;
        let attempts = eventually(what, async || match attempt().await {
            Ok(done) => Some(done),
            Err(error) => {
                hindrance = Some(error);
                None
            }
        });
        match timeout(PATIENCE, attempts).await {
            Ok(done) => done,
            Err(_) => panic!("{self} {what} in vain: {hindrance:?}"),
        }
    }

    pub(super) fn driver(&self) -> &WebDriver {
        &self.driver.session
    }
}

impl std::fmt::Display for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What can be clicked on and carries the words; what says exactly this comes first.
const FIND: &str = r#"
const words = arguments[0];
const within = document.querySelector("dialog[open]") ?? document;
// The initials of somebody are to be seen, not to be read.
const text = (one) => {
  const initials = one.querySelector(".avatar")?.innerText ?? "";
  return one.innerText.replace(initials, "").trim();
};
const found = [...within.querySelectorAll("a, button, summary, [role=option]")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .map((one) => [one, [one.getAttribute("aria-label") ?? "", text(one)]]);
const exact = found.find(([, says]) => says.includes(words));
const begun = found.find(([, says]) => says.some((text) => text.startsWith(words)));
const [one] = exact ?? begun ?? [];
// Out of sight in a list that is laid out from its end, ChromeDriver would not find it.
one?.scrollIntoView({ block: "nearest" });
return one;
"#;

/// A key by the name that `KeyboardEvent.key` has for it.
fn key(name: &str) -> char {
    match name {
        "Control" => Key::Control.value(),
        "Shift" => Key::Shift.value(),
        "Alt" => Key::Alt.value(),
        "Enter" => Key::Enter.value(),
        "Tab" => Key::Tab.value(),
        "Escape" => Key::Escape.value(),
        "End" => Key::End.value(),
        "ArrowUp" => Key::Up.value(),
        "ArrowDown" => Key::Down.value(),
        "ArrowLeft" => Key::Left.value(),
        "ArrowRight" => Key::Right.value(),
        "Backspace" => Key::Backspace.value(),
        _ => {
            let mut letters = name.chars();
            let letter = letters.next().filter(|_| letters.next().is_none());
            letter.unwrap_or_else(|| panic!("no key {name:?}"))
        }
    }
}
