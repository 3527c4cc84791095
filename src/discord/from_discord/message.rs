//! Messages. Nearly all are none of our business, so the cheap questions come first.

use super::{Context, Decoded, Found, Frame, activity, need, read};
use crate::discord::wire;
use actors::kernel::{
    ids::{ChannelId, GuildId, MessageId, UserId},
    inbound::Inbound,
    outbox::parse_nonce,
};

/// Message types that a person writes: said and replied. Others are notices by Discord. Commands
/// used come as interactions.
const WRITTEN: [u64; 2] = [0, 19];

pub(super) fn created(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::MessageCreated<'_> = read(frame)?;
    let author = wire.author.get();
    let user = author.and_then(|author| author.id.id(UserId::new));
    if user.is_some() && user == cx.bot {
        return own(&wire, cx);
    }
    let (Some(author), Some(user)) = (author, user) else {
        return Ok(Decoded::Ignored);
    };
    let written = WRITTEN.contains(&wire.kind.number().unwrap_or(0));
    let person = !author.bot.is_true() && !author.system.is_true() && !wire.webhook_id.is_some();
    if !person || !written {
        return Ok(Decoded::Ignored);
    }
    let message = need(wire.id.id(MessageId::new), "id")?;
    let channel = need(wire.channel_id.id(ChannelId::new), "channel_id")?;
    let at = cx.ours(message.created_at());
    if wire.guild_id.is_some() {
        let guild = need(wire.guild_id.id(GuildId::new), "guild_id")?;
        return Ok(activity::wrote(cx, guild, user, at, Some(channel)));
    }
    Ok(Decoded::one(
        at,
        Inbound::DirectMessage {
            user,
            channel,
            message,
        },
    ))
}

/// A message of ours; with our nonce it tells that its effect has happened.
fn own(wire: &wire::MessageCreated<'_>, cx: &Context) -> Found {
    let nonce = wire
        .nonce
        .text()
        .and_then(|nonce| parse_nonce(cx.incarnation, nonce));
    let Some(effect) = nonce else {
        return Ok(Decoded::Ignored);
    };
    let message = need(wire.id.id(MessageId::new), "id")?;
    let channel = need(wire.channel_id.id(ChannelId::new), "channel_id")?;
    Ok(Decoded::Own {
        effect,
        message,
        channel,
    })
}
