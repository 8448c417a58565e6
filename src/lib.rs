//! tracefall finds where a cascading failure began.
//!
//! Input is parsed once, joined trace by trace and folded into a [`summary`]: a small,
//! time-bucketed, mergeable value. Everything after that is a pure function of the summary.
//! `docs/architecture.md` draws the rooms and the one direction in which they know each other.

pub mod analysis;
pub mod assemble;
pub mod cascade;
pub mod cli;
pub mod compare;
pub mod config;
pub mod contain;
pub mod contrast;
pub mod detect;
pub mod faultlines;
pub mod gate;
pub mod history;
pub mod ingest;
pub mod model;
pub mod rank;
pub mod report;
pub mod summary;
