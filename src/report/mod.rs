//! What people and programs get to read: one file an output format.
//!
//! **Invariant.** Reports only read an [`crate::analysis::Analysis`] and write to what they are
//! handed. JSON has types of its own, so that the views may change and the contract stays. All
//! text is made harmless in [`escape`] at the last moment, whoever wrote it.

mod articles;
mod csv;
mod diff_json;
mod document;
mod dot;
mod dot_cascade;
pub mod escape;
mod estimates;
mod faultlines_json;
mod gate;
mod graph_json;
mod history;
mod html;
mod human;
mod json;
mod json_boundaries;
mod json_contrasts;
mod json_text;
mod links;
mod markdown;
mod mermaid;
mod options;
mod picture;
pub mod plain;
mod redact;
mod redact_diff;
mod registry;
mod sparkline;
mod terminal;
mod tree_grid;

pub use articles::{Chapter, write_article, write_contents};
pub use estimates::write_estimate;
pub use gate::{redact_gate, write_policy};
pub use history::likeness_told;
pub use json::write as write_json;
pub use links::TraceUrl;
pub use options::Options;
pub use redact::{redact, redact_entries, redact_faultlines, redact_trace, redact_weak_points};
pub use redact_diff::redact_diff;
pub use registry::{
    ANALYSIS, CHECK, DIFF, FAULTLINES, Format, GRAPH, HISTORY, SIMILAR, TRACE, WEAK_POINTS,
};
