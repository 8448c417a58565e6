//! The saved form of a summary (under construction).

use super::Summary;

/// Why bytes are not a usable summary.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not written by tracefall, or cut short, or changed.
    #[error("the summary is damaged: {0}")]
    Damaged(String),
    /// Written by a later version.
    #[error("the summary has format {found}, this version reads up to {known}")]
    TooNew {
        /// The format in the file.
        found: u16,
        /// The newest format known here.
        known: u16,
    },
}

/// The bytes of a saved summary.
pub fn write(summary: &Summary) -> Vec<u8> {
    let _ = summary;
    Vec::new()
}

/// Reads the bytes of a saved summary.
///
/// # Errors
/// See [`ReadError`].
pub fn read(bytes: &[u8]) -> Result<Summary, ReadError> {
    let _ = bytes;
    Ok(Summary::default())
}
