//! Latency, cut and half-open connections, slices of a few bytes, bytes that are lost in one direction.
//! That a request comes twice is in every story: the devices do so.

use harness::delivery::Story;
use harness::delivery::proxy::Weather;

#[tokio::test]
async fn through_a_bad_network_everyone_hears_everything_once() {
    let story = Story::begin("network").await;
    for _ in 0..3 {
        story.fault("bad network");
        story.weather(Weather::Bad);
        story.everyone_connects_anew().await;
        story.talk(120).await;
        story.weather(Weather::Clear);
        story.cleared("bad network");
        story.talk(30).await;
    }
    story.end().await;
}
