//! What was read and lost, and what the verdict rests on.

use crate::analysis::{Analysis, Incident};
use crate::model::{InputStats, LossKind, Nanos};
use crate::report::escape::sentence;
use crate::report::human::{Clock, bytes, plural};

use super::{Block, Text, Tone};

/// The whole of it, for whoever wants to know what the verdict rests on.
pub(super) fn blocks(analysis: &Analysis, clock: &Clock) -> Vec<Block> {
    let mut fields = vec![("Read", read(&analysis.input, Some(analysis.traces)).into())];
    if let Some(range) = range(&analysis.input, clock) {
        fields.push(("Time", range.into()));
    }
    if let Some(baseline) = &analysis.baseline_input {
        let mut text = Text::from(read(baseline, None));
        if baseline.lost() > 0 {
            text = text.and(Tone::Warning, format!("(lost: {})", losses(baseline)));
        }
        fields.push(("Baseline", text));
    }
    fields.push(("Lost", lost(&analysis.input)));
    fields.push(("Verdict", sentence(&analysis.verdict_reason).into()));
    for incident in &analysis.incidents {
        let text = format!("{}; compared with {}", began(incident, clock), incident.reference);
        let text = sentence(&format!("incident {}: {text}", incident.id));
        fields.push(("Began", text.into()));
    }
    vec![Block::section("What it rests on"), Block::Fields(fields)]
}

/// What was read and lost, in one line.
pub(super) fn read_in_short(analysis: &Analysis, clock: &Clock) -> Text {
    let input = &analysis.input;
    let span = range(input, clock).map_or_else(String::new, |range| format!(", {range}"));
    let what = format!(
        "{} and {} in {}{span}",
        plural(input.spans, "span", "spans"),
        plural(input.log_records, "log record", "log records"),
        plural(analysis.traces, "trace", "traces"),
    );
    let mut gone: Vec<String> = Vec::new();
    if input.lost() > 0 {
        gone.push(losses(input));
    }
    if let Some(baseline) = analysis.baseline_input.as_ref().filter(|b| b.lost() > 0) {
        gone.push(format!("of the baseline {}", losses(baseline)));
    }
    if gone.is_empty() {
        Text::from(what + "; nothing lost.")
    } else {
        Text::from(what + ";").and(Tone::Warning, format!("lost: {}.", gone.join("; ")))
    }
}

/// The same as plain words.
pub fn read_told(analysis: &Analysis, clock: &Clock) -> String {
    words(&read_in_short(analysis, clock))
}

fn words(text: &Text) -> String {
    text.0.iter().map(|span| span.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn read(input: &InputStats, traces: Option<u64>) -> String {
    let mut text = format!(
        "{} and {}",
        plural(input.spans, "span", "spans"),
        plural(input.log_records, "log record", "log records"),
    );
    if let Some(traces) = traces {
        text += &format!(" in {}", plural(traces, "trace", "traces"));
    }
    text += &format!(" from {}, {}", plural(input.files, "file", "files"), bytes(input.bytes));
    if input.metrics > 0 {
        text += &format!("; {} left aside", plural(input.metrics, "metric", "metrics"));
    }
    if input.files_skipped > 0 {
        let files = plural(input.files_skipped, "other file", "other files");
        text += &format!("; {files} passed over");
    }
    text
}

fn range(input: &InputStats, clock: &Clock) -> Option<String> {
    (input.from != Nanos(0)).then(|| {
        let (from, to) = (clock.second(input.from), clock.second(input.to));
        format!("{} {from} to {to} {}", clock.date(), clock.name)
    })
}

fn lost(input: &InputStats) -> Text {
    if input.lost() == 0 { "nothing".into() } else { Text::new(Tone::Warning, losses(input)) }
}

fn losses(input: &InputStats) -> String {
    let parts: Vec<String> =
        input.losses.iter().filter(|(_, n)| **n > 0).map(|(kind, n)| loss(*kind, *n)).collect();
    parts.join(", ")
}

/// A number of losses of one kind, in words.
fn loss(kind: LossKind, n: u64) -> String {
    let (one, many) = match kind {
        LossKind::UnreadableFile => ("unreadable file", "unreadable files"),
        LossKind::NotTelemetry => ("file without telemetry", "files without telemetry"),
        LossKind::TruncatedTail => ("truncated file", "truncated files"),
        LossKind::BadLine => ("bad line", "bad lines"),
        LossKind::BadFrame => ("bad frame", "bad frames"),
        LossKind::InvalidUtf8 => ("text that is not UTF-8", "texts that are not UTF-8"),
        LossKind::InvalidIds => ("span without usable ids", "spans without usable ids"),
        LossKind::InvalidTime => ("span with impossible times", "spans with impossible times"),
        LossKind::InvalidEnum => ("unknown enum value", "unknown enum values"),
        LossKind::BadRecord => ("unreadable record", "unreadable records"),
        LossKind::PartialTrace => ("partial trace", "partial traces"),
    };
    plural(n, one, many)
}

fn began(incident: &Incident, clock: &Clock) -> String {
    let mut text = clock.time(incident.onset);
    if incident.onset_earliest != incident.onset_latest {
        text += &format!(
            " (between {} and {})",
            clock.time(incident.onset_earliest),
            clock.time(incident.onset_latest)
        );
    }
    match incident.end {
        Some(end) => text + &format!(", over at {}", clock.time(end)),
        None => text + ", not over at the end of the input",
    }
}
