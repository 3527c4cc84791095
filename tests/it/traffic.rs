//! Traffic: places with people, and what happens there.

use crate::{
    process::{self, Process},
    support::SOON,
};
use simulator::{ChannelKind, GuildOptions, Id, InteractionHandle, Simulator};
use std::collections::{BTreeMap, BTreeSet};

/// One guild with its people, and what happened there.
pub(crate) struct Place {
    pub(crate) guild: Id,
    pub(crate) general: Id,
    pub(crate) welcome: Id,
    pub(crate) log: Id,
    pub(crate) moderator: Id,
    pub(crate) joined: Vec<Id>,
    pub(crate) left: BTreeSet<Id>,
    pub(crate) names: BTreeMap<Id, String>,
    pub(crate) asked: Vec<(String, InteractionHandle)>,
}

/// The `n`th place.
pub(crate) fn place(sim: &Simulator, n: usize) -> Place {
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

/// Waits for the bot, and switches its features on.
pub(crate) async fn prepare(sim: &Simulator, process: &Process, places: &mut [Place]) {
    // The recorder has identified as well.
    let ready = |sim: &Simulator| {
        (sim.counters().identifies == 2 && !sim.commands(None).is_empty()).then_some(())
    };
    if sim.wait_for(SOON, ready).await.is_none() {
        panic!(
            "not connected: {:#?}; {}",
            sim.counters(),
            process::log_tail(process.home())
        );
    }
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

/// What decides about events; of a thousand so many are joins.
pub(crate) struct Dice {
    random: fastrand::Rng,
    zones: std::iter::Cycle<std::slice::Iter<'static, &'static str>>,
    joins: u32,
}

impl Dice {
    pub(crate) fn new(joins: u32) -> Self {
        Self {
            random: fastrand::Rng::with_seed(7),
            zones: ZONES.iter().cycle(),
            joins,
        }
    }
}

/// One event, the `number`th.
pub(crate) fn happen(sim: &Simulator, places: &mut [Place], dice: &mut Dice, number: usize) {
    let random = &mut dice.random;
    let place = random.usize(0..places.len());
    let place = &mut places[place];
    if random.u32(0..1_000) < dice.joins {
        let name = format!("Member{number}");
        let user = sim.add_user(&name);
        place.names.insert(user, name);
        sim.join(place.guild, user);
        place.joined.push(user);
        return;
    }
    match random.u32(0..1_000) {
        0..=9 => {
            let user = random.choice(&place.joined).copied();
            if let Some(user) = user.filter(|user| !place.left.contains(user)) {
                sim.leave(place.guild, user);
                place.left.insert(user);
            }
        }
        10..=12 => {
            let zone = dice.zones.next().expect("it goes round and round");
            let line = format!("/setup zone zone:{zone}");
            if let Ok(handle) = sim.command(place.general, place.moderator, &line) {
                place.asked.push((line, handle));
            }
        }
        13..=175 => sim.typing(place.general, place.moderator),
        _ => {
            sim.say(place.general, place.moderator, "hello");
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

/// How often each user was greeted.
pub(crate) fn greetings(sim: &Simulator, place: &Place) -> BTreeMap<Id, usize> {
    crate::acts::mentions(sim, place.welcome)
}

/// Whether the author has the answer, not only "thinking…".
pub(crate) fn complete(handle: &InteractionHandle) -> bool {
    handle
        .so_far()
        .is_some_and(|answer| !answer.text().is_empty())
}
