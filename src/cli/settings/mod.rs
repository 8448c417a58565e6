//! `tracefall.toml`: what a team settles once, so that nobody has to type it.

mod file;
mod find;
mod keys;
mod settle;
mod show;

pub use file::{File, Written, read};
pub use find::{contents, find};
pub use keys::{KEYS, Key};
pub use settle::{Settled, dimensions, settle};
pub use show::show;
