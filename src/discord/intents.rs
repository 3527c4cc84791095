//! Intents: which events to ask for, and which of them Discord has to grant first.
//!
//! Three intents are privileged. Asking for one that the application is not granted closes the
//! connection with 4014, so we ask only for what its flags name, and say in `/setup` what is missing
//! (docs, "Gateway: privileged intents"; "Application resource: application flags").
//!
//! A feature that needs another kind of event adds its intent to [`ALWAYS`] or, if privileged, its
//! name to what `/setup` shows.

use twilight_model::gateway::Intents;

/// Close code of a connection that asked for an intent it is not granted.
pub const DISALLOWED_INTENTS: u16 = 4014;

/// What needs nobody's permission.
pub const ALWAYS: Intents = Intents::GUILDS
    .union(Intents::GUILD_MODERATION)
    .union(Intents::GUILD_MESSAGES)
    .union(Intents::GUILD_MESSAGE_REACTIONS)
    .union(Intents::GUILD_MESSAGE_TYPING)
    .union(Intents::GUILD_VOICE_STATES)
    .union(Intents::GUILD_SCHEDULED_EVENTS)
    .union(Intents::DIRECT_MESSAGES);

/// A privileged intent: what it is called in the developer portal and in `/setup`.
struct Privileged {
    name: &'static str,
    intent: Intents,
    /// Application flags that grant it: above and below the review threshold.
    granted_by: u64,
    wanted: fn(Switches) -> bool,
}

const PRIVILEGED: [Privileged; 3] = [
    Privileged {
        name: "Server Members",
        intent: Intents::GUILD_MEMBERS,
        granted_by: 1 << 14 | 1 << 15,
        wanted: |switches| switches.members,
    },
    Privileged {
        name: "Presence",
        intent: Intents::GUILD_PRESENCES,
        granted_by: 1 << 12 | 1 << 13,
        wanted: |switches| switches.presences,
    },
    Privileged {
        name: "Message Content",
        intent: Intents::MESSAGE_CONTENT,
        granted_by: 1 << 18 | 1 << 19,
        wanted: |switches| switches.message_content,
    },
];

/// Names of the privileged intents among `intents`.
#[must_use]
pub fn names(intents: Intents) -> Vec<String> {
    let among = PRIVILEGED
        .iter()
        .filter(|privileged| intents.contains(privileged.intent));
    among.map(|privileged| privileged.name.to_owned()).collect()
}

/// Which privileged intents the operator and the features want.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// Who joins, changes and leaves; whole member lists.
    pub members: bool,
    /// Who is online.
    pub presences: bool,
    /// What messages say.
    pub message_content: bool,
}

/// What to ask for, and what cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What to identify with.
    pub ask: Intents,
    /// Privileged intents that are wanted but not granted, by name.
    pub missing: Vec<&'static str>,
}

impl Plan {
    /// What to ask for, given the application's flags. Where nobody could tell them, everything
    /// wanted is asked for; Discord's answer may then be [`DISALLOWED_INTENTS`].
    #[must_use]
    pub fn new(switches: Switches, application_flags: Option<u64>) -> Self {
        let mut plan = Self {
            ask: ALWAYS,
            missing: Vec::new(),
        };
        for privileged in PRIVILEGED
            .iter()
            .filter(|privileged| (privileged.wanted)(switches))
        {
            let granted = application_flags.is_none_or(|flags| flags & privileged.granted_by != 0);
            if granted {
                plan.ask |= privileged.intent;
            } else {
                plan.missing.push(privileged.name);
            }
        }
        plan
    }

    /// What to ask for after the gateway closed with [`DISALLOWED_INTENTS`]: nothing privileged.
    /// Which of them it minded it does not say.
    #[must_use]
    pub fn without_privileged(switches: Switches) -> Self {
        Self::new(switches, Some(0))
    }

    /// Whether a refusal for the sake of privileged intents can be helped by asking for less.
    #[must_use]
    pub fn asks_for_privileged(&self) -> bool {
        self.ask != ALWAYS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Switches = Switches {
        members: true,
        presences: true,
        message_content: true,
    };

    #[test]
    fn only_granted_privileges_are_asked_for_and_the_rest_is_named() {
        let plan = Plan::new(ALL, Some(1 << 15 | 1 << 18));
        assert_eq!(
            plan.ask,
            ALWAYS | Intents::GUILD_MEMBERS | Intents::MESSAGE_CONTENT
        );
        assert_eq!(plan.missing, ["Presence"]);
    }

    #[test]
    fn what_nobody_wants_is_neither_asked_for_nor_missing() {
        let plan = Plan::new(
            Switches {
                members: true,
                ..Switches::default()
            },
            Some(u64::MAX),
        );
        assert_eq!(plan.ask, ALWAYS | Intents::GUILD_MEMBERS);
        assert!(plan.missing.is_empty());
        assert!(!Plan::new(Switches::default(), Some(u64::MAX)).asks_for_privileged());
    }

    #[test]
    fn unknown_flags_are_tried_and_a_refusal_drops_all_privileges() {
        let plan = Plan::new(ALL, None);
        assert!(plan.asks_for_privileged() && plan.missing.is_empty());
        let less = Plan::without_privileged(ALL);
        assert!(!less.asks_for_privileged());
        assert_eq!(
            less.missing,
            ["Server Members", "Presence", "Message Content"]
        );
    }
}
