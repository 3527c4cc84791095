//! Lines about messages on their way to files, PostgreSQL and a queue, while everything goes down and comes
//! back, and the bot is killed.
//!
//! `GUILDHALL_STREAM` sets the number of messages (1,200 unless it says otherwise; the long run has 100,000).

use crate::{
    acts::eventually,
    peers::{Gate, Postgres, Sqs, lines_in},
    process::{Process, log_tail, program},
    support::{SOON, Town, say},
};
use serde_json::Value;
use simulator::{ChannelKind, Id};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};
use tokio::time::{Instant, sleep};

const CHANNELS: usize = 20;

fn count() -> usize {
    let set = std::env::var("GUILDHALL_STREAM").ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(1_200)
}

/// What people did: which messages were written in which channel, in order; edited; deleted.
#[derive(Default)]
struct Did {
    written: BTreeMap<String, Vec<u64>>,
    edited: BTreeSet<u64>,
    deleted: BTreeSet<u64>,
}

impl Did {
    fn all(&self) -> BTreeSet<u64> {
        self.written.values().flatten().copied().collect()
    }
}

/// People who write.
struct Crowd<'a> {
    town: &'a Town,
    channels: Vec<Id>,
    people: Vec<Id>,
    did: Did,
}

impl<'a> Crowd<'a> {
    fn new(town: &'a Town) -> Self {
        let channel = |n| {
            let name = format!("talk-{n}");
            town.sim
                .create_channel(town.guild, &name, ChannelKind::Text)
        };
        let channels = (0..CHANNELS).map(channel).collect();
        let person = |n| {
            let person = town.sim.add_user(&format!("Person {n}"));
            town.sim.join(town.guild, person);
            person
        };
        Self {
            town,
            channels,
            people: (0..5).map(person).collect(),
            did: Did::default(),
        }
    }

    /// So many messages more; a few are edited, and a few deleted. No faster than the bot can be killed.
    async fn write(&mut self, count: usize) {
        let sim = &self.town.sim;
        for n in 0..count {
            let channel = self.channels[n * 7 % CHANNELS];
            let id = sim.say(channel, self.people[n % self.people.len()], "hello");
            let written = self.did.written.entry(channel.to_string()).or_default();
            written.push(number(id));
            if n % 23 == 0 && sim.edit(id, "hello again") {
                self.did.edited.insert(number(id));
            }
            if n % 31 == 0 && sim.delete_message(id) {
                self.did.deleted.insert(number(id));
            }
            if n % 50 == 0 {
                sleep(Duration::from_millis(5)).await;
            }
        }
    }
}

fn number(id: Id) -> u64 {
    id.to_string().parse().expect("ids are numbers")
}

fn id(line: &Value, field: &str) -> u64 {
    let text = line[field].as_str().expect("ids are texts");
    text.parse().expect("ids are numbers")
}

/// What lines say of each channel, of one kind, each line once: the first time it came.
fn by_channel(lines: &[Value], kind: &str) -> BTreeMap<String, Vec<u64>> {
    let (mut found, mut seen): (BTreeMap<String, Vec<u64>>, _) = Default::default();
    for line in lines.iter().filter(|line| line["kind"] == kind) {
        let message = id(line, "message");
        if BTreeSet::insert(&mut seen, message) {
            let channel = line["channel"].as_str().expect("ids are texts").to_owned();
            found.entry(channel).or_default().push(message);
        }
    }
    found
}

fn of_kind(lines: &[Value], kind: &str) -> BTreeSet<u64> {
    by_channel(lines, kind).into_values().flatten().collect()
}

/// What the lines must say, whoever brought them.
fn complete(lines: &[Value], did: &Did) {
    let written = by_channel(lines, "written");
    // The answers of the bot are messages as well, in other channels than these.
    for (channel, messages) in &did.written {
        assert_eq!(
            written.get(channel),
            Some(messages),
            "in order in {channel}"
        );
    }
    assert!(of_kind(lines, "edited").is_superset(&did.edited));
    assert!(of_kind(lines, "deleted").is_superset(&did.deleted));
}

async fn started(town: &Town, environment: &[(&str, &str)]) -> Process {
    let process = Process::start_with(&town.sim, town.data.path(), environment);
    process.connected(&town.sim).await;
    process
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_arrives_everywhere_in_order_whatever_goes_down() {
    let (Some(postgres), Some(sqs)) = (Postgres::start(), Sqs::start()) else {
        return;
    };
    let gate = Gate::before(sqs.address()).await;
    let town = Town::new().await;
    let lines = town.data.path().join("lines");
    let queue = format!("http://{}/123456789012/messages.fifo", gate.address);
    let url = postgres.url();
    let environment = [
        ("GUILDHALL_LINES__DIR", lines.to_str().expect("it is text")),
        ("GUILDHALL_POSTGRES_URL", &url),
        ("GUILDHALL_SQS__QUEUE_URL", &queue),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", &sqs.keys.0),
        ("AWS_SECRET_ACCESS_KEY", &sqs.keys.1),
    ];
    let reader = sqs.reader();
    let mut crowd = Crowd::new(&town);
    let process = started(&town, &environment).await;
    town.ready().await;
    town.moderate("/messages settings stream:True").await;

    let (share, began) = (count() / 6, Instant::now());
    crowd.write(share).await;
    postgres.down();
    crowd.write(share).await;
    process.kill();
    crowd.write(share / 10).await;
    let process = started(&town, &environment).await;
    gate.shut(true);
    crowd.write(share).await;
    postgres.up();
    crowd.write(share).await;
    process.kill();
    let process = started(&town, &environment).await;
    gate.shut(false);
    crowd.write(share).await;
    postgres.down();
    gate.shut(true);
    crowd.write(share).await;
    postgres.up();
    gate.shut(false);
    crowd.write(share / 10).await;

    let all = crowd.did.all();
    let patience = SOON + Duration::from_millis(60) * u32::try_from(count()).expect("not so many");
    let end = Instant::now() + patience;
    while let Some(waits) = waits(town.data.path()) {
        let home = town.data.path();
        assert!(Instant::now() < end, "{waits}\n{}", log_tail(home));
        sleep(Duration::from_millis(100)).await;
    }
    process.terminate().await;
    let took = began.elapsed();

    let files = lines_in(&lines);
    complete(&files, &crowd.did);
    let written = files
        .iter()
        .filter(|line| line["kind"] == "written")
        .count();
    assert_eq!(
        of_kind(&files, "written").len(),
        written,
        "files have no line twice"
    );
    let queued = reader.finish();
    complete(&queued, &crowd.did);
    the_table_is_complete(&postgres, &crowd.did).await;
    say(&format!(
        "{} messages in files, table and queue ({} lines) after {} s",
        all.len(),
        queued.len(),
        took.as_secs()
    ));
}

/// What still waits for a sink or in the bot, as it says itself; nothing when nothing does.
fn waits(home: &Path) -> Option<String> {
    let output = program()
        .args(["status", "--json", "--data"])
        .arg(home.join("data"))
        .output()
        .expect("the binary runs");
    let status: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let sinks = status["sinks"].as_array().cloned().unwrap_or_default();
    let idle = |sink: &Value| sink["waiting"] == 0 && sink["lost"] == 0;
    let durable = status["inputs"]["waiting"] == 0 && status["store"]["lag_ms"] == 0;
    let done = sinks.len() == 3 && sinks.iter().all(idle) && durable;
    (!done).then(|| {
        format!(
            "{sinks:?} {} {}",
            status["inputs"], status["store"]["lag_ms"]
        )
    })
}

async fn the_table_is_complete(postgres: &Postgres, did: &Did) {
    let client = postgres.client().await;
    let rows = client
        .query(
            "select channel_id, message_id, edited_at is not null, deleted_at is not null, length
             from guildhall_messages order by message_id",
            &[],
        )
        .await
        .expect("the table is there");
    let mut written: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let (mut edited, mut deleted) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        let message = u64::try_from(row.get::<_, i64>(1)).expect("ids are positive");
        let channel = row.get::<_, i64>(0).to_string();
        written.entry(channel).or_default().push(message);
        edited.extend(row.get::<_, bool>(2).then_some(message));
        deleted.extend(row.get::<_, bool>(3).then_some(message));
        assert!(
            row.get::<_, Option<i32>>(4).is_some(),
            "the simulator grants the intent"
        );
    }
    for (channel, messages) in &did.written {
        assert_eq!(
            written.get(channel),
            Some(messages),
            "each once in {channel}"
        );
    }
    assert_eq!((edited, deleted), (did.edited.clone(), did.deleted.clone()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_to_be_forgotten_is_deleted_from_table_and_files() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let town = Town::new().await;
    let lines = town.data.path().join("lines");
    let mut options = town.options();
    options.sinks = guildhall::outside::Settings {
        spool_bytes: 1 << 20,
        lines: Some(lines.clone()),
        postgres: Some(guildhall::secret::Secret::new(postgres.url())),
        ..Default::default()
    };
    let bot = town.bot_with(options).await;
    town.moderate("/messages settings stream:True").await;
    let (alice, bob) = (town.sim.add_user("Alice"), town.sim.add_user("Bob"));
    for person in [alice, bob] {
        town.sim.join(town.guild, person);
        town.sim.say(town.general, person, "hello");
    }
    let client = postgres.client().await;
    let arrived = |wanted: usize| {
        let lines = lines.clone();
        move || lines_in(&lines).len() == wanted
    };
    eventually("both are in the file", arrived(2)).await;
    let asked = town.own(alice, "/mydata forget").await;
    town.confirms(alice, &asked).await;
    eventually("one is left in the file", arrived(1)).await;
    assert_eq!(lines_in(&lines)[0]["author"], bob.to_string());
    let end = Instant::now() + SOON;
    loop {
        let authors = client.query("select author_id from guildhall_messages", &[]);
        let authors: Vec<i64> = authors
            .await
            .map(|rows| rows.iter().map(|row| row.get(0)).collect())
            .unwrap_or_default();
        if authors == [i64::try_from(number(bob)).expect("a small number")] {
            break;
        }
        assert!(Instant::now() < end, "{authors:?} are in the table");
        sleep(Duration::from_millis(20)).await;
    }
    bot.stop().await;
}

#[test]
fn check_says_what_is_the_matter_with_a_sink() {
    let Some(sqs) = Sqs::start() else {
        return;
    };
    let home = tempfile::TempDir::new().expect("a temporary directory");
    let check = |secret: &str, url: &str| {
        let output = program()
            .arg("check")
            .arg("--data")
            .arg(home.path().join("data"))
            .env_remove("DISCORD_TOKEN")
            .env("GUILDHALL_LINES__DIR", home.path().join("lines"))
            .env("GUILDHALL_POSTGRES_URL", url)
            .env(
                "GUILDHALL_SQS__QUEUE_URL",
                format!("http://{}/123456789012/messages.fifo", sqs.address()),
            )
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", &sqs.keys.0)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .output()
            .expect("the binary runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let nobody = "postgres://u:hunter2@127.0.0.1:1/x";
    let said = check(&sqs.keys.1, nobody);
    assert!(
        said.contains("ok    sqs          the queue answers; it keeps the order"),
        "{said}"
    );
    assert!(said.contains("can be written"), "{said}");
    assert!(
        said.contains("warn  postgres     error connecting to server"),
        "{said}"
    );
    assert!(!said.contains("hunter2"), "{said}");
    let said = check("wrong", nobody);
    assert!(said.contains("warn  sqs          403"), "{said}");
}
