//! What there is to tell about an analysis, in words and in order, for every format that
//! people read. Each of those formats only decides how a block looks.
//!
//! **Invariant.** Nothing here escapes text or knows a format. Names from telemetry are
//! shortened, so that one of them cannot bury the rest.

mod analysis;
mod block;
mod boundaries;
mod candidates;
mod cascade;
mod containment;
mod contrasts;
mod coverage;
mod diff;
mod factors;
mod faultlines;
mod graph;
mod impact;
mod overview;
mod postmortem;
mod screen;
mod story;
mod trace;

pub use analysis::analysis;
pub use block::{Align, Block, Branch, Column, Span, Table, Text, Tone};
pub use boundaries::{
    COLUMNS as BOUNDARY_COLUMNS, rows as boundary_rows, told as boundaries_told, unassigned,
};
pub use candidates::{accused, measured};
pub use containment::item as estimate;
pub use contrasts::{change, looked as contrasts_looked, row as contrast_row};
pub use coverage::all as coverage_lines;
pub use diff::diff;
pub use faultlines::{faultlines, title as faultlines_title};
pub use graph::graph;
pub use overview::read_told as read_in_short;
pub use postmortem::{postmortem, title as postmortem_title};
pub use screen::screen;
pub use story::{harmed, second, told, verdict_told as verdict, when};
pub use trace::trace;
