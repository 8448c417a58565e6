//! How much memory there is, and what to do beyond it.

use std::path::PathBuf;

use super::blocks::Sizes;

/// A bound on memory.
#[derive(Clone, Debug)]
pub struct Limit {
    /// Bytes that the whole process should stay below.
    pub bytes: u64,
    /// Where records go that do not fit.
    pub folder: PathBuf,
}

/// Records and names get the limit divided by this, blocks being read take from the rest. The
/// counts of the fold, which are the other large part, come when the records are gone.
const SHARE: u64 = 2;
/// A partition must fit for every thread while it is folded: there are so many of them that this
/// holds for inputs of hundreds of gigabytes, and so few that what is written of each at once is
/// worth a seek.
const PARTITIONS: usize = 512;
/// Every thread holds a block being read, one being decoded, and what it unpacked from: a block has
/// the limit divided by this.
const BLOCKS: u64 = 64;

impl Limit {
    /// Bytes of records and names that may be held.
    pub(super) fn records(&self) -> usize {
        usize::try_from(self.bytes / SHARE).unwrap_or(usize::MAX)
    }

    /// Partitions to spread traces over.
    pub(super) fn partitions(&self) -> usize {
        PARTITIONS
    }

    /// How much to read at once.
    pub(super) fn sizes(&self) -> Sizes {
        let usual = Sizes::default();
        let block = usize::try_from(self.bytes / BLOCKS).unwrap_or(usize::MAX);
        Sizes { block: block.clamp(1 << 16, usual.block), ..usual }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_limits_make_small_blocks_and_large_ones_change_nothing() {
        let sizes = |bytes| Limit { bytes, folder: PathBuf::new() }.sizes().block;
        assert_eq!(sizes(1 << 20), 1 << 16);
        assert_eq!(sizes(64 << 20), 1 << 20);
        assert_eq!(sizes(1 << 40), Sizes::default().block);
    }
}
