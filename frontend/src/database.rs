//! IndexedDB as futures: open, read a whole store, write to some in one go.
//!
//! The browser's events settle promises directly, without closures of ours. Keys and values are
//! texts.

use js_sys::{Array, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbTransaction, IdbTransactionMode};

/// Goes up when the stores change.
const VERSION: u32 = 1;

pub(crate) struct Database(IdbDatabase);

impl Database {
    /// `None` where the browser has none for us.
    pub(crate) async fn open(name: &str, stores: &'static [&'static str]) -> Option<Self> {
        let factory = web_sys::window()?.indexed_db().ok()??;
        let request = factory.open_with_u32(name, VERSION).ok()?;
        let made = request.clone();
        let make = Closure::once_into_js(move || {
            if let Ok(database) = made.result().and_then(JsCast::dyn_into::<IdbDatabase>) {
                for store in stores {
                    // One that is there already stays.
                    drop(database.create_object_store(store));
                }
            }
        });
        request.set_onupgradeneeded(Some(make.unchecked_ref()));
        let database = answer(&request).await?;
        Some(Self(database.dyn_into().ok()?))
    }

    /// The keys and the values of a store, in the same order.
    pub(crate) async fn all(&self, store: &str) -> Option<(Vec<String>, Vec<String>)> {
        let transaction = self.0.transaction_with_str(store).ok()?;
        let store = transaction.object_store(store).ok()?;
        // Both are asked for before either is waited for: a transaction does not wait itself.
        let (keys, values) = (store.get_all_keys().ok()?, store.get_all().ok()?);
        settled(&transaction).await.ok()?;
        Some((texts(&keys.result().ok()?), texts(&values.result().ok()?)))
    }

    /// Writes to these stores, all of it or nothing. The future fails if it was
    /// nothing; `None` if the browser does not even let it begin.
    pub(crate) fn write(
        &self,
        stores: &[&str],
        write: impl FnOnce(&[IdbObjectStore]),
    ) -> Option<JsFuture> {
        let names: Array = stores.iter().map(|name| JsValue::from_str(name)).collect();
        let mode = IdbTransactionMode::Readwrite;
        let transaction = self.0.transaction_with_str_sequence_and_mode(&names, mode).ok()?;
        let stores: Result<Vec<IdbObjectStore>, JsValue> =
            stores.iter().map(|name| transaction.object_store(name)).collect();
        write(&stores.ok()?);
        Some(settled(&transaction))
    }
}

/// What a request to open comes to.
async fn answer(request: &IdbOpenDbRequest) -> Option<JsValue> {
    let answered = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
        // Another version of the client holds the database.
        request.set_onblocked(Some(&reject));
    });
    JsFuture::from(answered).await.ok()?;
    request.result().ok()
}

/// Fails if nothing came of it.
fn settled(transaction: &IdbTransaction) -> JsFuture {
    JsFuture::from(Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    }))
}

/// The texts of a list.
fn texts(list: &JsValue) -> Vec<String> {
    let list = list.dyn_ref::<Array>();
    list.map(|list| list.iter().filter_map(|item| item.as_string()).collect()).unwrap_or_default()
}
