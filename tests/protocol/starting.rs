//! A server that cannot start says why in one sentence, each reason with its own exit code.

use std::fs;

use harness::Server;
use harness::server::{Ended, database, refuses_to_start};
use rusqlite::Connection;
use tempfile::TempDir;

const ANY_PORT: &str = "127.0.0.1:0";

/// Data of a server that ran and stopped.
async fn data() -> TempDir {
    let mut server = Server::start().await;
    server.terminate();
    server.ended().await;
    server.into_data()
}

fn code(ended: &Ended, words: &[&str]) -> i32 {
    let stderr = ended.stderr.trim_end();
    assert_eq!(stderr.lines().count(), 1, "one sentence: {stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    for word in words {
        assert!(stderr.contains(word), "{stderr:?} says nothing of {word:?}");
    }
    let code = ended.status.code().expect("an exit code");
    assert_ne!(code, 0);
    code
}

async fn port_taken() -> i32 {
    let server = Server::start().await;
    let own = TempDir::new().unwrap();
    let addr = server.addr().to_string();
    let ended = refuses_to_start(&addr, own.path()).await;
    code(&ended, &[&addr])
}

async fn data_in_use() -> i32 {
    let server = Server::start().await;
    let ended = refuses_to_start(ANY_PORT, server.data()).await;
    code(&ended, &[&server.data().to_string_lossy()])
}

async fn not_a_directory() -> i32 {
    let own = TempDir::new().unwrap();
    let file = own.path().join("file");
    fs::write(&file, "").unwrap();
    let below = file.join("data");
    code(&refuses_to_start(ANY_PORT, &below).await, &[&below.to_string_lossy()])
}

async fn damaged() -> i32 {
    let data = data().await;
    let database = database(data.path());
    fs::write(&database, "Dear Mara, this is not a database. ".repeat(500)).unwrap();
    let ended = refuses_to_start(ANY_PORT, data.path()).await;
    assert!(fs::read_to_string(&database).unwrap().starts_with("Dear Mara"), "left as it was");
    code(&ended, &[&database.to_string_lossy()])
}

async fn newer() -> i32 {
    let data = data().await;
    let database = database(data.path());
    let connection = Connection::open(&database).unwrap();
    connection.pragma_update(None, "user_version", 9_999).unwrap();
    connection.close().unwrap();
    code(&refuses_to_start(ANY_PORT, data.path()).await, &["newer"])
}

#[tokio::test]
async fn every_reason_not_to_start_has_its_sentence_and_its_code() {
    let codes = [
        port_taken().await,
        data_in_use().await,
        not_a_directory().await,
        damaged().await,
        newer().await,
    ];
    let mut distinct = codes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), codes.len(), "{codes:?}");
}

#[tokio::test]
async fn a_cut_off_database_is_not_taken_for_an_empty_one() {
    let data = data().await;
    let database = database(data.path());
    let whole = fs::read(&database).unwrap();
    fs::write(&database, &whole[..whole.len() / 2]).unwrap();
    code(&refuses_to_start(ANY_PORT, data.path()).await, &[&database.to_string_lossy()]);
}

#[tokio::test]
async fn data_is_free_again_after_a_crash() {
    let mut server = Server::start().await;
    server.kill().await;
    server.restart().await;
}
