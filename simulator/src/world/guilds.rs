//! Guilds, channels and roles come, change and go; each change sends its events.

use super::World;
use super::audit::{Deed, action};
use super::channel::{Channel, ChannelKind};
use super::dispatch::Reach;
use super::guild::Guild;
use super::role::Role;
use crate::feed::Seen;
use crate::ids::{Id, wire};
use crate::intents;
use crate::permissions::{self, EVERYONE};
use serde_json::json;

impl World {
    /// A guild with its `@everyone` role and its owner as the only member.
    pub(crate) fn create_guild(&mut self, name: &str, owner: Id) -> Id {
        let id = self.next_id();
        let mut guild = Guild::new(id, name, owner);
        guild
            .roles
            .insert(id, Role::new(id, "@everyone", EVERYONE, 0));
        self.guilds.insert(id, guild);
        self.add_member(id, owner);
        self.touch();
        id
    }

    /// The bot comes with a role of its own; its sessions get GUILD_CREATE.
    pub(crate) fn invite_bot(&mut self, guild: Id, permissions: u64) {
        if self.bot_is_in(guild) || !self.guilds.contains_key(&guild) {
            return;
        }
        let (bot, name, role) = (self.bot, self.config.bot_name.clone(), self.next_id());
        if let Some(g) = self.guilds.get_mut(&guild) {
            g.make_room_at_bottom();
            let mut own = Role::new(role, &name, permissions, 1);
            own.managed_by = Some(bot);
            g.roles.insert(role, own);
        }
        self.add_member(guild, bot);
        if let Some(member) = self.member_mut(guild, bot) {
            member.roles.insert(role);
        }
        self.send_guild_create(guild);
        let owner = self.guilds[&guild].owner;
        let deed = Deed {
            guild,
            by: owner,
            action: action::BOT_ADD,
            target: Some(bot),
            reason: None,
        };
        self.audit(&deed);
        self.see_guild(Seen::Joined, guild, bot, "was invited");
    }

    /// GUILD_CREATE differs by session, so it is made for each.
    pub(crate) fn send_guild_create(&mut self, guild: Id) {
        let Some(g) = self.guilds.get(&guild) else {
            return;
        };
        let payloads: Vec<_> = self
            .sessions
            .values()
            .filter(|s| s.owns(Some(guild)) && s.intents & intents::GUILDS != 0)
            .map(|s| (s.id.clone(), self.guild_create(g, s)))
            .collect();
        for (session, d) in payloads {
            self.send_to_session(&session, "GUILD_CREATE", &d);
        }
    }

    /// The bot is thrown out: GUILD_DELETE without `unavailable`.
    pub(crate) fn remove_bot(&mut self, guild: Id) {
        let bot = self.bot;
        if !self.bot_is_in(guild) {
            return;
        }
        self.send(
            "GUILD_DELETE",
            Reach::Guild(guild),
            intents::GUILDS,
            &json!({"id": wire(guild)}),
        );
        if let Some(g) = self.guilds.get_mut(&guild) {
            g.members.remove(&bot);
            g.roles.retain(|_, role| role.managed_by != Some(bot));
            g.voice.remove(&bot);
        }
        self.commands.remove(&Some(guild));
        self.see_guild(Seen::Left, guild, bot, "was removed");
    }

    /// An outage of one guild, or its end.
    pub(crate) fn set_unavailable(&mut self, guild: Id, unavailable: bool) {
        let Some(g) = self.guilds.get(&guild) else {
            return;
        };
        if g.unavailable == unavailable {
            return;
        }
        if unavailable {
            let d = json!({"id": wire(guild), "unavailable": true});
            self.send("GUILD_DELETE", Reach::Guild(guild), intents::GUILDS, &d);
        }
        if let Some(g) = self.guilds.get_mut(&guild) {
            g.unavailable = unavailable;
        }
        if !unavailable && self.bot_is_in(guild) {
            self.send_guild_create(guild);
        }
        self.touch();
    }

    pub(crate) fn send_guild_update(&mut self, guild: Id) {
        let Some(mut d) = self.guilds.get(&guild).map(Guild::json) else {
            return;
        };
        d["guild_id"] = wire(guild);
        self.send("GUILD_UPDATE", Reach::Guild(guild), intents::GUILDS, &d);
    }

    pub(crate) fn create_channel(&mut self, guild: Id, kind: ChannelKind, name: &str) -> Id {
        let id = self.next_id();
        let mut channel = Channel::new(id, Some(guild), kind, name);
        let siblings = self
            .channels
            .values()
            .filter(|c| c.guild == Some(guild) && !c.kind.is_thread());
        channel.position = i64::try_from(siblings.count()).unwrap_or(0);
        self.channels.insert(id, channel);
        id
    }

    pub(crate) fn announce_channel(&mut self, id: Id, event: &'static str) {
        let Some(channel) = self.channels.get(&id) else {
            return;
        };
        let d = self.channel_json(channel);
        if let Some(guild) = channel.guild {
            self.send(event, Reach::Guild(guild), intents::GUILDS, &d);
        }
        self.touch();
    }

    /// A channel with its threads and messages.
    pub(crate) fn delete_channel(&mut self, id: Id, by: Id) {
        let threads: Vec<Id> = self
            .channels
            .values()
            .filter(|c| c.parent == Some(id) && c.kind.is_thread())
            .map(|c| c.id)
            .collect();
        for thread in threads {
            self.delete_thread(thread);
        }
        let Some(channel) = self.channels.get(&id) else {
            return;
        };
        let (guild, d) = (channel.guild, self.channel_json(channel));
        if let Some(guild) = guild {
            self.send("CHANNEL_DELETE", Reach::Guild(guild), intents::GUILDS, &d);
            self.see_guild(
                Seen::Channel,
                guild,
                by,
                &format!("{} was deleted", self.place(id)),
            );
            self.forget_channel_in_guild(guild, id);
        }
        self.channels.remove(&id);
        self.logs.remove(&id);
        self.webhooks.retain(|_, hook| hook.channel != id);
        self.touch();
    }

    fn forget_channel_in_guild(&mut self, guild: Id, channel: Id) {
        let Some(g) = self.guilds.get_mut(&guild) else {
            return;
        };
        if g.system_channel == Some(channel) {
            g.system_channel = None;
        }
        g.voice.retain(|_, voice| voice.channel != Some(channel));
        for orphan in self
            .channels
            .values_mut()
            .filter(|c| c.parent == Some(channel))
        {
            orphan.parent = None;
        }
    }

    pub(crate) fn create_role(&mut self, guild: Id, name: &str, permissions: u64) -> Id {
        let id = self.next_id();
        if let Some(g) = self.guilds.get_mut(&guild) {
            g.make_room_at_bottom();
            g.roles.insert(id, Role::new(id, name, permissions, 1));
        }
        id
    }

    pub(crate) fn announce_role(&mut self, guild: Id, role: Id, event: &'static str) {
        let Some(json) = self
            .guilds
            .get(&guild)
            .and_then(|g| g.roles.get(&role))
            .map(Role::json)
        else {
            return;
        };
        let d = json!({"guild_id": wire(guild), "role": json});
        self.send(event, Reach::Guild(guild), intents::GUILDS, &d);
        self.touch();
    }

    pub(crate) fn delete_role(&mut self, guild: Id, role: Id) {
        let Some(g) = self.guilds.get_mut(&guild) else {
            return;
        };
        if g.roles.remove(&role).is_none() {
            return;
        }
        let holders: Vec<Id> = g
            .members
            .values_mut()
            .filter_map(|m| m.roles.remove(&role).then_some(m.user))
            .collect();
        let d = json!({"guild_id": wire(guild), "role_id": wire(role)});
        self.send(
            "GUILD_ROLE_DELETE",
            Reach::Guild(guild),
            intents::GUILDS,
            &d,
        );
        for user in holders {
            self.send_member_update(guild, user);
        }
        for channel in self
            .channels
            .values_mut()
            .filter(|c| c.guild == Some(guild))
        {
            channel.overwrites.retain(|o| o.id != role);
        }
        self.touch();
    }

    /// The direct-message channel with a user; made at first use.
    pub(crate) fn dm_channel(&mut self, user: Id) -> Id {
        let known = self.channels.values().find(|c| c.recipient == Some(user));
        if let Some(channel) = known {
            return channel.id;
        }
        let id = self.next_id();
        let mut channel = Channel::new(id, None, ChannelKind::Direct, "");
        channel.recipient = Some(user);
        self.channels.insert(id, channel);
        id
    }

    /// Whether the bot and a user share a guild (else direct messages are refused).
    pub(crate) fn shares_guild(&self, user: Id) -> bool {
        self.guilds
            .values()
            .any(|g| g.members.contains_key(&user) && g.members.contains_key(&self.bot))
    }

    /// Refusal of a bot to act on a role that is not below its own.
    pub(crate) fn bot_outranks_role(&self, guild: Id, role: Id) -> bool {
        let Some(g) = self.guilds.get(&guild) else {
            return false;
        };
        let position = g.roles.get(&role).map_or(i64::MAX, |r| r.position);
        g.rank(self.bot) > position
    }

    /// Whether the bot has all of these bits in the whole guild.
    pub(crate) fn bot_may(&self, guild: Id, bits: u64) -> bool {
        self.permissions_of(guild, self.bot) & bits == bits
    }

    /// The first of these bits that the bot lacks in a channel, by name.
    pub(crate) fn bot_lacks_in(&self, channel: Id, bits: u64) -> Option<&'static str> {
        let missing = bits & !self.permissions_in(channel, self.bot);
        (missing != 0).then(|| permissions::name(1 << missing.trailing_zeros()))
    }
}
