//! The saved form of a summary.
//!
//! **To add a field** to [`crate::summary::Summary`] or to a struct in it: put it last, mark it
//! `#[serde(default)]`, and add the struct to `CURRENT` in `shapes.rs` if it is a new one. Files
//! made before then read as if the field were at its default; nothing else is to be done, and
//! no number to be raised. What cannot be had in this way (fields that change their meaning,
//! order or type) takes a new number of the format and a reader of the old one.

mod check;
mod envelope;
mod format_2;
mod grown;
mod shapes;

pub use envelope::{ReadError, read, write};
