//! The quick way through JSON as exporters write it.
//!
//! A cursor walks the bytes in one pass and fills the same drafts as the tolerant reader beside
//! it. **Invariant.** What it accepts it reads exactly as the tolerant reader would; whatever
//! surprises it (another spelling, another type, text that is not JSON) it refuses, and the
//! whole text is read again by the tolerant reader. Values in a rare form are cut out and read
//! by the tolerant reader alone.

mod attributes;
mod cursor;
mod envelope;
mod log;
mod span;
#[cfg(test)]
mod tests;

pub(super) use envelope::export;
