//! An older backup is put in place of the database: everyone is told, and goes on from there.

use std::fs;

use harness::delivery::Story;
use tempfile::TempDir;

const FILES: [&str; 3] = ["hubbub.db", "hubbub.db-wal", "hubbub.db-shm"];

#[tokio::test]
async fn when_an_older_backup_is_restored_everyone_goes_on_from_it() {
    let mut story = Story::begin("backup").await;
    let backup = TempDir::new().unwrap();
    story.talk(40).await;
    story.server.kill().await;
    let database = story.database();
    for file in FILES.into_iter().filter(|file| database.with_file_name(file).exists()) {
        fs::copy(database.with_file_name(file), backup.path().join(file)).unwrap();
    }
    story.server.restart().await;
    story.talk(80).await;
    story.fault("restored");
    story.talk(10).await;
    story.server.kill().await;
    for file in FILES {
        let _ = fs::remove_file(database.with_file_name(file));
        if backup.path().join(file).exists() {
            fs::copy(backup.path().join(file), database.with_file_name(file)).unwrap();
        }
    }
    story.rewound();
    story.server.restart().await;
    story.talk(80).await;
    story.cleared("restored");
    let tally = story.end().await;
    assert!(tally.resets > 0, "nobody was told: {tally:#?}");
}
