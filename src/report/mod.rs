//! What people and programs get to read: one file an output format.
//!
//! **Invariant.** Reports only read an [`crate::analysis::Analysis`] and write to what they are
//! handed. JSON has types of its own, so that the views may change and the contract stays. All
//! text is made harmless in [`escape`] at the last moment, whoever wrote it.

mod articles;
mod document;
mod dot;
pub mod escape;
mod estimates;
mod graph_json;
mod human;
mod json;
mod json_text;
mod markdown;
mod options;
mod registry;
mod terminal;

pub use articles::{Chapter, write_article, write_contents};
pub use estimates::write_estimate;
pub use options::Options;
pub use registry::{ANALYSIS, Format, GRAPH};
