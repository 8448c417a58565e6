//! Runs against each other: what appeared, vanished or changed, by how much, and how surely.
//!
//! **Invariants.** A pure function of summaries; nothing is judged by one run of many at which
//! it happens to stand out, as every test that was made counts in the confidence of all. Swapping
//! the sides turns every effect round. A run against itself shows no change.

mod comparability;
mod comparison;
mod draft;
mod measures;
mod presence;
mod profile;
mod requests;
mod runs;
mod shares;
mod stats;
mod subjects;
mod times;
mod traces;
mod view;

pub use comparison::compare;
pub use draft::{LEVEL, POSSIBLE};
pub use measures::{
    CALLS, CAUSE, DEADLINE, DEPTH, Effect, FAN_OUT, Measure, More, PRESENCE, QUANTILES, SHARES,
    TEMPLATE,
};
pub use runs::{Run, Runs};
pub use view::{Comparison, Judgement, Measured, RunFacts, Subject, Warning};
