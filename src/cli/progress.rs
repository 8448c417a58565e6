//! How far it has come, for whoever waits at a terminal.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ingest::Progress;

/// Shorter work needs no meter.
const PATIENCE: Duration = Duration::from_millis(500);
const BYTES: &str = "{msg} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
const WORK: &str = "{spinner} {msg} {elapsed}";

/// A meter on standard error; silent unless that is a terminal.
pub struct Meter {
    bar: ProgressBar,
    since: Instant,
    hidden: AtomicBool,
}

impl Meter {
    pub fn new(what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        bar.set_style(style(BYTES));
        bar.set_message(what);
        Self { bar, since: Instant::now(), hidden: AtomicBool::new(io::stderr().is_terminal()) }
    }

    /// The reading is over; this follows.
    pub fn phase(&self, what: &'static str) {
        self.bar.set_style(style(WORK));
        self.bar.set_message(what);
        self.show_if_long();
        if !self.bar.is_hidden() {
            self.bar.enable_steady_tick(Duration::from_millis(100));
        }
    }

    fn show_if_long(&self) {
        let due = self.hidden.load(Ordering::Relaxed) && self.since.elapsed() > PATIENCE;
        if due && self.hidden.swap(false, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    // A template with a mistake costs the looks, not the run.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Progress for Meter {
    fn total(&self, bytes: u64) {
        self.bar.set_length(bytes);
    }

    fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.show_if_long();
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_sound() {
        assert!(ProgressStyle::with_template(BYTES).is_ok());
        assert!(ProgressStyle::with_template(WORK).is_ok());
    }
}
