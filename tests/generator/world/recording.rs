//! A run kept in memory, what collection loses of it, and the files that remain.

use super::fleet::Fleet;
use super::landscape::Landscape;
use super::otlp::Exporter;
use super::rng::Rng;
use super::telemetry::{Fact, Log, Nanos, SECOND, Sink, Span};

/// How long the collector gathers before it writes a line.
const BATCH: Nanos = 10 * SECOND;

/// Everything a simulation handed out.
#[derive(Debug, Default)]
pub struct Recording<'a> {
    /// Spans in order of their ends.
    pub spans: Vec<Span<'a>>,
    /// Log records in order of time.
    pub logs: Vec<Log>,
    /// What really happened.
    pub facts: Vec<Fact>,
}

impl<'a> Sink<'a> for Recording<'a> {
    fn span(&mut self, span: Span<'a>) {
        self.spans.push(span);
    }

    fn log(&mut self, log: Log) {
        self.logs.push(log);
    }

    fn fact(&mut self, fact: Fact) {
        self.facts.push(fact);
    }
}

/// What is lost or bent between the services and the file.
#[derive(Debug, Clone, Copy)]
pub struct Losses {
    /// Share of traces that head sampling keeps, as 2 to the power of minus this.
    pub sampling_bits: u32,
    /// Share of spans that never arrive.
    pub dropped: f64,
    /// Largest error of a host's clock.
    pub skew: Nanos,
}

impl Losses {
    /// Nothing is lost.
    pub const NONE: Self = Self { sampling_bits: 0, dropped: 0.0, skew: 0 };

    /// Drops what sampling and the network drop.
    pub fn apply(&self, recording: &mut Recording<'_>, rng: &mut Rng) {
        // Consistent sampling compares the low 56 bits of the trace id with a threshold.
        let threshold = self.threshold();
        let kept = |trace: u128| (trace as u64) & ((1 << 56) - 1) >= threshold;
        recording.spans.retain(|span| {
            let lost = self.dropped > 0.0 && rng.chance(self.dropped);
            kept(span.context.trace) && !lost
        });
        recording.logs.retain(|log| log.context.is_none_or(|context| kept(context.trace)));
    }

    fn threshold(&self) -> u64 {
        (1u64 << 56) - (1u64 << (56 - self.sampling_bits))
    }

    /// Sets clocks and `tracestate` of an exporter.
    pub fn bend(&self, exporter: &mut Exporter, rng: &mut Rng) {
        if self.sampling_bits > 0 {
            let digits = format!("{:014x}", self.threshold());
            exporter.tracestate = format!("ot=th:{}", digits.trim_end_matches('0'));
        }
        if self.skew > 0 {
            let hosts = exporter.skew.len();
            // One host is right and one is as wrong as can be; the rest lie between.
            for (index, skew) in exporter.skew.iter_mut().enumerate() {
                let share = if index + 1 == hosts { 1.0 } else { rng.unit() };
                *skew = if index == 0 { 0 } else { (self.skew as f64 * share) as i64 };
            }
        }
    }
}

/// The two files of an export.
#[derive(Debug, PartialEq, Eq)]
pub struct Files {
    /// `traces.jsonl`.
    pub traces: String,
    /// `logs.jsonl`.
    pub logs: String,
}

/// Writes a recording as the collector would: a line for every few seconds.
pub fn write(recording: &Recording<'_>, exporter: &Exporter) -> Files {
    let mut files = Files { traces: String::new(), logs: String::new() };
    for batch in recording.spans.chunk_by(|a, b| a.end / BATCH == b.end / BATCH) {
        exporter.traces_line(&mut files.traces, batch);
    }
    for batch in recording.logs.chunk_by(|a, b| a.at / BATCH == b.at / BATCH) {
        exporter.logs_line(&mut files.logs, batch);
    }
    files
}

/// A moment for the simulation to begin: a working day of 2026, by seed.
pub fn epoch(rng: &mut Rng) -> i64 {
    const FIRST: i64 = 1_772_445_600; // 2026-03-02T10:00:00Z
    let day = rng.below(5) as i64;
    let second = rng.below(6 * 3600) as i64;
    (FIRST + day * 86_400 + second) * 1_000_000_000 + rng.below(1_000_000_000) as i64
}

/// An exporter with these losses.
pub fn exporter(landscape: &Landscape, fleet: &Fleet, losses: &Losses, rng: &mut Rng) -> Exporter {
    let mut exporter = Exporter::new(landscape, fleet, epoch(rng));
    losses.bend(&mut exporter, rng);
    exporter
}
