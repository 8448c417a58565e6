//! The page as a whole.

use std::io::{self, Write};

use askama::Template;

use crate::analysis::{Analysis, MATERIAL, Verdict, Waterfall};
use crate::report::Options;
use crate::report::document::{
    Align, BOUNDARY_COLUMNS, boundaries_told, boundary_rows, change, contrast_row,
    contrasts_looked, coverage_lines, harmed, read_in_short, second, unassigned, verdict, when,
};
use crate::report::escape::{name, sentence};
use crate::report::human::{Clock, count, duration, ratio, share};

use super::cards::{Card, cards};
use super::graph::{Drawing, drawing};
use super::lanes::{Lanes, lanes, trend};
use super::policy::{SCRIPT, STYLE, policy};
use super::steps::{Step, steps};
use super::traces::{Trace, trace};

/// Entries in the table.
const ENTRIES: usize = 20;
/// Integration points in the table.
const CROSSINGS: usize = 20;

#[derive(Template)]
#[template(path = "page.html", config = "src/report/html/askama.toml")]
struct Page {
    policy: String,
    style: &'static str,
    script: &'static str,
    version: &'static str,
    title: String,
    tone: &'static str,
    verdict: String,
    headline: String,
    facts: Vec<(&'static str, String)>,
    drawing: Drawing,
    steps: Vec<Step>,
    began: String,
    lanes: Option<Lanes>,
    cards: Vec<Card>,
    notes: Vec<String>,
    factors: Vec<(String, &'static str, String)>,
    crossed: String,
    crossing_columns: Vec<(&'static str, bool)>,
    crossings: Vec<Vec<(String, bool)>>,
    crossings_left: usize,
    unassigned: String,
    containment: Vec<Estimate>,
    containment_note: String,
    entries: Vec<Entry>,
    entries_left: usize,
    looked: String,
    contrasts: Vec<(bool, Vec<String>)>,
    changes: Vec<(String, String, bool)>,
    changes_left: String,
    shifts: Vec<Shift>,
    deployments: Vec<(String, String, String)>,
    unseen: Vec<String>,
    quiet: bool,
}

struct Estimate {
    pattern: String,
    edge: String,
    saved: String,
    range: String,
    /// Left and width of the range, and the point, of 100.
    bar: (f64, f64, f64),
    settings: String,
    assumption: String,
    configurations: Vec<(String, String)>,
}

struct Entry {
    name: String,
    requests: String,
    harmed: String,
    before: String,
    during: String,
    p99: String,
    bar: f64,
}

struct Shift {
    service: String,
    severity: &'static str,
    text: String,
    before: String,
    during: String,
    what: &'static str,
}

/// Writes the page.
///
/// # Errors
/// Those of `out`.
pub fn write(analysis: &Analysis, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let page = page(analysis, options);
    page.write_into(out).map_err(io::Error::other)
}

#[derive(Template)]
#[template(path = "trace_page.html", config = "src/report/html/askama.toml")]
struct TracePage {
    policy: String,
    style: &'static str,
    script: &'static str,
    trace: Trace,
}

/// Writes a page with one trace.
///
/// # Errors
/// Those of `out`.
pub fn write_trace(
    waterfall: &Waterfall,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let clock = Clock::new(waterfall.start, &options.zone);
    let trace = trace(waterfall, options, &clock);
    let page = TracePage { policy: policy(), style: STYLE, script: SCRIPT, trace };
    page.write_into(out).map_err(io::Error::other)
}

fn page(analysis: &Analysis, options: &Options) -> Page {
    let clock = Clock::new(analysis.input.from, &options.zone);
    let steps = steps(analysis, &clock);
    let quiet = analysis.verdict == Verdict::NoIncident;
    let (tone, word) = match analysis.verdict {
        Verdict::Incident => ("bad", "Incident"),
        Verdict::NoIncident => ("good", "No incident"),
        Verdict::Inconclusive => ("doubt", "Inconclusive"),
    };
    let cards = cards(analysis, options, &clock);
    let headline = match cards.first() {
        Some(card) => card.told.clone(),
        None => sentence(&analysis.verdict_reason),
    };
    let mut facts = Vec::new();
    if let Some(incident) = analysis.incidents.first() {
        facts.push(("When", when(incident, &clock)));
        facts.push(("Harm", harmed(analysis)));
        if let Some(worst) = analysis.impact.first() {
            facts.push((
                "Worst hit",
                format!("{} {}", name(&worst.service), name(&worst.operation)),
            ));
        }
    }
    if let Some(card) = cards.first() {
        let doubt = if analysis.verdict == Verdict::Inconclusive { ", weak evidence" } else { "" };
        facts.push(("Origin", format!("{} ({}{doubt})", card.accused, card.score)));
    }
    if let Some(second) = second(analysis) {
        facts.push(("Mind", second));
    }
    for incident in analysis.incidents.iter().skip(1) {
        facts.push(("Also", format!("incident {}: {}", incident.id, when(incident, &clock))));
    }
    let first = analysis.candidates.first().and_then(|c| Some((c, c.onset?)));
    let began = first.map_or_else(
        || "before the first step".to_owned(),
        |(c, onset)| format!("{}: {} begins to fail", clock.time(onset), name(&c.node.name)),
    );
    let mut notes: Vec<String> = analysis.tie_note.iter().map(|note| sentence(note)).collect();
    notes.extend(analysis.independent.iter().map(|pair| sentence(&pair.text)));
    let mut crossings = crossings(analysis, &clock);
    let crossings_left = crossings.len().saturating_sub(CROSSINGS);
    crossings.truncate(CROSSINGS);
    let mut unseen = vec![read_in_short(analysis, &clock)];
    unseen.extend(coverage_lines(analysis));
    Page {
        policy: policy(),
        style: STYLE,
        script: SCRIPT,
        version: env!("CARGO_PKG_VERSION"),
        title: format!("{word}, {}", clock.date()),
        tone,
        verdict: verdict(analysis),
        headline,
        facts,
        drawing: drawing(analysis, &steps),
        lanes: if quiet { None } else { lanes(analysis, &clock, &steps) },
        steps,
        began,
        cards,
        notes,
        factors: analysis
            .cascade
            .factors
            .iter()
            .map(|f| {
                let edge = format!("{} → {}", name(&f.edge[0]), name(&f.edge[1]));
                (edge, f.title, sentence(&f.text))
            })
            .collect(),
        crossed: boundaries_told(analysis, &clock).map(|text| text.plain()).unwrap_or_default(),
        crossing_columns: BOUNDARY_COLUMNS.map(|(t, align)| (t, align == Align::Right)).to_vec(),
        crossings,
        crossings_left,
        unassigned: unassigned(&analysis.boundaries).unwrap_or_default(),
        containment: estimates(analysis),
        containment_note: analysis.containment_note.as_deref().map(sentence).unwrap_or_default(),
        entries: analysis.impact.iter().take(ENTRIES).map(entry).collect(),
        entries_left: analysis.impact.len().saturating_sub(ENTRIES),
        looked: contrasts_looked(analysis),
        contrasts: analysis.contrasts.list.iter().map(|c| (c.symptom, contrast_row(c))).collect(),
        changes: analysis
            .changes
            .list
            .iter()
            .map(|c| (clock.time(c.at), change(c), c.touches_candidate))
            .collect(),
        changes_left: match analysis.changes.left_out {
            0 => String::new(),
            n => format!("and {} farther away", count(n)),
        },
        shifts: shifts(analysis),
        deployments: analysis
            .timeline
            .deployments
            .iter()
            .map(|d| (clock.time(d.at), name(&d.service), name(&d.version)))
            .collect(),
        unseen,
        quiet,
    }
}

/// Cells, and whether they are numbers.
fn crossings(analysis: &Analysis, clock: &Clock) -> Vec<Vec<(String, bool)>> {
    let rows = boundary_rows(&analysis.boundaries, clock, analysis.coverage.status_blind);
    let cells = rows.into_iter().map(|row| {
        let aligned = row.into_iter().zip(BOUNDARY_COLUMNS);
        aligned.map(|(cell, (_, align))| (cell, align == Align::Right)).collect()
    });
    cells.collect()
}

fn estimates(analysis: &Analysis) -> Vec<Estimate> {
    let told = analysis.containment.iter().filter(|e| e.saved_share.abs() >= MATERIAL);
    let told = told.map(|e| {
        let at = |share: f64| (share * 100.0).clamp(0.0, 100.0);
        let settings: Vec<String> = e
            .settings
            .iter()
            .map(|(key, value)| format!("{} = {}", name(key), name(value)))
            .collect();
        Estimate {
            pattern: e.pattern.replace('_', " "),
            edge: format!("{} → {}", name(&e.edge[0]), name(&e.edge[1])),
            saved: if e.saved_share < 0.0 {
                format!("{} more would have failed", share(-e.saved_share))
            } else {
                format!("{} saved", share(e.saved_share))
            },
            range: format!("{} to {}", signed(e.low), signed(e.high)),
            bar: (at(e.low), (at(e.high) - at(e.low)).max(1.0), at(e.saved_share)),
            settings: settings.join(", "),
            assumption: sentence(&e.assumption),
            configurations: e.configurations.clone(),
        }
    });
    told.collect()
}

fn signed(value: f64) -> String {
    if value < -0.005 { format!("−{}", share(-value)) } else { share(value) }
}

fn entry(entry: &crate::analysis::EntryImpact) -> Entry {
    let unknown = || "unknown".to_owned();
    let harmed = entry.failed.or(entry.unusual);
    let during = harmed.and_then(|n| ratio(n, entry.requests));
    let time = |nanos: Option<u64>| nanos.map_or_else(unknown, duration);
    Entry {
        name: format!("{} {}", name(&entry.service), name(&entry.operation)),
        requests: count(entry.requests),
        harmed: harmed.map_or_else(unknown, count),
        before: entry.failed_before.map_or_else(unknown, share),
        during: during.map_or_else(unknown, share),
        p99: format!("{} → {}", time(entry.p99_before), time(entry.p99_during)),
        bar: during.unwrap_or(0.0) * 100.0,
    }
}

fn shifts(analysis: &Analysis) -> Vec<Shift> {
    let rate = |value: f64| match value {
        v if v <= 0.0 => "none".to_owned(),
        v if v < 0.95 => format!("{v:.1}/min"),
        v => format!("{v:.0}/min"),
    };
    let shift = |shift: &crate::analysis::LogShift| Shift {
        service: name(&shift.service),
        severity: shift.severity,
        text: sentence(&shift.text),
        before: rate(shift.before),
        during: rate(shift.during),
        what: trend(shift),
    };
    analysis.timeline.log_shifts.iter().map(shift).collect()
}
