//! Who may begin or continue a session: tokens, intents, shards, limits, and what can still be replayed.

use crate::ids::{self, Id};
use crate::intents;
use crate::world::World;
use crate::world::session::Session;
use serde_json::{Value, json};

/// What an accepted IDENTIFY asks for.
pub(super) struct Wish {
    pub(super) shard: (u64, u64),
    pub(super) intents: u32,
    pub(super) large_threshold: usize,
}

pub(super) enum Refused {
    Close(u16),
    Invalid,
}

pub(super) fn admit(world: &mut World, d: &Value) -> Result<Wish, Refused> {
    if !token_fits(world, d) {
        return Err(Refused::Close(4004));
    }
    let wanted = d["intents"].as_u64().ok_or(Refused::Close(4013))?;
    let intents = intents::check(wanted, world.application_flags).map_err(Refused::Close)?;
    let shard = shard(&d["shard"]).ok_or(Refused::Close(4010))?;
    world.tick();
    if !world.may_identify() {
        return Err(Refused::Invalid);
    }
    let large = d["large_threshold"].as_u64().unwrap_or(50).clamp(50, 250);
    let large_threshold = usize::try_from(large).unwrap_or(50);
    Ok(Wish {
        shard,
        intents,
        large_threshold,
    })
}

pub(super) fn may_resume(world: &mut World, d: &Value, id: &str, seq: u64) -> Result<(), Refused> {
    if !token_fits(world, d) {
        return Err(Refused::Close(4004));
    }
    if world.faults.refuse_resumes > 0 {
        world.faults.refuse_resumes -= 1;
        return Err(Refused::Invalid);
    }
    let trim = world.config.trim_replay || std::mem::take(&mut world.faults.trim_on_resume);
    let session = world.sessions.get_mut(id).ok_or(Refused::Invalid)?;
    if trim {
        session.trim_to_heartbeat();
    }
    if seq > session.seq {
        world.sessions.remove(id);
        return Err(Refused::Close(4007));
    }
    session
        .can_replay_from(seq)
        .then_some(())
        .ok_or(Refused::Invalid)
}

/// GUILD_CREATE for each guild of the shard, or GUILD_DELETE for one that is in an outage.
pub(super) fn first_guild_events(world: &World, session: &Session) -> Vec<(&'static str, Value)> {
    if session.intents & intents::GUILDS == 0 {
        return Vec::new();
    }
    let down = |id: Id| json!({"id": ids::wire(id), "unavailable": true});
    world
        .bot_guilds(session)
        .map(|guild| match guild.unavailable {
            true => ("GUILD_DELETE", down(guild.id)),
            false => ("GUILD_CREATE", world.guild_create(guild, session)),
        })
        .collect()
}

/// `Bot ` before the token is tolerated, as Discord does.
fn token_fits(world: &World, d: &Value) -> bool {
    d["token"]
        .as_str()
        .is_some_and(|token| token.trim_start_matches("Bot ") == world.config.token)
}

/// `[id, count]`; a missing one is the only shard.
fn shard(value: &Value) -> Option<(u64, u64)> {
    if value.is_null() {
        return Some((0, 1));
    }
    let (id, count) = (value[0].as_u64()?, value[1].as_u64()?);
    (id < count).then_some((id, count))
}

/// After these the session cannot be resumed.
pub(crate) fn ends_session(code: u16) -> bool {
    matches!(code, 1000 | 1001 | 4003..=4005 | 4007 | 4009..=4014)
}

impl World {
    /// Whether the identify limit still has room; counts this one.
    fn may_identify(&mut self) -> bool {
        let window = i64::try_from(self.config.identify_interval.as_millis()).unwrap_or(0);
        let now = self.now();
        self.identified_ms.retain(|at| now < *at + window);
        let room =
            self.identified_ms.len() < usize::try_from(self.config.max_concurrency).unwrap_or(1);
        if room && window > 0 {
            self.identified_ms.push(now);
        }
        room || window == 0
    }
}
