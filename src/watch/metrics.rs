//! [`Status`] as Prometheus metrics.
//!
//! Every label has a fixed list of values: checks, shards, Discord's event names, templates of routes,
//! HTTP statuses. No metric has the id of a server or a person.

use super::{
    exposition::{Page, float},
    health::Level,
    status::{About, Inputs, Outbox, Rest, Shard, Sink, Status, Store},
};

const MS: f64 = 1e3;

/// The page that `/metrics` answers with.
#[must_use]
pub fn render(status: &Status) -> String {
    let mut page = Page::default();
    health(&mut page, status);
    about(&mut page, &status.about);
    shards(&mut page, &status.shards);
    inputs(&mut page, &status.inputs);
    store(&mut page, &status.store);
    outbox(&mut page, &status.outbox);
    rest(&mut page, &status.rest);
    sinks(&mut page, &status.sinks);
    page.finish()
}

fn health(page: &mut Page, status: &Status) {
    page.gauge("guildhall_healthy", "1 if /healthz says yes.")
        .is(u8::from(status.is_healthy()));
    page.gauge("guildhall_ready", "1 if /readyz says yes.")
        .is(u8::from(status.is_ready()));
    page.gauge(
        "guildhall_check",
        "What each check says: 0 good, 1 behind, 2 ill, 3 hung.",
    );
    for check in &status.checks {
        page.of(&[("check", &check.name)], level(check.level));
    }
}

const fn level(level: Level) -> u8 {
    match level {
        Level::Good => 0,
        Level::Behind => 1,
        Level::Ill => 2,
        Level::Hung => 3,
    }
}

fn about(page: &mut Page, about: &About) {
    page.gauge("guildhall_info", "Which program runs; always 1.")
        .of(
            &[
                ("version", &about.version),
                ("commit", &about.commit),
                ("tzdata", &about.tzdata),
            ],
            1,
        );
    page.gauge("process_start_time_seconds", "When it started, since 1970.")
        .is(float(about.started_at.max(0).unsigned_abs(), MS));
    page.gauge("process_resident_memory_bytes", "Its memory.")
        .is(about.rss_bytes);
    page.gauge("guildhall_guilds", "Servers it is in.")
        .is(about.guilds);
    page.gauge(
        "guildhall_gaps_open",
        "Servers that missed events and have not caught up yet.",
    )
    .is(about.open_gaps);
    page.counter("guildhall_gaps_total", "Gaps since the store was made.")
        .is(about.gaps_total);
    page.gauge(
        "guildhall_missing_intents",
        "Privileged intents that features want but Discord does not grant.",
    )
    .is(about.missing_intents.len());
    if let Some(offset) = about.clock_offset_ms {
        let sign = if offset < 0 { -1.0 } else { 1.0 };
        page.gauge(
            "guildhall_clock_offset_seconds",
            "Discord's clock minus ours.",
        )
        .is(sign * float(offset.unsigned_abs(), MS));
    }
}

/// One family with a sample for each shard.
fn per_shard(page: &mut Page, shards: &[Shard], value: impl Fn(&Shard) -> Option<f64>) {
    for (number, shard) in shards.iter().enumerate() {
        if let Some(value) = value(shard) {
            page.of(&[("shard", &number.to_string())], value);
        }
    }
}

fn shards(page: &mut Page, shards: &[Shard]) {
    let whole = |number: u64| Some(float(number, 1.0));
    page.gauge(
        "guildhall_gateway_connected",
        "1 if connected and up to date.",
    );
    per_shard(page, shards, |shard| {
        Some(f64::from(u8::from(shard.gateway == "connected")))
    });
    page.gauge(
        "guildhall_gateway_behind_seconds",
        "How long it has not been connected; 0 when it is.",
    );
    per_shard(page, shards, |shard| Some(float(shard.behind_ms, MS)));
    page.gauge("guildhall_gateway_latency_seconds", "Heartbeat round trip.");
    per_shard(page, shards, |shard| Some(float(shard.latency_ms?, MS)));
    page.gauge(
        "guildhall_gateway_seq_received",
        "The newest event taken in, within its session.",
    );
    per_shard(page, shards, |shard| whole(shard.received_seq));
    page.gauge(
        "guildhall_gateway_seq_durable",
        "The newest event up to which everything is durable, within its session.",
    );
    per_shard(page, shards, |shard| whole(shard.durable_seq?));
    page.gauge(
        "guildhall_gateway_seq_lag",
        "Events taken in and not durable: Discord would send them again after a crash.",
    );
    per_shard(page, shards, |shard| whole(shard.lag));
    page.counter("guildhall_gateway_connections_total", "Connections made.");
    per_shard(page, shards, |shard| whole(shard.connections));
    page.counter(
        "guildhall_gateway_sessions_total",
        "Sessions: went on (resumed), began (ready), were called invalid (refused), did not go on where we were (hole).",
    );
    for (number, shard) in shards.iter().enumerate() {
        let number = number.to_string();
        for (what, count) in [
            ("resumed", shard.resumed),
            ("ready", shard.began),
            ("refused", shard.refused),
            ("hole", shard.holes),
        ] {
            page.of(&[("shard", &number), ("what", what)], count);
        }
    }
    page.counter(
        "guildhall_gateway_events_total",
        "Events that came in, by their name.",
    );
    for (number, shard) in shards.iter().enumerate() {
        let number = number.to_string();
        for (event, count) in &shard.events {
            page.of(&[("shard", &number), ("event", event)], count);
        }
    }
}

fn inputs(page: &mut Page, inputs: &Inputs) {
    page.counter(
        "guildhall_gateway_undecodable_total",
        "Frames and events that could not be read.",
    )
    .is(inputs.undecodable);
    page.gauge(
        "guildhall_core_silent_seconds",
        "How long the core could not be looked at; then its numbers are old.",
    )
    .is(float(inputs.core_ms, MS));
    page.gauge(
        "guildhall_inputs_waiting",
        "Inputs that wait for their turn.",
    )
    .is(inputs.waiting);
    page.gauge(
        "guildhall_changes_undurable",
        "Changes that inputs have led to and that are not durable yet.",
    )
    .is(inputs.undurable);
    page.gauge(
        "guildhall_inputs_room",
        "So many waiting inputs and undurable changes there may be before nothing more is taken in.",
    )
    .is(inputs.room);
    page.gauge(
        "guildhall_inputs_crowded",
        "1 while nothing more is taken in because there are too many of both.",
    )
    .is(u64::from(inputs.crowded));
    page.gauge(
        "guildhall_inputs_oldest_seconds",
        "How long the oldest waiting input has been the oldest.",
    )
    .is(float(inputs.oldest_ms, MS));
    page.gauge("guildhall_machines_awake", "Machines that have an actor.")
        .is(inputs.awake);
    page.counter("guildhall_turns_total", "Turns.")
        .is(inputs.turns);
    page.counter(
        "guildhall_refusals_total",
        "Turns in which the rules said no.",
    )
    .is(inputs.refusals);
    page.counter(
        "guildhall_merged_total",
        "Signs of life that joined another one on their way to a turn.",
    )
    .is(inputs.merged);
    page.counter(
        "guildhall_restarts_total",
        "Actors and parts started again after a panic.",
    )
    .is(inputs.restarts);
    page.gauge(
        "guildhall_parked",
        "Inputs set aside, in all lives of the store.",
    )
    .is(inputs.parked);
    page.counter(
        "guildhall_parked_dropped_total",
        "Inputs that could not even be set aside.",
    )
    .is(inputs.parked_dropped);
    page.counter(
        "guildhall_interactions_dropped_total",
        "Interactions whose authors had seen them fail.",
    )
    .is(inputs.dropped_interactions);
}

fn store(page: &mut Page, store: &Store) {
    page.histogram(
        "guildhall_commit_seconds",
        "How long a batch took to become durable.",
        &store.commit_us,
        1e6,
    );
    page.histogram(
        "guildhall_commit_bytes",
        "Bytes of keys and records in a batch.",
        &store.batch_bytes,
        1.0,
    );
    page.histogram(
        "guildhall_commit_records",
        "Records in a batch.",
        &store.batch_records,
        1.0,
    );
    page.counter("guildhall_epochs_total", "Batches made durable.")
        .is(store.epochs);
    page.gauge(
        "guildhall_durable_epoch",
        "Number of the last durable batch, over all lives of the store.",
    )
    .is(store.durable_epoch);
    page.counter(
        "guildhall_commit_faults_total",
        "Batches that the store refused.",
    )
    .is(store.faults);
    page.gauge("guildhall_store_down", "1 while the store refuses batches.")
        .is(u8::from(store.down_ms.is_some()));
    page.gauge(
        "guildhall_store_lag_seconds",
        "Age of the oldest change that is not durable.",
    )
    .is(float(store.lag_ms, MS));
    page.gauge(
        "guildhall_store_bytes",
        "Size of the store on disk; looked up once a minute.",
    )
    .is(store.bytes);
    page.gauge("guildhall_quarantined", "Records that were found damaged.")
        .is(store.quarantined);
}

fn outbox(page: &mut Page, outbox: &Outbox) {
    page.gauge("guildhall_outbox", "Effects on their way to Discord.")
        .is(outbox.waiting);
    page.gauge(
        "guildhall_outbox_oldest_seconds",
        "Age of the oldest of them.",
    )
    .is(float(outbox.oldest_ms, MS));
    page.gauge(
        "guildhall_outbox_stuck_seconds",
        "How long it has been the oldest.",
    )
    .is(float(outbox.stuck_ms, MS));
    page.gauge(
        "guildhall_outbox_braked",
        "1 while sending is slowed down because Discord refused too much.",
    )
    .is(u8::from(outbox.braked));
    page.counter("guildhall_effects_total", "Effects that ended.")
        .of(&[("result", "sent")], outbox.sent)
        .of(&[("result", "failed")], outbox.failed);
    page.gauge(
        "guildhall_dead_letters",
        "Effects given up that are kept for people to look at.",
    )
    .is(outbox.dead_letters);
}

fn rest(page: &mut Page, rest: &Rest) {
    page.counter(
        "guildhall_rest_requests_total",
        "Calls of Discord's API, by route and HTTP status or why there was none.",
    );
    for calls in &rest.calls {
        let labels = [
            ("method", calls.method.as_str()),
            ("route", &calls.route),
            ("status", &calls.result),
        ];
        page.of(&labels, calls.count);
    }
    page.counter("guildhall_rest_rate_limited_total", "Answers 429.")
        .is(rest.too_fast);
    page.gauge(
        "guildhall_rest_failing_seconds",
        "How long Discord's API has not answered; 0 when it does.",
    )
    .is(float(rest.failing_ms.unwrap_or(0), MS));
}

/// Nothing where no sink is set up.
fn sinks(page: &mut Page, sinks: &[Sink]) {
    let each = |page: &mut Page, value: fn(&Sink) -> f64| {
        for sink in sinks {
            page.of(&[("sink", &sink.name)], value(sink));
        }
    };
    if sinks.is_empty() {
        return;
    }
    page.gauge("guildhall_sink_waiting_lines", "Lines that wait for it.");
    each(page, |sink| float(sink.waiting, 1.0));
    page.gauge("guildhall_sink_waiting_bytes", "Bytes that wait for it.");
    each(page, |sink| float(sink.waiting_bytes, 1.0));
    page.counter("guildhall_sink_lines_total", "Lines it took.");
    each(page, |sink| float(sink.took, 1.0));
    page.gauge(
        "guildhall_sink_lost_lines",
        "Lines given up because it was away for too long, over all lives of the store.",
    );
    each(page, |sink| float(sink.lost, 1.0));
    page.gauge(
        "guildhall_sink_away_seconds",
        "How long it has taken nothing; 0 while it does.",
    );
    each(page, |sink| float(sink.away_ms.unwrap_or(0), MS));
}
