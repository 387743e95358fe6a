//! The clock jumps: order, resume and what an op once got depend on no time of day.

use harness::delivery::Story;
use harness::delivery::shim::Number;

const HOUR_MS: i64 = 3_600_000;

#[tokio::test]
async fn when_the_clock_jumps_nothing_is_lost_doubled_or_out_of_order() {
    let mut story = Story::begin("clock").await;
    for hours in [30 * 24, -2, -400 * 24, 0] {
        story.fault("clock jumps");
        // Told to a server that started by another clock: its mark and its file disagree.
        story.may_rewind();
        story.shim.set(Number::ClockMs, hours * HOUR_MS);
        story.talk(60).await;
        story.server.restart().await;
        story.cleared("clock jumps");
        story.talk(20).await;
    }
    assert!(story.shim.get(Number::ClockReads) > 0, "nobody has asked the time");
    story.end().await;
}
