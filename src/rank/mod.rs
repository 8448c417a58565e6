//! From blame to scored, explained candidates.
//!
//! **Invariant.** A score is the logistic of a prior and the contributions of registered
//! evidence, all in log-odds, and nothing else.

mod candidate;
mod case;
mod dimension;
mod evidence;
mod independence;
#[cfg(test)]
mod mechanism_tests;
#[cfg(test)]
pub mod small_case;

pub use candidate::{Scored, rank};
pub use case::Case;
pub use dimension::{Concentration, Dimension, concentration, let_down};
pub use evidence::{Finding, articles};
pub use independence::Independence;
