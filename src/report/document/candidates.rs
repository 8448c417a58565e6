//! Where it began: the ranking, and why for the first few.

use crate::analysis::{Analysis, Candidate, Evidence, Hop, Verdict};
use crate::model::PeerKind;
use crate::report::Options;
use crate::report::escape::{name, sentence, shorten};
use crate::report::human::{Clock, lag, plural, probability};

use super::{Align, Block, Table, Text, Tone, story};

/// Candidates that are explained at length.
const EXPLAINED: usize = 3;
/// Columns of a candidate that the ranking shows.
const RANKED_WIDTH: usize = 60;
/// Trace ids that are listed.
const EXEMPLARS: usize = 3;

/// The accused in as few words as will do.
pub(super) fn who(candidate: &Candidate) -> String {
    match (&candidate.edge, candidate.node.kind) {
        (Some([caller, callee]), _) => {
            format!("the connection {} → {}", name(caller), name(callee))
        }
        (None, PeerKind::Service) => name(&candidate.node.name),
        (None, kind) => format!("{} ({})", name(&candidate.node.name), kind.as_str()),
    }
}

/// The accused with all that narrows it down.
pub fn accused(candidate: &Candidate) -> String {
    let mut text = match &candidate.edge {
        Some([caller, callee]) => {
            format!("{} → {} (connection)", name(caller), name(callee))
        }
        None => {
            let kind = candidate.node.kind.as_str();
            format!("{} ({kind})", name(&candidate.node.name))
        }
    };
    for (what, value) in [
        ("operation", &candidate.operation),
        ("instance", &candidate.instance),
        ("version", &candidate.version),
        ("zone", &candidate.zone),
    ] {
        if let Some(value) = value {
            text += &format!(", {what} {}", name(value));
        }
    }
    text
}

/// For the ranking: without its operation, which the details name.
fn narrowed(candidate: &Candidate) -> String {
    let named = [
        ("bad_version", "version", &candidate.version),
        ("bad_zone", "zone", &candidate.zone),
        ("bad_instance", "instance", &candidate.instance),
    ];
    // What the mechanism accuses, or the widest of what stands out: a row has no room for all.
    let accused = named.iter().find(|(mechanism, ..)| *mechanism == candidate.mechanism);
    let widest = || named.iter().find(|(.., value)| value.is_some());
    match accused.or_else(widest) {
        Some((_, what, Some(value))) => format!("{}, {what} {}", who(candidate), name(value)),
        _ => who(candidate),
    }
}

pub(super) fn ranking(analysis: &Analysis, clock: &Clock) -> Vec<Block> {
    let mut blocks = vec![Block::section("Where it began")];
    if analysis.candidates.is_empty() {
        blocks.push(Block::Paragraph("No candidate was found.".into()));
        return blocks;
    }
    if analysis.verdict == Verdict::Inconclusive {
        let text = "These candidates are weak: the input does not settle whether there was an \
                    incident.";
        blocks.push(Block::Paragraph(Text::new(Tone::Warning, text)));
    }
    let first = analysis.candidates.iter().filter_map(|c| c.onset).min();
    let several = analysis.incidents.len() > 1;
    let mut columns = vec![
        ("#", Align::Right),
        ("Candidate", Align::Left),
        ("Score", Align::Right),
        ("Mechanism", Align::Left),
        ("Onset", Align::Right),
        ("Harm", Align::Right),
    ];
    if several {
        columns.push(("Incident", Align::Right));
    }
    let row = |candidate: &Candidate| {
        let onset = match (candidate.onset, first) {
            (Some(onset), Some(first)) if onset > first => {
                lag(i64::try_from((onset.0 - first.0) / 1_000_000).unwrap_or(i64::MAX))
            }
            (Some(onset), _) => clock.time(onset),
            (None, _) => "unknown".to_owned(),
        };
        let mut row = vec![
            candidate.rank.to_string(),
            shorten(&narrowed(candidate), RANKED_WIDTH),
            probability(candidate.score),
            candidate.mechanism_title.to_owned(),
            onset,
            probability(candidate.share),
        ];
        if several {
            row.push(candidate.incident_id.to_string());
        }
        row
    };
    blocks
        .push(Block::Table(Table { columns, rows: analysis.candidates.iter().map(row).collect() }));
    if let Some(note) = &analysis.tie_note {
        let text = Text::new(Tone::Warning, "Close call.").and(Tone::Plain, sentence(note));
        blocks.push(Block::Paragraph(text));
    }
    for pair in &analysis.independent {
        let text = Text::new(Tone::Warning, "Independent.").and(Tone::Plain, sentence(&pair.text));
        blocks.push(Block::Paragraph(text));
    }
    blocks
}

pub(super) fn details(analysis: &Analysis, options: &Options, clock: &Clock) -> Vec<Block> {
    if analysis.candidates.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![Block::section("Why")];
    for candidate in analysis.candidates.iter().take(EXPLAINED) {
        blocks.push(Block::part(format!(
            "{}. {}, {}",
            candidate.rank,
            accused(candidate),
            probability(candidate.score)
        )));
        let told = Text::from(story::told(analysis, candidate, clock))
            .and(Tone::Quiet, sentence(candidate.mechanism_rationale));
        blocks.push(Block::Paragraph(told));
        if !candidate.evidence.is_empty() {
            blocks.push(Block::List(
                candidate.evidence.iter().map(|e| evidence(e, options)).collect(),
            ));
        }
        blocks.push(Block::Fields(facts(analysis, candidate, options, clock)));
    }
    blocks
}

fn evidence(evidence: &Evidence, options: &Options) -> Text {
    let (tone, direction) = if !evidence.contribution.is_finite() {
        (Tone::Quiet, "of unknown weight")
    } else if evidence.contribution > 0.0 {
        (Tone::Plain, "for")
    } else if evidence.contribution < 0.0 {
        (Tone::Warning, "against")
    } else {
        (Tone::Quiet, "undecided")
    };
    let weight = if evidence.contribution.is_finite() {
        // A true minus sign is as wide as the plus.
        format!("{:+.2}", evidence.contribution).replace('-', "−") + " "
    } else {
        String::new()
    };
    let text = Text::new(tone, format!("{weight}{direction}:"))
        .and(Tone::Strong, format!("{}.", evidence.title))
        .and(Tone::Plain, sentence(&evidence.text))
        .and(Tone::Quiet, format!("[{}]", measured(evidence)));
    traces(text, &evidence.exemplars[..evidence.exemplars.len().min(1)], options)
}

/// The measured value with its unit.
pub fn measured(evidence: &Evidence) -> String {
    let value = match evidence.value {
        v if !v.is_finite() => "unknown".to_owned(),
        v if v == v.trunc() && v.abs() < 1e6 => format!("{v:.0}"),
        v => format!("{v:.2}"),
    };
    format!("{value} {}", evidence.unit).trim_end().replace('-', "−")
}

/// Trace ids that lead to where they can be opened.
fn traces(text: Text, ids: &[String], options: &Options) -> Text {
    ids.iter().fold(text, |text, id| {
        let link = options.trace_url.as_ref().and_then(|url| url.of(id));
        text.linked(name(id), link)
    })
}

fn facts(
    analysis: &Analysis,
    candidate: &Candidate,
    options: &Options,
    clock: &Clock,
) -> Vec<(&'static str, Text)> {
    let mut facts = vec![("Mechanism", Text::from(candidate.mechanism_title))];
    if !candidate.node.namespace.is_empty() {
        facts.push(("Namespace", name(&candidate.node.namespace).into()));
    }
    if let Some(onset) = candidate.onset {
        facts.push(("Onset", clock.time(onset).into()));
    }
    if !candidate.path.is_empty() {
        facts.push(("Path", path(&candidate.path).into()));
    }
    facts.push(("Reached", reached(analysis, candidate).into()));
    if !candidate.exemplars.is_empty() {
        let ids = &candidate.exemplars[..candidate.exemplars.len().min(EXEMPLARS)];
        facts.push(("Traces", traces(Text::default(), ids, options)));
    }
    facts
}

fn reached(analysis: &Analysis, candidate: &Candidate) -> String {
    let blast = candidate.blast_radius;
    let services = plural(u64::from(blast.services), "other service", "other services");
    if analysis.coverage.status_blind && blast.failed_requests == 0 {
        return format!("{services} and an unknown number of entry requests");
    }
    let [one, many] = if analysis.coverage.status_blind {
        ["unusual entry request", "unusual entry requests"]
    } else {
        ["failed entry request", "failed entry requests"]
    };
    let requests = plural(blast.failed_requests, one, many);
    format!("{services} and {requests}")
}

/// The way up to the entry, in the order in which it failed.
fn path(hops: &[Hop]) -> String {
    let mut text = String::new();
    let mut at = None;
    for hop in hops {
        if at != Some(&hop.from) {
            if at.is_some() {
                text += "; ";
            }
            text += &name(&hop.from);
        }
        text += &format!(" → {} ({})", name(&hop.to), lag(hop.lag_ms));
        at = Some(&hop.to);
    }
    text
}
