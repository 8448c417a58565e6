//! What stands between telemetry and the page.

use std::fmt;

use askama::filters::Escaper;

use crate::report::escape;

/// The escaper of all templates.
#[derive(Clone, Copy, Debug)]
pub struct Harmless;

impl Escaper for Harmless {
    fn write_escaped_str<W: fmt::Write>(&self, mut to: W, text: &str) -> fmt::Result {
        escape::html(text, &mut to)
    }
}
