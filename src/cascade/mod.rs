//! Correlation across edges: in which call a request was harmed, by what symptom, and which
//! node's trouble is a consequence of another's.
//!
//! **Invariant.** Nothing here ranks: it says what was seen, with weights.

mod blame;
mod chance;
mod cold;
mod deviation;
mod flow;
mod mechanism;
mod profile;
mod propagation;
#[cfg(test)]
mod small_world;
mod symptom;

pub use blame::{Blame, blame};
pub use deviation::deviating;
pub use flow::{Blames, Flow, collect};
pub use mechanism::{Facts, Mechanism, recognise};
pub use profile::Profile;
pub use propagation::{LATE, Spread, Trouble};
pub use symptom::Symptom;

pub use mechanism::articles;
