//! What the information machine stores: next to nothing.

use super::Info;
use crate::kernel::{fact::Shared, machine::Samples, time::Timestamp};
use serde::{Deserialize, Serialize};

/// Of a guild what decides who is a moderator, of a person when they were last given the hint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The guild's settings.
    pub shared: Option<Shared>,
    /// When this person was last pointed to `/help`.
    pub hinted_at: Option<Timestamp>,
}

pub(super) fn samples() -> Samples<Info> {
    let guild = State {
        shared: Some(Shared::default()),
        hinted_at: None,
    };
    let person = State {
        shared: None,
        hinted_at: Some(Timestamp::from_seconds(1_767_614_400)),
    };
    Samples {
        heads: vec![("guild", guild), ("person", person)],
        rows: Vec::new(),
    }
}
