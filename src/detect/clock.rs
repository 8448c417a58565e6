//! The slices in which there is anything.

use crate::summary::{SLICE_SHIFT, Summary};

/// The non-empty slices of a summary in order of time: at most a few hundred, however long the
/// input and however stray its timestamps.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    slices: Vec<u64>,
    log2: u32,
}

impl Grid {
    /// The slices with entry requests.
    pub fn of(summary: &Summary) -> Self {
        let mut slices: Vec<u64> =
            summary.entries.rows().iter().map(|r| r.1 >> SLICE_SHIFT).collect();
        slices.sort_unstable();
        slices.dedup();
        Self { slices, log2: summary.slice_log2() }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.slices.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.slices.is_empty()
    }

    /// The position of the first slice that is not before this one.
    pub fn position(&self, slice: u64) -> usize {
        self.slices.partition_point(|&s| s < slice)
    }

    /// The slice at a position.
    pub fn slice(&self, position: usize) -> u64 {
        self.slices[position]
    }

    /// When a slice begins, nanoseconds.
    pub fn begins(&self, slice: u64) -> u64 {
        slice << self.log2
    }

    /// The width of a slice, log2 of nanoseconds.
    pub fn log2(&self) -> u32 {
        self.log2
    }
}
