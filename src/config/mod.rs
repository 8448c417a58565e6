//! What people write into files: TOML that remembers where every value stands, and mistakes
//! told all at once, each with its place and what was probably meant.
//!
//! **Invariant.** Nothing here reads a file or knows what a setting means. [`read`] hands the
//! root [`Section`] to a function that asks for the keys it knows; what it did not ask for is a
//! mistake. A mistake never ends the reading: a value that is wrong counts as absent, and the
//! whole is refused at the end.

mod nearest;
mod problem;
mod section;
mod value;

pub use nearest::nearest;
pub use problem::{Problem, Problems};
pub use section::{Section, read};
pub use value::Value;
