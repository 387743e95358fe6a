//! A disk that is full, and one whose flushes fail: people are told to wait, keep what they wrote, and
//! lose nothing; the server needs no restart.

use harness::delivery::Story;
use harness::delivery::mount::Mount;
use harness::delivery::shim::Number;
use harness::eventually;
use tempfile::TempDir;

#[tokio::test]
async fn while_the_disk_is_full_nothing_is_promised_and_afterwards_everything_is_saved() {
    let mut story = Story::begin("disk-full").await;
    // A commit writes some twenty times.
    fails(&mut story, Number::WritesFail, Number::WritesFailed, 97, "disk full").await;
    let tally = story.end().await;
    assert!(tally.retries > 0, "nobody was told to wait: {tally:#?}");
}

#[tokio::test]
async fn while_flushes_fail_nothing_is_promised_and_afterwards_everything_is_saved() {
    let mut story = Story::begin("flush-fails").await;
    fails(&mut story, Number::FlushesFail, Number::FlushesFailed, 7, "flushes fail").await;
    let tally = story.end().await;
    assert!(tally.retries > 0, "nobody was told to wait: {tally:#?}");
}

/// First everything fails, then every so-manieth time.
async fn fails(story: &mut Story, set: Number, happened: Number, every: i64, name: &str) {
    for _ in 0..2 {
        story.fault(name);
        let before = story.shim.get(happened);
        story.shim.set(set, 1);
        let failed = async || (story.shim.get(happened) > before).then_some(());
        eventually("something has failed", failed).await;
        story.shim.set(set, every);
        story.talk(40).await;
        story.shim.set(set, 0);
        story.cleared(name);
        story.talk(30).await;
    }
}

#[tokio::test]
async fn a_small_disk_that_is_full_and_emptied_again_needs_no_restart() {
    let Some(disk) = Mount::small(8) else {
        eprintln!("left out: a full disk of its own, for want of the right to mount one");
        return;
    };
    let data = TempDir::new_in(disk.path()).unwrap();
    let story = Story::begin_in("disk-full-for-real", data).await;
    story.fault("disk full for real");
    let ballast = disk.path().join("ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    // Until there is no space left.
    let filled = std::io::copy(&mut std::io::repeat(7), &mut file);
    assert!(filled.is_err(), "the disk is not full");
    story.until_someone_has_to_wait().await;
    drop(file);
    std::fs::remove_file(ballast).unwrap();
    story.talk(40).await;
    story.cleared("disk full for real");
    let tally = story.end().await;
    assert!(tally.retries > 0, "nobody was told to wait: {tally:#?}");
}
