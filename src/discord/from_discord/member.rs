//! Members: who joins, changes, leaves, and who made them leave.

use super::{Context, Decoded, Found, Frame, MEMBERS_PER_PART, need, read};
use crate::discord::wire::{self, List, Maybe};
use actors::kernel::{
    activity::Activity,
    ids::{GuildId, RoleId, UserId, snowflake_time},
    inbound::{AuditEntry, Inbound, Member, Removal},
    time::{Span, Timestamp},
};
use serde::Deserialize as _;

/// The gateway command that asks for members.
const REQUEST_MEMBERS: u64 = 8;
/// Discord gives a whole member list once per guild in so many seconds (docs, "Gateway events:
/// request guild members").
const MEMBERS_EVERY_S: f64 = 30.0;

/// What people see: nickname, else display name, else user name.
pub(super) fn shown_name(member: Option<&wire::Member<'_>>, user: &wire::User<'_>) -> String {
    let nick = member.and_then(|member| member.nick.words());
    let name = nick
        .or_else(|| user.global_name.words())
        .or_else(|| user.username.words());
    name.unwrap_or_default().to_owned()
}

pub(super) fn roles(member: &wire::Member<'_>) -> Vec<RoleId> {
    member
        .roles
        .0
        .iter()
        .filter_map(|role| role.id(RoleId::new))
        .collect()
}

fn member(wire: &wire::Member<'_>) -> Option<Member> {
    let user = wire.user.get()?;
    Some(Member {
        user: user.id.id(UserId::new)?,
        name: shown_name(Some(wire), user),
        bot: user.bot.is_true() || user.system.is_true(),
        joined_at: wire.joined_at.instant(),
        roles: roles(wire),
        pending: wire.pending.is_true(),
    })
}

/// A member as REST shows them.
pub(crate) fn read_member(shown: &serde_json::Value) -> Option<Member> {
    wire::Member::deserialize(shown)
        .ok()
        .as_ref()
        .and_then(member)
}

/// Every member that has an id; the others are of no use to anybody.
pub(super) fn members(list: &List<Maybe<wire::Member<'_>>>) -> Vec<Member> {
    list.objects().filter_map(member).collect()
}

pub(super) fn joined(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::Member<'_> = read(frame)?;
    let guild = need(wire.guild_id.id(GuildId::new), "guild_id")?;
    let member = need(member(&wire), "user.id")?;
    let at = member.joined_at.map_or(cx.now, |at| cx.ours(at));
    Ok(came_or_went(at, Inbound::MemberJoined { guild, member }))
}

fn came_or_went(at: Timestamp, what: Inbound) -> Decoded {
    Decoded::Inputs(Activity::with_stay(at, what).collect())
}

pub(super) fn changed(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::Member<'_> = read(frame)?;
    let guild = need(wire.guild_id.id(GuildId::new), "guild_id")?;
    let member = need(member(&wire), "user.id")?;
    Ok(Decoded::one(
        cx.now,
        Inbound::MemberChanged { guild, member },
    ))
}

pub(super) fn left(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::MemberGone<'_> = read(frame)?;
    let guild = need(wire.guild_id.id(GuildId::new), "guild_id")?;
    let gone = need(wire.user.get(), "user")?;
    let user = need(gone.id.id(UserId::new), "user.id")?;
    // Our own departure is told by GUILD_DELETE.
    if cx.bot == Some(user) {
        return Ok(Decoded::Ignored);
    }
    let name = shown_name(None, gone);
    let bot = gone.bot.is_true() || gone.system.is_true();
    Ok(came_or_went(
        cx.now,
        Inbound::MemberLeft {
            guild,
            user,
            name,
            bot,
        },
    ))
}

/// A chunk of the list we asked for. It is the last page only if it ends the last chunk.
pub(super) fn listed(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::MembersChunk<'_> = read(frame)?;
    let guild = need(wire.guild_id.id(GuildId::new), "guild_id")?;
    let nonce = wire.nonce.shown();
    let index = wire.chunk_index.number().unwrap_or(0);
    let last_chunk = index.saturating_add(1) >= wire.chunk_count.number().unwrap_or(1);
    let members = members(&wire.members);
    let pages = members.len().div_ceil(MEMBERS_PER_PART).max(1);
    let mut rest = members.into_iter();
    let mut page = |number| Inbound::MembersListed {
        guild,
        members: rest.by_ref().take(MEMBERS_PER_PART).collect(),
        last: last_chunk && number + 1 == pages,
        nonce: nonce.clone(),
    };
    Ok(Decoded::Inputs(
        (0..pages).map(|number| (cx.now, page(number))).collect(),
    ))
}

/// A command of ours came too soon; requests for members are the only ones we repeat.
pub(super) fn too_soon(frame: &Frame<'_>) -> Found {
    let wire: wire::RateLimited<'_> = read(frame)?;
    let meta = wire
        .meta
        .get()
        .filter(|_| wire.opcode.number() == Some(REQUEST_MEMBERS));
    let guild = meta.and_then(|meta| meta.guild_id.id(GuildId::new));
    let Some((meta, guild)) = meta.zip(guild) else {
        return Ok(Decoded::Ignored);
    };
    let seconds = wire
        .retry_after
        .real()
        .unwrap_or(MEMBERS_EVERY_S)
        .clamp(0.0, 600.0);
    #[allow(clippy::cast_possible_truncation)] // ten minutes at most
    let wait = Span::millis((seconds * 1000.0).ceil() as i64);
    Ok(Decoded::MembersTooSoon {
        guild,
        nonce: meta.nonce.shown(),
        wait,
    })
}

/// A line of the audit log, if it removes a member; `at` says when a snowflake was made, on our time
/// line.
pub(crate) fn audit_line(
    wire: &wire::Audited<'_>,
    at: impl FnOnce(u64) -> Timestamp,
) -> Option<AuditEntry> {
    let action = match wire.action_type.number()? {
        20 => Removal::Kick,
        21 => Removal::Prune,
        22 => Removal::Ban,
        _ => return None,
    };
    Some(AuditEntry {
        at: at(wire.id.number()?),
        action,
        target: wire.target_id.id(UserId::new),
        by: wire.user_id.id(UserId::new),
        reason: wire.reason.words().map(str::to_owned),
    })
}

pub(super) fn audited(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::Audited<'_> = read(frame)?;
    let at = |id| cx.ours(snowflake_time(id));
    let Some(entry) = audit_line(&wire, at) else {
        return Ok(Decoded::Ignored);
    };
    let guild = need(wire.guild_id.id(GuildId::new), "guild_id")?;
    Ok(Decoded::one(
        entry.at,
        Inbound::RemovalLogged { guild, entry },
    ))
}

/// A ban, seen without the audit log: who did it and why is not said.
pub(super) fn banned(frame: &Frame<'_>, cx: &Context) -> Found {
    let wire: wire::Banned<'_> = read(frame)?;
    let guild = need(wire.guild_id.id(GuildId::new), "guild_id")?;
    let user = wire.user.get().and_then(|user| user.id.id(UserId::new));
    let target = Some(need(user, "user.id")?);
    let entry = AuditEntry {
        at: cx.now,
        action: Removal::Ban,
        target,
        by: None,
        reason: None,
    };
    Ok(Decoded::one(
        cx.now,
        Inbound::RemovalLogged { guild, entry },
    ))
}
