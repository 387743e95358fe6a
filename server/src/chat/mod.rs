//! The verbs, one function each: check what was asked, check the rate, say what is to change.
//!
//! Called alike by both protocols and by the forms, which hand what comes out to the log: a form
//! waits for the answer ([`ask`]), a socket's shard does not. Whether the author is in the room, and
//! the name free, only the log can say; here is only what the request itself shows.

mod reading;
mod recent;
mod text;

pub(crate) use reading::{members_of, newest_page, page_of, welcome, welcome_of};
pub(crate) use recent::{Recent, recent_lines};

use std::time::Instant;

use shared::protocol::{
    Code, DIRECT_PEOPLE_MAX, OpId, RoomId, RoomName, Rules, Seq, UserId, is_emoji,
};

use crate::app::App;
use crate::limits::Sender;
use crate::log::{Answer, Author, Change};
use crate::names::Name;

/// What the log is to be asked, or the answer without asking it.
pub(crate) type Checked = Result<Change, Answer>;

pub(crate) fn post(app: &App, by: Sender, room: RoomId, typed: &str) -> Checked {
    let text = text::message(typed).map_err(Answer::Refused)?;
    in_time(app, by, Some(room), Change::Post { room, text })
}

pub(crate) fn edit(app: &App, by: Sender, room: RoomId, target: Seq, typed: &str) -> Checked {
    let text = text::message(typed).map_err(Answer::Refused)?;
    in_time(app, by, Some(room), Change::Edit { room, target, text })
}

pub(crate) fn delete(app: &App, by: Sender, room: RoomId, target: Seq) -> Checked {
    in_time(app, by, Some(room), Change::Delete { room, target })
}

pub(crate) fn react(
    app: &App,
    by: Sender,
    room: RoomId,
    target: Seq,
    emoji: String,
    on: bool,
) -> Checked {
    if !is_emoji(&emoji) {
        return Err(Answer::Refused(Code::BadRequest));
    }
    in_time(app, by, Some(room), Change::React { room, target, emoji, on })
}

pub(crate) fn rename(app: &App, by: Sender, typed: &str) -> Checked {
    let name = Name::parse(typed, by.user).map_err(Answer::Refused)?;
    in_time(app, by, None, Change::Rename { name })
}

pub(crate) fn create_room(
    app: &App,
    by: Sender,
    name: RoomName,
    topic: &str,
    private: bool,
) -> Checked {
    let topic = text::topic(topic).map_err(Answer::Refused)?;
    in_time(app, by, None, Change::CreateRoom { name, topic, private })
}

pub(crate) fn open_direct(app: &App, by: Sender, people: Vec<UserId>) -> Checked {
    if people.len() > DIRECT_PEOPLE_MAX {
        return Err(Answer::Refused(Code::TooManyPeople));
    }
    in_time(app, by, None, Change::OpenDirect { people })
}

pub(crate) fn join(app: &App, by: Sender, room: RoomId) -> Checked {
    in_time(app, by, Some(room), Change::Join { room })
}

/// Never waits for the rate: who goes may go, and a connection that ends has nobody to tell.
pub(crate) fn leave(room: RoomId) -> Checked {
    Ok(Change::Leave { room })
}

pub(crate) fn set_topic(app: &App, by: Sender, room: RoomId, topic: &str) -> Checked {
    let topic = text::topic(topic).map_err(Answer::Refused)?;
    in_time(app, by, Some(room), Change::SetTopic { room, topic })
}

pub(crate) fn set_rules(app: &App, by: Sender, room: RoomId, rules: Rules) -> Checked {
    if !rules.fit() {
        return Err(Answer::Refused(Code::BadRequest));
    }
    in_time(app, by, Some(room), Change::SetRules { room, rules })
}

pub(crate) fn add(app: &App, by: Sender, room: RoomId, person: UserId) -> Checked {
    in_time(app, by, Some(room), Change::Add { room, person })
}

pub(crate) fn remove(app: &App, by: Sender, room: RoomId, person: UserId) -> Checked {
    in_time(app, by, Some(room), Change::Remove { room, person })
}

pub(crate) fn report(app: &App, by: Sender, room: RoomId, target: Seq, typed: &str) -> Checked {
    let reason = text::reason(typed).map_err(Answer::Refused)?;
    in_time(app, by, Some(room), Change::Report { room, target, reason })
}

/// Asks the log, if there is something to ask, and waits for what became of it.
pub(crate) async fn ask(app: &App, by: &Author, op: OpId, checked: Checked) -> Answer {
    let change = match checked {
        Ok(change) => change,
        Err(answer) => return answer,
    };
    let answer = app.log.append(by.clone(), op, change).answer().await;
    answered(app, &answer);
    answer
}

/// An answer has come. The author's connections know their name from it.
pub(crate) fn answered(app: &App, answer: &Answer) {
    if let Answer::Accepted { by, .. } = answer {
        app.presence().rename(by);
    }
}

fn in_time(app: &App, by: Sender, room: Option<RoomId>, change: Change) -> Checked {
    if app.config.limits
        && let Err(wait) = app.limits().take(by, room, Instant::now())
    {
        let after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
        return Err(Answer::RetryAfter { after_ms, why: Code::TooFast });
    }
    Ok(change)
}
