//! Simulated years: members act, vanish and return, the bot is down, the clock is set, roles go, answers
//! of Discord are late, lost and refusals. An oracle keeps everything that was seen, and judges whatever
//! the tracker wants done to somebody.

use crate::{
    kernel::{
        away::Away,
        check::Stage,
        effect::{Effect, Target},
        ids::UserId,
        time::{Span, Timestamp},
    },
    presence::Presence,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, btree_map::Entry};

const AFTER: Span = Span::days(10);
const GRACE: Span = Span::days(2);
/// How much a jump of the clock can hide: a round is due in six hours, and noticed an hour late.
const HIDDEN: Span = Span::hours(8);
const MEMBERS: u64 = 12;
/// Never does anything, and nobody pardons them.
const GHOST: u64 = MEMBERS;

#[derive(Clone, Debug)]
enum Step {
    Lives(u64),
    Pass(i64),
    Leaves(u64),
    Joins(u64),
    LosesRole(u64),
    RoleDeleted,
    Down(i64),
    Outage(i64),
    Forward(i64),
    Back,
    Answer(Fate),
    Rules(bool),
    Press(&'static str),
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    Good,
    Refused,
    Late,
}

fn step() -> impl Strategy<Value = Step> {
    let who = 1..MEMBERS;
    prop_oneof![
        12 => (1..=4_u64).prop_map(Step::Lives),
        3 => who.clone().prop_map(Step::Lives),
        10 => (1..200_i64).prop_map(Step::Pass),
        1 => who.clone().prop_map(Step::Leaves),
        1 => who.clone().prop_map(Step::Joins),
        1 => who.prop_map(Step::LosesRole),
        1 => Just(Step::RoleDeleted),
        2 => (1..900_i64).prop_map(Step::Down),
        1 => (1..100_i64).prop_map(Step::Outage),
        1 => (1..800_i64).prop_map(Step::Forward),
        1 => Just(Step::Back),
        8 => Just(Step::Answer(Fate::Good)),
        2 => Just(Step::Answer(Fate::Refused)),
        2 => Just(Step::Answer(Fate::Late)),
        2 => any::<bool>().prop_map(Step::Rules),
        1 => prop_oneof![Just("go"), Just("keep")].prop_map(Step::Press),
    ]
}

/// What is known of one member: all of it was seen.
#[derive(Debug, Default)]
struct Known {
    /// They joined, or did something.
    lived: Timestamp,
    warned: Option<Timestamp>,
}

struct World {
    stage: Stage<Presence>,
    here: BTreeMap<UserId, Known>,
    away: Away,
    /// Time that a clock that was set may have hidden.
    slack: Span,
    calm_until: Option<Timestamp>,
    armed: bool,
    seen: usize,
    answered: usize,
    kicks: Vec<Timestamp>,
    /// So many may be removed on a day …
    share: u32,
    /// … unless somebody decided otherwise.
    allowed: BTreeMap<i64, u32>,
}

/// Of UTC, as the server's zone is.
fn day(at: Timestamp) -> i64 {
    at.seconds().div_euclid(86_400)
}

fn name(n: u64) -> String {
    format!("m{n}")
}

impl World {
    fn new() -> Self {
        let mut stage = Stage::new();
        stage.play("guild available\ntold shared log:#log owner:owner");
        stage.play("may Kick Members, Manage Roles\nm3 takes no messages");
        let mut world = Self {
            here: BTreeMap::new(),
            away: Away::default(),
            slack: Span::ZERO,
            calm_until: None,
            armed: false,
            seen: 0,
            answered: 0,
            kicks: Vec::new(),
            share: 1,
            allowed: BTreeMap::new(),
            stage,
        };
        let now = world.stage.now;
        for n in 1..=MEMBERS {
            let user = world.stage.names.user(&name(n));
            let lived = now;
            world.here.insert(
                user,
                Known {
                    lived,
                    ..Known::default()
                },
            );
        }
        world.list();
        world.play("mod /presence settings inactive_after_days:10 kick:true kick_after_days:6 grace_days:2 percent:10 role:@vip");
        world
    }

    fn play(&mut self, line: &str) {
        self.stage.play(line);
        self.judge();
    }

    fn list(&mut self) {
        let names: Vec<String> = self
            .here
            .keys()
            .map(|user| self.stage.name_of(*user))
            .collect();
        self.play(&format!("listed {}", names.join(", ")));
    }

    /// Whatever the tracker wanted since the last look must be right.
    fn judge(&mut self) {
        let rows: Vec<_> = self.stage.effects[self.seen..].to_vec();
        self.seen = self.stage.effects.len();
        for row in rows {
            let at = row.made_at;
            match &row.effect {
                Effect::ChangeRole {
                    user,
                    give: true,
                    reason,
                    ..
                } if reason.starts_with("Inactive") => {
                    self.idle_enough(*user, at);
                }
                Effect::ReadMember { user, .. } => self.idle_enough(*user, at),
                Effect::Kick { user, .. } => self.kick_is_right(*user, at),
                Effect::Say { to, .. }
                    if matches!(to.first(), Some(Target::User(_))) && row.reports =>
                {
                    let Some(Target::User(user)) = to.first() else {
                        continue;
                    };
                    self.idle_enough(*user, at);
                    let known = self.here.get_mut(user).expect("they are here");
                    assert!(known.warned.is_none(), "{user} is told twice");
                    known.warned = Some(at);
                }
                _ => {}
            }
        }
    }

    fn idle_enough(&self, user: UserId, now: Timestamp) {
        assert!(self.armed, "{user} is met by a dry run");
        let known = self.here.get(&user);
        let known = known.unwrap_or_else(|| panic!("{user} is not here"));
        let idle = self.away.idle(known.lived, now).rest().as_millis() + self.slack.as_millis();
        assert!(
            idle >= AFTER.as_millis(),
            "{user} did something {idle} ms ago"
        );
    }

    fn kick_is_right(&mut self, user: UserId, now: Timestamp) {
        self.idle_enough(user, now);
        let known = self.here.get_mut(&user).expect("they are here");
        let warned = known.warned.expect("nobody is removed untold");
        let told_for = self.away.idle(warned, now).rest().as_millis() + self.slack.as_millis();
        assert!(
            told_for >= GRACE.as_millis(),
            "{user} was told {told_for} ms ago"
        );
        let calm = self.calm_until.is_some_and(|until| now < until);
        assert!(!calm, "{user} is removed right after a long time away");
        self.kicks.push(now);
        let kicks = self.kicks.iter().filter(|at| day(**at) == day(now));
        let allowed = self.allowed.get(&day(now)).copied().unwrap_or(self.share);
        assert!(kicks.count() <= allowed as usize, "too many in a day");
    }

    /// Time passes without us.
    fn dark(&mut self, hours: i64) {
        let from = self.stage.now;
        self.stage.now = from + Span::hours(hours);
        self.away.add(from, self.stage.now);
        if hours >= 24 && self.armed {
            self.calm_until = Some(self.stage.now + GRACE);
        }
    }

    fn pass(&mut self, hours: i64) {
        for _ in 0..hours {
            self.play("1h pass");
        }
    }

    /// The next question gets its answer.
    fn answer(&mut self, fate: Fate) {
        let asked = |row: &&crate::kernel::effect::OutboxRow| {
            row.reports && !matches!(row.effect, Effect::Say { .. } | Effect::Tell { .. })
        };
        let row = self
            .stage
            .effects
            .iter()
            .filter(asked)
            .nth(self.answered)
            .cloned();
        let Some(row) = row else { return };
        self.answered += 1;
        let number = self.answered;
        if self.stage.withdrawn.contains(&row.id) && !matches!(fate, Fate::Late) {
            return;
        }
        let outcome = match (&row.effect, fate) {
            (Effect::RequestMembers { .. }, _) => {
                self.play(&format!("outcome of {number}: done"));
                return self.list();
            }
            (Effect::ReadMember { user, .. }, Fate::Good | Fate::Late)
                if self.here.contains_key(user) =>
            {
                "here"
            }
            (Effect::ReadMember { .. }, Fate::Good) => "fails 404",
            (Effect::ReadMember { .. }, _) => "expires",
            (Effect::Kick { user, .. }, Fate::Good | Fate::Late) => {
                self.here.remove(user);
                let gone = self.stage.name_of(*user);
                self.play(&format!("outcome of {number}: done"));
                return self.play(&format!("{gone} leaves"));
            }
            (_, Fate::Good | Fate::Late) => "done",
            (_, Fate::Refused) => "fails 403",
        };
        self.play(&format!("outcome of {number}: {outcome}"));
    }

    fn arm(&mut self) {
        let edition = self.stage.state().rules.edition;
        self.armed = true;
        self.play(&format!("mod presses arm:{edition}"));
        self.armed = self.stage.state().rules.armed;
    }

    fn press(&mut self, what: &str) {
        let today = self.stage.state().watch.brake.day.clone();
        self.play(&format!("mod presses {what}:{today}:20"));
        let allowed = self.stage.state().watch.brake.allowed;
        self.allowed
            .extend(allowed.map(|n| (day(self.stage.now), n)));
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Lives(n) => {
                let user = self.stage.names.user(&name(*n));
                if let Some(known) = self.here.get_mut(&user) {
                    (known.lived, known.warned) = (self.stage.now, None);
                    self.play(&format!("{}: writes #general", name(*n)));
                }
            }
            Step::Pass(hours) => self.pass(*hours),
            Step::Leaves(n) => {
                let user = self.stage.names.user(&name(*n));
                if self.here.remove(&user).is_some() {
                    self.play(&format!("{} leaves", name(*n)));
                }
            }
            Step::Joins(n) => {
                let user = self.stage.names.user(&name(*n));
                let lived = self.stage.now;
                if let Entry::Vacant(place) = self.here.entry(user) {
                    place.insert(Known {
                        lived,
                        ..Known::default()
                    });
                    self.play(&format!("{} joins", name(*n)));
                }
            }
            Step::LosesRole(n) => {
                let user = self.stage.names.user(&name(*n));
                if self.here.contains_key(&user) {
                    self.play(&format!("{} gets @staff", name(*n)));
                }
            }
            Step::RoleDeleted => {
                self.play("@vip deleted");
                self.armed = self.stage.state().rules.armed;
            }
            Step::Down(hours) => {
                self.dark(*hours);
                self.play(&format!("guild available gap {hours}h"));
                self.list();
            }
            Step::Outage(hours) => {
                self.play("guild unavailable");
                self.dark(*hours);
                self.play("guild available");
            }
            Step::Forward(hours) => {
                self.dark(*hours);
                self.slack = Span::millis(self.slack.as_millis() + HIDDEN.as_millis());
            }
            Step::Back => {
                self.stage.now = self.stage.now - Span::days(1);
                self.kicks.clear();
                self.slack = Span::millis(self.slack.as_millis() + Span::days(1).as_millis());
            }
            Step::Answer(fate) => self.answer(*fate),
            Step::Rules(percent) => {
                let percent = if *percent { 10 } else { 11 };
                self.play(&format!(
                    "mod /presence settings percent:{percent} role:@vip"
                ));
                self.armed = self.stage.state().rules.armed;
                self.arm();
            }
            Step::Press(what) => {
                self.press(what);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn nobody_who_was_active_is_ever_met_and_who_never_is_goes_in_the_end(
        steps in prop::collection::vec(step(), 0..80),
    ) {
        let mut world = World::new();
        world.arm();
        for step in &steps {
            world.take(step);
        }
        // Health returns: whoever never does anything is removed, however it went before.
        let ghost = world.stage.names.user(&name(GHOST));
        world.play("mod /presence settings percent:50 role:@vip");
        world.armed = world.stage.state().rules.armed;
        world.arm();
        world.share = 6;
        for _ in 0..60 {
            world.play("24h pass");
            for _ in 0..200 {
                world.answer(Fate::Good);
            }
            world.press("go");
        }
        prop_assert!(!world.here.contains_key(&ghost), "{:?}", world.stage.state());
    }
}
