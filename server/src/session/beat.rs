//! Tells people who comes and goes: at once in the plain protocol, merged once a second in v1.
//!
//! None of it is stored. In a crowd nobody is named: lines for everyone about everyone cost the
//! square of the people.

use std::sync::Arc;
use std::time::{Duration, Instant};

use shared::protocol::{Frame, PRESENCE_PEOPLE_MAX, Person, UserId};
use tokio::time::{MissedTickBehavior, interval};

use crate::access;
use crate::app::App;
use crate::fanout::{Dialect, encode, joined_line, left_line};
use crate::log::now_ms;
use crate::presence::Delta;

/// Comings and goings of this time are one frame.
const BEAT: Duration = Duration::from_secs(1);

/// What the plain protocol calls the lobby.
const CHAT: &str = "the chat";

/// Announces for as long as the server runs.
pub(crate) async fn beat(app: Arc<App>) {
    let mut beats = interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        beats.tick().await;
        access::refresh(&app).await;
        let (deltas, gone) = app.presence().beat(Instant::now());
        for person in gone {
            announce_left(&app, &person);
        }
        for Delta { room, count, came, went } in deltas {
            let frame = encode(&Frame::Presence { room, count, came, went });
            app.fanout.ephemeral(room, Dialect::V1, None, &frame);
        }
    }
}

/// Somebody has come who was not here; they are welcomed instead.
pub(super) fn announce_joined(app: &App, person: &Person) {
    if !is_crowded(app) {
        let line = joined_line(&person.name, CHAT, now_ms());
        app.fanout.ephemeral(app.log.lobby, Dialect::Plain, Some(person.id), &line);
    }
}

/// A connection has ended. With `grace` the person may come back before anybody is told.
pub(super) fn goodbye(app: &App, user: UserId, grace: bool) {
    let gone = {
        let mut presence = app.presence();
        let person = presence.person(user);
        person.filter(|_| presence.disconnect(user, grace, Instant::now()))
    };
    if let Some(person) = gone {
        announce_left(app, &person);
    }
}

fn announce_left(app: &App, person: &Person) {
    // Where everyone goes at once, nobody is told of everyone.
    if !is_crowded(app) && !*app.stopping.borrow() {
        let line = left_line(&person.name, CHAT, now_ms());
        app.fanout.ephemeral(app.log.lobby, Dialect::Plain, Some(person.id), &line);
    }
}

fn is_crowded(app: &App) -> bool {
    app.presence().count(app.log.lobby) > PRESENCE_PEOPLE_MAX
}
