//! Candidates and edges as tables for spreadsheets and scripts.

use std::io::{self, Write};

use crate::analysis::Analysis;
use crate::faultlines::Faultlines;
use crate::model::Nanos;

use super::escape::spreadsheet;

/// Writes the candidates, one a row.
///
/// # Errors
/// Those of `out`.
pub fn candidates(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let head = [
        "rank",
        "incident_id",
        "service",
        "namespace",
        "kind",
        "caller",
        "operation",
        "instance",
        "version",
        "zone",
        "score",
        "share_of_harm",
        "mechanism",
        "onset",
        "services_reached",
        "failed_requests",
    ];
    let rows = analysis.candidates.iter().map(|c| {
        let text = |value: &Option<String>| spreadsheet(value.as_deref().unwrap_or(""));
        vec![
            c.rank.to_string(),
            c.incident_id.to_string(),
            spreadsheet(&c.node.name),
            spreadsheet(&c.node.namespace),
            c.node.kind.as_str().to_owned(),
            c.edge.as_ref().map_or_else(String::new, |[caller, _]| spreadsheet(caller)),
            text(&c.operation),
            text(&c.instance),
            text(&c.version),
            text(&c.zone),
            number(c.score),
            number(c.share),
            c.mechanism.to_owned(),
            time(c.onset),
            c.blast_radius.services.to_string(),
            c.blast_radius.failed_requests.to_string(),
        ]
    });
    table(&head, rows, out)
}

/// Writes the edges of the service graph, one a row, with what the cascade did to them.
///
/// # Errors
/// Those of `out`.
pub fn edges(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let head = [
        "caller",
        "caller_namespace",
        "callee",
        "callee_namespace",
        "asynchronous",
        "calls",
        "failed",
        "retries",
        "p50_ms",
        "p99_ms",
        "fell",
        "onset",
        "lag_ms",
        "bad_during",
        "bad_before",
        "caller_team",
        "callee_team",
    ];
    let rows = analysis.graph.edges.iter().map(|edge| {
        let end = |place: usize| {
            let node = analysis.graph.nodes.get(place).map(|n| &n.node);
            let name = node.map_or_else(String::new, |n| spreadsheet(&n.name));
            [name, node.map_or_else(String::new, |n| spreadsheet(&n.namespace))]
        };
        let fell = analysis.cascade.edges.iter().enumerate();
        let fell = fell.into_iter().find(|(_, e)| e.places == [edge.to, edge.from]);
        let millis =
            |nanos: Option<u64>| nanos.map_or_else(String::new, |n| number(n as f64 / 1e6));
        let mut row: Vec<String> = end(edge.from).into_iter().chain(end(edge.to)).collect();
        row.extend([
            edge.asynchronous.to_string(),
            edge.calls.to_string(),
            edge.failed.to_string(),
            edge.retries.to_string(),
            millis(edge.p50),
            millis(edge.p99),
        ]);
        row.extend(match fell {
            Some((i, e)) => [
                (i + 1).to_string(),
                time(Some(e.onset)),
                e.lag_ms.to_string(),
                number(e.failure_rate),
                number(e.before),
            ],
            None => Default::default(),
        });
        row.extend([edge.from, edge.to].map(|place| {
            let node = analysis.graph.nodes.get(place);
            node.and_then(|n| n.team.as_deref()).map_or_else(String::new, spreadsheet)
        }));
        row
    });
    table(&head, rows, out)
}

/// Writes integration points, one a row, the riskiest first.
///
/// # Errors
/// Those of `out`.
pub fn integration_points(faultlines: &Faultlines, out: &mut dyn Write) -> io::Result<()> {
    let head = [
        "rank",
        "caller",
        "caller_namespace",
        "caller_team",
        "callee",
        "callee_namespace",
        "callee_team",
        "crosses_teams",
        "risk",
        "edge_fails",
        "edge_hangs",
        "callee_fails",
        "callee_hangs",
        "waiting",
        "entries",
        "calls",
        "failed",
        "need",
        "need_failures",
        "timeout_ms",
        "attempts",
        "p99_ms",
        "depth",
        "fan_out",
        "findings",
    ];
    let rows = faultlines.points.iter().map(|point| {
        let millis =
            |nanos: Option<u64>| nanos.map_or_else(String::new, |n| number(n as f64 / 1e6));
        let ends = point.edge.iter().zip(&point.teams).flat_map(|(node, team)| {
            let team = team.as_deref().map_or_else(String::new, spreadsheet);
            [spreadsheet(&node.name), spreadsheet(&node.namespace), team]
        });
        let mut row = vec![point.rank.to_string()];
        row.extend(ends);
        row.extend([
            point.crosses().to_string(),
            number(point.risk),
            number(point.losses.edge_fails),
            number(point.losses.edge_hangs),
            number(point.losses.callee_fails),
            number(point.losses.callee_hangs),
            number(point.waiting),
            point.entries.to_string(),
            point.calls.to_string(),
            point.failed.map_or_else(String::new, |n| n.to_string()),
            number(point.need),
            number(point.need_seen),
            millis(point.timeout),
            point.attempts.to_string(),
            millis(point.p99),
            point.depth.to_string(),
            number(point.fan_out),
            point.findings.iter().map(|f| f.id).collect::<Vec<_>>().join(" "),
        ]);
        row
    });
    table(&head, rows, out)
}

pub(super) fn table(
    head: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record(head)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.flush()
}

pub(super) fn number(value: f64) -> String {
    if value.is_finite() { format!("{value:.4}") } else { String::new() }
}

fn time(at: Option<Nanos>) -> String {
    at.map_or_else(String::new, |at| at.to_string())
}
