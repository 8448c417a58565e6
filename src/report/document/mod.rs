//! What there is to tell about an analysis, in words and in order, for every format that
//! people read. Each of those formats only decides how a block looks.
//!
//! **Invariant.** Nothing here escapes text or knows a format. Names from telemetry are
//! shortened, so that one of them cannot bury the rest.

mod analysis;
mod block;
mod candidates;
mod cascade;
mod containment;
mod coverage;
mod factors;
mod graph;
mod impact;
mod overview;

pub use analysis::analysis;
pub use block::{Align, Block, Branch, Span, Table, Text, Tone};
pub use containment::item as estimate;
pub use graph::graph;
