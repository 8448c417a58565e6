//! What became of one file.

use crate::model::{InputStats, Loss, LossKind, Place};

use super::batch::Signals;
use super::blocks::ReadLoss;
use super::looks_like::{HEAD, looks_like, mentions_otlp};
use super::source::Source;

/// Whether a format was recognised, so that what is broken in the file is broken telemetry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Formatted {
    /// It was not.
    #[default]
    Not,
    /// Its framing was: it is broken OTLP if it mentions OTLP's keys. Prose may mention them too.
    Perhaps,
    /// The keys of its records were.
    Surely,
}

/// Gathered while a file is read, from whichever threads decode its blocks.
#[derive(Debug, Default)]
pub(super) struct FileReport {
    /// Counts and losses.
    pub(super) stats: InputStats,
    /// What was recognised.
    pub(super) signals: Signals,
    /// The file could not be opened or read at all.
    pub(super) unreadable: bool,
    /// Whether a format was recognised.
    pub(super) formatted: Formatted,
    /// A saved summary: not telemetry, but no failure.
    pub(super) summary: bool,
    head: Vec<u8>,
}

/// The last word on a file.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// What it adds to the account of the input.
    pub(super) stats: InputStats,
    /// Whether it held telemetry or a summary, or was a valid, empty export.
    pub(super) recognised: bool,
    /// Why a named file was of no use.
    pub(super) failure: Option<Loss>,
}

impl FileReport {
    /// Remembers how the file begins.
    pub(super) fn begins(&mut self, head: &[u8]) {
        self.head = head[..head.len().min(HEAD)].to_vec();
    }

    /// Counts a loss that concerns the file's bytes rather than a record.
    pub(super) fn lose(&mut self, source: &Source, loss: ReadLoss) {
        *self.stats.losses.entry(loss.kind).or_default() += 1;
        self.stats.examples.push(Loss {
            file: source.name.to_string(),
            place: loss.place,
            kind: loss.kind,
            reason: loss.reason,
        });
    }

    /// Decides, once all blocks are decoded.
    pub(super) fn verdict(mut self, source: &Source) -> Verdict {
        let bytes = self.stats.bytes;
        let failed = |reason: &str, kind| Loss {
            file: source.name.to_string(),
            place: Place::File,
            kind,
            reason: reason.to_owned(),
        };
        let signals = self.signals;
        let found = signals.traces || signals.logs || self.summary;
        let empty = signals.none() && self.stats.lost() == 0;
        if found || empty {
            self.stats.files = 1;
            return Verdict { stats: self.stats, recognised: true, failure: None };
        }
        self.stats.examples.sort();
        let first = self.stats.examples.first().cloned();
        let formatted = match self.formatted {
            Formatted::Not => false,
            Formatted::Perhaps => mentions_otlp(&self.head),
            Formatted::Surely => true,
        };
        let broken = signals.none() && formatted;
        if self.unreadable || broken {
            return Verdict {
                stats: self.stats,
                recognised: false,
                failure: first.filter(|_| source.named),
            };
        }
        if signals.metrics {
            self.stats.files = 1;
        }
        let reason = match signals.metrics {
            true => "holds only metrics, and neither spans nor log records".to_owned(),
            false => {
                format!("not OTLP, Jaeger or Zipkin; it looks like {}", looks_like(&self.head))
            }
        };
        if !source.named {
            if !signals.metrics {
                // Losses in a file that is none of ours are no losses.
                self.stats = InputStats { bytes, files_skipped: 1, ..InputStats::default() };
            }
            return Verdict { stats: self.stats, recognised: false, failure: None };
        }
        let failure = failed(&reason, LossKind::NotTelemetry);
        let stats = InputStats {
            bytes,
            files: self.stats.files,
            metrics: self.stats.metrics,
            losses: [(LossKind::NotTelemetry, 1)].into(),
            examples: vec![failure.clone()],
            ..InputStats::default()
        };
        Verdict { stats, recognised: false, failure: Some(failure) }
    }
}
