//! What must hold after any sequence of events.

use crate::{
    kernel::{
        check::Stage,
        effect::{Effect, Target},
        ids::GuildId,
        inbound::{Inbound, Member},
        text::Message,
        time::Span,
    },
    welcome::Welcome,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

const PEOPLE: [&str; 8] = [
    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "m1",
];

#[derive(Clone, Debug)]
enum Step {
    Join(usize),
    JoinPending(usize),
    Screened(usize),
    Leave(usize),
    Kicked(usize),
    Repeat,
    Pass(u32),
    Answer(usize),
    Crowd,
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..PEOPLE.len();
    prop_oneof![
        5 => who.clone().prop_map(Step::Join),
        1 => who.clone().prop_map(Step::JoinPending),
        2 => who.clone().prop_map(Step::Screened),
        3 => who.clone().prop_map(Step::Leave),
        1 => who.prop_map(Step::Kicked),
        1 => Just(Step::Repeat),
        4 => (1_u32..15).prop_map(Step::Pass),
        2 => (0_usize..3).prop_map(Step::Answer),
        1 => Just(Step::Crowd),
    ]
}

/// What the world knows, to compare with what was said.
#[derive(Default)]
struct Expected {
    /// Who is here, and whether they still have to pass the screening.
    here: BTreeMap<usize, bool>,
    arrivals: BTreeMap<String, usize>,
    departures: BTreeMap<String, usize>,
    answered: usize,
    crowds: u64,
}

impl Expected {
    fn arrived(&mut self, name: &str) {
        *self.arrivals.entry(name.to_owned()).or_default() += 1;
    }

    fn play(&mut self, stage: &mut Stage<Welcome>, step: &Step) {
        match step {
            Step::Join(n) | Step::JoinPending(n) if !self.here.contains_key(n) => {
                let pending = matches!(step, Step::JoinPending(_));
                // A stay is told by its beginning: two cannot begin in one millisecond.
                stage.pass(Span::millis(1));
                stage.play(&format!(
                    "{} joins{}",
                    PEOPLE[*n],
                    if pending { " pending" } else { "" }
                ));
                self.here.insert(*n, pending);
                if !pending {
                    self.arrived(PEOPLE[*n]);
                }
            }
            Step::Screened(n) if self.here.get(n) == Some(&true) => {
                stage.play(&format!("{} passes screening", PEOPLE[*n]));
                self.here.insert(*n, false);
                self.arrived(PEOPLE[*n]);
            }
            Step::Leave(n) | Step::Kicked(n) if self.here.remove(n).is_some() => {
                let how = if matches!(step, Step::Kicked(_)) {
                    "kicked by mod"
                } else {
                    "leaves"
                };
                stage.play(&format!("{} {how}", PEOPLE[*n]));
                *self.departures.entry(PEOPLE[*n].to_owned()).or_default() += 1;
            }
            Step::Repeat => {
                stage.play("repeat");
            }
            Step::Pass(seconds) => {
                stage.play(&format!("{seconds}s pass"));
            }
            Step::Answer(how) => self.answer(stage, ["log", "fails 403", "expires"][*how]),
            Step::Crowd => {
                let first = 10 + 6 * self.crowds;
                self.crowds += 1;
                stage.play(&format!("m{first}-m{} join", first + 5));
                (first..first + 6).for_each(|n| self.arrived(&format!("m{n}")));
            }
            _ => {}
        }
    }

    /// Answers the questions to the audit log that are open; the first is for the member list.
    fn answer(&mut self, stage: &mut Stage<Welcome>, how: &str) {
        while self.answered + 1 < stage.questions() {
            self.answered += 1;
            stage.play(&format!("outcome of {}: {how}", self.answered + 1));
        }
    }

    fn end(&mut self, stage: &mut Stage<Welcome>) {
        for _ in 0..4 {
            stage.play("1m pass");
            self.answer(stage, "log");
        }
    }
}

fn posts<'a>(stage: &'a Stage<Welcome>, channel: &str) -> Vec<&'a Message> {
    let channel = Target::Channel(stage.names.channel(channel));
    let said = stage.effects.iter().filter_map(|row| match &row.effect {
        Effect::Say { to, message } if to.contains(&channel) => Some(message),
        _ => None,
    });
    said.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn each_stay_is_greeted_in_exactly_one_message_and_each_departure_reported_once(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut stage = Stage::<Welcome>::new();
        stage.play(
            "told shared log:#log
             mod /welcome join channel:#welcome
             mod /welcome leave channel:#mods
             listed mod",
        );
        let mut expected = Expected::default();
        for step in &steps {
            expected.play(&mut stage, step);
        }
        expected.end(&mut stage);
        let mut greeted: BTreeMap<String, usize> = BTreeMap::new();
        for message in posts(&stage, "welcome") {
            let pinged = &message.mentions.users;
            prop_assert!(!pinged.is_empty() && !message.mentions.everyone);
            prop_assert!(message.mentions.roles.is_empty());
            prop_assert_eq!(message.content.matches("<@").count(), pinged.len());
            for user in pinged {
                let mention = format!("<@{user}>");
                prop_assert!(message.content.contains(&mention));
                let name = stage.name_of(*user);
                *greeted.entry(name).or_default() += 1;
            }
        }
        prop_assert_eq!(greeted, expected.arrivals);
        let mut reported: BTreeMap<String, usize> = BTreeMap::new();
        for message in posts(&stage, "mods") {
            prop_assert_eq!(&message.mentions, &Default::default());
            for name in PEOPLE {
                let count = message.content.matches(&format!("**{name}**")).count();
                if count > 0 {
                    *reported.entry(name.to_owned()).or_default() += count;
                }
            }
        }
        prop_assert_eq!(reported, expected.departures);
    }
    #[test]
    fn whatever_a_member_is_called_nothing_but_the_member_is_mentioned(
        name in "(@everyone|@here|<@1>|<@&2>|<#3>|[a-z*_`~|\\\\]|\\PC){0,12}",
    ) {
        let mut stage = Stage::<Welcome>::new();
        stage.play(
            "told shared log:#log
             mod /welcome join channel:#welcome message:\"{name} {user} {server}\"
             mod /welcome leave channel:#mods
             listed mod",
        );
        let guild = GuildId::new(1).unwrap();
        let user = stage.names.user("alice");
        let joined_at = Some(stage.now);
        let member =
            Member { user, name: name.clone(), bot: false, joined_at, roles: Vec::new(), pending: false };
        stage.deliver(Inbound::MemberJoined { guild, member });
        stage.deliver(Inbound::MemberLeft { guild, user, name, bot: false });
        stage.play("2s pass\noutcome of 2: log");
        let (greeting, report) = (posts(&stage, "welcome"), posts(&stage, "mods"));
        prop_assert_eq!(greeting.len() + report.len(), 2);
        let texts = [(&greeting[0].content, 1), (&report[0].content, 0)];
        for (text, mentions) in texts {
            prop_assert_eq!(active(text, "<@"), mentions, "{}", text);
            prop_assert_eq!(active(text, "<#"), 0, "{}", text);
            prop_assert!(!text.contains("@everyone") && !text.contains("@here"), "{}", text);
        }
    }

    #[test]
    fn no_sequence_of_mishaps_breaks_the_rules_or_leaves_a_gap_open(
        steps in prop::collection::vec(prop::sample::select(MISHAPS), 1..40),
    ) {
        let mut stage = Stage::<Welcome>::new();
        stage.play("told shared log:#log owner:owner");
        let mut shown = String::new();
        let mut answered = 0;
        for step in steps.into_iter().chain(["3m pass"]) {
            shown.push_str(&stage.play(step));
            // Some questions are answered late, and the list keeps quiet or is refused.
            if step.contains("pass") && answered < stage.questions() {
                answered += 1;
                let how = if answered % 2 == 0 { "done" } else { "fails 403" };
                shown.push_str(&stage.play(&format!("outcome of {answered}: {how}")));
            }
        }
        // A list that keeps quiet is asked for once more.
        for _ in 0..2 {
            while answered < stage.questions() {
                answered += 1;
                shown.push_str(&stage.play(&format!("outcome of {answered}: done")));
            }
            shown.push_str(&stage.play("3m pass"));
        }
        let last = shown.lines().rev().find(|line| line.starts_with("reconcil"));
        prop_assert_ne!(last, Some("reconciling"));
        let call = &stage.state().roll.call;
        prop_assert!(call.is_none(), "still calling: {:?}", call);
    }
}

const MISHAPS: &[&str] = &[
    "mod /welcome join channel:#welcome",
    "mod /welcome join channel:#general message:\"Hi {user}\"",
    "mod /welcome join channel:#general message:\"Hi {usr}\"",
    "mod /welcome leave channel:#mods",
    "mod /welcome off",
    "mod /welcome off which:join",
    "mod /welcome off which:leave",
    "mod /welcome preview",
    "mod presses edit:join",
    "mod submits edit:join text:\"{\"",
    "mod submits edit:leave text:\"{name} is gone\"",
    "mod presses redo:join",
    "#welcome deleted",
    "#mods refuses 403",
    "#mods heals",
    "#welcome heals",
    "guild available",
    "guild available gap 1h members alice, bob",
    "guild available without #welcome",
    "guild left",
    "m1-m7 join",
    "m1-m7 leave",
    "alice joins pending",
    "alice passes screening",
    "alice leaves",
    "bob joins",
    "bob banned by mod",
    "log: mod prunes members",
    "repeat",
    "1s pass",
    "10s pass",
    "3m pass",
    "1h passes",
];

/// How often `mark` stands in `text` without a backslash before it.
fn active(text: &str, mark: &str) -> usize {
    let places = text.match_indices(mark).map(|(at, _)| &text[..at]);
    let slashes = |before: &str| before.len() - before.trim_end_matches('\\').len();
    places.filter(|before| slashes(before) % 2 == 0).count()
}
