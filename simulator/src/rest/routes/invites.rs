//! Invites of a channel.

use crate::dates::iso;
use crate::ids::{Id, wire};
use crate::intents;
use crate::permissions::{CREATE_INSTANT_INVITE, MANAGE_CHANNELS};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::refusal::{Problems, no};
use crate::rest::router::Route;
use crate::world::World;
use crate::world::audit::{Deed, action};
use crate::world::dispatch::Reach;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/channels/{channel_id}/invites", of_channel),
    Route::new("POST", "/channels/{channel_id}/invites", create),
    Route::new("GET", "/guilds/{guild_id}/invites", of_guild),
    Route::new("GET", "/invites/{code}", get),
    Route::new("DELETE", "/invites/{code}", delete),
];

fn create(world: &mut World, call: &Call) -> Answer {
    let channel = call.id("channel_id")?;
    let found = world.need_in_channel(channel, CREATE_INSTANT_INVITE)?;
    let guild = found.guild.ok_or_else(no::not_in_dm)?;
    let mut problems = Problems::default();
    problems.number(&call.body, "max_age", "max_age", (0, 604_800));
    problems.number(&call.body, "max_uses", "max_uses", (0, 100));
    problems.finish()?;
    let invite = invite(world, channel, guild, &call.body);
    let code = invite["code"].as_str().unwrap_or("").to_owned();
    world.invites.insert(code.clone(), invite.clone());
    let d = json!({
        "channel_id": wire(channel), "guild_id": wire(guild), "code": code, "created_at": invite["created_at"],
        "inviter": invite["inviter"], "max_age": invite["max_age"], "max_uses": invite["max_uses"],
        "temporary": invite["temporary"], "uses": 0,
    });
    world.send(
        "INVITE_CREATE",
        Reach::Guild(guild),
        intents::GUILD_INVITES,
        &d,
    );
    let by = world.bot;
    world.audit(&Deed {
        guild,
        by,
        action: action::INVITE_CREATE,
        target: None,
        reason: call.reason(),
    });
    Ok(Reply::ok(invite))
}

fn invite(world: &mut World, channel: Id, guild: Id, body: &Value) -> Value {
    let now = world.now();
    let id = world.next_id();
    let code = format!("{:x}", id.wrapping_mul(0x9E37_79B9) & 0xFFFF_FFFF_FFFF);
    let max_age = body["max_age"].as_i64().unwrap_or(86_400);
    let g = &world.guilds[&guild];
    let c = &world.channels[&channel];
    json!({
        "type": 0, "code": code, "created_at": iso(now), "max_age": max_age,
        "max_uses": body["max_uses"].as_u64().unwrap_or(0), "uses": 0, "temporary": body["temporary"] == json!(true),
        "expires_at": (max_age > 0).then(|| iso(now + max_age * 1_000)),
        "guild_id": wire(guild), "flags": 0,
        "guild": {"id": wire(guild), "name": g.name, "splash": null, "banner": null, "description": null, "icon": null,
            "features": [], "verification_level": 0, "vanity_url_code": null, "nsfw_level": 0, "nsfw": false,
            "premium_subscription_count": 0, "premium_tier": 0},
        "channel": {"id": wire(channel), "name": c.name, "type": c.kind as u64},
        "inviter": world.user_json(world.bot),
        "approximate_member_count": g.members.len(), "approximate_presence_count": 0,
    })
}

fn list(world: &World, key: &str, id: Id) -> Reply {
    let wanted = wire(id);
    let fits = |invite: &&Value| {
        if key == "guild" {
            invite["guild_id"] == wanted
        } else {
            invite["channel"]["id"] == wanted
        }
    };
    Reply::ok(world.invites.values().filter(fits).cloned().collect())
}

fn of_channel(world: &mut World, call: &Call) -> Answer {
    let channel = call.id("channel_id")?;
    world.need_in_channel(channel, MANAGE_CHANNELS)?;
    Ok(list(world, "channel", channel))
}

fn of_guild(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    world.need_guild(guild)?;
    Ok(list(world, "guild", guild))
}

fn get(world: &mut World, call: &Call) -> Answer {
    let found = world.invites.get(call.param("code"));
    found.cloned().map(Reply::ok).ok_or_else(no::unknown_invite)
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let code = call.param("code").to_owned();
    let invite = world.invites.remove(&code).ok_or_else(no::unknown_invite)?;
    if let Some(guild) = crate::ids::read(&invite["guild_id"]) {
        let d = json!({"channel_id": invite["channel"]["id"], "guild_id": invite["guild_id"], "code": code});
        world.send(
            "INVITE_DELETE",
            Reach::Guild(guild),
            intents::GUILD_INVITES,
            &d,
        );
    }
    Ok(Reply::ok(invite))
}
