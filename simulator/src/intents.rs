//! Gateway intents: which events a session asked for and which of them need Discord's grant.

pub(crate) const GUILDS: u32 = 1 << 0;
pub(crate) const GUILD_MEMBERS: u32 = 1 << 1;
pub(crate) const GUILD_MODERATION: u32 = 1 << 2;
pub(crate) const GUILD_WEBHOOKS: u32 = 1 << 5;
pub(crate) const GUILD_INVITES: u32 = 1 << 6;
pub(crate) const GUILD_VOICE_STATES: u32 = 1 << 7;
pub(crate) const GUILD_PRESENCES: u32 = 1 << 8;
pub(crate) const GUILD_MESSAGES: u32 = 1 << 9;
pub(crate) const GUILD_MESSAGE_REACTIONS: u32 = 1 << 10;
pub(crate) const GUILD_MESSAGE_TYPING: u32 = 1 << 11;
pub(crate) const DIRECT_MESSAGES: u32 = 1 << 12;
pub(crate) const DIRECT_MESSAGE_REACTIONS: u32 = 1 << 13;
pub(crate) const DIRECT_MESSAGE_TYPING: u32 = 1 << 14;
pub(crate) const MESSAGE_CONTENT: u32 = 1 << 15;
pub(crate) const GUILD_SCHEDULED_EVENTS: u32 = 1 << 16;

/// Bits 0 to 16, auto moderation (20, 21) and polls (24, 25).
const VALID: u32 = ((1 << 17) - 1) | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25);

/// Application flags that grant privileged intents, full and limited form.
pub mod grants {
    /// Presence, over the review threshold.
    pub const PRESENCE: u64 = 1 << 12;
    /// Presence, below the review threshold.
    pub const PRESENCE_LIMITED: u64 = 1 << 13;
    /// Members, over the review threshold.
    pub const MEMBERS: u64 = 1 << 14;
    /// Members, below the review threshold.
    pub const MEMBERS_LIMITED: u64 = 1 << 15;
    /// Message content, over the review threshold.
    pub const CONTENT: u64 = 1 << 18;
    /// Message content, below the review threshold.
    pub const CONTENT_LIMITED: u64 = 1 << 19;
    /// All three as a small bot gets them.
    pub const ALL_LIMITED: u64 = PRESENCE_LIMITED | MEMBERS_LIMITED | CONTENT_LIMITED;
}

/// `Err` is the close code: 4013 for bits that do not exist, 4014 for those not granted.
pub(crate) fn check(intents: u64, application_flags: u64) -> Result<u32, u16> {
    let intents = u32::try_from(intents).map_err(|_| 4013_u16)?;
    if intents & !VALID != 0 {
        return Err(4013);
    }
    let needs = [
        (GUILD_PRESENCES, grants::PRESENCE | grants::PRESENCE_LIMITED),
        (GUILD_MEMBERS, grants::MEMBERS | grants::MEMBERS_LIMITED),
        (MESSAGE_CONTENT, grants::CONTENT | grants::CONTENT_LIMITED),
    ];
    for (intent, grant) in needs {
        if intents & intent != 0 && application_flags & grant == 0 {
            return Err(4014);
        }
    }
    Ok(intents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn privileged_intents_need_their_flag() {
        assert_eq!(check(u64::from(GUILDS), 0), Ok(GUILDS));
        assert_eq!(check(u64::from(GUILD_MEMBERS), 0), Err(4014));
        assert!(check(u64::from(GUILD_MEMBERS), grants::MEMBERS).is_ok());
        assert_eq!(check(1 << 40, u64::MAX), Err(4013));
        assert_eq!(check(1 << 17, u64::MAX), Err(4013));
        assert!(check((1 << 24) | (1 << 25) | (1 << 21), 0).is_ok());
    }
}
