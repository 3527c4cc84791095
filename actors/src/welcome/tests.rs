//! Flows of the welcome desk that no single file owns, and its properties.

mod arrivals;
mod audit;
mod departures;
mod desk;
mod editing;
mod gap;
mod properties;
mod roll;
