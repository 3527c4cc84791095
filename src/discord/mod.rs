//! The edge to Discord: the only place where Discord's words and ours meet.
//!
//! | file | from | to |
//! |---|---|---|
//! | [`frame`], [`wire`], [`from_discord`] | a gateway frame | what a machine can be told |
//! | [`to_discord`] | an effect | an HTTP request, as data |
//! | [`rest`] | a request | an answer, read leniently, within our own deadline |
//! | [`executor`] | a job of the outbox | what became of it |
//! | [`app`], [`intents`], [`register`] | the first minute of a process | who we are, what we may ask for, our commands |
//! | [`permissions`] | roles and overwrites | what the bot may do in a channel |
//!
//! Nothing in here decides anything about a guild: that is `actors`. Nothing outside knows a field
//! name of Discord's API, except message bodies, which `actors::kernel::text::to_json` writes.
//!
//! **Logs.** `twilight_http` opens a span at level info whose `path` field holds interaction tokens.
//! Targets `twilight_http` and `twilight_http_ratelimiting` must therefore stay at `warn`.
//!
//! To handle another gateway event: its fields in [`wire`], its arm in
//! [`from_discord::decode`], a fixture beside the function it calls. To carry out another effect:
//! its request in [`to_discord`], its arm in [`executor`].

pub mod app;
mod buffer;
mod commanding;
pub mod executor;
pub mod frame;
pub mod from_discord;
mod hangups;
pub mod intake;
pub mod intents;
pub mod permissions;
pub mod register;
pub mod rest;
pub mod shard;
pub mod to_discord;
pub mod wire;

#[cfg(test)]
pub(crate) mod fake;

/// Chooses ring for all TLS of this process. twilight's rustls has no provider of its own and panics
/// without one, even where every address is plain HTTP; a second provider somewhere in the tree
/// would make the choice ambiguous. Calling it again changes nothing.
pub fn install_tls_provider() {
    // An error only says that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
