//! What failing requests have in common, and what changed near the onset.

use crate::analysis::{Analysis, Change, Contrast};
use crate::report::escape::{name, sentence, shorten};
use crate::report::human::{Clock, count, duration, plural};

use super::{Align, Block, Table, Text, Tone};

/// Columns of what a table names.
const WIDTH: usize = 90;

/// A longer item takes two lines of the first screen, and leaves no room for another.
const LINE: usize = 95;

/// For the first screen, about two lines of what the calls of the first candidate and the
/// requests have in common, and the nearest change that touches them.
pub(super) fn brief(analysis: &Analysis) -> Vec<(&'static str, Text)> {
    let cause = |c: &&Contrast| c.incident_id == 1 && !c.symptom;
    let first = analysis.candidates.first().map(|c| c.node.name.as_str());
    let told = || analysis.contrasts.list.iter().filter(cause);
    let calls = told().find(|c| c.candidate == Some(1));
    // Of other services' instances much goes along that tells nothing of the cause.
    let request = |c: &&Contrast| {
        let service = c.traits[0].service.as_deref();
        c.candidate.is_none() && (service.is_none() || service == first)
    };
    let requests =
        told().find(request).filter(|c| calls.is_none_or(|calls| calls.traits != c.traits));
    let alike = calls.into_iter().chain(requests);
    let mut items: Vec<(&str, String)> = alike.map(|c| ("Common", sentence(&c.text))).collect();
    let near = |c: &&Change| c.incident_id == 1 && c.touches_candidate;
    items.extend(analysis.changes.list.iter().find(near).map(|c| ("Change", change(c))));
    let room = items.first().map_or(0, |(_, first)| if first.len() > LINE { 1 } else { 2 });
    items.truncate(room);
    items.into_iter().map(|(label, text)| (label, text.into())).collect()
}

/// Everything.
pub(super) fn blocks(analysis: &Analysis, clock: &Clock) -> Vec<Block> {
    let mut blocks = Vec::new();
    let contrasts = &analysis.contrasts;
    if contrasts.tested > 0 {
        blocks.push(Block::section("What the failures have in common"));
        blocks.push(Block::Paragraph(Text::new(Tone::Quiet, looked(analysis))));
        for (symptom, title) in [(false, None), (true, Some("Log records that go with it"))] {
            let rows: Vec<Vec<String>> =
                contrasts.list.iter().filter(|c| c.symptom == symptom).map(row).collect();
            if rows.is_empty() {
                continue;
            }
            blocks.extend(title.map(Block::part));
            blocks.push(Block::Table(Table { columns: columns(), rows }));
        }
    }
    blocks.extend(changes(analysis, clock));
    blocks
}

/// How much was looked at, and what that leaves open.
pub fn looked(analysis: &Analysis) -> String {
    let contrasts = &analysis.contrasts;
    let left = match contrasts.left_out {
        0 => String::new(),
        n => format!("; {} left out", plural(n, "rare value was", "rare values were")),
    };
    let tested = plural(contrasts.tested, "value was", "values were");
    let found = if contrasts.list.is_empty() {
        "Failing and healthy requests differ in none that matters."
    } else {
        "At most one in a hundred of these differences is chance. What goes with failures need not \
         cause them."
    };
    format!(
        "{tested} compared between failing and healthy requests of the same kind{left}. {found}"
    )
}

fn columns() -> Vec<(&'static str, Align)> {
    vec![
        ("What", Align::Left),
        ("Of", Align::Left),
        ("Failing", Align::Right),
        ("Healthy", Align::Right),
        ("Difference", Align::Right),
        ("Odds ratio", Align::Right),
        ("q", Align::Right),
    ]
}

/// A contrast as a row.
pub fn row(contrast: &Contrast) -> Vec<String> {
    let told: Vec<String> = contrast
        .traits
        .iter()
        .map(|t| {
            let of = t.service.as_ref().map_or_else(String::new, |s| format!(" ({})", name(s)));
            format!("{} {}{of}", name(&t.dimension), name(&t.value))
        })
        .collect();
    let of = match &contrast.service {
        Some(service) => format!("calls of {}", name(service)),
        None => "requests".to_owned(),
    };
    let side = |side: crate::analysis::Share| {
        format!("{:.0} % ({} of {})", side.share * 100.0, count(side.with), count(side.known))
    };
    let then = if contrast.same_time { "" } else { " before" };
    vec![
        shorten(&told.join(" = "), WIDTH),
        of,
        side(contrast.failing),
        side(contrast.healthy) + then,
        format!("{:.0} points", contrast.difference * 100.0),
        contrast.odds_ratio.map_or_else(|| "unbounded".to_owned(), |ratio| format!("{ratio:.1}")),
        chance(contrast.q_value),
    ]
}

fn chance(q: f64) -> String {
    if q < 1e-6 { "under 1e-6".to_owned() } else { format!("{q:.1e}") }
}

fn changes(analysis: &Analysis, clock: &Clock) -> Vec<Block> {
    let changes = &analysis.changes;
    if changes.list.is_empty() {
        return Vec::new();
    }
    let row = |change: &Change| {
        let touches = if change.touches_candidate { "yes" } else { "no" };
        vec![clock.time(change.at), distance(change), sentence(&change.text), touches.to_owned()]
    };
    let columns = vec![
        ("Time", Align::Right),
        ("From the onset", Align::Right),
        ("What came or went", Align::Left),
        ("Touches the cause", Align::Left),
    ];
    let rows = changes.list.iter().map(row).collect();
    let mut blocks =
        vec![Block::section("Changes near the onset"), Block::Table(Table { columns, rows })];
    if changes.left_out > 0 {
        let text = format!("and {} farther away", count(changes.left_out));
        blocks.push(Block::Paragraph(Text::new(Tone::Quiet, text)));
    }
    blocks
}

/// `9 s before`.
pub fn distance(change: &Change) -> String {
    let far = duration(change.lead_ms.unsigned_abs().saturating_mul(1_000_000));
    match change.lead_ms {
        0 => "at the onset".to_owned(),
        1.. => format!("{far} before"),
        _ => format!("{far} after"),
    }
}

/// A change as a line.
pub fn change(change: &Change) -> String {
    format!("{}: {}", distance(change), sentence(&change.text))
}
