//! Things this guild has none of; clients that ask get an empty list instead of an unknown route.

use crate::rest::call::{Answer, Call, Reply};
use crate::rest::refusal::Refusal;
use crate::rest::router::Route;
use crate::world::World;
use serde_json::json;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/guilds/{guild_id}/emojis", none),
    Route::new("GET", "/guilds/{guild_id}/stickers", none),
    Route::new("GET", "/guilds/{guild_id}/integrations", none),
    Route::new("GET", "/guilds/{guild_id}/auto-moderation/rules", none),
    Route::new(
        "GET",
        "/applications/{application_id}/entitlements",
        nothing,
    ),
    Route::new(
        "GET",
        "/applications/{application_id}/guilds/{guild_id}/commands/permissions",
        none,
    ),
    Route::new(
        "GET",
        "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}/permissions",
        default_permissions,
    ),
];

fn none(world: &mut World, call: &Call) -> Answer {
    world.need_guild(call.id("guild_id")?)?;
    nothing(world, call)
}

fn nothing(_: &mut World, _: &Call) -> Answer {
    Ok(Reply::ok(json!([])))
}

/// No overrides: Discord answers with an error of its own.
fn default_permissions(_: &mut World, _: &Call) -> Answer {
    Err(Refusal::new(
        404,
        10066,
        "Unknown application command permissions",
    ))
}
