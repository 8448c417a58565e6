//! The gate as JSON: the contract that `docs/check.schema.json` states.

use std::io::{self, Write};

use serde::Serialize;

use crate::gate::{Gate, Measure, Outcome, Severity, Subject, Verdict};
use crate::report::json::Tool;
use crate::report::json_text::{self, finite};

/// Writes the report.
///
/// # Errors
/// Those of `out`.
pub fn write(gate: &Gate, out: &mut dyn Write) -> io::Result<()> {
    json_text::write(&Report::of(gate), out)
}

#[derive(Serialize)]
struct Report<'a> {
    schema_version: &'static str,
    tool: Tool,
    state: &'static str,
    policy: Policy<'a>,
    input: Input,
    baseline_runs: usize,
    rules: Vec<Rule<'a>>,
    notices: Vec<Notice<'a>>,
}

#[derive(Serialize)]
struct Policy<'a> {
    name: &'a str,
    file: Option<&'a str>,
}

#[derive(Serialize)]
struct Input {
    files: u64,
    spans: u64,
    log_records: u64,
    traces: u64,
    lost: u64,
}

#[derive(Serialize)]
struct Rule<'a> {
    name: &'a str,
    kind: &'static str,
    title: &'static str,
    severity: &'static str,
    asks: &'a str,
    state: &'static str,
    broken: bool,
    evaluated: bool,
    reason: &'a str,
    unit: &'static str,
    judged: usize,
    too_few: usize,
    line: Option<usize>,
    findings: Vec<Finding<'a>>,
    excused: Vec<Excused<'a>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    subject: String,
    services: Vec<Service<'a>>,
    operation: Option<&'a str>,
    outcome: &'static str,
    value: Option<f64>,
    limit: Option<f64>,
    calls: u64,
    text: &'a str,
    exemplars: &'a [String],
}

#[derive(Serialize)]
struct Service<'a> {
    service: &'a str,
    namespace: &'a str,
    team: Option<&'a str>,
}

#[derive(Serialize)]
struct Excused<'a> {
    finding: Finding<'a>,
    reason: &'a str,
    until: Option<&'a str>,
}

#[derive(Serialize)]
struct Notice<'a> {
    text: &'a str,
    line: Option<usize>,
}

fn line(line: usize) -> Option<usize> {
    (line > 0).then_some(line)
}

impl<'a> Report<'a> {
    fn of(gate: &'a Gate) -> Self {
        let notice =
            |n: &'a crate::gate::Notice| Notice { text: &n.text, line: line(n.source.line) };
        Self {
            schema_version: "1",
            tool: Tool::this(),
            state: gate.state.as_str(),
            policy: Policy { name: &gate.policy, file: gate.file.as_deref() },
            input: Input {
                files: gate.input.files,
                spans: gate.input.spans,
                log_records: gate.input.log_records,
                traces: gate.traces,
                lost: gate.input.lost(),
            },
            baseline_runs: gate.baselines,
            rules: gate.verdicts.iter().map(Rule::of).collect(),
            notices: gate.notices.iter().map(notice).collect(),
        }
    }
}

impl<'a> Rule<'a> {
    fn of(verdict: &'a Verdict) -> Self {
        let article = &verdict.kind.article;
        Self {
            name: &verdict.rule,
            kind: article.id,
            title: article.title,
            severity: match verdict.severity {
                Severity::Warn => "warn",
                Severity::Fail => "fail",
            },
            asks: &verdict.asks,
            state: verdict.state.as_str(),
            broken: verdict.broken,
            evaluated: verdict.evaluated,
            reason: &verdict.reason,
            unit: article.unit,
            judged: verdict.judged,
            too_few: verdict.too_few,
            line: line(verdict.source.line),
            findings: verdict.findings.iter().map(Finding::of).collect(),
            excused: verdict
                .excused
                .iter()
                .map(|excused| Excused {
                    finding: Finding::of(&excused.measure),
                    reason: &excused.reason,
                    until: excused.until.as_deref(),
                })
                .collect(),
        }
    }
}

impl<'a> Finding<'a> {
    fn of(measure: &'a Measure) -> Self {
        let subject = &measure.subject;
        let services: Vec<_> = match subject {
            Subject::Run | Subject::Rest { .. } => Vec::new(),
            Subject::Entry { service, .. } | Subject::Handler { service, .. } => vec![service],
            Subject::Edge { caller, callee, .. } => vec![caller, callee],
            Subject::Route { services, .. } => services.iter().collect(),
        };
        let service = |place: &'a crate::gate::Place| Service {
            service: &place.name,
            namespace: &place.namespace,
            team: place.team.as_deref(),
        };
        Self {
            subject: subject.to_string(),
            services: services.into_iter().map(service).collect(),
            operation: subject.operation(),
            outcome: match measure.outcome {
                Outcome::Fits => "fits",
                Outcome::Broken => "broken",
                Outcome::Unclear => "unclear",
                Outcome::TooFew => "too_few",
            },
            value: measure.value.and_then(finite),
            limit: measure.limit.and_then(finite),
            calls: measure.calls,
            text: &measure.text,
            exemplars: &measure.exemplars,
        }
    }
}
