//! Guilds, their channels and roles.

use super::{
    Context, Decoded, Found, Frame, MEMBERS_PER_PART, activity, member::members, need, read,
};
use crate::discord::wire;
use actors::kernel::{
    ids::{ChannelId, GuildId, RoleId, UserId},
    inbound::{GuildView, Inbound},
};

/// A guild became visible. Members beyond the first part follow as pages of a list that nobody asked
/// for: without nonce, and never the last one.
pub(super) fn created(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::Guild<'_> = read(frame)?;
    let guild = need(wire.id.id(GuildId::new), "id")?;
    if wire.unavailable.is_true() {
        return Ok(Decoded::Unavailable(guild));
    }
    let mut parts = members(&wire.members).into_iter();
    let members: Vec<_> = parts.by_ref().take(MEMBERS_PER_PART).collect();
    let role = |role: &wire::Role<'_>| {
        Some((
            role.id.id(RoleId::new)?,
            role.name.text().unwrap_or_default().to_owned(),
        ))
    };
    let here = wire.channels.objects().chain(wire.threads.objects());
    let view = GuildView {
        guild,
        name: wire.name.text().unwrap_or_default().to_owned(),
        owner: wire.owner_id.id(UserId::new),
        system_channel: wire.system_channel_id.id(ChannelId::new),
        joined_at: wire.joined_at.instant().map(|at| cx.ours(at)),
        channels: here
            .filter_map(|channel| channel.id.id(ChannelId::new))
            .collect(),
        roles: wire.roles.objects().filter_map(role).collect(),
        member_count: wire.member_count.number().unwrap_or(members.len() as u64),
        members,
        voice: activity::in_voice(&wire.voice_states),
        gap: None,
    };
    let mut inputs = vec![(cx.now, Inbound::GuildAvailable(view))];
    loop {
        let members: Vec<_> = parts.by_ref().take(MEMBERS_PER_PART).collect();
        if members.is_empty() {
            return Ok(Decoded::Inputs(inputs));
        }
        let page = Inbound::MembersListed {
            guild,
            members,
            last: false,
            nonce: String::new(),
        };
        inputs.push((cx.now, page));
    }
}

pub(super) fn updated(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::Guild<'_> = read(frame)?;
    let guild = need(wire.id.id(GuildId::new), "id")?;
    let name = need(wire.name.text(), "name")?.to_owned();
    let owner = wire.owner_id.id(UserId::new);
    Ok(Decoded::one(
        cx.now,
        Inbound::GuildChanged { guild, name, owner },
    ))
}

pub(super) fn deleted(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::GuildGone<'_> = read(frame)?;
    let guild = need(wire.id.id(GuildId::new), "id")?;
    if wire.unavailable.is_true() {
        return Ok(Decoded::Unavailable(guild));
    }
    Ok(Decoded::one(cx.now, Inbound::GuildLeft { guild }))
}

pub(super) fn channel_deleted(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::ChannelGone<'_> = read(frame)?;
    let Some(guild) = wire.guild_id.id(GuildId::new) else {
        return Ok(Decoded::Ignored);
    };
    let channel = need(wire.id.id(ChannelId::new), "id")?;
    Ok(Decoded::one(
        cx.now,
        Inbound::ChannelDeleted { guild, channel },
    ))
}

pub(super) fn role_deleted(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::RoleGone<'_> = read(frame)?;
    let guild = need(wire.guild_id.id(GuildId::new), "guild_id")?;
    let role = need(wire.role_id.id(RoleId::new), "role_id")?;
    Ok(Decoded::one(cx.now, Inbound::RoleDeleted { guild, role }))
}
