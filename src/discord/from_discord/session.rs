//! The beginning of a session.

use super::{Context, Decoded, Found, Frame, need, read};
use crate::discord::wire;
use actors::kernel::ids::{ApplicationId, GuildId, UserId};

/// What Discord tells at the beginning of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Its name, for RESUME.
    pub session_id: String,
    /// Where to resume it, where Discord says so.
    pub resume_url: Option<String>,
    /// Our account.
    pub bot: UserId,
    /// Our application.
    pub application: ApplicationId,
    /// The application's flags, which name the privileged intents it is granted.
    pub application_flags: Option<u64>,
    /// The guilds we are in; one that is in the store but not here was left.
    pub guilds: Vec<GuildId>,
    /// Which shard of how many, where Discord says so.
    pub shard: Option<(u32, u32)>,
}

pub(super) fn ready(frame: &Frame<'_>, cx: &Context) -> Found {
    let ready: wire::Ready<'_> = read(frame)?;
    let session_id = need(ready.session_id.words(), "session_id")?.to_owned();
    let bot = ready.user.get().and_then(|user| user.id.id(UserId::new));
    let bot = need(bot.or(cx.bot), "user.id")?;
    let application = ready.application.get();
    let application_id = application
        .and_then(|application| application.id.id(ApplicationId::new))
        .or(cx.application)
        // Bots made since 2016 share their application's id.
        .or_else(|| ApplicationId::new(bot.get()));
    let shard: Vec<u32> = ready
        .shard
        .0
        .iter()
        .filter_map(|part| part.number().and_then(|number| u32::try_from(number).ok()))
        .collect();
    Ok(Decoded::Ready(Ready {
        session_id,
        resume_url: ready.resume_gateway_url.words().map(str::to_owned),
        bot,
        application: need(application_id, "application.id")?,
        application_flags: application.and_then(|application| application.flags.number()),
        guilds: ready
            .guilds
            .objects()
            .filter_map(|guild| guild.id.id(GuildId::new))
            .collect(),
        shard: <[u32; 2]>::try_from(shard)
            .ok()
            .map(|[number, of]| (number, of)),
    }))
}
