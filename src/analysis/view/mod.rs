//! Plain values that reports read.

mod boundaries;
mod contrasts;
mod coverage;
mod graph;
mod whole;

pub use boundaries::{Boundaries, Boundary, Crossing, Entered, IntegrationPoint};
pub use contrasts::{Change, Changes, Contrast, Contrasts, Share, Told};
pub use coverage::{Coverage, NoiseBy, SkewedClock};
pub use graph::{GraphEdge, GraphNode, NodeName, ServiceGraph};
pub use whole::{
    Analysis, BlastRadius, Candidate, Cascade, CascadeEdge, Containment, EntryImpact, Evidence,
    Factor, Harmed, Hop, Impacted, Incident, Independent, Verdict,
};
