//! The formats that are recognised, one a file and one a line here, in the order in which they
//! are tried.

mod json_lines;
mod json_values;
mod protobuf;
mod protobuf_frames;
mod zstd_frames;

use super::batch::Batch;
use super::blocks::{Block, Cutter};

/// Every format, in the order in which they are tried.
pub const FORMATS: &[Format] = &[
    json_lines::FORMAT,
    json_values::FORMAT,
    zstd_frames::FORMAT,
    protobuf::FORMAT,
    protobuf_frames::FORMAT,
];

/// A way of writing OTLP to a file.
pub struct Format {
    /// A short name that stays.
    pub id: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// Whether the head of a file (all of it, if the second argument says so) is of this
    /// format.
    pub(super) sniff: fn(&[u8], bool) -> bool,
    /// What finds the ends of its units.
    pub(super) cutter: fn() -> Box<dyn Cutter>,
    /// Decodes a block of whole units.
    pub(super) decode: fn(&Block, &mut Batch),
}
