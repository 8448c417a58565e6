//! What an incident is, when it was, and which series changed with it.
//!
//! **Invariant.** A pure function of one or two summaries. The unit of testing is the trace.

mod aggregate;
mod behaviour;
mod clock;
mod entries;
mod features;
mod onset;
mod recovery;
mod scan;
mod stats;
mod window;

pub use aggregate::{Aggregate, Contrast, EdgeSums};
pub use behaviour::{Change, Shift};
pub use clock::Grid;
pub use entries::{EntrySeries, Harm};
pub use features::{Count, END, Feature};
pub use onset::{Onset, change_point};
pub use scan::{Found, scan};
pub use stats::{Interval, log_likelihood_ratio, logistic, logit, wilson};
pub use window::{Detection, Window, detect};
