//! What the client keeps on this device, in IndexedDB: ops that have not been answered, the newest
//! part of its rooms, and who one is.
//!
//! The engine says what is to be kept ([`shared::sync::Keep`]); here it is carried out, in the order
//! in which it was said. A tab owns the ops that it made: their keys begin with its name, and as
//! long as it lives it holds a lock of that name. The ops of tabs that are gone are adopted by one
//! of those that are there.

use std::rc::Rc;

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use futures::channel::oneshot;
use leptos::prelude::*;
use shared::protocol::{OpId, Page, Welcome};
use shared::sync::{Keep, KeptOp, Store};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::IdbObjectStore;

use crate::browser;
use crate::database::Database;
use crate::json;
use crate::locks;
use crate::state::Chat;

const OPS: &str = "ops";
const ROOMS: &str = "rooms";
const SELF: &str = "self";

/// The one entry of [`SELF`].
const WELCOME: &str = "welcome";

/// Held while ops are adopted, so that two tabs do not take the same ones.
const ADOPTING: &str = "hubbub-adopting";

/// Rooms that are given back when the client is opened; those in which least has happened lately
/// are forgotten. More would make opening slow.
const ROOMS_MAX: usize = 30;

/// What the device is asked for.
pub(crate) enum Task {
    Keep(Vec<Keep>),
    /// Another tab may be gone, and have left ops behind.
    Adopt,
}

/// Opens what is kept and hands it to the engine, then carries out what is asked. `restored` is
/// told once the engine has it; nobody listens any more when that took too long.
pub(crate) async fn run(chat: Chat, restored: oneshot::Sender<()>) {
    let tab = browser::new_op().to_string();
    let Some((database, mut store)) = open(&tab).await else {
        return chat.keeps_nothing();
    };
    if restored.is_canceled() {
        // The server has answered meanwhile and knows better. What was not sent is still wanted.
        store = Store { ops: store.ops, ..Store::default() };
    }
    let (ask, asked) = unbounded();
    chat.restore(
        store,
        Callback::new(move |task| {
            // The other end lives as long as the page.
            let _ = ask.unbounded_send(task);
        }),
    );
    let _ = restored.send(());
    carry_out(chat, Rc::new(database), tab, asked).await;
}

async fn carry_out(
    chat: Chat,
    database: Rc<Database>,
    tab: String,
    mut asked: UnboundedReceiver<Task>,
) {
    while let Some(task) = asked.next().await {
        match task {
            Task::Keep(keeps) => {
                // Begun here, so that writes keep their order, and waited for elsewhere.
                let Some(written) = write(&database, &tab, &keeps) else {
                    chat.keeps_nothing();
                    continue;
                };
                leptos::task::spawn_local(async move {
                    let done = written.await.is_ok();
                    let ops = ops_of(&keeps);
                    match (done, ops.is_empty()) {
                        (true, _) => chat.kept(&ops),
                        (false, false) => chat.keeps_nothing(),
                        // A room that is not kept is read from the server.
                        (false, true) => {}
                    }
                });
            }
            Task::Adopt => {
                let ops = adopt(&database, &tab).await.unwrap_or_default();
                if !ops.is_empty() {
                    chat.adopt(ops);
                }
            }
        }
    }
}

/// `None` where the browser keeps nothing for us, as in some private windows.
async fn open(tab: &str) -> Option<(Database, Store)> {
    let database = Database::open("hubbub", &[OPS, ROOMS, SELF]).await?;
    // Nobody lets go of it: it is held until the tab is gone.
    let _ = locks::hold(tab).await;
    let ops = adopt(&database, tab).await?;
    let welcome = database.all(SELF).await?.1.into_iter().next();
    let welcome = welcome.and_then(|welcome| json::read::<Welcome>(&welcome));
    let (keys, rooms) = database.all(ROOMS).await?;
    let mut pages: Vec<(String, Page)> = keys
        .into_iter()
        .zip(rooms)
        .filter_map(|(key, room)| Some((key, json::read(&room)?)))
        .collect();
    pages.sort_unstable_by_key(|(_, page)| {
        std::cmp::Reverse(page.events.last().map_or(0, |event| event.at_ms))
    });
    let mut forgotten = pages.split_off(pages.len().min(ROOMS_MAX)).into_iter().peekable();
    if forgotten.peek().is_some() {
        let forget = |rooms: &[IdbObjectStore]| {
            forgotten.for_each(|(key, _)| drop(rooms[0].delete(&key.into())));
        };
        // Otherwise they are forgotten the next time.
        drop(database.write(&[ROOMS], forget));
    }
    let pages = pages.into_iter().map(|(_, page)| page).collect();
    Some((database, Store { welcome, pages, ops }))
}

/// Takes over the ops of tabs that are gone. Where the browser has no locks nobody knows who is
/// gone: then it is everybody, and the server answers an op that comes twice as it did at first.
async fn adopt(database: &Database, tab: &str) -> Option<Vec<KeptOp>> {
    let lease = locks::hold(ADOPTING).await;
    let alive = locks::held().await.unwrap_or_default();
    let (keys, ops) = database.all(OPS).await?;
    let orphans = keys.into_iter().zip(ops).filter_map(|(key, json)| {
        let (owner, op) = key.split_once('/')?;
        let gone = owner != tab && !alive.iter().any(|name| name == owner);
        // One that a newer client kept stays for that one.
        let kept = json::read::<KeptOp>(&json).filter(|_| gone)?;
        Some((own_key(tab, op), key.clone(), json, kept))
    });
    let orphans: Vec<_> = orphans.collect();
    if !orphans.is_empty() {
        let take_over = |stores: &[IdbObjectStore]| {
            for (own, former, json, _) in &orphans {
                drop(stores[0].put_with_key(&json.into(), &own.into()));
                drop(stores[0].delete(&former.into()));
            }
        };
        database.write(&[OPS], take_over)?.await.ok()?;
    }
    if let Some(lease) = lease {
        let _ = lease.call0(&JsValue::NULL);
    }
    Some(orphans.into_iter().map(|(.., kept)| kept).collect())
}

fn own_key(tab: &str, op: &str) -> String {
    format!("{tab}/{op}")
}

fn ops_of(keeps: &[Keep]) -> Vec<OpId> {
    let op = |keep: &Keep| match keep {
        Keep::Op(op, _) => Some(*op),
        _ => None,
    };
    keeps.iter().filter_map(op).collect()
}

/// Writes changes in one go. `None` if that cannot even begin.
fn write(database: &Database, tab: &str, keeps: &[Keep]) -> Option<JsFuture> {
    // Ops do not wait for rooms, which are long.
    let of_ops = keeps.iter().any(|keep| matches!(keep, Keep::Op(..) | Keep::Forget(_)));
    let scope: &[&str] = if of_ops { &[OPS] } else { &[ROOMS, SELF] };
    database.write(scope, |stores| {
        for keep in keeps {
            let done = match keep {
                Keep::Op(op, kept) => put(&stores[0], &own_key(tab, &op.to_string()), kept),
                Keep::Forget(op) => stores[0].delete(&own_key(tab, &op.to_string()).into()),
                Keep::Room(page) => put(&stores[0], &page.room.to_string(), page),
                Keep::ForgetRoom(room) => stores[0].delete(&room.to_string().into()),
                Keep::Welcome(welcome) => put(&stores[1], WELCOME, welcome),
            };
            // What fails here makes the whole of it fail.
            drop(done);
        }
    })
}

fn put(
    store: &IdbObjectStore,
    key: &str,
    value: &impl serde::Serialize,
) -> Result<web_sys::IdbRequest, JsValue> {
    let json = serde_json::to_string(value).unwrap_or_default();
    store.put_with_key(&json.into(), &key.into())
}
