//! `kill -9` at named points, SIGTERM and SIGSTOP.

use harness::delivery::{Point, Story};

#[tokio::test]
async fn killed_before_a_commit_nothing_of_it_was_promised() {
    let mut story = Story::begin("killed-before-write").await;
    for _ in 0..3 {
        let nth = 1 + story.dice.below(60) as i64;
        story.dies_at(Point::BeforeWrite, nth).await;
        story.talk(30).await;
    }
    story.end().await;
}

#[tokio::test]
async fn killed_between_writing_and_flushing_every_op_is_there_once() {
    let mut story = Story::begin("killed-before-flush").await;
    for _ in 0..3 {
        let nth = 1 + story.dice.below(20) as i64;
        story.dies_at(Point::BeforeFlush, nth).await;
        story.talk(30).await;
    }
    story.end().await;
}

#[tokio::test]
async fn killed_after_a_commit_and_before_its_answer_every_op_is_there_once() {
    let mut story = Story::begin("killed-after-flush").await;
    for _ in 0..3 {
        let nth = 1 + story.dice.below(20) as i64;
        story.dies_at(Point::AfterFlush, nth).await;
        story.talk(30).await;
    }
    story.end().await;
}

#[tokio::test]
async fn killed_when_the_author_knows_and_others_do_not_everyone_hears_of_it() {
    let mut story = Story::begin("killed-after-accepted").await;
    for _ in 0..3 {
        let nth = 1 + story.dice.below(20) as i64;
        story.dies_at(Point::AfterAccepted, nth).await;
        story.talk(30).await;
    }
    story.end().await;
}

#[tokio::test]
async fn killed_in_a_replay_whoever_was_away_misses_nothing() {
    let mut story = Story::begin("killed-in-replay").await;
    for _ in 0..2 {
        let away = story.dice.below(6);
        story.sleep(away).await;
        story.host.says_much(100).await;
        story.wake(away);
        story.dies_at(Point::InReplay, 1).await;
        story.talk(30).await;
    }
    story.end().await;
}

#[tokio::test]
async fn asked_to_stop_in_mid_sentence_the_server_keeps_what_it_promised() {
    let mut story = Story::begin("terminated").await;
    for _ in 0..2 {
        story.fault("terminated");
        story.talk(10).await;
        story.server.terminate();
        let ended = story.server.ended().await;
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        story.server.restart().await;
        story.cleared("terminated");
        story.talk(30).await;
    }
    story.end().await;
}

#[tokio::test]
async fn frozen_for_longer_than_people_wait_the_server_doubles_nothing() {
    let story = Story::begin("frozen").await;
    for _ in 0..2 {
        story.fault("frozen");
        story.talk(10).await;
        story.server.freeze();
        story.until_everyone_has_given_up().await;
        story.server.thaw();
        story.talk(10).await;
        story.cleared("frozen");
        story.talk(30).await;
    }
    story.end().await;
}
