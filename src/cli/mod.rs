//! The command line: arguments become plain settings, results become files and exit codes.
//!
//! **Invariant.** Only this room knows standard output, standard error and the environment.
//! It decides nothing about telemetry.

mod analyze;
mod args;
mod build;
mod check;
mod check_args;
mod completions;
mod config;
mod diagnostics;
mod diff;
mod error;
pub mod exit;
mod explain;
mod faultlines;
mod graph;
mod history;
mod history_args;
mod load;
mod man;
mod output;
mod outputs;
mod overrides;
mod progress;
mod remember;
mod run;
mod screen;
mod settings;
mod signals;
mod size;
mod summarize;
mod teams;
mod trace;
mod whatif;

pub use args::Cli;
pub use error::Error;
pub use run::{answer, fail, parse, run};
pub use settings::{File, KEYS, Key, read as read_settings};
