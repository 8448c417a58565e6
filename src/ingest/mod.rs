//! From files to records: discovery, decompression, framing, decoding, and an account of
//! every loss.
//!
//! **Invariant.** The result does not depend on the number of threads, the order of files or
//! where blocks are cut, except for the numbers of interned strings, which nothing shows. No
//! input makes it panic, hang or hold more than a few blocks for each thread. One bad file,
//! line or frame costs that file, line or frame, and is counted.
//!
//! `load` walks the paths (`source`) or asks for what is behind URLs (`remote`), peels compression (`compression`), cuts the bytes into
//! blocks (`blocks`) as the recognised format says (`formats`), decodes them in parallel
//! (`workers`) into batches (`batch`) and joins those into one `Telemetry` (`store`).
//! `semantics` says what a record means, whatever its format.

mod access;
mod address;
mod batch;
mod blocks;
mod compression;
mod emitters;
mod formats;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod json;
mod limit;
mod load;
mod looks_like;
mod progress;
mod proto;
#[cfg(feature = "object-store")]
mod remote;
#[cfg(not(feature = "object-store"))]
#[path = "without_remote.rs"]
mod remote;
mod report;
mod semantics;
mod source;
mod spill;
mod store;
#[cfg(test)]
mod tests;
#[cfg(any(test, fuzzing))]
mod told;
mod workers;

pub use access::Access;
pub use address::shown;
pub use formats::{FORMATS, Format};
pub use limit::Limit;
pub use load::{IngestError, Loaded, Reading, load, load_as};
pub use progress::Progress;
pub use semantics::{DimensionError, Dimensions, Probes, SYNTHETIC, USER_AGENTS};
