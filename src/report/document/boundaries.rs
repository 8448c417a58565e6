//! Where it crossed from one team's domain into another's.

use crate::analysis::{Analysis, Boundaries, Crossing, Entered, Verdict};
use crate::report::escape::name;
use crate::report::human::{Clock, count, duration, plural, ratio, share};

use super::{Align, Block, Table, Text, Tone};

/// Crossings told in a sentence.
const TOLD: usize = 3;
/// Integration points in the table.
const POINTS: usize = 20;

/// In one line: in whose domain an incident began, and whose it entered. Nothing is said where
/// fewer than two teams are known: there is no boundary then.
pub fn told(analysis: &Analysis, clock: &Clock) -> Option<Text> {
    let teams = &analysis.boundaries;
    if teams.teams.len() < 2 || analysis.verdict != Verdict::Incident {
        return None;
    }
    let began = match (&teams.began_in, analysis.candidates.first()) {
        (Some(team), _) => Text::from("It began in").and(Tone::Strong, name(team)),
        (None, Some(first)) => {
            format!("It began at {}, whose team is not known", name(&first.node.name)).into()
        }
        (None, None) => return None,
    };
    if teams.entered.is_empty() {
        let stayed = "and let no other team's calls down, as far as is known.";
        return Some(began.and(Tone::Plain, stayed));
    }
    let mut text = began.and(Tone::Plain, "and entered");
    let shown = &teams.entered[..teams.entered.len().min(TOLD)];
    for (i, entered) in shown.iter().enumerate() {
        let end = match (i + 1 == shown.len(), teams.entered.len() - shown.len()) {
            (false, _) => ", then".to_owned(),
            (true, 0) => ".".to_owned(),
            (true, more) => format!("; {} more.", plural(more as u64, "domain", "domains")),
        };
        let place = format!("at {}, {}{end}", edge(entered), clock.second(entered.at));
        text = text.and(Tone::Strong, name(&entered.team)).and(Tone::Plain, place);
    }
    Some(text)
}

fn edge(entered: &Entered) -> String {
    let [caller, callee] = &entered.edge;
    format!("{} → {}", name(caller), name(callee))
}

/// The table of integration points between teams.
pub(super) fn blocks(analysis: &Analysis, clock: &Clock) -> Vec<Block> {
    let teams = &analysis.boundaries;
    if teams.list.is_empty() {
        return Vec::new();
    }
    let blind = analysis.coverage.status_blind;
    let mut rows = rows(teams, clock, blind);
    let left = rows.len().saturating_sub(POINTS);
    rows.truncate(POINTS);
    let mut blocks = vec![Block::section("Where it crossed teams")];
    blocks.extend(told(analysis, clock).map(Block::Paragraph));
    blocks.push(Block::Table(Table { columns: COLUMNS.to_vec(), rows }));
    if left > 0 {
        let more = plural(left as u64, "integration point", "integration points");
        blocks.push(Block::Paragraph(Text::new(Tone::Quiet, format!("and {more} more"))));
    }
    blocks.extend(unassigned(teams).map(|text| Block::Paragraph(Text::new(Tone::Quiet, text))));
    blocks
}

/// The titles of a table of crossings.
pub const COLUMNS: [(&str, Align); 8] = [
    ("Teams", Align::Left),
    ("Integration point", Align::Left),
    ("Calls", Align::Right),
    ("Failed", Align::Right),
    ("Usual", Align::Right),
    ("Attempts", Align::Right),
    ("Time lost", Align::Right),
    ("Since", Align::Right),
];

/// Its rows, a row for each integration point.
pub fn rows(teams: &Boundaries, clock: &Clock, blind: bool) -> Vec<Vec<String>> {
    let points = teams.list.iter().flat_map(|boundary| {
        let [caller, callee] = &boundary.teams;
        let teams = format!("{} → {}", name(caller), name(callee));
        boundary.points.iter().map(move |point| (teams.clone(), point))
    });
    let row = points.map(|(teams, point)| {
        let [caller, callee] = &point.edge;
        let mut row = vec![teams, format!("{} → {}", name(caller), name(callee))];
        row.extend(cells(&point.crossing, clock, blind));
        row
    });
    row.collect()
}

fn cells(crossing: &Crossing, clock: &Clock, blind: bool) -> [String; 6] {
    let unknown = || "unknown".to_owned();
    let rate = ratio(crossing.failed, crossing.calls);
    let attempts = |value: Option<f64>| value.map_or_else(unknown, |v| format!("{v:.2}"));
    [
        count(crossing.calls),
        match rate {
            Some(rate) if crossing.failed > 0 => {
                format!("{} ({})", count(crossing.failed), share(rate))
            }
            _ if blind => unknown(),
            _ => count(crossing.failed),
        },
        crossing.failed_before.filter(|_| !blind).map_or_else(unknown, share),
        match (crossing.attempts_before, crossing.attempts) {
            (Some(before), Some(during)) => format!("{before:.2} → {during:.2}"),
            (_, during) => attempts(during),
        },
        crossing.lost_ns.map_or_else(unknown, duration),
        crossing.onset.map_or_else(|| "–".to_owned(), |at| clock.second(at)),
    ]
}

/// What is not known of teams.
pub fn unassigned(teams: &Boundaries) -> Option<String> {
    let n = teams.unassigned.len() as u64;
    (n > 0).then(|| {
        let services = plural(n, "service", "services");
        format!("No team is known of {services}: no namespace, and no rule of --teams. Calls of theirs cross no boundary here.")
    })
}
