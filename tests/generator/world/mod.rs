//! A simulated system: what it is made of, how it runs, what goes wrong, what it exports.

pub mod arena;
pub mod attributes;
pub mod calling;
pub mod capacity;
pub mod client;
pub mod compose;
pub mod contained;
pub mod faults;
pub mod fleet;
pub mod incident;
pub mod incidents;
pub mod landscape;
pub mod logs;
pub mod otlp;
pub mod probes;
pub mod random;
pub mod recording;
pub mod remedies;
pub mod rng;
pub mod scenarios;
pub mod serving;
pub mod shop;
pub mod simulate;
pub mod telemetry;
pub mod truth;
