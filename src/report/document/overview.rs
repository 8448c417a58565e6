//! The first lines: what was read, whether something is wrong, since when, and the best guess.

use crate::analysis::{Analysis, Incident, Verdict};
use crate::model::{InputStats, LossKind, Nanos};
use crate::report::escape::sentence;
use crate::report::human::{Clock, bytes, count, plural, probability, ratio, share};

use super::candidates::accused;
use super::{Block, Text, Tone};

pub(super) fn blocks(analysis: &Analysis, clock: &Clock) -> Vec<Block> {
    let mut input = vec![("Read", read(&analysis.input, Some(analysis.traces)).into())];
    if let Some(range) = range(&analysis.input, clock) {
        input.push(("Time", range.into()));
    }
    if let Some(baseline) = &analysis.baseline_input {
        let mut text = Text::from(read(baseline, None));
        if baseline.lost() > 0 {
            text = text.and(Tone::Warning, format!("(lost: {})", losses(baseline)));
        }
        input.push(("Baseline", text));
    }
    input.push(("Lost", lost(&analysis.input)));

    let mut finding = vec![("Verdict", verdict(analysis))];
    for (i, incident) in analysis.incidents.iter().enumerate() {
        if i == 0 {
            finding.push(("Began", began(incident, clock).into()));
            finding.push(("Harm", harm(incident).into()));
            finding.push(("Reference", sentence(&incident.reference).into()));
        } else {
            let text = format!("{}; {}", began(incident, clock), harm(incident));
            finding.push(("Also", format!("incident {}: {text}", incident.id).into()));
        }
    }
    if let Some(cause) = cause(analysis) {
        finding.push(("Cause", cause));
    }
    vec![Block::Fields(input), Block::Fields(finding)]
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
        format!("{} UTC, {} to {}", clock.date(), clock.time(input.from), clock.time(input.to))
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
    };
    plural(n, one, many)
}

fn verdict(analysis: &Analysis) -> Text {
    let (tone, word) = match analysis.verdict {
        Verdict::Incident => (Tone::Bad, "INCIDENT."),
        Verdict::NoIncident => (Tone::Good, "NO INCIDENT."),
        Verdict::Inconclusive => (Tone::Warning, "INCONCLUSIVE."),
    };
    Text::new(tone, word).and(Tone::Plain, sentence(&analysis.verdict_reason))
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

fn harm(incident: &Incident) -> String {
    let requests = plural(incident.requests, "entry request", "entry requests");
    match incident.failed {
        Some(failed) => {
            let rate = ratio(failed, incident.requests)
                .map_or_else(String::new, |rate| format!(" ({})", share(rate)));
            format!("{} of {requests} failed{rate}", count(failed))
        }
        None => format!("an unknown number of {requests} failed: no span states a failure"),
    }
}

fn cause(analysis: &Analysis) -> Option<Text> {
    let first = analysis.candidates.first()?;
    let lead = match analysis.verdict {
        Verdict::Inconclusive => "weak evidence for",
        _ => "most likely",
    };
    Some(
        Text::from(lead)
            .and(Tone::Strong, accused(first))
            .and(Tone::Plain, format!("({}).", probability(first.score)))
            .and(Tone::Plain, sentence(&first.summary)),
    )
}
