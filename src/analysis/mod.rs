//! The result of the main job, and the pipeline that makes it.
//!
//! **Invariant.** An [`Analysis`] is complete and immutable: reports only read it, and nothing
//! in it points back into a summary or into telemetry.

mod boundaries;
mod candidates;
mod containing;
mod contrasting;
mod coverage;
mod critical;
mod graph;
mod impact;
mod names;
mod one_trace;
mod pipeline;
mod scene;
mod spreading;
mod study;
mod timeline;
mod trails;
mod verdict;
mod view;
mod waterfall;

pub use containing::{Breadth, MATERIAL, Question, parse_pattern};
pub use names::view as names;
pub use one_trace::one_trace;
pub use pipeline::{Settings, analyze, summarize, what_if};
pub use scene::{Bar, Course, Deployment, Exemplar, Lane, LogShift, Sort, Timeline, Waterfall};
pub use view::{
    Analysis, BlastRadius, Boundaries, Boundary, Candidate, Cascade, CascadeEdge, Change, Changes,
    Containment, Contrast, Contrasts, Coverage, Crossing, Entered, EntryImpact, Evidence, Factor,
    GraphEdge, GraphNode, Harmed, Hop, Impacted, Incident, Independent, IntegrationPoint, NodeName,
    NoiseBy, ServiceGraph, Share, SkewedClock, Told, Verdict,
};
