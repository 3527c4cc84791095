//! What the privacy machine stores: who asked to be forgotten, and questions on their way.

use super::Privacy;
use crate::kernel::{
    address::{Address, Kind},
    call::{Caller, Origin, Permissions, Process, Ticket, Token},
    ids::{ApplicationId, ChannelId, GuildId, InteractionId, UserId},
    machine::Samples,
    own::{Forgotten, Known},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wants {
    /// To see it in words.
    Show,
    /// To have it as a file of JSON.
    Export,
    /// To be forgotten.
    Forget,
}

/// A question that waits for answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// Its number: that of the interaction, which nobody has twice.
    pub number: u64,
    /// Since when.
    pub at: Timestamp,
    /// Who asked.
    pub origin: Origin,
    /// For what.
    pub wants: Wants,
    /// Whose answer is missing.
    pub waiting: BTreeSet<Kind>,
    /// What the others said.
    pub known: BTreeMap<Kind, Vec<Known>>,
}

/// The privacy machine of one server, or of one person in direct messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Those who asked not to be recorded.
    pub forgotten: Forgotten,
    /// Questions that wait, at most [`super::MAX_ASKING`], the oldest first.
    pub asking: Vec<Asking>,
    /// Who can fetch a file, and since when; at most [`super::MAX_FILES`].
    pub files: BTreeMap<UserId, Timestamp>,
}

/// A file that somebody can fetch for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its text.
    pub json: String,
}

pub(super) fn samples() -> Samples<Privacy> {
    let at = Timestamp::from_seconds(1_767_614_400);
    let mut heads = vec![("fresh", State::default())];
    let ids = GuildId::new(201).zip(UserId::new(101));
    let ticket = InteractionId::new(701).zip(ApplicationId::new(801));
    if let Some(((guild, user), (interaction, application))) = ids.zip(ticket) {
        let mut forgotten = Forgotten::default();
        forgotten.add(Address::guild(Kind::Privacy, guild), user);
        let origin = Origin {
            ticket: Ticket {
                interaction,
                application,
                token: Token("token".to_owned()),
            },
            guild: Some(guild),
            channel: ChannelId::new(301),
            caller: Caller {
                user,
                name: "alice".to_owned(),
                roles: Vec::new(),
                permissions: Permissions::default(),
                locale: "en-GB".to_owned(),
            },
            app_permissions: Permissions::default(),
            process: Process::default(),
        };
        let known = Known::new("Membership", "Here.", &"data").stays("it must");
        let asking = |number, wants| Asking {
            number,
            at,
            origin: origin.clone(),
            wants,
            waiting: BTreeSet::from([Kind::Presence]),
            known: BTreeMap::from([(Kind::Welcome, vec![known.clone()])]),
        };
        let full = State {
            forgotten,
            asking: vec![
                asking(1, Wants::Show),
                asking(2, Wants::Export),
                asking(3, Wants::Forget),
            ],
            files: BTreeMap::from([(user, at)]),
        };
        heads.push(("full", full));
    }
    Samples {
        heads,
        rows: vec![(
            "file",
            File {
                json: "{}".to_owned(),
            },
        )],
    }
}
