//! The store from outside: what every engine promises, and what sled needs besides.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]
#![allow(clippy::print_stderr, reason = "a test that skips says so")]

mod contract;
mod damage;
mod exports;
mod failures;
mod full_disk;
mod fuzz;
mod golden;
mod kit;
mod model;
mod quarantine;
mod rebuild;
mod restore;
mod rot;
mod sled_traps;
mod views;
