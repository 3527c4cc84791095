//! Weeks of the real binary within seconds: its clock runs ahead half an hour at a time, and Discord's with it,
//! while members act or do nothing. Killed at random, away for a month, or with a clock that is a month wrong, it
//! judges everybody as it does undisturbed.

use crate::{
    process::{Process, log_tail},
    states,
    support::{SOON, Town},
};
use actors::kernel::machine::RowKey;
use simulator::{Id, Simulator};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

/// So much time passes at once: a round that is made within an hour is not late.
const STEP: Duration = Duration::from_secs(30 * 60);
/// So long a step takes.
const PAUSE: Duration = Duration::from_millis(40);
/// Those who do something do it every six hours.
const ACTS_EVERY: u32 = 12;
const MONTH: Duration = Duration::from_secs(30 * 24 * 3_600);
/// Two months: nothing needs as long.
const MOST_STEPS: u32 = 3_000;

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    /// Writes something now and then.
    Talks,
    /// Nothing.
    Silent,
    /// Nothing, until they have the role of those who do nothing.
    WakesWhenMarked,
    /// Nothing, until they are warned.
    WakesWhenWarned,
    /// Nothing, but they have a role that is exempt.
    Exempt,
}

const MEMBERS: [(&str, Habit); 9] = [
    ("Tara", Habit::Talks),
    ("Tom", Habit::Talks),
    ("Sam", Habit::Silent),
    ("Sue", Habit::Silent),
    ("Sid", Habit::Silent),
    ("Mia", Habit::WakesWhenMarked),
    ("Max", Habit::WakesWhenMarked),
    ("Wim", Habit::WakesWhenWarned),
    ("Eve", Habit::Exempt),
];

/// What happens to the bot.
#[derive(Clone, Copy, Debug, Default)]
struct Disturbed {
    /// It is killed so often, at random.
    kills: u32,
    /// Which random instants.
    seed: u64,
    /// It is away for a month after one of them.
    away: bool,
    /// Its clock is so much ahead of Discord's from the start.
    wrong: Duration,
}

/// What has become of somebody.
#[derive(Debug, PartialEq, Eq)]
struct Ending {
    here: bool,
    roles: Vec<String>,
    warned: usize,
    /// Requests to remove them.
    removals: usize,
    /// How often the log says that they were removed.
    told: usize,
    /// Where they stand, without when; nothing where nothing is kept.
    stage: Option<String>,
}

struct Weeks {
    town: Town,
    members: BTreeMap<&'static str, (Id, Habit)>,
    inactive: Id,
    file: PathBuf,
    ahead: Duration,
    steps: u32,
    awake: BTreeSet<Id>,
    random: fastrand::Rng,
}

impl Weeks {
    async fn new(disturbed: Disturbed) -> Self {
        let town = Town::new().await;
        let inactive = town.sim.create_role(town.guild, "Inactive", 0);
        let vip = town.sim.create_role(town.guild, "VIP", 0);
        let members = MEMBERS.map(|(name, habit)| {
            let user = town.newcomer(name);
            if habit == Habit::Exempt {
                town.sim.give_role(town.guild, user, vip);
            }
            (name, (user, habit))
        });
        let weeks = Self {
            file: town.data.path().join("ahead"),
            members: members.into(),
            inactive,
            ahead: disturbed.wrong,
            steps: 0,
            awake: BTreeSet::new(),
            random: fastrand::Rng::with_seed(disturbed.seed),
            town,
        };
        weeks.set_clock();
        let process = weeks.start();
        process.connected(&weeks.town.sim).await;
        weeks.town.ready().await;
        let rules = format!(
            "/presence settings inactive_after_days:1 role:<@&{inactive}> kick:True kick_after_days:1 grace_days:1 \
             percent:50 exempt_role:<@&{vip}>"
        );
        weeks.town.moderate(&rules).await;
        weeks.town.moderate("/setup log channel:#mod-log").await;
        weeks.arm().await;
        process.kill();
        weeks
    }

    async fn arm(&self) {
        let preview = self.town.asks(self.town.moderator, "/presence preview");
        let preview = preview.answer(SOON).await.expect("a preview").message;
        let armed = self.town.uses(&preview, ":arm:").await;
        assert!(armed.contains("switched on"), "{armed}");
    }

    fn start(&self) -> Process {
        let file = self.file.to_str().expect("a plain path");
        let home = self.town.data.path();
        Process::start_with(&self.town.sim, home, &[("CLOCK_AHEAD_FILE", file)])
    }

    /// The process never sees half a number.
    fn set_clock(&self) {
        let draft = self.file.with_extension("new");
        std::fs::write(&draft, self.ahead.as_millis().to_string()).expect("it can be written");
        std::fs::rename(&draft, &self.file).expect("it can be renamed");
    }

    fn pass(&mut self, time: Duration) {
        self.ahead += time;
        self.town.sim.advance(time);
        self.set_clock();
    }

    /// Half an hour passes, and everybody does what they do.
    async fn step(&mut self) {
        self.pass(STEP);
        self.steps += 1;
        for (user, habit) in self.members.values().copied() {
            let wakes = match habit {
                Habit::Talks => true,
                Habit::Silent | Habit::Exempt => false,
                Habit::WakesWhenMarked => self.is_marked(user),
                Habit::WakesWhenWarned => !self.town.sim.dms(user).is_empty(),
            };
            let wakes = wakes && self.awake.insert(user);
            let goes_on = self.awake.contains(&user) && self.steps.is_multiple_of(ACTS_EVERY);
            if wakes || goes_on {
                self.town.sim.say(self.town.general, user, "still here");
            }
        }
        tokio::time::sleep(PAUSE).await;
    }

    fn is_marked(&self, user: Id) -> bool {
        let member = self.town.sim.member(self.town.guild, user);
        let inactive = self.inactive.to_string();
        member.is_some_and(|member| {
            let roles = member["roles"].as_array().into_iter().flatten();
            roles.into_iter().any(|role| *role == *inactive)
        })
    }

    /// Whether everybody was treated as their habit deserves.
    fn is_over(&self) -> bool {
        let here = self.town.sim.members(self.town.guild);
        self.members.values().all(|(user, habit)| match habit {
            Habit::Silent => !here.contains(user),
            Habit::WakesWhenMarked | Habit::WakesWhenWarned => {
                self.awake.contains(user) && !self.is_marked(*user)
            }
            Habit::Talks | Habit::Exempt => true,
        })
    }

    /// Kill after kill until enough are done.
    async fn disturb(&mut self, disturbed: Disturbed, mut process: Process) -> Process {
        for kill in 0..disturbed.kills {
            for _ in 0..self.random.u32(2..30) {
                self.step().await;
            }
            tokio::time::sleep(PAUSE.mul_f64(self.random.f64())).await;
            process.kill();
            if disturbed.away && kill == disturbed.kills / 2 {
                self.pass(MONTH);
            }
            for _ in 0..self.random.u32(0..3) {
                self.step().await;
            }
            process = self.start();
            if self.random.bool() {
                process.connected(&self.town.sim).await;
            }
        }
        process.connected(&self.town.sim).await;
        process
    }

    /// What became of everybody.
    async fn live(disturbed: Disturbed) -> BTreeMap<&'static str, Ending> {
        let mut weeks = Self::new(disturbed).await;
        let process = weeks.start();
        let process = weeks.disturb(disturbed, process).await;
        while !weeks.is_over() {
            weeks.step().await;
            if weeks.steps > MOST_STEPS {
                let log = weeks.town.texts(weeks.town.log);
                let end = log_tail(weeks.town.data.path());
                panic!("it does not end ({disturbed:?}): {log:#?}\n{end}");
            }
        }
        // Whoever is still here stays.
        for _ in 0..6 * ACTS_EVERY {
            weeks.step().await;
        }
        assert!(process.terminate().await.success());
        crate::judge::judged(&weeks.town.sim);
        weeks.endings()
    }

    fn endings(&self) -> BTreeMap<&'static str, Ending> {
        let stored = states::of_store(&self.town.data.path().join("data"));
        let log = self.town.texts(self.town.log);
        let removals = requests(&self.town.sim);
        let ending = |user: Id| {
            let here = self.town.sim.members(self.town.guild).contains(&user);
            let member = self.town.sim.member(self.town.guild, user);
            let roles = member.map_or_else(Vec::new, |member| {
                let roles = member["roles"].as_array().cloned().unwrap_or_default();
                let known = [(self.inactive.to_string(), "inactive")];
                let name = |role: String| {
                    let known = known.iter().find(|(id, _)| *id == role);
                    known.map_or("another", |(_, name)| name).to_owned()
                };
                let ids = roles.iter().filter_map(|role| role.as_str());
                ids.map(|role| name(role.to_owned())).collect()
            });
            let tells = |text: &&String| {
                text.contains("was removed for inactivity") && text.contains(&user.to_string())
            };
            let rows = stored.iter().filter(|(key, _)| {
                RowKey::new(key.tail()).as_user().map(|user| user.get()) == Some(user)
            });
            let mut stages = rows.map(|(key, record)| stage(&states::json(key, Some(record))));
            Ending {
                here,
                roles,
                warned: self.town.sim.dms(user).len(),
                removals: removals.get(&user.to_string()).copied().unwrap_or_default(),
                told: log.iter().filter(tells).count(),
                stage: stages.find_map(|stage| stage),
            }
        };
        let members = self.members.iter();
        members
            .map(|(name, (user, _))| (*name, ending(*user)))
            .collect()
    }
}

/// How often each member was to be removed.
fn requests(sim: &Simulator) -> BTreeMap<String, usize> {
    let mut removals = BTreeMap::new();
    for request in sim.requests_to("DELETE", "/guilds/{guild_id}/members/{user_id}") {
        let user = request
            .path
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        *removals.entry(user).or_default() += 1;
    }
    removals
}

/// Where a row says somebody stands: the names in it, without instants.
fn stage(row: &serde_json::Value) -> Option<String> {
    let case = Some(&row["Member"]["case"]).filter(|case| !case.is_null())?;
    let text = case.to_string();
    Some(text.chars().filter(|c| !c.is_ascii_digit()).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_often_it_is_killed_and_however_its_clock_goes_everybody_is_judged_the_same() {
    let killed = Disturbed {
        kills: 20,
        seed: 1,
        away: true,
        ..Disturbed::default()
    };
    let wrong = Disturbed {
        kills: 8,
        seed: 2,
        wrong: MONTH,
        ..Disturbed::default()
    };
    let (undisturbed, killed, wrong) = tokio::join!(
        Weeks::live(Disturbed::default()),
        Weeks::live(killed),
        Weeks::live(wrong)
    );
    for (name, (_, habit)) in MEMBERS.map(|(name, habit)| (name, (name, habit))) {
        let ending = &undisturbed[name];
        let removed = habit == Habit::Silent;
        let warned = removed || habit == Habit::WakesWhenWarned;
        assert_eq!(ending.here, !removed, "{name}: {ending:?}");
        assert_eq!(ending.removals, usize::from(removed), "{name}: {ending:?}");
        assert_eq!(ending.warned, usize::from(warned), "{name}: {ending:?}");
        assert_eq!(ending.told, usize::from(removed), "{name}: {ending:?}");
    }
    for mut disturbed in [killed, wrong] {
        for name in ["Mia", "Max"] {
            // What woke them may have been written while nobody listened: then they are warned.
            let warned = &mut disturbed.get_mut(name).expect("known").warned;
            assert!(*warned <= 1, "{name} was warned {warned} times");
            *warned = 0;
        }
        assert_eq!(disturbed, undisturbed);
    }
}
