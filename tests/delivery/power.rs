//! The power fails: what was not flushed is gone, and what was promised is there.

use std::fs;

use harness::delivery::Story;
use harness::delivery::mount::Mount;
use tempfile::TempDir;

/// Of each file there is what its last flush has put on disk, and nothing that was only written.
#[tokio::test]
async fn after_a_power_cut_everything_that_was_promised_is_there() {
    let mut story = Story::begin("power-cut").await;
    for _ in 0..3 {
        story.talk(30).await;
        story.fault("power cut");
        story.talk(10).await;
        story.server.freeze();
        let disk = story.shim.disk();
        let database = story.database();
        story.server.kill().await;
        for file in ["hubbub.db", "hubbub.db-wal", "hubbub.db-shm"] {
            let _ = fs::remove_file(database.with_file_name(file));
            if disk.join(file).exists() {
                fs::copy(disk.join(file), database.with_file_name(file)).unwrap();
            }
        }
        story.server.restart().await;
        story.cleared("power cut");
    }
    story.end().await;
}

/// A real file system that writes by itself after ten minutes only; its disk is a file, and a copy of
/// that file is what a machine without power finds when it comes back.
#[tokio::test]
async fn after_a_power_cut_a_real_file_system_has_everything_that_was_promised() {
    let images = TempDir::new().unwrap();
    let image = images.path().join("first.img");
    let Some(disk) = Mount::disk(&image, 64) else {
        eprintln!("left out: a power cut on ext4, for want of the right to mount a disk");
        return;
    };
    let data = TempDir::new_in(disk.path()).unwrap();
    let name = data.path().file_name().unwrap().to_owned();
    let mut story = Story::begin_in("power-cut-ext4", data).await;
    story.fault("power cut");
    story.talk(60).await;
    story.server.freeze();
    let copy = images.path().join("second.img");
    fs::copy(&image, &copy).unwrap();
    story.server.kill().await;
    let Some(found) = Mount::image(&copy) else { panic!("the copy cannot be mounted") };
    // Served from a directory that tidies itself up.
    let data = TempDir::new().unwrap();
    for file in fs::read_dir(found.path().join(name)).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), data.path().join(file.file_name())).unwrap();
    }
    // The mark was copied as well, which nobody can tell from an old one put back.
    story.may_rewind();
    drop(story.server.put_on(data));
    story.server.restart().await;
    story.cleared("power cut");
    story.talk(30).await;
    story.end().await;
}
