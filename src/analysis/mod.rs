//! The result of the main job, and the pipeline that makes it.
//!
//! **Invariant.** An [`Analysis`] is complete and immutable: reports only read it, and nothing
//! in it points back into a summary or into telemetry.

mod candidates;
mod containing;
mod coverage;
mod graph;
mod impact;
mod pipeline;
mod spreading;
mod study;
mod trails;
mod verdict;
mod view;

pub use containing::{Breadth, MATERIAL, Question, parse_pattern};
pub use pipeline::{Settings, analyze, summarize, what_if};
pub use view::{
    Analysis, BlastRadius, Candidate, Cascade, CascadeEdge, Containment, Coverage, EntryImpact,
    Evidence, Factor, GraphEdge, GraphNode, Hop, Impacted, Incident, Independent, NodeName,
    ServiceGraph, SkewedClock, Verdict,
};
