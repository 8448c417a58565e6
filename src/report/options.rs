//! What a report is told about the place where it will be read.

use jiff::tz::TimeZone;

use super::links::TraceUrl;

/// The reader's surroundings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Columns that a line may fill. Only formats for terminals heed it.
    pub width: usize,
    /// Whether colours may be used. They only ever repeat what the words say.
    pub color: bool,
    /// Whether the terminal is told where names lead (OSC 8).
    pub links: bool,
    /// Whether the evidence of every candidate is opened at once, rather than the first screen.
    pub explain: bool,
    /// Where clocks are read. JSON is always in UTC.
    pub zone: TimeZone,
    /// Where a trace can be opened.
    pub trace_url: Option<TraceUrl>,
}

impl Options {
    /// The width that is assumed when nobody knows better, in a pipe for instance.
    pub const WIDTH: usize = 100;
}

impl Default for Options {
    fn default() -> Self {
        Self {
            width: Self::WIDTH,
            color: false,
            links: false,
            explain: false,
            zone: TimeZone::UTC,
            trace_url: None,
        }
    }
}
