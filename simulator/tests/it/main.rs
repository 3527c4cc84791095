//! The simulator as strangers see it: twilight's gateway and REST clients, and a bare websocket for what they are
//! too polite to do. Nothing here sleeps; what must pass with time passes by `advance`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod bot;
mod control;
mod faults;
mod gateway;
mod gateway_raw;
mod interactions;
#[cfg(feature = "judge")]
mod judge;
mod play;
mod raw;
mod rest;
mod tour;
