//! The quick way through protobuf: no message is built, drafts borrow from the input.
//!
//! **Invariant.** What it accepts it reads exactly as the generated types would; whatever
//! surprises it (an unknown field, another wire type, a message given twice) it refuses, and
//! the whole request is decoded by them.

mod export;
mod log;
mod span;
#[cfg(test)]
mod tests;
mod value;
mod walker;

pub(super) use export::{logs, traces};
