//! The formats that are recognised, one a file and one a line here, in the order in which they
//! are tried.

mod decoding;
mod jaeger;
mod json_lines;
mod json_values;
mod protobuf;
mod protobuf_frames;
mod zipkin;
mod zstd_frames;

pub(super) use decoding::Decoding;

/// Every format, in the order in which they are tried.
pub const FORMATS: &[Format] = &[
    jaeger::FORMAT,
    zipkin::FORMAT,
    json_lines::FORMAT,
    json_values::FORMAT,
    zstd_frames::FORMAT,
    protobuf::FORMAT,
    protobuf_frames::FORMAT,
];

/// A way of writing spans or log records to a file.
pub struct Format {
    /// A short name that stays.
    pub id: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// How to read a file that begins like this (all of it, if the second argument says so), if
    /// it is of this format.
    pub(super) recognise: fn(&[u8], bool) -> Option<Decoding>,
}
