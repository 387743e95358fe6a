//! Everything together, one thing after the other as the seed has it. `HUBBUB_DELIVERY_S` is for how
//! long; a night of it is worth having.

use std::time::Instant;

use harness::delivery::proxy::Weather;
use harness::delivery::shim::Number;
use harness::delivery::{Point, Story};

#[tokio::test]
async fn through_all_weathers_every_promise_holds() {
    let mut story = Story::begin("weather").await;
    let started = Instant::now();
    while started.elapsed() < Story::time(10) {
        match story.dice.below(10) {
            0 => {
                story.fault("killed");
                story.server.restart().await;
                story.talk(5).await;
                story.cleared("killed");
            }
            1..=4 => {
                let points = [
                    Point::BeforeWrite,
                    Point::BeforeFlush,
                    Point::AfterFlush,
                    Point::AfterAccepted,
                ];
                let point = points[story.dice.below(4)];
                let nth = 1 + story.dice.below(30) as i64;
                story.dies_at(point, nth).await;
            }
            5 => {
                story.fault("bad network");
                story.weather(Weather::Bad);
                story.everyone_connects_anew().await;
                story.talk(60).await;
                story.weather(Weather::Clear);
                story.cleared("bad network");
            }
            6 | 7 => {
                story.fault("bad disk");
                let kinds = [(Number::WritesFail, 60), (Number::FlushesFail, 2)];
                let (number, least) = kinds[story.dice.below(2)];
                story.shim.set(number, least + story.dice.below(40) as i64);
                story.talk(30).await;
                story.shim.set(number, 0);
                story.cleared("bad disk");
            }
            8 => {
                story.fault("bad network, and killed");
                story.weather(Weather::Bad);
                story.talk(30).await;
                story.server.restart().await;
                story.weather(Weather::Clear);
                story.cleared("bad network, and killed");
            }
            _ => story.fall_behind(560).await,
        }
        story.talk(20).await;
    }
    let tally = story.end().await;
    eprintln!("{tally:#?}");
}
