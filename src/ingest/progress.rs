//! How far the reading has come.

/// Is told how many stored bytes there are and how many have been read.
pub trait Progress: Sync {
    /// The bytes of all files together, as far as they are known; said once.
    fn total(&self, bytes: u64);
    /// That many more have been read.
    fn advance(&self, bytes: u64);
}

/// Nobody is watching.
impl Progress for () {
    fn total(&self, _: u64) {}
    fn advance(&self, _: u64) {}
}
