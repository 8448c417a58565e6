//! Whether a run is fit to pass: a policy of named rules against what was measured.
//!
//! **Invariant.** A pure function of a policy, a run and its baselines: the day on which exceptions
//! expire is handed in. What could not be judged is neither passed nor failed.

mod chance;
mod draft;
mod evaluate;
mod judgement;
mod kinds;
mod parameter;
mod policy;
mod read;
mod run;
mod select;
mod subject;
mod verdict;

pub use draft::{Draft, HEADROOM, draft};
pub use evaluate::evaluate;
pub use judgement::{Judged, Measure, Outcome};
pub use kinds::{ALL as KINDS, Kind, articles};
pub use parameter::{Parameter, Preset, Sort, Value};
pub use policy::{Consequence, Exception, Policy, Rule, Severity, Source};
pub use read::{BUILT_IN, built_in, read};
pub use run::Run;
pub use select::{Key, Selector};
pub use subject::{Place, Subject};
pub use verdict::{Excused, Gate, Notice, State, Verdict};
