//! Messages. Nearly all are none of our business, so the cheap questions come first. What somebody wrote is looked at
//! only if they own the application, and only for a command.

use super::{Context, Decoded, Found, Frame, activity, need, read};
use crate::discord::wire;
use actors::kernel::{
    activity::{Activity, Deed, Signs},
    ids::{ChannelId, GuildId, MessageId, UserId},
    inbound::Inbound,
    outbox::parse_nonce,
    owner::{self, Order, Said},
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
    let guild = match &wire.guild_id {
        there if there.is_some() => Some(need(there.id(GuildId::new), "guild_id")?),
        _ => None,
    };
    let said = order(frame, cx, user).map(|order| {
        Inbound::OwnerSaid(Said {
            user,
            guild,
            channel,
            order,
        })
    });
    Ok(match (guild, said) {
        (Some(guild), None) => activity::wrote(cx, guild, user, at, Some(channel)),
        // Like any message it is a sign of life, and comes after the others.
        (Some(guild), Some(said)) => {
            let signs = Signs::deed(at, Deed::Wrote, Some(channel));
            let sign = Inbound::Activity(Activity::of(guild, user, signs));
            Decoded::Inputs(vec![(at, sign), (at, said)])
        }
        (None, said) => {
            let message = Inbound::DirectMessage {
                user,
                channel,
                message,
            };
            Decoded::one(at, said.unwrap_or(message))
        }
    })
}

/// The command in a message of somebody who owns the application.
fn order(frame: &Frame<'_>, cx: &Context, user: UserId) -> Option<Order> {
    if !cx.owners.contains(&user) {
        return None;
    }
    let wire: wire::MessageMeasured<'_> = read(frame).ok()?;
    owner::order(wire.content.text()?, cx.bot?)
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
