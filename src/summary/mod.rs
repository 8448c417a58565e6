//! The small, mergeable value in the middle (under construction).

mod file;

pub use file::{ReadError, read, write};

/// Everything the analysis knows of the input.
#[derive(Clone, Debug, Default)]
pub struct Summary {}

impl Summary {
    /// Adds another part of the same or another input.
    pub fn merge(self, other: Self) -> Self {
        let _ = other;
        self
    }
}
