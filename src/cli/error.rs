//! What ends a run early.

use std::io;
use std::path::PathBuf;

use crate::history::HistoryError;

use crate::config::Problems;

use super::exit;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line asks for something impossible.
    #[error("{0}")]
    Usage(String),
    /// A file of settings has mistakes.
    #[error("{0}")]
    Settings(Problems),
    /// There is nothing to work on.
    #[error("{0}")]
    Input(String),
    /// The history cannot be read, or not be written.
    #[error("{path}: {why}", path = .path.display())]
    History {
        /// Where it is.
        path: PathBuf,
        /// What is wrong.
        why: HistoryError,
    },
    /// Records that do not fit in memory cannot be put elsewhere.
    #[error("{0}")]
    Temporary(String),
    /// The result cannot be written.
    #[error("cannot write {to}: {why}")]
    Output {
        /// Where to.
        to: String,
        /// What the system says.
        why: io::Error,
    },
}

impl Error {
    /// The exit code that stands for it.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Settings(_) | Self::Temporary(_) | Self::Output { .. } => {
                exit::USAGE
            }
            Self::History { why: HistoryError::ReadOnly(_) | HistoryError::Busy, .. } => {
                exit::USAGE
            }
            Self::Input(_) | Self::History { .. } => exit::INPUT,
        }
    }

    /// Whether the reader merely closed the pipe, as `head` does. That is no failure.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output { why, .. } if why.kind() == io::ErrorKind::BrokenPipe)
    }
}
