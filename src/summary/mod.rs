//! The small, mergeable value in the middle: survey → plan → fold → merge.
//!
//! **Invariants.** A [`Summary`] is the same, byte for byte, whatever the order of files, lines,
//! traces and threads; folds of parts under one [`Plan`] merge to the fold of the whole. Only
//! integers are added. Nothing here knows windows, incidents or causes: those are chosen later,
//! from the summary alone.

mod attempts;
mod blame;
mod build;
mod caps;
mod catalog;
mod digest;
mod entries;
mod file;
mod fold;
mod histogram;
mod merge;
mod noise;
mod plan;
mod provenance;
#[cfg(test)]
#[expect(missing_docs, reason = "its names are the words of a story")]
pub mod small_world;
mod survey;
mod table;
mod tags;
mod templates;
mod value;
mod weights;

pub use crate::assemble::NodeKey;
pub use attempts::{CLOCKS, chains, sent};
pub use blame::Children;
pub use build::{Rules, build, fold_part, plan_of};
pub use catalog::{
    Catalog, Instance, InstanceId, NONE, NodeId, OpId, Operation, Renaming, Severity, Tag, TagId,
    Template, TemplateId,
};
pub use digest::{Digest, DigestHop, Digests};
pub use entries::Entries;
pub use file::{ReadError, read, write};
pub use histogram::Histogram;
pub use merge::{align, merge, overlap};
pub use noise::{NOISE, Noise};
pub use plan::Plan;
pub use provenance::Provenance;
pub use table::{Add, Table};
pub use value::{
    Calls, Counters, EdgeKey, Requests, SLICE_SHIFT, Summary, Timings, TransitionKey, Work,
};
pub use weights::{stable_pick, weights};
