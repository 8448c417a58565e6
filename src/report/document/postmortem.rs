//! The draft of a postmortem: what a person completes rather than begins.

use crate::analysis::{Analysis, Verdict};
use crate::report::Options;
use crate::report::escape::{name, sentence};
use crate::report::human::{Clock, lag, share};
use crate::report::mermaid::flowchart;
use crate::report::plain::deed;

use super::{
    Align, Block, Table, Text, Tone, boundaries, candidates, cascade, containment, contrasts,
    coverage, factors, impact, overview, story,
};

/// Lines of the timeline that tell how it fell.
const STEPS: usize = 12;
/// Lines of the tree.
const TREE: usize = 60;
/// Services that are asked about by name.
const ASKED: usize = 3;

/// The title.
pub fn title(analysis: &Analysis, options: &Options) -> String {
    let clock = Clock::new(analysis.input.from, &options.zone);
    match (analysis.verdict, analysis.incidents.first(), analysis.candidates.first()) {
        (Verdict::NoIncident, ..) | (_, None, _) => format!("No incident, {}", clock.date()),
        (_, Some(incident), Some(first)) => format!(
            "Incident of {} {} {}: {} {}",
            clock.date(),
            clock.second(incident.onset),
            clock.name,
            name(&first.node.name),
            deed(first)
        ),
        (_, Some(incident), None) => {
            format!("Incident of {} {} {}", clock.date(), clock.second(incident.onset), clock.name)
        }
    }
}

/// The document.
pub fn postmortem(analysis: &Analysis, options: &Options) -> Vec<Block> {
    let clock = Clock::new(analysis.input.from, &options.zone);
    let mut blocks = vec![Block::section("Summary"), Block::Paragraph(story::verdict(analysis))];
    if let Some(incident) = analysis.incidents.first() {
        let text = Text::from(story::when(incident, &clock));
        blocks.push(Block::Fields(vec![("When", text)]));
    }
    blocks.extend(story::origin(analysis, &clock).map(Block::Paragraph));
    if analysis.verdict != Verdict::NoIncident {
        blocks.extend(impact::blocks(&analysis.impact));
        blocks.extend(timeline(analysis, &clock));
        if !analysis.cascade.edges.is_empty() {
            blocks.extend(cascade::blocks(analysis, &clock, TREE));
            blocks.push(Block::Code { language: "mermaid", text: flowchart(analysis) });
        }
        blocks.extend(boundaries::blocks(analysis, &clock));
        blocks.extend(factors::blocks(&analysis.cascade.factors));
        blocks.extend(candidates::ranking(analysis, &clock));
        blocks.extend(candidates::details(analysis, options, &clock));
        blocks.extend(contrasts::blocks(analysis, &clock));
        blocks.extend(containment::blocks(analysis));
        blocks.extend(logs(analysis));
        blocks.extend(questions(analysis));
    }
    blocks.extend(coverage::blocks(analysis));
    blocks.extend(overview::blocks(analysis, &clock));
    blocks
}

/// What happened when, in one column.
fn timeline(analysis: &Analysis, clock: &Clock) -> Vec<Block> {
    let mut lines = Vec::new();
    for deployment in &analysis.timeline.deployments {
        let text = format!(
            "version {} of {} is seen first",
            name(&deployment.version),
            name(&deployment.service)
        );
        lines.push((deployment.at, 0, text));
    }
    for candidate in analysis.candidates.iter().filter(|c| c.rank == 1) {
        if let Some(onset) = candidate.onset {
            lines.push((onset, 1, format!("{} {}", name(&candidate.node.name), deed(candidate))));
        }
    }
    for edge in analysis.cascade.edges.iter().take(STEPS) {
        let (to, from) = (name(&edge.to), name(&edge.from));
        let (bad, lag) = (share(edge.failure_rate), lag(edge.lag_ms));
        let text = format!("calls from {to} to {from} go bad ({bad} of them, {lag})");
        lines.push((edge.onset, 2, text));
    }
    for incident in &analysis.incidents {
        lines.push((
            incident.onset,
            3,
            format!("requests from outside are hurt ({})", incident.id),
        ));
        if let Some(end) = incident.end {
            lines.push((end, 4, format!("requests from outside are well again ({})", incident.id)));
        }
    }
    if lines.is_empty() {
        return Vec::new();
    }
    lines.sort();
    let rows = lines.into_iter().map(|(at, _, text)| vec![clock.time(at), text]);
    let columns = vec![("Time", Align::Left), ("What happened", Align::Left)];
    let table = Table { columns, rows: rows.collect() };
    let zone = format!("Timeline ({})", clock.name);
    vec![Block::section(zone), Block::Table(table)]
}

fn logs(analysis: &Analysis) -> Vec<Block> {
    if analysis.timeline.log_shifts.is_empty() {
        return Vec::new();
    }
    let rows = analysis.timeline.log_shifts.iter().map(|shift| {
        let rate = |value: f64| format!("{value:.1}");
        vec![
            name(&shift.service),
            shift.severity.to_owned(),
            sentence(&shift.text),
            rate(shift.before),
            rate(shift.during),
        ]
    });
    let columns = vec![
        ("Service", Align::Left),
        ("Severity", Align::Left),
        ("Text", Align::Left),
        ("Before", Align::Right),
        ("During", Align::Right),
    ];
    vec![
        Block::section("Log records that came or went (a minute)"),
        Block::Table(Table { columns, rows: rows.collect() }),
    ]
}

/// What the telemetry cannot answer and a person should.
fn questions(analysis: &Analysis) -> Vec<Block> {
    let mut items: Vec<Text> = Vec::new();
    items.extend(analysis.tie_note.iter().map(|note| sentence(note).into()));
    items.extend(analysis.independent.iter().map(|pair| sentence(&pair.text).into()));
    if let Some(first) = analysis.candidates.first() {
        let who = name(&first.node.name);
        let changed = analysis.timeline.deployments.iter().any(|d| d.service == first.node.name);
        items.push(if changed {
            format!("A new version of {who} came: what was in it?").into()
        } else {
            format!("No new version of {who} was seen: was its configuration, data, host or load changed?")
                .into()
        });
        if first.edge.is_none() && analysis.coverage.uninstrumented.contains(&first.node.name) {
            items.push(
                format!("{who} leaves no spans: what do its own logs and metrics say?").into(),
            );
        }
    }
    for dark in analysis.coverage.uninstrumented.iter().take(ASKED) {
        items.push(format!("What did {} see? It was called and left no spans.", name(dark)).into());
    }
    for question in [
        "How was it noticed, by whom, and how long after it began?",
        "What was done, and which of it helped?",
    ] {
        items.push(Text::new(Tone::Quiet, question));
    }
    vec![Block::section("Open questions"), Block::List(items)]
}
