//! What a report is told about the place where it will be read.

/// The reader's surroundings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Columns that a line may fill. Only formats for terminals heed it.
    pub width: usize,
    /// Whether colours may be used. They only ever repeat what the words say.
    pub color: bool,
}

impl Options {
    /// The width that is assumed when nobody knows better, in a pipe for instance.
    pub const WIDTH: usize = 100;
}

impl Default for Options {
    fn default() -> Self {
        Self { width: Self::WIDTH, color: false }
    }
}
