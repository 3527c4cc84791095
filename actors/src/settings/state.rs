//! What the settings machine stores.

use super::Settings;
use crate::kernel::{
    address::Kind,
    call::Permissions,
    fact::{Shared, Standing},
    ids::{ChannelId, RoleId, UserId},
    machine::Samples,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The settings of one guild; a few hundred bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// What every feature knows too.
    pub shared: Shared,
    /// How each feature stands, as it said last.
    pub standings: BTreeMap<Kind, Standing>,
    /// The features that know the current settings.
    pub told: BTreeSet<Kind>,
    /// The guild was greeted or adopted: never greet it again.
    pub met: bool,
    /// When the bot was removed; cleared when it is back.
    pub left_at: Option<Timestamp>,
}

pub(super) fn samples() -> Samples<Settings> {
    let channel = ChannelId::new(301);
    let standing = Standing {
        kind: Kind::Welcome,
        on: true,
        summary: "greets in <#301>".to_owned(),
        next_step: Some("`/welcome leave channel:…`".to_owned()),
        needs: vec![
            (
                channel,
                Permissions::VIEW_CHANNEL.and(Permissions::SEND_MESSAGES),
            ),
            (None, Permissions::VIEW_AUDIT_LOG),
        ],
        intents: vec![("Server Members".to_owned(), "joins are not seen".to_owned())],
    };
    let shared = Shared {
        zone: "Europe/Paris".parse().unwrap_or_default(),
        moderators: RoleId::new(401).into_iter().collect(),
        log_channel: channel,
        owner: UserId::new(900),
        guild_name: "The Hall".to_owned(),
    };
    let full = State {
        shared,
        standings: BTreeMap::from([(Kind::Welcome, standing)]),
        told: BTreeSet::from([Kind::Info, Kind::Welcome]),
        met: true,
        left_at: Some(Timestamp::from_seconds(1_767_614_400)),
    };
    Samples {
        heads: vec![("fresh", State::default()), ("full", full)],
        rows: Vec::new(),
    }
}
