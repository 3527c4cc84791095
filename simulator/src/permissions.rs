//! Permission bits and the documented way to compute them from roles and overwrites.

use crate::ids::Id;
use serde_json::Value;

macro_rules! bits {
    ($($name:ident = $bit:literal),* $(,)?) => {
        $(#[doc = concat!("Bit ", stringify!($bit), ".")] pub const $name: u64 = 1 << $bit;)*
        const NAMES: &[(u64, &str)] = &[$(($name, stringify!($name))),*];
    };
}

bits! {
    CREATE_INSTANT_INVITE = 0, KICK_MEMBERS = 1, BAN_MEMBERS = 2, ADMINISTRATOR = 3, MANAGE_CHANNELS = 4,
    MANAGE_GUILD = 5, ADD_REACTIONS = 6, VIEW_AUDIT_LOG = 7, PRIORITY_SPEAKER = 8, STREAM = 9, VIEW_CHANNEL = 10,
    SEND_MESSAGES = 11, SEND_TTS_MESSAGES = 12, MANAGE_MESSAGES = 13, EMBED_LINKS = 14, ATTACH_FILES = 15,
    READ_MESSAGE_HISTORY = 16, MENTION_EVERYONE = 17, USE_EXTERNAL_EMOJIS = 18, CONNECT = 20, SPEAK = 21,
    MUTE_MEMBERS = 22, DEAFEN_MEMBERS = 23, MOVE_MEMBERS = 24, USE_VAD = 25, CHANGE_NICKNAME = 26,
    MANAGE_NICKNAMES = 27, MANAGE_ROLES = 28, MANAGE_WEBHOOKS = 29, MANAGE_GUILD_EXPRESSIONS = 30,
    USE_APPLICATION_COMMANDS = 31, MANAGE_EVENTS = 33, MANAGE_THREADS = 34, CREATE_PUBLIC_THREADS = 35,
    CREATE_PRIVATE_THREADS = 36, USE_EXTERNAL_STICKERS = 37, SEND_MESSAGES_IN_THREADS = 38, MODERATE_MEMBERS = 40,
    CREATE_GUILD_EXPRESSIONS = 43, CREATE_EVENTS = 44, PIN_MESSAGES = 51, BYPASS_SLOWMODE = 52,
}

/// Every bit that exists here.
pub const ALL: u64 = {
    let mut all = 0;
    let mut at = 0;
    while at < NAMES.len() {
        all |= NAMES[at].0;
        at += 1;
    }
    all
};

/// What `@everyone` may do in a new guild.
pub const EVERYONE: u64 = CREATE_INSTANT_INVITE
    | ADD_REACTIONS
    | STREAM
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | MENTION_EVERYONE
    | USE_EXTERNAL_EMOJIS
    | CONNECT
    | SPEAK
    | USE_VAD
    | CHANGE_NICKNAME
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | CREATE_PRIVATE_THREADS
    | SEND_MESSAGES_IN_THREADS;

/// What the bot is invited with unless the test says otherwise: everything a community bot asks for, no administrator.
pub const BOT: u64 = EVERYONE
    | KICK_MEMBERS
    | BAN_MEMBERS
    | MANAGE_CHANNELS
    | VIEW_AUDIT_LOG
    | MANAGE_MESSAGES
    | MOVE_MEMBERS
    | MANAGE_NICKNAMES
    | MANAGE_ROLES
    | MANAGE_WEBHOOKS
    | MANAGE_EVENTS
    | CREATE_EVENTS
    | MANAGE_THREADS
    | MODERATE_MEMBERS
    | PIN_MESSAGES;

/// A moderator's usual bits.
pub const MODERATOR: u64 = EVERYONE
    | KICK_MEMBERS
    | BAN_MEMBERS
    | MANAGE_CHANNELS
    | MANAGE_GUILD
    | VIEW_AUDIT_LOG
    | MANAGE_MESSAGES
    | MANAGE_ROLES
    | MODERATE_MEMBERS;

/// What a member in time-out keeps.
const TIMED_OUT: u64 = VIEW_CHANNEL | READ_MESSAGE_HISTORY;

/// The documented name of one bit (for messages), or `?`.
pub(crate) fn name(bit: u64) -> &'static str {
    NAMES
        .iter()
        .find(|(known, _)| *known == bit)
        .map_or("?", |(_, name)| name)
}

/// Whom a channel overwrite is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverwriteOf {
    /// Everybody with a role.
    Role,
    /// One member.
    Member,
}

/// A channel's exception from the roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overwrite {
    /// The role's or user's id.
    pub id: Id,
    /// Which of the two it is.
    pub of: OverwriteOf,
    /// Bits granted.
    pub allow: u64,
    /// Bits taken away.
    pub deny: u64,
}

impl Overwrite {
    pub(crate) fn json(&self) -> Value {
        serde_json::json!({
            "id": self.id.to_string(),
            "type": i32::from(self.of == OverwriteOf::Member),
            "allow": self.allow.to_string(),
            "deny": self.deny.to_string(),
        })
    }
}

/// Reads permission bits from a decimal string or a number.
pub(crate) fn read(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_u64(),
        _ => None,
    }
}

/// One member's standing, as far as permissions care.
pub(crate) struct Standing<'a> {
    pub(crate) user: Id,
    pub(crate) everyone: Id,
    pub(crate) roles: &'a [Id],
    pub(crate) owner: bool,
    pub(crate) timed_out: bool,
    /// The union of the bits of `@everyone` and all roles.
    pub(crate) base: u64,
}

impl Standing<'_> {
    /// Guild-wide permissions.
    pub(crate) fn guild(&self) -> u64 {
        if self.owner || self.base & ADMINISTRATOR != 0 {
            return ALL;
        }
        if self.timed_out {
            return self.base & TIMED_OUT;
        }
        self.base
    }

    /// Permissions in a channel: `@everyone` overwrite, then roles together, then the member's own.
    pub(crate) fn channel(&self, overwrites: &[Overwrite]) -> u64 {
        if self.owner || self.base & ADMINISTRATOR != 0 {
            return ALL;
        }
        let mut bits = self.base;
        let is_everyone = |o: &&Overwrite| o.of == OverwriteOf::Role && o.id == self.everyone;
        if let Some(all) = overwrites.iter().find(is_everyone) {
            bits = bits & !all.deny | all.allow;
        }
        let mine = |o: &&Overwrite| o.of == OverwriteOf::Role && self.roles.contains(&o.id);
        let (allow, deny) = overwrites
            .iter()
            .filter(mine)
            .fold((0, 0), |(allow, deny), o| (allow | o.allow, deny | o.deny));
        bits = bits & !deny | allow;
        let own = |o: &&Overwrite| o.of == OverwriteOf::Member && o.id == self.user;
        if let Some(own) = overwrites.iter().find(own) {
            bits = bits & !own.deny | own.allow;
        }
        if self.timed_out {
            bits &= TIMED_OUT;
        }
        if bits & VIEW_CHANNEL == 0 {
            return 0;
        }
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(base: u64) -> Standing<'static> {
        Standing {
            user: 7,
            everyone: 1,
            roles: &[2, 3],
            owner: false,
            timed_out: false,
            base,
        }
    }

    fn overwrite(id: Id, of: OverwriteOf, allow: u64, deny: u64) -> Overwrite {
        Overwrite {
            id,
            of,
            allow,
            deny,
        }
    }

    #[test]
    fn overwrites_apply_from_the_general_to_the_particular() {
        let private = [
            overwrite(1, OverwriteOf::Role, 0, VIEW_CHANNEL),
            overwrite(2, OverwriteOf::Role, VIEW_CHANNEL, SEND_MESSAGES),
            overwrite(7, OverwriteOf::Member, SEND_MESSAGES, 0),
        ];
        let bits = standing(EVERYONE).channel(&private);
        assert_ne!(bits & VIEW_CHANNEL, 0);
        assert_ne!(bits & SEND_MESSAGES, 0);
    }

    #[test]
    fn who_cannot_view_a_channel_can_do_nothing_there() {
        let hidden = [overwrite(1, OverwriteOf::Role, 0, VIEW_CHANNEL)];
        assert_eq!(standing(EVERYONE).channel(&hidden), 0);
        assert_eq!(standing(ADMINISTRATOR).channel(&hidden), ALL);
    }

    #[test]
    fn a_member_in_timeout_only_reads() {
        let mut silent = standing(EVERYONE);
        silent.timed_out = true;
        assert_eq!(silent.guild(), VIEW_CHANNEL | READ_MESSAGE_HISTORY);
    }
}
