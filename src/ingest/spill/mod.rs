//! Records on disk, when memory is short.
//!
//! **Invariant.** What comes back is what was put there, and nothing stays on disk whatever
//! happens to the process: the file has no name.

mod codec;
mod shelf;

pub(super) use shelf::DiskShelf;
