//! OTLP in JSON, as the many exporters and APIs write it.
//!
//! **Invariant.** Only what is not JSON fails: a field that is missing, null, unknown or of the
//! wrong type never costs more than itself. Records go into the batch as they are read; no
//! tree is built, and values that are not wanted are skipped without being decoded.

mod any_value;
mod attributes;
mod document;
mod envelope;
mod fast;
mod log;
mod object;
mod objects;
mod outline;
mod scalar;
mod scanner;
mod span;
mod tags;

pub(super) use document::{Dialect, Node, decode_lines, decode_values};
#[cfg(any(test, fuzzing))]
pub(super) use document::{parse, parse_tolerantly};
pub(super) use envelope::Otlp;
pub(super) use object::{Elements, Fields, List, Object, Shape, fields, skip};
pub(super) use objects::Objects;
pub(super) use outline::{has_all, outline};
pub(super) use scalar::Scalar;
pub(super) use scanner::is_one_object;
pub(super) use tags::{Tagged, Tags};
