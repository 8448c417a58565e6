//! What an incident is, when it was, and which series changed with it.
//!
//! **Invariant.** A pure function of one or two summaries. The unit of testing is the trace.

mod aggregate;
mod background;
mod behaviour;
#[cfg(test)]
mod behaviour_tests;
mod blocks;
mod clock;
mod entries;
mod features;
mod onset;
mod recovery;
mod scan;
mod shares;
mod slowness;
mod stats;
mod times;
mod window;

pub use aggregate::{Aggregate, Contrast, EdgeSums};
pub use behaviour::{Change, Seen, Shift};
pub use clock::Grid;
pub use entries::{EntrySeries, Harm};
pub use features::{END, Feature};
pub use onset::{Onset, change_point};
pub use scan::{Found, scan};
pub use shares::Count;
pub use stats::{Interval, log_likelihood_ratio, logistic, logit, wilson};
pub use times::Pace;
pub use window::{Detection, Window, detect};
