//! The stations of an event on its way through the bot, each by itself: envelope, decoding by kind, routing, turn,
//! encoding, commit. `guildhall bench` measures the whole.
//!
//! `cargo bench --bench event`; `cargo test --bench event` runs each once.

use actors::{
    kernel::{
        address::Address,
        ids::{ApplicationId, UserId},
        inbound::{Inbound, Input, InputId, Seq},
        record::{Key, Record, Schema, Snapshot as _, Space, Write},
        stored::Position,
        time::{Span, Timestamp},
    },
    registry,
};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use guildhall::discord::{
    frame::Frame,
    from_discord::{Context, Decoded, decode},
};
use simulator::load::{Options, Probe, samples};
use snapshots::{Batch, Bincode, DataDir};
use std::hint::black_box;

fn frames() -> Vec<(&'static str, String)> {
    samples(&Options {
        guilds: 1,
        members: 100,
        seed: 1,
        zstd: false,
        probe: Probe::Ping,
        answers: true,
    })
}

fn context() -> Context {
    Context {
        bot: UserId::new(90_000_000_000_000_001),
        application: ApplicationId::new(90_000_000_000_000_001),
        owners: Default::default(),
        incarnation: 1,
        now: Timestamp::from_seconds(1_795_000_000),
        offset: Span::ZERO,
        process: actors::kernel::call::Process::default(),
        content: false,
    }
}

fn inbound(text: &str) -> Option<Inbound> {
    let frame = Frame::parse(text).expect("the load's frames are frames");
    match decode(&frame, &context()).expect("the load's events are events") {
        Decoded::Inputs(mut inputs) => Some(inputs.remove(0).1),
        _ => None,
    }
}

/// What machines are told, by event.
fn inbounds() -> Vec<(&'static str, Inbound)> {
    let told = frames().into_iter();
    told.filter_map(|(name, text)| Some((name, inbound(&text)?)))
        .collect()
}

fn route(what: &Inbound) -> Vec<Address> {
    registry::route(what, &|_| Vec::new()).expect("somebody wants it")
}

fn reading(criterion: &mut Criterion) {
    let context = context();
    let mut envelope = criterion.benchmark_group("envelope");
    for (name, text) in frames() {
        envelope.throughput(Throughput::Bytes(text.len() as u64));
        envelope.bench_function(name, |bencher| {
            bencher.iter(|| Frame::parse(black_box(&text)).expect("it is a frame").seq);
        });
    }
    envelope.finish();
    let mut group = criterion.benchmark_group("envelope and decode");
    for (name, text) in frames() {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let frame = Frame::parse(black_box(&text)).expect("it is a frame");
                decode(&frame, &context)
            });
        });
    }
    group.finish();
}

fn routing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("route");
    for (name, what) in inbounds() {
        group.bench_function(name, |bencher| bencher.iter(|| route(black_box(&what))));
    }
    group.finish();
}

fn turning(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("turn");
    let now = context().now;
    for (name, what) in inbounds() {
        let addresses = route(&what);
        let at = Seq {
            session: 1,
            seq: 1,
            part: 0,
        };
        let input = Input {
            id: InputId::Gateway { shard: 0, at },
            at: now,
            what,
        };
        for address in addresses {
            group.bench_function(format!("{name} by {}", address.kind.name()), |bencher| {
                let machine = || registry::open(address, None, Bincode).expect("it is new");
                bencher.iter_batched_ref(
                    machine,
                    |machine| machine.turn(&input, &[], now),
                    BatchSize::SmallInput,
                );
            });
        }
    }
    group.finish();
}

fn encoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    let position = Position {
        application: 1,
        shard: 0,
        shards: 1,
        gateway: "gateway.discord.gg".into(),
        ordinal: 1,
        session_id: "0123456789abcdef0123456789abcdef".into(),
        resume_url: "wss://gateway-us-east1-b.discord.gg".into(),
        seq: 1_000_000,
        at: context().now,
    };
    group.bench_function("a position", |bencher| {
        bencher.iter(|| black_box(&position).to_record(&Bincode));
    });
    let count = registry::samples(&Bincode).map_or(0, |samples| samples.len() as u64);
    group.throughput(Throughput::Elements(count));
    group.bench_function("one record of every kind", |bencher| {
        bencher.iter(|| registry::samples(&Bincode));
    });
    group.finish();
}

/// A batch as it is written: encoded, flushed, synced.
fn committing(criterion: &mut Criterion) {
    let home = tempfile::tempdir().expect("a temporary directory");
    let options = snapshots::Options::new(1, context().now);
    let opened = snapshots::open(&DataDir::new(home.path()), &options).expect("a new store opens");
    let mut store = opened.store;
    let mut group = criterion.benchmark_group("commit");
    group.sample_size(20);
    for rows in [1_u64, 10, 100, 1_000] {
        group.throughput(Throughput::Elements(rows));
        group.bench_function(format!("{rows} rows of 64 bytes"), |bencher| {
            let mut turn = 0_u8;
            bencher.iter(|| {
                turn = turn.wrapping_add(1);
                let writes = (0..rows).map(|row| write(row, turn)).collect();
                let epoch = store.last_epoch() + 1;
                store.commit(&Batch { epoch, writes })
            });
        });
    }
    group.finish();
}

fn write(row: u64, turn: u8) -> Write {
    let schema = Schema {
        kind: 1,
        version: 1,
    };
    let record = Record {
        schema,
        payload: vec![turn; 64],
    };
    Write {
        key: Key::new(Space::Row, &row.to_be_bytes()),
        record: Some(record),
    }
}

criterion_group!(benches, reading, routing, turning, encoding, committing);
criterion_main!(benches);
