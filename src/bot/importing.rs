//! What an operator brings for a guild, made durable.

use super::deciding::STORE_PATIENCE;
use crate::runtime::Hub;
use actors::kernel::{
    address::{Address, Kind},
    fact::{Fact, LastSeen, MAX_IMPORTED},
    ids::GuildId,
    record::Codec as _,
};
use siphasher::sip::SipHasher13;
use snapshots::Bincode;
use std::sync::Arc;
use tokio::time::timeout;

/// Hands `last_seen` to the presence tracker of `guild`. When it returns it is durable, and the tracker
/// gets to it even if the process is killed.
///
/// # Errors
/// Why nothing was done, or is not known to be durable, in words.
pub(super) async fn import(
    hub: &Arc<Hub>,
    guild: GuildId,
    last_seen: Vec<LastSeen>,
) -> Result<(), String> {
    if last_seen.len() > MAX_IMPORTED {
        return Err(format!("more than {MAX_IMPORTED} members at once"));
    }
    if !hub.guilds().contains(&guild) {
        return Err(format!("this bot is not in the server {guild}"));
    }
    let to = Address::guild(Kind::Presence, guild);
    let brought = Bincode.encode(&last_seen).map_err(|why| why.to_string())?;
    let name = SipHasher13::new().hash(&brought);
    let fact = Fact::Imported(last_seen);
    hub.core(|core| core.tell_from_outside(to, fact, name, hub.clock.now()));
    timeout(STORE_PATIENCE, hub.all_durable())
        .await
        .map_err(|_| "the store does not take it at the moment; try again later".to_owned())
}
