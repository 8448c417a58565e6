//! Where the result will be read: its width, and whether colours are welcome.

use std::io;

use anstream::{AutoStream, ColorChoice};
use jiff::tz::TimeZone;
use terminal_size::{Width, terminal_size_of};

use crate::report::Options;

use super::args::{Color, Global};

/// Wider lines than this are hard to follow.
const WIDEST: u16 = 140;

/// The user's wishes and the surroundings.
#[derive(Clone, Debug)]
pub struct Screen {
    color: Color,
    width: Option<u16>,
    zone: TimeZone,
}

impl Screen {
    pub fn new(global: &Global) -> Self {
        Self {
            color: global.color.unwrap_or(Color::Auto),
            width: global.width,
            zone: global.tz.clone().unwrap_or(TimeZone::UTC),
        }
    }

    /// How to write on standard output.
    pub fn on_stdout(&self) -> Options {
        let color = match self.color {
            Color::Always => true,
            Color::Never => false,
            // NO_COLOR, CLICOLOR, TERM and whether it is a terminal at all.
            Color::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        };
        let terminal = || terminal_size_of(io::stdout()).map(|(Width(w), _)| w.min(WIDEST));
        self.options(self.width.or_else(terminal), color)
    }

    /// How to write into a file, which has no width and no colours unless told.
    pub fn in_file(&self) -> Options {
        self.options(self.width, self.color == Color::Always)
    }

    fn options(&self, width: Option<u16>, color: bool) -> Options {
        let width = width.map_or(Options::WIDTH, usize::from);
        // Links are escape sequences as colours are: where those are not welcome, nor are they.
        Options { width, color, links: color, zone: self.zone.clone(), ..Options::default() }
    }
}
