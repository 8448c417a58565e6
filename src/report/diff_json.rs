//! A comparison as JSON: docs/diff.schema.json describes it.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::NodeName;
use crate::compare::{Comparison, Effect, LEVEL, Measured, RunFacts, Subject};

use super::json::{SCHEMA_VERSION, Tool};
use super::json_text::finite;

/// Writes the comparison.
///
/// # Errors
/// Those of `out`.
pub fn write(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    super::json_text::write(&Diff::of(comparison), out)
}

#[derive(Serialize)]
struct Diff<'a> {
    schema_version: &'static str,
    tool: Tool,
    reference: Vec<Run<'a>>,
    new: Run<'a>,
    warnings: Vec<Warning<'a>>,
    confidence: Confidence,
    status_blind: bool,
    measured: Vec<Measurement<'a>>,
}

#[derive(Serialize)]
struct Run<'a> {
    label: &'a str,
    from: String,
    to: String,
    traces: u64,
    requests: u64,
    requests_per_second: Option<f64>,
}

#[derive(Serialize)]
struct Warning<'a> {
    id: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct Confidence {
    level: f64,
    tests: usize,
    untested: usize,
}

#[derive(Serialize)]
struct Measurement<'a> {
    judgement: &'static str,
    subject: Named<'a>,
    measure: &'static str,
    unit: &'static str,
    before: Option<f64>,
    after: Option<f64>,
    ratio: Option<f64>,
    difference: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    observations: [u64; 2],
    p: f64,
    p_adjusted: f64,
    false_discovery: f64,
    needed: Option<u64>,
}

#[derive(Serialize, Default)]
struct Named<'a> {
    kind: &'static str,
    caller: Option<Node<'a>>,
    service: Option<Node<'a>>,
    operation: Option<&'a str>,
    cause: Option<&'static str>,
    severity: Option<&'static str>,
    template: Option<&'a str>,
}

#[derive(Serialize)]
struct Node<'a> {
    name: &'a str,
    namespace: &'a str,
    kind: &'static str,
}

impl<'a> Diff<'a> {
    fn of(comparison: &'a Comparison) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool::this(),
            reference: comparison.reference.iter().map(run).collect(),
            new: run(&comparison.new),
            warnings: comparison
                .warnings
                .iter()
                .map(|w| Warning { id: w.id, text: &w.text })
                .collect(),
            confidence: Confidence {
                level: LEVEL,
                tests: comparison.tests,
                untested: comparison.untested,
            },
            status_blind: comparison.status_blind,
            measured: comparison.measured.iter().map(measurement).collect(),
        }
    }
}

fn run(run: &RunFacts) -> Run<'_> {
    Run {
        label: &run.label,
        from: run.from.to_string(),
        to: run.to.to_string(),
        traces: run.traces,
        requests: run.requests,
        requests_per_second: finite(run.rate),
    }
}

fn measurement(m: &Measured) -> Measurement<'_> {
    let effect = m.effect.and_then(finite);
    // Times are in milliseconds, as everywhere in JSON.
    let (unit, scale) = if m.measure.unit == "ns" { ("ms", 1e-6) } else { (m.measure.unit, 1.0) };
    let value = |value: Option<f64>| value.and_then(|value| finite(value * scale));
    let ratio = m.measure.effect == Effect::Ratio;
    Measurement {
        judgement: m.judgement.as_str(),
        subject: named(&m.subject),
        measure: m.measure.id,
        unit,
        before: value(m.before),
        after: value(m.after),
        ratio: effect.filter(|_| ratio),
        difference: effect.filter(|_| !ratio),
        low: m.low.and_then(finite),
        high: m.high.and_then(finite),
        observations: m.observations,
        p: m.p,
        p_adjusted: m.adjusted,
        false_discovery: m.discovery,
        needed: m.needed,
    }
}

fn node(node: &NodeName) -> Option<Node<'_>> {
    Some(Node { name: &node.name, namespace: &node.namespace, kind: node.kind.as_str() })
}

fn named(subject: &Subject) -> Named<'_> {
    match subject {
        Subject::Node(name) => Named { kind: "node", service: node(name), ..Named::default() },
        Subject::Entry { service, operation } => Named {
            kind: "entry",
            service: node(service),
            operation: Some(operation),
            ..Named::default()
        },
        Subject::Edge { caller, callee, operation } => Named {
            kind: "edge",
            caller: node(caller),
            service: node(callee),
            operation: operation.as_deref(),
            ..Named::default()
        },
        Subject::Failure { service, operation, cause } => Named {
            kind: "failure",
            service: node(service),
            operation: Some(operation),
            cause: Some(cause),
            ..Named::default()
        },
        Subject::Log { service, severity, text } => Named {
            kind: "log",
            service: node(service),
            severity: Some(severity),
            template: Some(text),
            ..Named::default()
        },
    }
}
