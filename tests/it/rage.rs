//! A bot under mixed traffic whose life is ended again and again, by whatever a test thinks of. In the
//! end everything must be as after an uninterrupted run, and everybody must have been spoken to once.

use crate::{
    oracle::Oracle,
    process::{self, Process},
    record::Recorder,
    states,
    traffic::{Dice, Place, complete, greetings, happen, place, prepare},
};
use actors::kernel::{
    address::{Address, Kind},
    ids::{GuildId, UserId},
    machine::RowKey,
    turn::{head_key, row_key},
};
use simulator::{Id, SimConfig, Simulator};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How the world ended: for the checks.
pub(crate) struct Aftermath {
    pub(crate) sim: Simulator,
    places: Vec<Place>,
    frames: Vec<crate::record::Frame>,
    home: PathBuf,
}

/// What is going on while lives end.
pub(crate) struct World {
    pub(crate) sim: Simulator,
    places: Arc<Mutex<Vec<Place>>>,
}

/// How much goes on.
pub(crate) struct Plan<'a> {
    /// Set for the bot.
    pub(crate) environment: &'a [(&'a str, &'a str)],
    /// At least so many events …
    pub(crate) events: usize,
    /// … so many in 50 milliseconds …
    pub(crate) pace: usize,
    /// … and of a thousand so many are joins.
    pub(crate) joins: u32,
    /// How long a test waits in the end for what is still missing.
    pub(crate) patience: Duration,
}

/// Ends the traffic when it is dropped, also by a test that fails.
#[derive(Default)]
struct Over(Arc<AtomicBool>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Streams events to a bot that lives in `home` first. `deaths` ends one life after the other and
/// returns the last, which finishes in peace.
pub(crate) async fn rage(
    plan: &Plan<'_>,
    home: &Path,
    deaths: impl AsyncFnOnce(&World, Process) -> Process,
) -> Aftermath {
    let config = SimConfig {
        rate_limits: false,
        member_list_every: Duration::ZERO,
        ..SimConfig::default()
    };
    let sim = Simulator::start(config)
        .await
        .expect("loopback has free ports");
    let mut places: Vec<Place> = (0..3).map(|n| place(&sim, n)).collect();
    let recorder = Recorder::start(&sim).await;
    let process = Process::start_with(&sim, home, plan.environment);
    prepare(&sim, &process, &mut places).await;

    let over = Over::default();
    let world = World {
        sim: sim.clone(),
        places: Arc::new(Mutex::new(places)),
    };
    let traffic = {
        let (sim, over) = (sim.clone(), Arc::clone(&over.0));
        let (events, pace, joins) = (plan.events, plan.pace, plan.joins);
        let places = Arc::clone(&world.places);
        tokio::task::spawn_blocking(move || {
            let mut sent = 0;
            let mut dice = Dice::new(joins);
            while sent < events || !over.load(Ordering::SeqCst) {
                let mut places = places.lock().expect("no test panics while it looks");
                happen(&sim, &mut places, &mut dice, sent);
                drop(places);
                sent += 1;
                if sent % pace == 0 {
                    std::thread::sleep(Duration::from_millis(50));
                }
            }
        })
    };
    let process = deaths(&world, process).await;
    drop(over);
    traffic.await.expect("the traffic does not panic");
    let places = std::mem::take(&mut *world.places());
    let mut after = Aftermath {
        sim,
        places,
        frames: Vec::new(),
        home: process.home().to_owned(),
    };
    after.settle(plan.patience).await;
    after.frames = recorder.stop();
    let status = process.terminate().await;
    assert!(
        status.success(),
        "the bot ends cleanly: {status}; {}",
        process::log_tail(&after.home)
    );
    after
}

impl World {
    /// What a bot that lives in `home` and does not run has acknowledged and does not remember.
    pub(crate) fn broken_promises(&self, home: &Path) -> Vec<String> {
        let states = states::of_store(&home.join("data"));
        let mut broken = Vec::new();
        for place in &*self.places() {
            let guild = GuildId::new(place.guild).expect("not zero");
            let settings = head_key(Address::guild(Kind::Settings, guild));
            let zone = states::json(&settings, states.get(&settings))["shared"]["zone"].clone();
            let zones = place.asked.iter().filter_map(|(line, handle)| {
                Some((line.strip_prefix("/setup zone zone:")?, complete(handle)))
            });
            let zones: Vec<(&str, bool)> = zones.collect();
            // The last one that was answered counts, or one asked for later.
            let answered = zones.iter().rposition(|(_, answered)| *answered);
            if let Some(last) = answered
                && !zones[last..].iter().any(|(name, _)| zone == *name)
            {
                broken.push(format!(
                    "{guild}: the zone is {zone}, not {}",
                    zones[last].0
                ));
            }
            let desk = Address::guild(Kind::Welcome, guild);
            for user in greetings(&self.sim, place).keys() {
                let id = UserId::new(*user).expect("not zero");
                let row = row_key(desk, &RowKey::user(id));
                if !place.left.contains(user) && !states.contains_key(&row) {
                    broken.push(format!("{guild}: {user} was greeted and is not known"));
                }
            }
        }
        broken
    }

    fn places(&self) -> MutexGuard<'_, Vec<Place>> {
        self.places.lock().expect("the traffic does not panic")
    }
}

impl Aftermath {
    /// Waits until everybody was greeted and every departure was told.
    async fn settle(&self, patience: Duration) {
        let done = |_: &Simulator| {
            let silent = self.places.iter().any(|place| {
                let greeted = greetings(&self.sim, place);
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
            let (greeted, told) = (greetings(&self.sim, place), self.farewells(place));
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
        let found = states::of_store(&self.home.join("data"));
        let users = self
            .places
            .iter()
            .flat_map(|place| place.joined.iter().copied())
            .collect();
        states::differences(&oracle.states(), &found, &users)
    }
}
