//! Signs of life. Of a busy bot's events these are nine in ten, so nothing else is read of them.
//!
//! Discord does not say everything: a reaction that a moderator takes away looks like one taken back
//! by its owner, somebody who is mentioned in a thread like one who joins it, somebody muted or moved
//! in voice by others like one who did it themselves, and whether an account is a bot is not told with
//! a reaction that goes, a thread that begins or an answer to an event. Where in doubt, it is a sign of
//! life: nobody is taken for absent who may be there.

use super::{Context, Decoded, Found, Frame, need, read};
use crate::discord::wire;
use actors::kernel::{
    activity::{Activity, Deed, MAX_MEMBERS, Sign, Signs},
    ids::{ChannelId, GuildId, UserId},
    inbound::Inbound,
};

/// A sign of life as an input; nothing outside of guilds, and nothing of our own.
fn sign(cx: &Context, guild: Option<GuildId>, user: UserId, signs: Signs) -> Decoded {
    match guild {
        Some(guild) if cx.bot != Some(user) => {
            let at = signs.at().unwrap_or(cx.now);
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

pub(super) fn thread_began(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::ThreadCreated<'_> = read(frame)?;
    let Some(user) = wire.owner_id.id(UserId::new) else {
        return Ok(Decoded::Ignored);
    };
    if !wire.newly_created.is_true() {
        return Ok(Decoded::Ignored);
    }
    let (guild, thread) = (wire.guild_id.id(GuildId::new), wire.id.id(ChannelId::new));
    let signs = Signs::deed(cx.now, Deed::Threaded, thread);
    Ok(sign(cx, guild, user, signs))
}

/// Usually one; several together are one input, since a frame has one place in the stream.
pub(super) fn thread_joined(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::ThreadMembers<'_> = read(frame)?;
    let people = wire.added_members.objects().filter(|added| !is_bot(added));
    let people = people.filter_map(|added| added.user_id.id(UserId::new));
    let mut people = people.filter(|user| cx.bot != Some(*user));
    let Some((guild, first)) = wire.guild_id.id(GuildId::new).zip(people.next()) else {
        return Ok(Decoded::Ignored);
    };
    let signs = Signs::deed(cx.now, Deed::Threaded, wire.id.id(ChannelId::new));
    let mut activity = Activity::of(guild, first, signs.clone());
    for user in people.take(MAX_MEMBERS - 1) {
        activity.add(user, &signs);
    }
    if activity.members.len() == 1 {
        return Ok(sign(cx, Some(guild), first, signs));
    }
    Ok(Decoded::one(cx.now, Inbound::Activity(activity)))
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
