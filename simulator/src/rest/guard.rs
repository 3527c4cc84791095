//! What stands between a request and its effect: does the thing exist, and may the bot touch it.

use super::refusal::{Refusal, no};
use crate::ids::Id;
use crate::permissions::{SEND_MESSAGES, SEND_MESSAGES_IN_THREADS, VIEW_CHANNEL};
use crate::world::World;
use crate::world::channel::Channel;
use crate::world::guild::Guild;

impl World {
    /// A guild that the bot is in; Discord hides the others.
    pub(crate) fn need_guild(&self, guild: Id) -> Result<&Guild, Refusal> {
        let found = self.guilds.get(&guild);
        found
            .filter(|g| g.members.contains_key(&self.bot))
            .ok_or_else(no::unknown_guild)
    }

    /// A guild in which the bot has these bits.
    pub(crate) fn need_in_guild(&self, guild: Id, bits: u64) -> Result<(), Refusal> {
        self.need_guild(guild)?;
        if self.bot_may(guild, bits) {
            Ok(())
        } else {
            Err(no::missing_permissions())
        }
    }

    /// A channel that the bot can see.
    pub(crate) fn need_channel(&self, channel: Id) -> Result<&Channel, Refusal> {
        let found = self
            .channels
            .get(&channel)
            .ok_or_else(no::unknown_channel)?;
        let is_hidden = |guild| !self.bot_is_in(guild) || !self.bot_sees(channel);
        if found.guild.is_some_and(is_hidden) {
            return Err(no::missing_access());
        }
        Ok(found)
    }

    /// A visible channel in which the bot has these bits.
    pub(crate) fn need_in_channel(&self, channel: Id, bits: u64) -> Result<&Channel, Refusal> {
        let found = self.need_channel(channel)?;
        match self.bot_lacks_in(channel, bits) {
            Some(_) => Err(no::missing_permissions()),
            None => Ok(found),
        }
    }

    /// A channel into which the bot may write.
    pub(crate) fn need_writable(&self, channel: Id) -> Result<&Channel, Refusal> {
        let found = self.need_channel(channel)?;
        if !found.kind.has_messages() {
            return Err(no::wrong_channel_type());
        }
        if let Some(user) = found.recipient {
            let open = self
                .users
                .get(&user)
                .is_some_and(|u| u.accepts_dms && !u.bot);
            return if open && self.shares_guild(user) {
                Ok(found)
            } else {
                Err(no::no_dm())
            };
        }
        let talk = if found.kind.is_thread() {
            SEND_MESSAGES_IN_THREADS
        } else {
            SEND_MESSAGES
        };
        if found
            .thread
            .as_ref()
            .is_some_and(|t| t.archived && t.locked)
        {
            return Err(no::archived_thread());
        }
        self.need_in_channel(channel, VIEW_CHANNEL | talk)
    }

    pub(crate) fn need_message(&self, channel: Id, message: Id) -> Result<(), Refusal> {
        let found = self
            .message(channel, message)
            .filter(|m| m.ephemeral_to.is_none());
        found.map(|_| ()).ok_or_else(no::unknown_message)
    }

    pub(crate) fn need_member(&self, guild: Id, user: Id) -> Result<(), Refusal> {
        let g = self.need_guild(guild)?;
        match (
            g.members.contains_key(&user),
            self.users.contains_key(&user),
        ) {
            (true, _) => Ok(()),
            (false, true) => Err(no::unknown_member()),
            (false, false) => Err(no::unknown_user()),
        }
    }

    /// The bot acts on members only below its own highest role, and never on the owner.
    pub(crate) fn need_outranked(&self, guild: Id, user: Id) -> Result<(), Refusal> {
        let g = self.need_guild(guild)?;
        let above = user == self.bot || g.rank(self.bot) > g.rank(user);
        if above {
            Ok(())
        } else {
            Err(no::missing_permissions())
        }
    }

    /// A role of the guild below the bot's highest.
    pub(crate) fn need_role_below(&self, guild: Id, role: Id) -> Result<(), Refusal> {
        let g = self.need_guild(guild)?;
        if !g.roles.contains_key(&role) {
            return Err(no::unknown_role());
        }
        if self.bot_outranks_role(guild, role) {
            Ok(())
        } else {
            Err(no::missing_permissions())
        }
    }
}
