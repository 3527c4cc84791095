//! Permission overwrites of a channel, one at a time.

use crate::permissions::{self, MANAGE_ROLES, Overwrite, OverwriteOf};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::refusal::no;
use crate::rest::router::Route;
use crate::world::World;
use crate::world::audit::{Deed, action};
use serde_json::json;

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "PUT",
        "/channels/{channel_id}/permissions/{overwrite_id}",
        put,
    ),
    Route::new(
        "DELETE",
        "/channels/{channel_id}/permissions/{overwrite_id}",
        delete,
    ),
];

fn put(world: &mut World, call: &Call) -> Answer {
    let (channel, id) = (call.id("channel_id")?, call.id("overwrite_id")?);
    let guild = world
        .need_in_channel(channel, MANAGE_ROLES)?
        .guild
        .ok_or_else(no::not_in_dm)?;
    let of = if call.body["type"] == json!(1) {
        OverwriteOf::Member
    } else {
        OverwriteOf::Role
    };
    let allow = permissions::read(&call.body["allow"]).unwrap_or(0);
    let deny = permissions::read(&call.body["deny"]).unwrap_or(0);
    let own = world.permissions_in(channel, world.bot);
    if (allow | deny) & !own & permissions::ALL != 0 {
        return Err(no::missing_permissions());
    }
    let known = match of {
        OverwriteOf::Role => world.need_guild(guild)?.roles.contains_key(&id),
        OverwriteOf::Member => world.users.contains_key(&id),
    };
    if !known {
        return Err(if of == OverwriteOf::Role {
            no::unknown_role()
        } else {
            no::unknown_user()
        });
    }
    let Some(holder) = world.channels.get_mut(&channel) else {
        return Err(no::unknown_channel());
    };
    let existed = holder.overwrites.iter().any(|o| o.id == id);
    holder.overwrites.retain(|o| o.id != id);
    holder.overwrites.push(Overwrite {
        id,
        of,
        allow,
        deny,
    });
    world.announce_channel(channel, "CHANNEL_UPDATE");
    let action = if existed {
        action::OVERWRITE_UPDATE
    } else {
        action::OVERWRITE_CREATE
    };
    let by = world.bot;
    world.audit(&Deed {
        guild,
        by,
        action,
        target: Some(channel),
        reason: call.reason(),
    });
    Ok(Reply::nothing())
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let (channel, id) = (call.id("channel_id")?, call.id("overwrite_id")?);
    let guild = world
        .need_in_channel(channel, MANAGE_ROLES)?
        .guild
        .ok_or_else(no::not_in_dm)?;
    let Some(holder) = world.channels.get_mut(&channel) else {
        return Err(no::unknown_channel());
    };
    let before = holder.overwrites.len();
    holder.overwrites.retain(|o| o.id != id);
    if holder.overwrites.len() == before {
        return Err(no::unknown_overwrite());
    }
    world.announce_channel(channel, "CHANNEL_UPDATE");
    let by = world.bot;
    world.audit(&Deed {
        guild,
        by,
        action: action::OVERWRITE_DELETE,
        target: Some(channel),
        reason: call.reason(),
    });
    Ok(Reply::nothing())
}
