//! `actors` decides: every rule of Guildhall, without I/O, clock or operating-system randomness.

pub mod info;
pub mod kernel;
pub mod messages;
pub mod presence;
pub mod privacy;
pub mod registry;
pub mod settings;
pub mod welcome;
