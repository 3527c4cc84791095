//! kill -9, again and again: nothing that was accepted is lost, nothing is said twice.
//!
//! `GUILDHALL_KILLS` sets the number of rounds (30 unless it says otherwise).

use crate::{oracle::Oracle, process::Process, record::Recorder, states, support::SOON};
use simulator::{ChannelKind, GuildOptions, Id, InteractionHandle, SimConfig, Simulator};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// One guild with its people, and what happened there.
struct Place {
    guild: Id,
    general: Id,
    welcome: Id,
    log: Id,
    moderator: Id,
    joined: Vec<Id>,
    left: BTreeSet<Id>,
    names: BTreeMap<Id, String>,
    asked: Vec<(String, InteractionHandle)>,
}

/// How the world ended: for the checks.
pub(crate) struct Aftermath {
    pub(crate) sim: Simulator,
    places: Vec<Place>,
    frames: Vec<crate::record::Frame>,
    data: tempfile::TempDir,
}

fn rounds() -> u32 {
    std::env::var("GUILDHALL_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(30)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_kills_lose_nothing_and_repeat_nothing() {
    let after = rage(rounds(), &[], 20_000).await;
    assert_eq!(after.complaints(), Vec::<String>::new());
    assert_eq!(
        after.sim.counters().identifies,
        2,
        "recorder and bot identified once; the rest resumed"
    );
}

/// Streams events to a bot that is killed `rounds` times, then lets it finish in peace.
pub(crate) async fn rage(rounds: u32, environment: &[(&str, &str)], events: usize) -> Aftermath {
    let config = SimConfig {
        rate_limits: false,
        ..SimConfig::default()
    };
    let sim = Simulator::start(config)
        .await
        .expect("loopback has free ports");
    let mut places: Vec<Place> = (0..3).map(|n| place(&sim, n)).collect();
    let recorder = Recorder::start(&sim).await;
    let data = tempfile::tempdir().expect("a temporary directory");
    let mut process = Process::start_with(&sim, data.path(), environment);
    prepare(&sim, &mut places).await;

    let over = Arc::new(AtomicBool::new(false));
    let traffic = {
        let (sim, over) = (sim.clone(), Arc::clone(&over));
        tokio::task::spawn_blocking(move || {
            stream(&sim, &mut places, events, &over);
            places
        })
    };
    let mut random = fastrand::Rng::with_seed(u64::from(rounds));
    for _ in 0..rounds {
        // Some lives end during start-up, some after a while.
        let life = Duration::from_millis(random.u64(0..700));
        tokio::time::sleep(life).await;
        process.kill();
        process = Process::start_with(&sim, data.path(), environment);
    }
    over.store(true, Ordering::SeqCst);
    let places = traffic.await.expect("the traffic does not panic");
    let mut after = Aftermath {
        sim,
        places,
        frames: Vec::new(),
        data,
    };
    // A sabotaged bot may never finish: no need to wait long for it.
    let patience = if environment.is_empty() { 60 } else { 10 };
    after.settle(Duration::from_secs(patience)).await;
    after.frames = recorder.stop();
    let status = process.terminate().await;
    assert!(
        status.success(),
        "the bot ends cleanly: {status}; {}",
        after.log_tail()
    );
    after
}

fn place(sim: &Simulator, n: usize) -> Place {
    let moderator = sim.add_user(&format!("Moderator {n}"));
    let options = GuildOptions {
        owner: Some(moderator),
        ..GuildOptions::default()
    };
    let guild = sim.create_guild(&format!("Guild {n}"), &options);
    let channel = |name| sim.create_channel(guild, name, ChannelKind::Text);
    Place {
        guild,
        general: channel("general"),
        welcome: channel("welcome"),
        log: channel("mod-log"),
        moderator,
        joined: Vec::new(),
        left: BTreeSet::new(),
        names: BTreeMap::new(),
        asked: Vec::new(),
    }
}

async fn prepare(sim: &Simulator, places: &mut [Place]) {
    // The recorder has identified as well.
    let ready = |sim: &Simulator| {
        (sim.counters().identifies == 2 && !sim.commands(None).is_empty()).then_some(())
    };
    sim.wait_for(SOON, ready)
        .await
        .expect("the bot connects and registers its commands");
    for place in places {
        for line in [
            "/setup log channel:#mod-log",
            "/welcome join channel:#welcome message:Hi {user}",
            "/welcome leave channel:#mod-log message:Bye {name}",
        ] {
            let handle = sim
                .command(place.general, place.moderator, line)
                .expect("a valid command");
            handle
                .answer(SOON)
                .await
                .unwrap_or_else(|| panic!("no answer to {line}"));
            place.asked.push((line.to_owned(), handle));
        }
    }
}

/// Mixed events at about a thousand a second until there were `events` and the killing is over.
fn stream(sim: &Simulator, places: &mut [Place], events: usize, over: &AtomicBool) {
    let mut random = fastrand::Rng::with_seed(7);
    let mut sent = 0;
    let mut zones = ZONES.iter().cycle();
    while sent < events || !over.load(Ordering::SeqCst) {
        let number = random.usize(0..places.len());
        let place = &mut places[number];
        match random.u32(0..1_000) {
            0..=24 => {
                let name = format!("Member{sent}");
                let user = sim.add_user(&name);
                place.names.insert(user, name);
                sim.join(place.guild, user);
                place.joined.push(user);
            }
            25..=34 => {
                let user = random.choice(&place.joined).copied();
                if let Some(user) = user.filter(|user| !place.left.contains(user)) {
                    sim.leave(place.guild, user);
                    place.left.insert(user);
                }
            }
            35..=37 => {
                let zone = zones.next().expect("it goes round and round");
                let line = format!("/setup zone zone:{zone}");
                if let Ok(handle) = sim.command(place.general, place.moderator, &line) {
                    place.asked.push((line, handle));
                }
            }
            38..=200 => sim.typing(place.general, place.moderator),
            _ => {
                sim.say(place.general, place.moderator, "hello");
            }
        }
        sent += 1;
        if sent % 50 == 0 {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

const ZONES: [&str; 8] = [
    "Europe/Paris",
    "America/New_York",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Africa/Cairo",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Pacific/Auckland",
];

impl Aftermath {
    /// Waits until everybody was greeted and every departure was told.
    async fn settle(&self, patience: Duration) {
        let done = |_: &Simulator| {
            let silent = self.places.iter().any(|place| {
                let greeted = self.greetings(place);
                let told = self.farewells(place);
                place.joined.iter().any(|user| !greeted.contains_key(user))
                    || place.left.iter().any(|user| !told.contains_key(user))
            });
            (!silent).then_some(())
        };
        // What is missing after that is in the complaints.
        let _ = self.sim.wait_for(patience, done).await;
        let answered = |_: &Simulator| {
            let open = self.places.iter().flat_map(|place| &place.asked);
            open.into_iter()
                .all(|(_, handle)| handle.failed() || complete(handle))
                .then_some(())
        };
        let _ = self.sim.wait_for(patience, answered).await;
    }

    /// How often each user was greeted.
    fn greetings(&self, place: &Place) -> BTreeMap<Id, usize> {
        let mut greeted = BTreeMap::new();
        for message in self.sim.messages(place.welcome) {
            for user in message["mentions"].as_array().into_iter().flatten() {
                let id = user["id"].as_str().and_then(|id| id.parse().ok());
                let id: Id = id.expect("mentions have ids");
                *greeted.entry(id).or_default() += 1;
            }
        }
        greeted
    }

    /// How often each departure was told.
    fn farewells(&self, place: &Place) -> BTreeMap<Id, usize> {
        let messages = self.sim.messages(place.log);
        let said: Vec<String> = messages.iter().map(crate::support::text).collect();
        let lines: Vec<&str> = said.iter().flat_map(|text| text.lines()).collect();
        let mut told = BTreeMap::new();
        for user in &place.left {
            let name = &place.names[user];
            // Told alone in the guild's own words, or in a list when many left at once.
            let (alone, listed) = (format!("Bye {name}"), format!("**{name}** left"));
            let tells = |line: &&&str| ***line == alone || line.starts_with(&listed);
            let count = lines.iter().filter(tells).count();
            if count > 0 {
                told.insert(*user, count);
            }
        }
        told
    }

    /// Everything that is not as promised.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for place in &self.places {
            let (greeted, told) = (self.greetings(place), self.farewells(place));
            for user in &place.joined {
                let count = greeted.get(user).copied().unwrap_or(0);
                if count != 1 {
                    complaints.push(format!("{user} was greeted {count} times"));
                }
            }
            for user in &place.left {
                let count = told.get(user).copied().unwrap_or(0);
                if count != 1 {
                    complaints.push(format!("the departure of {user} was told {count} times"));
                }
            }
            for (line, handle) in &place.asked {
                if !handle.failed() && !complete(handle) {
                    complaints.push(format!("{line} was acknowledged and never answered"));
                }
            }
        }
        complaints.extend(self.differences());
        complaints
    }

    /// Differences to the uninterrupted run.
    fn differences(&self) -> Vec<String> {
        let dms: String = self
            .places
            .iter()
            .flat_map(|place| self.sim.dms(place.moderator))
            .map(|message| crate::support::text(&message))
            .collect();
        let refused: BTreeSet<u64> = self
            .places
            .iter()
            .flat_map(|place| &place.asked)
            .filter(|(line, handle)| {
                let subject = line.rsplit(':').next().unwrap_or(line);
                handle.failed() && !dms.contains(subject)
            })
            .map(|(_, handle)| handle.id)
            .collect();
        let start = self.frames.first().expect("something was recorded").at;
        let mut oracle = Oracle::new(start);
        let (bot, app) = (self.sim.bot_user_id(), self.sim.application_id());
        oracle.run(&self.frames, &|id| !refused.contains(&id), bot, app);
        let found = states::of_store(&self.data.path().join("data"));
        let users = self
            .places
            .iter()
            .flat_map(|place| place.joined.iter().copied())
            .collect();
        states::differences(&oracle.states(), &found, &users)
    }

    /// The end of the bot's log.
    fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(self.data.path().join("bot.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

/// Whether the author has the answer, not only "thinking…".
fn complete(handle: &InteractionHandle) -> bool {
    handle
        .so_far()
        .is_some_and(|answer| !answer.text().is_empty())
}
