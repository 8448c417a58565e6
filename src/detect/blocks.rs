//! Blocks of about equally many requests.

use crate::summary::{SLICE_SHIFT, Summary};

use super::Grid;

/// Blocks of about equally many requests: enough of them to place a change, few enough that
/// each holds some occasions of most features.
#[derive(Clone, Debug)]
pub struct Blocks {
    /// First grid position of each block, and the end.
    pub bounds: Vec<usize>,
}

/// At most so many blocks.
const BLOCKS: usize = 24;

impl Blocks {
    /// Cuts the grid, and where a known window begins and ends.
    pub fn new(summary: &Summary, grid: &Grid, known: Option<(usize, usize)>) -> Self {
        let mut requests = vec![0_u64; grid.len()];
        for (_, bucket, r) in summary.entries.rows() {
            requests[grid.position(bucket >> SLICE_SHIFT)] += r.total;
        }
        let total: u64 = requests.iter().sum();
        let count = BLOCKS.min(grid.len()).max(1) as u64;
        let mut bounds = vec![0];
        let mut seen = 0;
        for (at, n) in requests.iter().enumerate() {
            seen += n;
            if seen * count >= total * bounds.len() as u64 {
                bounds.push(at + 1);
            }
        }
        if bounds.last() != Some(&grid.len()) {
            bounds.push(grid.len());
        }
        bounds.extend(known.into_iter().flat_map(|(from, to)| [from, to]));
        bounds.sort_unstable();
        bounds.dedup();
        Self { bounds }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    /// The block of a grid position.
    pub fn of(&self, position: usize) -> usize {
        (self.bounds.partition_point(|&b| b <= position) - 1).min(self.len() - 1)
    }
}
