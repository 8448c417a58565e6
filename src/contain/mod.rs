//! What would have contained the incident: a model of the landscape learned from traces, the
//! incident replayed in it, and replayed again with a pattern on an edge.
//!
//! **Invariant.** Nothing here reads input: a pure function of one summary and a window. Chance
//! is drawn by hashing, so that the same summary gives the same estimates.

mod arrivals;
mod attempts;
mod backlog;
mod breakers;
mod change;
mod config;
mod connections;
mod estimate;
mod guard;
mod landscape;
mod learn;
mod notes;
mod patterns;
mod pools;
mod replay;
#[cfg(test)]
mod replay_tests;
mod typical;
mod under_way;

pub use arrivals::Weights;
pub use change::Change;
pub use estimate::{Baseline, Estimate, troubled};
pub use landscape::{Landscape, Pair};
pub use learn::learn;
pub use patterns::{ALL as PATTERNS, Pattern, articles};
