//! Incidents and weak points for spreadsheets, a row each.

use std::io::{self, Write};

use crate::history::{Contents, Part, WeakPoint, WeakPoints};
use crate::report::csv::{number, table};
use crate::report::escape::spreadsheet;

/// Writes the list of incidents.
///
/// # Errors
/// Those of `out`.
pub fn contents(contents: &Contents, out: &mut dyn Write) -> io::Result<()> {
    let head = [
        "id",
        "onset",
        "until",
        "remembered",
        "verdict",
        "first_candidate",
        "mechanism",
        "score",
        "requests",
        "failed",
        "harmed",
        "services_reached",
        "label",
        "note",
    ];
    let rows = contents.entries.iter().map(|entry| {
        let imprint = &entry.imprint;
        let first = imprint.accused.first();
        let count = |n: Option<u64>| n.map_or_else(String::new, |n| n.to_string());
        vec![
            entry.id.to_string(),
            imprint.onset.to_string(),
            imprint.until.to_string(),
            entry.remembered.to_string(),
            spreadsheet(&imprint.verdict),
            first.map_or_else(String::new, |a| spreadsheet(&a.node.to_string())),
            first.map_or_else(String::new, |a| spreadsheet(&a.mechanism)),
            first.map_or_else(String::new, |a| number(a.score)),
            imprint.requests.to_string(),
            count(imprint.failed),
            imprint.harmed.to_string(),
            imprint.services().len().to_string(),
            spreadsheet(&entry.label),
            spreadsheet(&entry.note),
        ]
    });
    table(&head, rows, out)
}

/// Writes the weak points of all kinds.
///
/// # Errors
/// Those of `out`.
pub fn weak_points(found: &WeakPoints, out: &mut dyn Write) -> io::Result<()> {
    let head = [
        "kind",
        "caller",
        "callee",
        "took_part",
        "seen",
        "rate",
        "low",
        "high",
        "by_traffic",
        "chance",
        "stands_out",
        "origins",
        "incidents",
    ];
    let all = found.edges.iter().chain(&found.services).chain(&found.boundaries);
    table(&head, all.map(row), out)
}

fn row(point: &WeakPoint) -> Vec<String> {
    let (kind, caller, callee) = match &point.part {
        Part::Edge { caller, callee } => ("edge", caller.to_string(), callee.to_string()),
        Part::Service(node) => ("service", String::new(), node.to_string()),
        Part::Boundary { caller, callee } => ("boundary", caller.clone(), callee.clone()),
    };
    let ids: Vec<String> = point.incidents.iter().map(u64::to_string).collect();
    vec![
        kind.to_owned(),
        spreadsheet(&caller),
        spreadsheet(&callee),
        point.incidents.len().to_string(),
        point.seen.to_string(),
        number(point.rate()),
        number(point.low),
        number(point.high),
        number(point.by_traffic),
        number(point.chance),
        point.stands_out.to_string(),
        point.origins.to_string(),
        ids.join(" "),
    ]
}
