//! Building and changing the world: guilds, channels, roles, people.

use crate::dates::iso;
use crate::ids::{Id, wire};
use crate::intents;
use crate::permissions::{Overwrite, OverwriteOf};
use crate::simulator::Simulator;
use crate::world::audit::{Deed, action};
use crate::world::channel::ChannelKind;
use crate::world::dispatch::Reach;
use crate::world::user::User;
use serde_json::json;

/// How a new guild differs from a plain one.
#[derive(Clone, Debug)]
pub struct GuildOptions {
    /// Its owner; a new user named `owner` if nobody is given.
    pub owner: Option<Id>,
    /// `preferred_locale`.
    pub locale: String,
    /// Whether the bot is already there.
    pub with_bot: bool,
}

impl Default for GuildOptions {
    fn default() -> Self {
        Self {
            owner: None,
            locale: "en-US".to_owned(),
            with_bot: true,
        }
    }
}

impl Simulator {
    /// A guild with `@everyone`, its owner and (unless told otherwise) the bot.
    #[must_use]
    pub fn create_guild(&self, name: &str, options: &GuildOptions) -> Id {
        let owner = options.owner.unwrap_or_else(|| self.add_user("owner"));
        let permissions = self.world().config.bot_permissions;
        let mut world = self.world();
        let guild = world.create_guild(name, owner);
        if let Some(g) = world.guilds.get_mut(&guild) {
            g.locale.clone_from(&options.locale);
        }
        if options.with_bot {
            world.invite_bot(guild, permissions);
        }
        guild
    }

    /// A person. The name is what others see; the user name is made from it.
    #[must_use]
    pub fn add_user(&self, name: &str) -> Id {
        self.new_user(name, false)
    }

    /// Somebody else's bot.
    #[must_use]
    pub fn add_bot(&self, name: &str) -> Id {
        self.new_user(name, true)
    }

    fn new_user(&self, name: &str, bot: bool) -> Id {
        let mut world = self.world();
        let id = world.next_id();
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let username = if plain.is_empty() {
            format!("user{}", id % 10_000)
        } else {
            plain.to_lowercase()
        };
        let user = User {
            id,
            name: username,
            global_name: Some(name.to_owned()),
            bot,
            accepts_dms: !bot,
        };
        world.users.insert(id, user);
        id
    }

    /// Opens or closes a person's direct messages; closed ones are refused with 50007.
    pub fn set_accepts_dms(&self, user: Id, accepts: bool) {
        if let Some(user) = self.world().users.get_mut(&user) {
            user.accepts_dms = accepts;
        }
    }

    /// A channel; the bot hears of it.
    #[must_use]
    pub fn create_channel(&self, guild: Id, name: &str, kind: ChannelKind) -> Id {
        let mut world = self.world();
        let id = world.create_channel(guild, kind, name);
        world.announce_channel(id, "CHANNEL_CREATE");
        let by = world.guilds.get(&guild).map_or(0, |g| g.owner);
        let deed = Deed {
            guild,
            by,
            action: action::CHANNEL_CREATE,
            target: Some(id),
            reason: None,
        };
        world.audit(&deed);
        id
    }

    /// A thread below a channel, started by a member.
    #[must_use]
    pub fn create_thread(&self, parent: Id, name: &str, owner: Id) -> Id {
        let mut world = self.world();
        let id = world.next_id();
        world.create_thread(parent, id, ChannelKind::PublicThread, name, owner);
        world.announce_thread(id, "THREAD_CREATE");
        id
    }

    /// A scheduled event somewhere outside of Discord, a day from now.
    #[must_use]
    pub fn create_event(&self, guild: Id, name: &str, creator: Id) -> Id {
        const DAY_MS: i64 = 86_400_000;
        let mut world = self.world();
        let (id, mut event) = world.blank_event(guild, creator);
        let now = world.now();
        event["name"] = json!(name);
        event["entity_type"] = json!(3);
        event["entity_metadata"] = json!({"location": "here"});
        event["scheduled_start_time"] = json!(iso(now + DAY_MS));
        event["scheduled_end_time"] = json!(iso(now + 2 * DAY_MS));
        world.store_event(guild, id, &event, "GUILD_SCHEDULED_EVENT_CREATE");
        id
    }

    /// Deletes a channel with what is in it.
    pub fn delete_channel(&self, channel: Id) {
        let mut world = self.world();
        let guild = world.channels.get(&channel).and_then(|c| c.guild);
        let owner = guild
            .and_then(|guild| world.guilds.get(&guild))
            .map(|g| g.owner);
        let by = owner.unwrap_or(world.bot);
        world.delete_channel(channel, by);
        if let Some(guild) = guild {
            let (action, target) = (action::CHANNEL_DELETE, Some(channel));
            world.audit(&Deed {
                guild,
                by,
                action,
                target,
                reason: None,
            });
        }
    }

    /// Renames a channel, as a moderator with a mouse does.
    pub fn rename_channel(&self, channel: Id, name: &str) {
        let mut world = self.world();
        if let Some(channel) = world.channels.get_mut(&channel) {
            name.clone_into(&mut channel.name);
        }
        world.announce_channel(channel, "CHANNEL_UPDATE");
    }

    /// Moves a channel below a category.
    pub fn set_parent(&self, channel: Id, category: Option<Id>) {
        let mut world = self.world();
        if let Some(channel) = world.channels.get_mut(&channel) {
            channel.parent = category;
        }
        world.announce_channel(channel, "CHANNEL_UPDATE");
    }

    /// Sets (or with no bits at all removes) one overwrite of a channel.
    pub fn set_overwrite(&self, channel: Id, of: OverwriteOf, id: Id, allow: u64, deny: u64) {
        let mut world = self.world();
        if let Some(channel) = world.channels.get_mut(&channel) {
            channel.overwrites.retain(|o| o.id != id);
            if allow | deny != 0 {
                channel.overwrites.push(Overwrite {
                    id,
                    of,
                    allow,
                    deny,
                });
            }
        }
        world.announce_channel(channel, "CHANNEL_UPDATE");
    }

    /// A role at the bottom of the list, above `@everyone`.
    #[must_use]
    pub fn create_role(&self, guild: Id, name: &str, permissions: u64) -> Id {
        let mut world = self.world();
        let id = world.create_role(guild, name, permissions);
        world.announce_role(guild, id, "GUILD_ROLE_CREATE");
        id
    }

    /// Changes what a role may do (`role` may be the guild's id: `@everyone`).
    pub fn set_role_permissions(&self, guild: Id, role: Id, permissions: u64) {
        let mut world = self.world();
        if let Some(role) = world
            .guilds
            .get_mut(&guild)
            .and_then(|g| g.roles.get_mut(&role))
        {
            role.permissions = permissions;
        }
        world.announce_role(guild, role, "GUILD_ROLE_UPDATE");
    }

    /// Deletes a role; members lose it.
    pub fn delete_role(&self, guild: Id, role: Id) {
        self.world().delete_role(guild, role);
    }

    /// The role that the bot got when it was invited.
    #[must_use]
    pub fn bot_role(&self, guild: Id) -> Option<Id> {
        let world = self.world();
        let roles = &world.guilds.get(&guild)?.roles;
        roles
            .values()
            .find(|r| r.managed_by == Some(world.bot))
            .map(|r| r.id)
    }

    /// Gives a member a role.
    pub fn give_role(&self, guild: Id, user: Id, role: Id) {
        self.change_role(guild, user, role, true);
    }

    /// Takes a role from a member.
    pub fn take_role(&self, guild: Id, user: Id, role: Id) {
        self.change_role(guild, user, role, false);
    }

    fn change_role(&self, guild: Id, user: Id, role: Id, give: bool) {
        let mut world = self.world();
        let by = world.guilds.get(&guild).map_or(0, |g| g.owner);
        world.change_role(guild, by, user, role, give, None);
    }

    /// Changes a member's nickname.
    pub fn set_nick(&self, guild: Id, user: Id, nick: Option<&str>) {
        let mut world = self.world();
        if let Some(member) = world.member_mut(guild, user) {
            member.nick = nick.map(str::to_owned);
        }
        world.send_member_update(guild, user);
    }

    /// Makes somebody a member; false if they already are or are banned.
    pub fn join(&self, guild: Id, user: Id) -> bool {
        self.world().join(guild, user)
    }

    /// Somebody leaves by themselves.
    pub fn leave(&self, guild: Id, user: Id) -> bool {
        self.world().leave(guild, user)
    }

    /// A moderator kicks somebody: GUILD_MEMBER_REMOVE and an audit-log entry.
    pub fn kick(&self, guild: Id, moderator: Id, user: Id, reason: Option<&str>) -> bool {
        self.world().kick(guild, moderator, user, reason)
    }

    /// A moderator bans somebody: GUILD_BAN_ADD, GUILD_MEMBER_REMOVE and an audit-log entry.
    pub fn ban(&self, guild: Id, moderator: Id, user: Id, reason: Option<&str>) {
        self.world().ban(guild, moderator, user, reason);
    }

    /// A moderator lifts a ban.
    pub fn unban(&self, guild: Id, moderator: Id, user: Id) -> bool {
        self.world().unban(guild, moderator, user, None)
    }

    /// Pretends that somebody has been a member since long ago.
    pub fn set_joined_at(&self, guild: Id, user: Id, at_ms: i64) {
        if let Some(member) = self.world().member_mut(guild, user) {
            member.joined_at_ms = at_ms;
        }
    }

    /// The bot is invited with its configured permissions.
    pub fn invite_bot(&self, guild: Id) {
        let mut world = self.world();
        let permissions = world.config.bot_permissions;
        world.invite_bot(guild, permissions);
    }

    /// The bot is thrown out: GUILD_DELETE.
    pub fn remove_bot(&self, guild: Id) {
        self.world().remove_bot(guild);
    }

    /// The owner deletes the guild.
    pub fn delete_guild(&self, guild: Id) {
        let mut world = self.world();
        world.send(
            "GUILD_DELETE",
            Reach::Guild(guild),
            intents::GUILDS,
            &json!({"id": wire(guild)}),
        );
        world.guilds.remove(&guild);
        let gone: Vec<Id> = world
            .channels
            .values()
            .filter(|c| c.guild == Some(guild))
            .map(|c| c.id)
            .collect();
        for channel in gone {
            world.channels.remove(&channel);
            world.logs.remove(&channel);
        }
        world.touch();
    }

    /// Renames a guild.
    pub fn rename_guild(&self, guild: Id, name: &str) {
        let mut world = self.world();
        if let Some(g) = world.guilds.get_mut(&guild) {
            name.clone_into(&mut g.name);
        }
        world.send_guild_update(guild);
    }

    /// An outage of one guild begins or ends: GUILD_DELETE with `unavailable`, then GUILD_CREATE.
    pub fn set_unavailable(&self, guild: Id, unavailable: bool) {
        self.world().set_unavailable(guild, unavailable);
    }

    /// Says who owns the application; several are a team. Before that it is the owner of the first guild.
    pub fn set_application_owners(&self, owners: &[Id]) {
        self.world().application_owners = owners.to_vec();
    }

    /// Grants or withdraws privileged intents (see `grants`); sessions that are open keep what they have.
    pub fn set_application_flags(&self, flags: u64) {
        self.world().application_flags = flags;
    }
}
