//! Guildhall: a durable community bot for Discord, as a library for its own binary and tests.
//!
//! `actors` decides, `snapshots` remembers, this crate talks to the world, `simulator` pretends to be
//! the world. ARCHITECTURE.md is the place to begin reading.

pub mod admin;
pub mod bench;
pub mod bot;
pub mod build_info;
pub mod cli;
pub mod clock;
pub mod config;
pub mod discord;
pub mod farewell;
pub mod invite;
pub mod observe;
pub mod outside;
pub mod prove;
pub mod runtime;
pub mod secret;
pub mod watch;
