//! Users, the bot's own guilds, and direct-message channels.

use crate::ids::{self, wire};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::refusal::{Problems, Refusal, no};
use crate::rest::router::Route;
use crate::world::World;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/users/@me", me),
    Route::new("PATCH", "/users/@me", rename),
    Route::new("GET", "/users/@me/guilds", guilds),
    Route::new("DELETE", "/users/@me/guilds/{guild_id}", leave),
    Route::new("POST", "/users/@me/channels", open_dm),
    Route::new("GET", "/users/{user_id}", by_id),
];

fn me(world: &mut World, _: &Call) -> Answer {
    Ok(Reply::ok(world.users[&world.bot].current_json()))
}

fn rename(world: &mut World, call: &Call) -> Answer {
    let mut problems = Problems::default();
    problems.text(&call.body, "username", "username", (2, 32), false);
    problems.finish()?;
    let bot = world.bot;
    if let (Some(name), Some(user)) = (call.body["username"].as_str(), world.users.get_mut(&bot)) {
        name.clone_into(&mut user.name);
    }
    let d = world.users[&bot].current_json();
    world.send("USER_UPDATE", crate::world::dispatch::Reach::All, 0, &d);
    Ok(Reply::ok(d))
}

fn by_id(world: &mut World, call: &Call) -> Answer {
    let id = call.id("user_id")?;
    let user = world.users.get(&id).ok_or_else(no::unknown_user)?;
    Ok(Reply::ok(user.json()))
}

fn guilds(world: &mut World, call: &Call) -> Answer {
    let limit = call.limit(200, 200)?;
    let after = call.query_id("after").unwrap_or(0);
    let before = call.query_id("before").unwrap_or(u64::MAX);
    let counts = call.query_flag("with_counts");
    let mine = world
        .guilds
        .values()
        .filter(|g| g.members.contains_key(&world.bot));
    let list = mine.filter(|g| g.id > after && g.id < before).take(limit);
    let show = |g: &crate::world::guild::Guild| {
        let mut out = json!({
            "id": wire(g.id), "name": g.name, "icon": null, "banner": null, "features": [],
            "owner": g.owner == world.bot,
            "permissions": world.permissions_of(g.id, world.bot).to_string(),
        });
        if counts {
            out["approximate_member_count"] = json!(g.members.len());
            out["approximate_presence_count"] = json!(g.presences.len());
        }
        out
    };
    Ok(Reply::ok(Value::Array(list.map(show).collect())))
}

fn leave(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    world.need_guild(guild)?;
    world.remove_bot(guild);
    Ok(Reply::nothing())
}

fn open_dm(world: &mut World, call: &Call) -> Answer {
    let user = ids::read(&call.body["recipient_id"]).ok_or_else(|| {
        Refusal::field(
            "recipient_id",
            "BASE_TYPE_REQUIRED",
            "This field is required",
        )
    })?;
    match world.users.get(&user) {
        None => return Err(no::unknown_user()),
        Some(user) if user.bot => return Err(no::no_dm()),
        Some(_) => {}
    }
    let channel = world.dm_channel(user);
    Ok(Reply::ok(world.channel_json(&world.channels[&channel])))
}
