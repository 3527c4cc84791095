//! Older versions of what the privacy machine stores.

use super::state::{Asking, State, Wants};
use crate::kernel::{
    address::Kind,
    call::Origin,
    own::{Forgotten, Known},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Version 1: an export came in parts, in messages.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StateV1 {
    forgotten: Forgotten,
    asking: Vec<AskingV1>,
}

#[derive(Debug, Serialize, Deserialize)]
struct AskingV1 {
    number: u64,
    at: Timestamp,
    origin: Origin,
    wants: WantsV1,
    waiting: BTreeSet<Kind>,
    known: BTreeMap<Kind, Vec<Known>>,
}

#[derive(Debug, Serialize, Deserialize)]
enum WantsV1 {
    Show,
    Export { part: u32 },
    Forget,
}

impl From<StateV1> for State {
    fn from(old: StateV1) -> Self {
        let asking = old.asking.into_iter().map(|old| Asking {
            number: old.number,
            at: old.at,
            origin: old.origin,
            wants: match old.wants {
                WantsV1::Show => Wants::Show,
                WantsV1::Export { .. } => Wants::Export,
                WantsV1::Forget => Wants::Forget,
            },
            waiting: old.waiting,
            known: old.known,
        });
        Self {
            forgotten: old.forgotten,
            asking: asking.collect(),
            files: BTreeMap::new(),
        }
    }
}
