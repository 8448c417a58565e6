//! Exit codes: part of the contract with scripts.
//!
//! A process that is ended by a signal has no code of its own; shells report 128 and its
//! number, 130 for an interrupt and 143 for a termination.

/// It ran. Whether something is wrong with the telemetry is in the report, not here.
pub const SUCCESS: u8 = 0;
/// A gate was evaluated and failed.
pub const GATE_FAILED: u8 = 1;
/// The command line or the configuration is wrong, or the output cannot be written.
pub const USAGE: u8 = 2;
/// Nothing readable: a named file is in no format that is read and nothing else was; or something was lost and
/// `--strict` was given, in which case the report is written all the same.
pub const INPUT: u8 = 3;
/// A gate could not be evaluated.
pub const GATE_UNKNOWN: u8 = 4;
