//! Which channel leads to which user: opening direct messages is limited, so it is done once.

use actors::kernel::ids::{ChannelId, UserId};
use std::collections::{BTreeMap, VecDeque};

/// Conversations remembered; beyond that the oldest is opened anew.
pub(super) const MAX_DMS: usize = 10_000;

/// See the module docs.
#[derive(Debug, Default)]
pub(super) struct Dms {
    channels: BTreeMap<UserId, ChannelId>,
    order: VecDeque<UserId>,
}

impl Dms {
    pub(super) fn get(&self, user: UserId) -> Option<ChannelId> {
        self.channels.get(&user).copied()
    }

    pub(super) fn remember(&mut self, user: UserId, channel: ChannelId) {
        if self.channels.insert(user, channel).is_some() {
            return;
        }
        self.order.push_back(user);
        if self.order.len() > MAX_DMS
            && let Some(oldest) = self.order.pop_front()
        {
            self.channels.remove(&oldest);
        }
    }

    pub(super) fn forget(&mut self, user: UserId) {
        self.channels.remove(&user);
        self.order.retain(|other| *other != user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_conversation_makes_room_for_the_newest() {
        let mut dms = Dms::default();
        let user = |n| UserId::new(n).unwrap();
        let channel = |n| ChannelId::new(n).unwrap();
        for n in 1..=MAX_DMS as u64 + 1 {
            dms.remember(user(n), channel(n));
            dms.remember(user(n), channel(n + 7));
        }
        assert_eq!(dms.get(user(1)), None);
        assert_eq!(dms.get(user(2)), Some(channel(9)));
        assert_eq!((dms.channels.len(), dms.order.len()), (MAX_DMS, MAX_DMS));
        dms.forget(user(2));
        assert_eq!(dms.get(user(2)), None);
        assert_eq!(
            (dms.channels.len(), dms.order.len()),
            (MAX_DMS - 1, MAX_DMS - 1)
        );
    }
}
