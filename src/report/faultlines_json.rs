//! Fault lines as JSON: the contract that `docs/faultlines.schema.json` states.

use std::io::{self, Write};

use serde::Serialize;

use crate::faultlines as view;

use super::json::{Input, SCHEMA_VERSION, Tool};
use super::json_text::{self, finite, millis};

/// Writes the report.
///
/// # Errors
/// Those of `out`.
pub fn write(faultlines: &view::Faultlines, out: &mut dyn Write) -> io::Result<()> {
    json_text::write(&Report::of(faultlines), out)
}

#[derive(Serialize)]
struct Report<'a> {
    schema_version: &'static str,
    tool: Tool,
    input: Input,
    requests: u64,
    reference: &'a str,
    notes: &'a [String],
    teams: &'a [String],
    unassigned_services: &'a [String],
    considered: usize,
    message_edges: usize,
    integration_points: Vec<Point<'a>>,
}

impl<'a> Report<'a> {
    fn of(faultlines: &'a view::Faultlines) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool::this(),
            input: Input::of(&faultlines.input, Some(faultlines.traces)),
            requests: faultlines.requests,
            reference: &faultlines.reference,
            notes: &faultlines.notes,
            teams: &faultlines.teams,
            unassigned_services: &faultlines.unassigned,
            considered: faultlines.considered,
            message_edges: faultlines.messages,
            integration_points: faultlines.points.iter().map(Point::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct Point<'a> {
    rank: u32,
    edge: [&'a str; 2],
    namespaces: [Option<&'a str>; 2],
    kinds: [&'static str; 2],
    teams: [Option<&'a str>; 2],
    crosses_teams: bool,
    risk: Option<f64>,
    lost: Lost,
    waiting: Option<f64>,
    entries: u32,
    calls: u64,
    failed: Option<u64>,
    need: Option<f64>,
    need_failures: Option<f64>,
    timeout_ms: Option<f64>,
    attempts: u32,
    p99_ms: Option<f64>,
    depth: u32,
    fan_out: Option<f64>,
    findings: Vec<Finding<'a>>,
    exemplars: &'a [String],
}

#[derive(Serialize)]
struct Lost {
    edge_fails: Option<f64>,
    edge_hangs: Option<f64>,
    callee_fails: Option<f64>,
    callee_hangs: Option<f64>,
}

#[derive(Serialize)]
struct Finding<'a> {
    id: &'static str,
    title: &'static str,
    value: Option<f64>,
    unit: &'static str,
    text: &'a str,
    limits: &'static str,
    pattern: &'static str,
}

impl<'a> Point<'a> {
    fn of(point: &'a view::IntegrationPoint) -> Self {
        let finding = |found: &'a view::Found| Finding {
            id: found.id,
            title: found.title,
            value: finite(found.value),
            unit: found.unit,
            text: &found.text,
            limits: found.limits,
            pattern: found.pattern,
        };
        Self {
            rank: point.rank,
            edge: point.edge.each_ref().map(|node| node.name.as_str()),
            namespaces: point
                .edge
                .each_ref()
                .map(|node| (!node.namespace.is_empty()).then_some(node.namespace.as_str())),
            kinds: point.edge.each_ref().map(|node| node.kind.as_str()),
            teams: point.teams.each_ref().map(Option::as_deref),
            crosses_teams: point.crosses(),
            risk: finite(point.risk),
            lost: Lost {
                edge_fails: finite(point.losses.edge_fails),
                edge_hangs: finite(point.losses.edge_hangs),
                callee_fails: finite(point.losses.callee_fails),
                callee_hangs: finite(point.losses.callee_hangs),
            },
            waiting: finite(point.waiting),
            entries: point.entries,
            calls: point.calls,
            failed: point.failed,
            need: finite(point.need),
            need_failures: finite(point.need_seen),
            timeout_ms: point.timeout.map(millis),
            attempts: point.attempts,
            p99_ms: point.p99.map(millis),
            depth: point.depth,
            fan_out: finite(point.fan_out),
            findings: point.findings.iter().map(finding).collect(),
            exemplars: &point.exemplars,
        }
    }
}
