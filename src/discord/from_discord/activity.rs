//! Signs of life. Of a busy bot's events these are nine in ten, so nothing else is read of them.

use super::{Context, Decoded, Found, Frame, need, read};
use crate::discord::wire;
use actors::kernel::{
    activity::{Deed, Sign, Signs},
    ids::{ChannelId, GuildId, UserId},
};

/// A sign of life as an input; nothing outside of guilds, and nothing of our own.
fn sign(cx: &Context, guild: Option<GuildId>, user: UserId, signs: Signs) -> Decoded {
    match guild {
        Some(guild) if cx.bot != Some(user) => {
            let at = signs.last.map_or(cx.now, |last| last.at);
            Decoded::Sign(Sign {
                guild,
                user,
                at,
                signs,
            })
        }
        _ => Decoded::Ignored,
    }
}

pub(super) fn presence(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::PresenceUpdate<'_> = read(frame)?;
    let user = wire.user.get().and_then(|user| user.id.id(UserId::new));
    let user = need(user, "user.id")?;
    let guild = wire.guild_id.id(GuildId::new);
    Ok(sign(cx, guild, user, Signs::online(cx.now)))
}

pub(super) fn deed(frame: &Frame<'_>, cx: &Context, deed: Deed) -> Found {
    let wire: wire::Sign<'_> = read(frame)?;
    let user = need(wire.user_id.id(UserId::new), "user_id")?;
    if is_bot(&wire) {
        return Ok(Decoded::Ignored);
    }
    let (guild, channel) = (
        wire.guild_id.id(GuildId::new),
        wire.channel_id.id(ChannelId::new),
    );
    let signs = match deed {
        Deed::Spoke => Signs::voice(cx.now, channel),
        deed => Signs::deed(cx.now, deed, channel),
    };
    Ok(sign(cx, guild, user, signs))
}

pub(super) fn edited(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::MessageUpdated<'_> = read(frame)?;
    let author = wire
        .author
        .get()
        .filter(|author| !author.bot.is_true() && !author.system.is_true());
    let user = author.and_then(|author| author.id.id(UserId::new));
    let Some(user) = user.filter(|_| wire.edited_timestamp.is_some() && !wire.webhook_id.is_some())
    else {
        return Ok(Decoded::Ignored);
    };
    let (guild, channel) = (
        wire.guild_id.id(GuildId::new),
        wire.channel_id.id(ChannelId::new),
    );
    Ok(sign(
        cx,
        guild,
        user,
        Signs::deed(cx.now, Deed::Edited, channel),
    ))
}

/// A message that a person wrote in a guild.
pub(super) fn wrote(
    cx: &Context,
    guild: GuildId,
    user: UserId,
    at: actors::kernel::time::Timestamp,
    channel: Option<ChannelId>,
) -> Decoded {
    sign(cx, Some(guild), user, Signs::deed(at, Deed::Wrote, channel))
}

/// Who is in which voice channel.
pub(super) fn in_voice(states: &wire::VoiceStates<'_>) -> Vec<(UserId, ChannelId)> {
    let people = states.objects().filter(|state| !is_bot(state));
    people
        .filter_map(|state| {
            Some((
                state.user_id.id(UserId::new)?,
                state.channel_id.id(ChannelId::new)?,
            ))
        })
        .collect()
}

fn is_bot(sign: &wire::Sign<'_>) -> bool {
    let account = sign.member.get().and_then(|member| member.user.get());
    account.is_some_and(|account| account.bot.is_true())
}
