//! The gateway's address and the application itself.

use crate::ids::{Id, wire};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::refusal::no;
use crate::rest::router::Route;
use crate::world::World;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/gateway", gateway).open(),
    Route::new("GET", "/gateway/bot", gateway_bot),
    Route::new("GET", "/applications/@me", me),
    Route::new("PATCH", "/applications/@me", me),
    Route::new("GET", "/applications/{application_id}", by_id),
    Route::new("GET", "/oauth2/applications/@me", me),
    Route::new("GET", "/voice/regions", voice_regions),
];

/// Sessions that may be started per day.
const STARTS_PER_DAY: u64 = 1_000;

fn gateway(world: &mut World, _: &Call) -> Answer {
    Ok(Reply::ok(json!({"url": world.gateway_url})))
}

fn gateway_bot(world: &mut World, _: &Call) -> Answer {
    Ok(Reply::ok(json!({
        "url": world.gateway_url,
        "shards": world.config.shards,
        "session_start_limit": {
            "total": STARTS_PER_DAY,
            "remaining": STARTS_PER_DAY.saturating_sub(world.counters.identifies),
            "reset_after": 86_400_000,
            "max_concurrency": world.config.max_concurrency,
        },
    })))
}

fn me(world: &mut World, _: &Call) -> Answer {
    Ok(Reply::ok(world.application_json()))
}

fn by_id(world: &mut World, call: &Call) -> Answer {
    if call.id("application_id")? != world.application {
        return Err(no::unknown_application());
    }
    Ok(Reply::ok(world.application_json()))
}

fn voice_regions(_: &mut World, _: &Call) -> Answer {
    Ok(Reply::ok(
        json!([{"id": "local", "name": "Local", "custom": false, "deprecated": false, "optimal": true}]),
    ))
}

impl World {
    pub(crate) fn application_json(&self) -> Value {
        let (owner, team) = self.application_owner();
        json!({
            "id": wire(self.application),
            "name": self.config.bot_name,
            "icon": null,
            "description": "",
            "type": null,
            "bot": self.users[&self.bot].json(),
            "bot_public": true,
            "bot_require_code_grant": false,
            "summary": "",
            "verify_key": "0".repeat(64),
            "flags": self.application_flags,
            "flags_new": self.application_flags.to_string(),
            "redirect_uris": [],
            "interactions_endpoint_url": null,
            "role_connections_verification_url": null,
            "owner": owner,
            "approximate_guild_count": self.guilds.keys().filter(|id| self.bot_is_in(**id)).count(),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": team,
            "tags": [],
            "integration_types_config": {"0": {}, "1": {}},
            "eligible_oauth2_scopes": [],
            "rpc_origins": [],
            "hook": true,
            "event_webhooks_status": 1,
        })
    }

    /// The owner and the team. A team stands as an account of its own where the owner would; its first member
    /// owns it.
    fn application_owner(&self) -> (Value, Value) {
        let members = match self.application_owners.as_slice() {
            [] => {
                let first = self.guilds.values().next();
                let owner = first.map_or(self.bot, |guild| guild.owner);
                return (self.user_json(owner), Value::Null);
            }
            [owner] => return (self.user_json(*owner), Value::Null),
            members => members,
        };
        let id = wire(self.application);
        let member = |user: &Id| {
            json!({"user": self.user_json(*user), "team_id": id, "membership_state": 2,
                "role": "developer", "permissions": ["*"]})
        };
        let all: Vec<Value> = members.iter().map(member).collect();
        let team = json!({"id": id, "icon": null, "name": "The team", "owner_user_id": wire(members[0]), "members": all});
        let account = json!({"id": id, "username": "team", "global_name": null, "discriminator": "0000",
            "avatar": null, "public_flags": 1024, "flags": 1024});
        (account, team)
    }
}
