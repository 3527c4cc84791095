//! The timer driver: hands due timers to their machines.
//!
//! It looks at the clock at least every half minute, so a clock that jumps is noticed, and fires
//! nothing before Discord has told us the date once.

use super::hub::Hub;
use std::{sync::Arc, time::Duration};

/// The longest sleep.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Runs until the bot stops.
pub async fn drive(hub: Arc<Hub>) {
    while !hub.is_stopping() {
        if hub.clock.is_sane() {
            let now = hub.clock.now();
            let shards = hub.shards();
            let behind = |shard| {
                shards
                    .get(&shard)
                    .map_or(Some(now), |state| state.behind_since)
            };
            hub.core(|core| core.poll_timers(now, behind));
        }
        let pause = hub.timer_sleeps().map_or(LOOK_EVERY, |next| {
            let ms = next.since(hub.clock.now()).as_millis();
            // A timer that is due but held back is looked at again every second.
            Duration::from_millis(if ms <= 0 { 1_000 } else { ms.unsigned_abs() }).min(LOOK_EVERY)
        });
        tokio::select! {
            () = hub.timer_bell.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = hub.stopped() => {}
        }
    }
}
