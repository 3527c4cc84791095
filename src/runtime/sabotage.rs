//! Trouble on purpose, for the tests that show what the supervision is worth. Only with the cargo feature
//! `sabotage`; a released binary has none of it.

use super::hub::lock;
use actors::kernel::{
    address::{Address, Kind},
    inbound::{Inbound, Input},
};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// See the module docs.
#[derive(Debug, Default)]
pub struct Sabotage {
    dies_on: Option<String>,
    panics: Mutex<BTreeMap<String, u32>>,
    held: AtomicBool,
    hasty: AtomicBool,
}

impl Sabotage {
    /// None, but for what `SABOTAGE_DIES_ON` says: the whole process ends in a turn on an input of whom it
    /// names, as it would in a bug that no unwinding contains.
    pub(in crate::runtime) fn from_environment() -> Self {
        Self {
            dies_on: std::env::var("SABOTAGE_DIES_ON").ok(),
            ..Self::default()
        }
    }

    /// The next `times` turns on inputs of `whom` panic: when all is decided, and before anything of it
    /// is kept. `whom` is the name of a member who joins or leaves, or a command as it is typed, without
    /// its options.
    pub fn panic_on(&self, whom: &str, times: u32) {
        lock(&self.panics).insert(whom.to_owned(), times);
    }

    /// Machines take nothing while this holds; see [`super::Hub::hold_machines`] for the way to set it.
    pub(in crate::runtime) fn set_held(&self, held: bool) {
        self.held.store(held, Ordering::SeqCst);
    }

    /// Whether machines take nothing.
    pub(in crate::runtime) fn holds(&self) -> bool {
        self.held.load(Ordering::SeqCst)
    }

    /// Machines are let go at the first chance, not after minutes. Guilds that are awake already stay
    /// as they are.
    pub fn be_hasty(&self) {
        self.hasty.store(true, Ordering::SeqCst);
    }

    /// `usual`, or next to nothing.
    pub(in crate::runtime) fn patience(&self, usual: Duration) -> Duration {
        if self.hasty.load(Ordering::SeqCst) {
            Duration::from_millis(1)
        } else {
            usual
        }
    }

    /// How many machines are too many: `usual`, or one is enough.
    pub(in crate::runtime) fn room(&self, usual: usize) -> usize {
        if self.hasty.load(Ordering::SeqCst) {
            1
        } else {
            usual
        }
    }

    /// Panics or dies, if that was asked for.
    pub(in crate::runtime) fn strike(&self, address: Address, input: &Input) {
        let elsewhere = address.kind == Kind::Presence;
        let whom = match &input.what {
            _ if elsewhere => return,
            Inbound::MemberJoined { member, .. } => &member.name,
            Inbound::MemberLeft { name, .. } => name,
            Inbound::Called(call) => &call.command,
            _ => return,
        };
        if self.dies_on.as_ref() == Some(whom) {
            std::process::abort();
        }
        let mut panics = lock(&self.panics);
        let Some(left) = panics.get_mut(whom).filter(|left| **left > 0) else {
            return;
        };
        *left -= 1;
        drop(panics);
        panic!("on purpose, on an input of {whom}");
    }
}
