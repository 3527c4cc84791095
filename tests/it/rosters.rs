//! The daily list of accounts on its way to files, PostgreSQL and a queue.

use crate::{
    acts::eventually,
    judge::judged,
    peers::{Postgres, Sqs, lines_in},
    process::{Process, log_tail},
    support::{SOON, Town},
};
use actors::kernel::{
    civil::{self, Zone},
    time::{Span, Timestamp},
};
use serde_json::Value;
use simulator::{Fault, FaultKind, Id};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::{Instant, sleep};

/// More than one page of Discord's.
const CROWD: usize = 1_050;

impl Town {
    /// Has a list taken at once: its time is put to before that which it is now, where it is noon.
    async fn take_roster(&self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = i64::try_from(now.expect("it is later").as_secs()).expect("a time");
        let (_, time) = civil::local(Timestamp::from_seconds(now), &Zone::default());
        let zone = match 12 - i32::from(time.hour()) {
            0 => "Etc/GMT".to_owned(),
            // The sign says how far Greenwich is ahead.
            hours => format!("Etc/GMT{:+}", -hours),
        };
        self.moderate(&format!("/setup zone zone:{zone}")).await;
        self.says("/messages roster at:23:00", &zone).await;
        self.moderate("/messages roster at:01:00").await;
    }

    /// Waits until a command is answered with this.
    async fn says(&self, line: &str, part: &str) -> String {
        let end = Instant::now() + SOON * 2;
        loop {
            let said = self.moderate(line).await;
            if said.contains(part) {
                return said;
            }
            assert!(
                Instant::now() < end,
                "{part}: {said}\n{}",
                log_tail(self.data.path())
            );
            sleep(Duration::from_millis(50)).await;
        }
    }

    fn file(&self) -> PathBuf {
        let name = format!("roster-{}.jsonl", self.guild);
        self.data.path().join("lines").join(name)
    }
}

/// The accounts on a list, each once, and how many there are to be.
fn whole(lines: &[Value]) -> (BTreeSet<String>, u64) {
    let (mut ids, mut members) = (BTreeSet::new(), None);
    for line in lines {
        match line["kind"].as_str() {
            Some("account") => {
                assert!(members.is_none(), "the end is behind all accounts");
                let id = line["discord_id"].as_str().expect("ids are texts");
                assert!(ids.insert(id.to_owned()), "{id} is there twice");
            }
            Some("roster") => {
                assert!(members.is_none(), "one end");
                members = line["members"].as_u64();
            }
            other => panic!("{other:?}"),
        }
    }
    (ids, members.expect("an end"))
}

/// What readers of the database see: names by id, and how many there are to be.
async fn table(postgres: &Postgres) -> (BTreeMap<String, (String, Vec<String>)>, Vec<i64>) {
    let client = postgres.client().await;
    let rows = client
        .query(
            "select user_id, display_name, roles from guildhall_roster",
            &[],
        )
        .await
        .expect("the view is there");
    let account = |row: &tokio_postgres::Row| {
        let id = row.get::<_, i64>(0).to_string();
        (id, (row.get(1), row.get(2)))
    };
    let members = client
        .query("select members from guildhall_rosters", &[])
        .await;
    let members = members.expect("the table is there");
    let members = members.iter().map(|row| row.get(0)).collect();
    (rows.iter().map(account).collect(), members)
}

fn written(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("whole lines"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_arrives_whole_everywhere_though_the_bot_is_killed_at_it() {
    let (Some(postgres), Some(sqs)) = (Postgres::start(), Sqs::start()) else {
        return;
    };
    let town = Town::new().await;
    let mut all: BTreeSet<String> = (0..CROWD)
        .map(|n| {
            let user = town.sim.add_user(&format!("Person {n}"));
            town.sim.join(town.guild, user);
            user.to_string()
        })
        .collect();
    all.extend([
        town.moderator.to_string(),
        town.sim.bot_user_id().to_string(),
    ]);
    let lines = town.data.path().join("lines");
    let queue = format!("http://{}/123456789012/messages.fifo", sqs.address());
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
    let process = Process::start_with(&town.sim, town.data.path(), &environment);
    process.connected(&town.sim).await;
    town.ready().await;
    town.take_roster().await;
    // The queue is the last of the three to get a page, and takes longest.
    let client = postgres.client().await;
    let end = Instant::now() + SOON;
    loop {
        let rows = client.query("select count(*) from guildhall_accounts", &[]);
        let count = rows.await.map_or(0, |rows| rows[0].get::<_, i64>(0));
        if count > 0 {
            break;
        }
        assert!(Instant::now() < end, "{}", log_tail(town.data.path()));
        sleep(Duration::from_millis(2)).await;
    }
    process.kill();
    assert!(!town.file().exists(), "it was killed in the middle");
    assert_eq!(
        table(&postgres).await.0.len(),
        0,
        "half a list is not shown"
    );

    let process = Process::start_with(&town.sim, town.data.path(), &environment);
    process.connected(&town.sim).await;
    let arrived = format!("{} accounts", all.len());
    town.says("/messages roster", &arrived).await;
    process.terminate().await;

    let count = all.len() as u64;
    assert_eq!(whole(&written(&town.file())), (all.clone(), count));
    assert_eq!(std::fs::read_dir(&lines).expect("it is there").count(), 1);
    let (rows, members) = table(&postgres).await;
    assert_eq!(rows.into_keys().collect::<BTreeSet<_>>(), all);
    assert_eq!(members, [i64::try_from(count).expect("not so many")]);
    let left = client
        .query("select count(*) from guildhall_accounts", &[])
        .await
        .expect("the table is there");
    let left: i64 = left[0].get(0);
    assert_eq!(
        left.cast_unsigned(),
        count,
        "nothing of the first try is left"
    );
    assert_eq!(whole(&reader.finish()), (all, count));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_has_names_waits_for_nobody_and_leaves_out_who_is_forgotten() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let town = Town::new().await;
    let staff = town.sim.create_role(town.guild, "staff", 0);
    let (alice, bob) = (town.sim.add_user("Alice"), town.sim.add_user("Bob"));
    for person in [alice, bob] {
        town.sim.join(town.guild, person);
    }
    town.sim.give_role(town.guild, alice, staff);
    let mut options = town.options();
    options.sinks = guildhall::outside::Settings {
        spool_bytes: 1 << 20,
        lines: Some(town.data.path().join("lines")),
        postgres: Some(guildhall::secret::Secret::new(postgres.url())),
        ..Default::default()
    };
    let bot = town.bot_with(options).await;
    postgres.down();
    town.sim.fail_next(
        Fault::on("GET", "/guilds/{id}/members"),
        1,
        FaultKind::Status(502),
    );
    town.take_roster().await;
    eventually("the file has a list though the database is away", || {
        town.file().exists()
    })
    .await;
    let lines = written(&town.file());
    let of = |id: Id| {
        let line = lines
            .iter()
            .find(|line| line["discord_id"] == *id.to_string());
        line.expect("they are on it").clone()
    };
    assert_eq!(
        of(alice)["discord_roles"],
        serde_json::json!(["@everyone", "staff"])
    );
    assert_eq!(of(alice)["server_name"], "Townsville");
    assert_eq!(of(alice)["discord_bot"], false);
    assert_eq!(of(town.sim.bot_user_id())["discord_bot"], true);
    postgres.up();
    town.says("/messages roster", "4 accounts").await;
    let (rows, _) = table(&postgres).await;
    let name = of(alice)["discord_display_name"]
        .as_str()
        .expect("a name")
        .to_owned();
    let roles = vec!["@everyone".to_owned(), "staff".to_owned()];
    assert_eq!(rows.get(&alice.to_string()), Some(&(name, roles)));

    let asked = town.own(alice, "/mydata forget").await;
    town.confirms(alice, &asked).await;
    let has = |id: Id| {
        let list = written(&town.file());
        list.iter()
            .any(|line| line["discord_id"] == *id.to_string())
    };
    eventually("she leaves the file", || !has(alice)).await;
    let end = Instant::now() + SOON;
    while table(&postgres).await.0.contains_key(&alice.to_string()) {
        assert!(Instant::now() < end, "she leaves the table");
        sleep(Duration::from_millis(20)).await;
    }
    // The next day: who is new is on it, and she is not.
    let carol = town.sim.add_user("Carol");
    town.sim.join(town.guild, carol);
    town.sim.advance(Duration::from_secs(24 * 3_600));
    bot.hub().clock.turn_on(Span::days(1));
    eventually("the next list is there", || has(carol)).await;
    assert!(has(bob) && !has(alice));
    let (ids, members) = whole(&written(&town.file()));
    assert_eq!((ids.len(), members), (4, 4));
    bot.stop().await;
    judged(&town.sim);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_is_switched_off_while_it_is_read_goes_nowhere() {
    let town = Town::new().await;
    let mut options = town.options();
    options.sinks.lines = Some(town.data.path().join("lines"));
    let bot = town.bot_with(options).await;
    let members = Fault::on("GET", "/guilds/{id}/members");
    town.sim.fail_next(members, 3, FaultKind::Status(502));
    town.take_roster().await;
    town.until("the list is asked for", |sim| sim.pending_faults() < 3)
        .await;
    town.moderate("/messages roster daily:False").await;
    town.until("the list is asked for again", |sim| {
        sim.pending_faults() == 0
    })
    .await;
    let empty = || bot.hub().core(|core| core.outbox_size().0 == 0);
    eventually("nobody wants it any more", empty).await;
    assert_eq!(lines_in(&town.data.path().join("lines")).len(), 0);
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moderators_are_told_that_a_list_has_nowhere_to_go() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.moderate("/setup log channel:#mod-log").await;
    town.take_roster().await;
    town.logged("has not set up anywhere it could go").await;
    let said = town.moderate("/messages roster").await;
    assert!(
        said.contains("has not set up anywhere it could go"),
        "{said}"
    );
    town.moderate("/messages roster daily:False").await;
    bot.stop().await;
}
