//! What we may do in a guild and in some of its channels, read anew: guild, our membership, channels.
//! Threads are not listed among channels and so are missing from the outcome.

use super::{Executor, World, refused};
use crate::discord::{
    permissions::{Subject, read_channel, read_roles},
    rest::number,
    to_discord,
    wire::Scalar,
};
use actors::kernel::{
    effect::{Granted, Outcome},
    ids::{ChannelId, GuildId, RoleId, UserId},
    outbox::Sent,
};
use serde_json::Value;

impl Executor {
    pub(super) async fn read_permissions(
        &self,
        guild: GuildId,
        channels: &[ChannelId],
        world: &dyn World,
    ) -> Sent {
        let Some(bot) = world.bot() else {
            return refused("our own account is not known yet");
        };
        match self.grants(guild, bot, channels, world).await {
            Ok(granted) => Sent::Done(Outcome::Permissions(granted)),
            Err(sent) => sent,
        }
    }

    async fn grants(
        &self,
        guild: GuildId,
        bot: UserId,
        channels: &[ChannelId],
        world: &dyn World,
    ) -> Result<Granted, Sent> {
        let shown = self.ask(&to_discord::guild(guild)).await?.body;
        let member = self.ask(&to_discord::member(guild, bot)).await?.body;
        let quiet_until = Scalar::from_value(&member["communication_disabled_until"]).instant();
        let subject = Subject {
            guild,
            user: bot,
            owner: number(&shown["owner_id"]) == Some(bot.get()),
            roles: role_ids(&member["roles"]),
            all_roles: read_roles(&shown),
            timed_out: quiet_until.is_some_and(|until| until > world.now() + world.offset()),
        };
        let mut granted = Granted {
            guild: subject.in_guild(),
            channels: Vec::new(),
        };
        if !channels.is_empty() {
            let list = self.ask(&to_discord::channels(guild)).await?.body;
            let list = list
                .as_array()
                .map_or(&[][..], Vec::as_slice)
                .iter()
                .filter_map(read_channel);
            let asked = list.filter(|(id, _)| channels.contains(id));
            granted.channels = asked
                .map(|(id, overwrites)| (id, subject.in_channel(&overwrites)))
                .collect();
        }
        Ok(granted)
    }
}

pub(super) fn role_ids(roles: &Value) -> Vec<RoleId> {
    let roles = roles.as_array().map_or(&[][..], Vec::as_slice);
    roles
        .iter()
        .filter_map(|role| number(role).and_then(RoleId::new))
        .collect()
}
