//! Rooms that keep their messages for some time only: what is older is erased, once an hour.
//!
//! One event says up to where; the texts go out of the log, the views and the tails as with any
//! deletion. Whoever set the rule is its author.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use shared::protocol::{OpId, RoomId, Seq, UserId};
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use crate::app::App;
use crate::log::{Answer, Author, Change, now_ms};
use crate::store::{events, rooms};

/// Nobody counts a day's last hour.
const EVERY: Duration = Duration::from_secs(60 * 60);

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A room in which something is due.
#[derive(Debug, PartialEq, Eq)]
struct Due {
    room: RoomId,
    upto: Seq,
    by: UserId,
}

/// Erases what is due for as long as the server runs.
pub(crate) async fn keep(app: Arc<App>) {
    let mut hours = interval(EVERY);
    hours.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        hours.tick().await;
        // What could not be read is due an hour later as well.
        let now_ms = now_ms();
        let due = app.log.readers().read(move |db| due(db, now_ms)).await.unwrap_or_default();
        for Due { room, upto, by } in due {
            let author = Author::absent(by);
            let change = Change::Purge { room, upto, person: None };
            let answer = app.log.append(author, OpId(Uuid::now_v7()), change).answer().await;
            if !matches!(answer, Answer::Accepted { .. }) {
                tracing::warn!(%room, ?answer, "old messages were not erased; tried again later");
            }
        }
    }
}

fn due(db: &Connection, now_ms: i64) -> rusqlite::Result<Vec<Due>> {
    let mut due = Vec::new();
    for kept in rooms::kept_for_days(db)? {
        let before_ms = now_ms - i64::from(kept.days) * DAY_MS;
        if let Some(upto) = events::last_before(db, kept.room, kept.head, before_ms)? {
            due.push(Due { room: kept.room, upto, by: kept.by });
        }
    }
    Ok(due)
}

#[cfg(test)]
mod tests {
    use shared::protocol::Rules;

    use super::*;
    use crate::fanout::Fanout;
    use crate::log::Log;
    use crate::store::testing::store_in_memory_speed;

    #[tokio::test]
    async fn what_is_older_than_the_rule_says_is_due_until_it_is_erased() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::start(store_in_memory_speed(&dir), Arc::new(Fanout::new(vec![]))).unwrap();
        let mara = Author::absent(UserId(Uuid::from_u128(1 << 96)));
        let id = mara.id;
        let lobby = log.lobby;
        let ask = async |change| {
            let answer = log.append(mara.clone(), OpId(Uuid::now_v7()), change).answer().await;
            let Answer::Accepted { seq, .. } = answer else { panic!("{answer:?}") };
            seq
        };
        let say = |text: &str| Change::Post { room: lobby, text: text.into() };
        ask(say("one")).await;
        let own = move |db: &Connection| {
            crate::store::users::set_role(db, id, shared::permission::Role::Owner)
        };
        log.write(own).await.unwrap();
        let rules = Rules { keep_days: 30, ..Rules::default() };
        ask(Change::SetRules { room: lobby, rules }).await;
        let last = ask(say("two")).await;

        let due_in = async |days: i64| {
            let then = now_ms() + days * DAY_MS;
            log.readers().read(move |db| due(db, then)).await.unwrap()
        };
        assert_eq!(due_in(29).await, []);
        assert_eq!(due_in(31).await, [Due { room: lobby, upto: last, by: id }]);
        ask(Change::Purge { room: lobby, upto: last, person: None }).await;
        assert_eq!(due_in(31).await, [], "there is nothing left to erase");
        let texts = |db: &Connection| {
            let mut asking = db.prepare("select body from events")?;
            let bodies = asking.query_map([], |row| row.get::<_, String>(0))?;
            bodies.collect::<rusqlite::Result<Vec<_>>>()
        };
        let bodies = log.readers().read(texts).await.unwrap().join("\n");
        assert!(!bodies.contains("one") && !bodies.contains("two"), "{bodies}");
    }
}
