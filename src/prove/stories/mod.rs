//! What members do: seeded stories through every command, button and form, and the coming and going
//! around them. A new command is part of them by being in the registry; so are its buttons and forms,
//! because what was shown is what is pressed.
//!
//! A story is data, drawn before its world begins: any part of it can be left out, which is how the
//! smallest failing one is found.

mod acts;

pub use acts::act;

use super::{chance::Chance, faults::Fault};
use actors::{
    kernel::{inbound::Removal, time::Span},
    registry,
};
use std::fmt;

/// One step of a story.
#[derive(Clone, Debug)]
pub struct Step {
    /// What.
    pub what: Act,
    /// Where its own chance begins, so that it stays what it is when other steps are left out.
    pub salt: u64,
}

/// What happens in a step.
#[derive(Clone, Debug)]
pub enum Act {
    /// The `n`th command of the registry is used.
    Command(usize),
    /// An option of the `n`th command is being typed.
    Complete(usize),
    /// A button or menu is used.
    Press,
    /// A form is submitted.
    Submit,
    /// So many people join.
    Join(u64),
    /// Somebody leaves, is kicked or is banned.
    Leave(Option<Removal>),
    /// Somebody's roles change, or they pass the screening.
    Change,
    /// Somebody writes a direct message.
    Write,
    /// So many members write, react, or come and go in voice.
    Live(u64),
    /// A channel is deleted.
    DeleteChannel,
    /// A role is deleted.
    DeleteRole,
    /// A guild is renamed.
    Rename,
    /// The bot is invited to a guild.
    Invite,
    /// The bot is removed from a guild, or invited back.
    Remove,
    /// A channel is closed to the bot, or opened.
    Close,
    /// Somebody stops taking direct messages, or takes them again.
    Shut,
    /// The audit log is closed to the bot, or opened.
    HideLog,
    /// The bot may no longer remove members or give roles, or may again.
    Disarm,
    /// A moderator sets strict rules about inactive members.
    Strict,
    /// A moderator looks at what they would do, and somebody switches them on if they saw it.
    Arm,
    /// A moderator has everybody looked at.
    Round,
    /// Time passes.
    Pass(Span),
    /// Something goes wrong.
    Fault(Fault),
    /// A moderator has what becomes of messages passed on, which chance alone rarely does.
    Stream,
    /// The application's owner writes a command, presses its button, fills its form in, or takes a reset back.
    Order,
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let commands = registry::commands();
        let name = |n: &usize| commands[n % commands.len()].spec.name;
        match self {
            Self::Command(n) => write!(f, "somebody uses /{}", name(n)),
            Self::Complete(n) => write!(f, "somebody types an option of /{}", name(n)),
            Self::Press => f.write_str("somebody presses a button"),
            Self::Submit => f.write_str("somebody submits a form"),
            Self::Join(1) => f.write_str("somebody joins"),
            Self::Join(n) => write!(f, "{n} people join"),
            Self::Leave(None) => f.write_str("somebody leaves"),
            Self::Leave(Some(how)) => write!(f, "somebody is removed ({how:?})"),
            Self::Change => f.write_str("a member's roles change"),
            Self::Write => f.write_str("somebody writes a direct message"),
            Self::Live(n) => write!(f, "members give {n} signs of life"),
            Self::DeleteChannel => f.write_str("a channel is deleted"),
            Self::DeleteRole => f.write_str("a role is deleted"),
            Self::Rename => f.write_str("a guild is renamed"),
            Self::Invite => f.write_str("the bot is invited to a new guild"),
            Self::Remove => f.write_str("the bot is removed from a guild, or invited back"),
            Self::Close => f.write_str("a channel closes or opens"),
            Self::Shut => f.write_str("somebody stops or resumes taking direct messages"),
            Self::Disarm => f.write_str("the bot loses its powers over members, or gets them back"),
            Self::Strict => f.write_str("strict rules about inactive members are set"),
            Self::Arm => f.write_str("rules about inactive members are looked at, or switched on"),
            Self::Round => f.write_str("everybody is looked at"),
            Self::HideLog => f.write_str("the audit log closes or opens"),
            Self::Pass(span) => write!(f, "{} s pass", span.as_millis() / 1000),
            Self::Fault(fault) => write!(f, "FAULT: {fault}"),
            Self::Stream => f.write_str("a moderator has messages passed on"),
            Self::Order => f.write_str("the bot's owner commands"),
        }
    }
}

/// The story of a seed: every command once in some order, and `length` steps of anything.
#[must_use]
pub fn story(seed: u64, length: usize) -> Vec<Step> {
    let mut chance = Chance::new(seed, 1);
    let commands = registry::commands().len();
    let mut acts = vec![Act::Invite];
    let mut once: Vec<usize> = (0..commands).collect();
    while acts.len() < length {
        if acts.len() % 16 == 8 && chance.one_in(2) {
            acts.push(Act::Stream);
        } else if !once.is_empty() && chance.one_in(3) {
            let place = usize::try_from(chance.below(once.len() as u64)).unwrap_or(0);
            acts.push(Act::Command(once.swap_remove(place)));
        } else {
            acts.push(any(&mut chance, commands));
        }
    }
    if seed.is_multiple_of(3) {
        vanish(&mut chance, &mut acts);
    }
    if seed % 5 == 1 {
        command(&mut Chance::new(seed, 2), &mut acts);
    }
    acts.into_iter()
        .map(|what| Step {
            what,
            salt: chance.number(),
        })
        .collect()
}

/// Some stories go on for weeks in which members vanish, and rules about that are switched on.
fn vanish(chance: &mut Chance, acts: &mut Vec<Act>) {
    let mut weeks = vec![Act::Strict, Act::Arm, Act::Arm];
    for _ in 0..12 {
        weeks.push(Act::Pass(Span::hours(1 + chance.between(0, 40))));
        weeks.push(match chance.below(8) {
            0 => Act::Live(1 + chance.below(6)),
            1 => Act::Disarm,
            2 => Act::Round,
            3 => Act::Arm,
            4 => Act::Join(1),
            5 => Act::Change,
            _ => Act::Fault(Fault::any(chance)),
        });
    }
    // Among what happens besides, in its order.
    for act in weeks {
        insert(chance, acts, act);
    }
}

/// In some stories the application's owner takes a hand in what is recorded.
fn command(chance: &mut Chance, acts: &mut Vec<Act>) {
    for _ in 0..8 + chance.below(8) {
        insert(chance, acts, Act::Order);
    }
}

/// Puts an act somewhere into the later part of a story.
fn insert(chance: &mut Chance, acts: &mut Vec<Act>, act: Act) {
    let from = acts.len() / 3;
    let place = from + usize::try_from(chance.below((acts.len() - from) as u64 + 1)).unwrap_or(0);
    acts.insert(place, act);
}

fn any(chance: &mut Chance, commands: usize) -> Act {
    let command = usize::try_from(chance.below(commands as u64)).unwrap_or(0);
    match chance.below(100) {
        0..=13 => Act::Command(command),
        14..=15 => Act::Complete(command),
        16..=20 => Act::Press,
        21..=24 => Act::Submit,
        25..=32 => Act::Join(1),
        33..=37 => Act::Live(1 + chance.below(20)),
        38..=39 => Act::Join(2 + chance.below(12)),
        40..=46 => Act::Leave(
            *chance
                .pick(&[
                    None,
                    None,
                    Some(Removal::Kick),
                    Some(Removal::Ban),
                    Some(Removal::Prune),
                ])
                .unwrap_or(&None),
        ),
        47..=49 => Act::Change,
        50..=52 => Act::Write,
        53 => Act::DeleteChannel,
        54 => Act::DeleteRole,
        55 => Act::Rename,
        56 => Act::Invite,
        57 => Act::Remove,
        58 => Act::Close,
        59 => Act::Shut,
        60 => Act::HideLog,
        61..=69 => Act::Pass(match chance.below(10) {
            0 => Span::hours(1 + chance.between(0, 30)),
            1..=3 => Span::minutes(1 + chance.between(0, 20)),
            _ => Span::millis(chance.between(100, 15_000)),
        }),
        _ => Act::Fault(Fault::any(chance)),
    }
}
