//! Correlation across edges: in which call a request was harmed, by what symptom, and which
//! node's trouble is a consequence of another's.
//!
//! **Invariant.** Nothing here ranks: it says what was seen, with weights.

mod blame;
mod chance;
mod cold;
mod deadlines;
mod deviation;
mod factors;
mod flow;
mod mechanism;
mod outlived;
mod profile;
mod propagation;
mod queueing;
mod symptom;

pub use blame::{Blame, blame};
pub use deadlines::{Deadline, Deadlines, Inversion};
pub use factors::{Aggravation, aggravations, articles as factor_articles};
pub use flow::{Blames, Flow, blame_incident};
pub use mechanism::{Facts, Mechanism, recognise};
pub use outlived::outlived;
pub use profile::Profile;
pub use propagation::{Spread, Trouble};
pub use queueing::queues;
pub use symptom::Symptom;

pub use mechanism::articles;
