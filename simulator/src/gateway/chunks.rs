//! REQUEST_GUILD_MEMBERS (opcode 8): the member list in pieces of a thousand.

use crate::ids::{self, Id, wire};
use crate::intents;
use crate::world::World;
use crate::world::guild::Guild;
use serde_json::{Value, json};

const CHUNK: usize = 1_000;

impl World {
    pub(crate) fn send_member_chunks(&mut self, session: &str, d: &Value) {
        let Some(guild) = ids::read(&d["guild_id"]).filter(|guild| self.bot_is_in(*guild)) else {
            return;
        };
        let intents = self.sessions.get(session).map_or(0, |s| s.intents);
        let full = d["user_ids"].is_null() && d["query"].as_str().unwrap_or("").is_empty();
        if full && !self.may_ask_for_all(session, guild, &d["nonce"]) {
            return;
        }
        // The whole list needs the members intent; without it the answer is empty.
        let allowed = !full || intents & intents::GUILD_MEMBERS != 0;
        let g = &self.guilds[&guild];
        let (found, missing) = if allowed {
            select(self, g, d)
        } else {
            (Vec::new(), Vec::new())
        };
        let presences = d["presences"] == json!(true) && intents & intents::GUILD_PRESENCES != 0;
        for chunk in chunks(self, g, &found, &missing, &d["nonce"], presences) {
            self.send_to_session(session, "GUILD_MEMBERS_CHUNK", &chunk);
        }
    }

    fn may_ask_for_all(&mut self, session: &str, guild: Id, nonce: &Value) -> bool {
        let now = self.now();
        let every = i64::try_from(self.config.member_list_every.as_millis()).unwrap_or(i64::MAX);
        let free_at = self
            .full_member_requests
            .get(&guild)
            .map_or(0, |at| at + every);
        if now >= free_at {
            self.full_member_requests.insert(guild, now);
            return true;
        }
        let wait_s = f64::from(i32::try_from(free_at - now).unwrap_or(30_000)) / 1_000.0;
        let mut meta = json!({"guild_id": wire(guild)});
        if nonce.is_string() {
            meta["nonce"] = nonce.clone();
        }
        let d = json!({"opcode": 8, "retry_after": wait_s, "meta": meta});
        self.send_to_session(session, "RATE_LIMITED", &d);
        self.counters.refused_member_lists += 1;
        false
    }
}

/// Members asked for, and ids that are none.
fn select(world: &World, guild: &Guild, d: &Value) -> (Vec<Id>, Vec<Id>) {
    if !d["user_ids"].is_null() {
        let one = ids::read(&d["user_ids"]).into_iter();
        let wanted = one.chain(ids::read_list(&d["user_ids"])).take(100);
        return wanted.partition(|id| guild.members.contains_key(id));
    }
    let query = d["query"].as_str().unwrap_or("").to_lowercase();
    let limit = match (
        usize::try_from(d["limit"].as_u64().unwrap_or(0)),
        query.is_empty(),
    ) {
        (Ok(0), true) => usize::MAX,
        (Ok(limit), false) => limit.clamp(1, 100),
        (limit, _) => limit.unwrap_or(100),
    };
    let begins = |user: &Id| {
        let name = world
            .users
            .get(user)
            .map_or("", |u| u.name.as_str())
            .to_lowercase();
        let nick = guild.members[user]
            .nick
            .as_deref()
            .unwrap_or("")
            .to_lowercase();
        name.starts_with(&query) || (!nick.is_empty() && nick.starts_with(&query))
    };
    let found = guild
        .members
        .keys()
        .copied()
        .filter(begins)
        .take(limit)
        .collect();
    (found, Vec::new())
}

fn chunks(
    world: &World,
    guild: &Guild,
    found: &[Id],
    missing: &[Id],
    nonce: &Value,
    presences: bool,
) -> Vec<Value> {
    let pieces: Vec<&[Id]> = if found.is_empty() {
        vec![&[]]
    } else {
        found.chunks(CHUNK).collect()
    };
    let count = pieces.len();
    let piece = |(at, users): (usize, &&[Id])| {
        let members = users
            .iter()
            .filter_map(|user| world.member_json(guild.id, *user));
        let mut chunk = json!({
            "guild_id": wire(guild.id),
            "members": members.collect::<Vec<_>>(),
            "chunk_index": at,
            "chunk_count": count,
            "not_found": missing.iter().map(|id| wire(*id)).collect::<Vec<_>>(),
        });
        if presences {
            let known = users
                .iter()
                .filter_map(|u| Some(guild.presences.get(u)?.json(guild.id, *u)));
            chunk["presences"] = known.collect();
        }
        if nonce.is_string() {
            chunk["nonce"] = nonce.clone();
        }
        chunk
    };
    pieces.iter().enumerate().map(piece).collect()
}
