//! People in front of real browsers: headless Chromium, driven through ChromeDriver.
//!
//! A [`story`] has a server and a few [`Person`]s, each with a browser of their own that has been
//! nowhere yet. [`Screen`] is what a person sees at one moment. What a page complained about on
//! its console (a hydration mismatch, a panic, a violated policy) fails the story afterwards.

mod driver;

mod person;

mod screen;

mod emulation;

mod authenticator;

mod audit;

use std::panic::{AssertUnwindSafe, resume_unwind};

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::Semaphore;

use crate::Server;

pub use audit::Violation;
pub use authenticator::Authenticator;
pub use person::Person;
pub use screen::{Kind, RoomLink, Row, Screen};

/// More would wait for each other's processors, and measure that.
const BROWSERS_MAX: usize = 2;

static BROWSERS: Semaphore = Semaphore::const_new(BROWSERS_MAX);

/// Tells a story of these people around a fresh server without limits.
pub async fn story<const N: usize>(
    names: [&'static str; N],
    tell: impl AsyncFnOnce(&mut Server, [&Person; N]),
) {
    story_at("127.0.0.1", names, tell).await;
}

/// The same, of people who reach this machine by that name: an address in digits has no passkeys.
pub async fn story_at<const N: usize>(
    host: &str,
    names: [&'static str; N],
    tell: impl AsyncFnOnce(&mut Server, [&Person; N]),
) {
    // All at once, so that two stories never hold one browser each and wait for a second.
    let _browsers = BROWSERS.acquire_many(N as u32).await.unwrap();
    let mut server = Server::start().await;
    let origin = format!("http://{host}:{}", server.addr().port());
    let people = names.map(|name| Person::arrive(name, origin.clone()));
    let people: [Person; N] = join_all(people).await.try_into().ok().unwrap();
    let told = AssertUnwindSafe(tell(&mut server, people.each_ref())).catch_unwind().await;
    if let Err(panic) = told {
        for person in &people {
            person.testify().await;
        }
        resume_unwind(panic);
    }
    for person in people {
        person.leave().await;
    }
}
