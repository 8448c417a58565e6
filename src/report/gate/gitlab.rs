//! The gate as GitLab's code quality report.

use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::gate::{Gate, Measure, State, Subject, Verdict};
use crate::report::escape::sentence;
use crate::report::json_text;

use super::finding::{line, notice};

/// Where a finding is put if the policy has no file: there must be a path.
const NO_FILE: &str = "tracefall-policy.toml";

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

/// Writes the report: an issue for whatever broke a rule or made it unclear, and for rules that
/// could not be evaluated.
///
/// # Errors
/// Those of `out`.
pub fn write(gate: &Gate, out: &mut dyn Write) -> io::Result<()> {
    let path = gate.file.as_deref().unwrap_or(NO_FILE);
    let location = |line: usize| Location { path, lines: Lines { begin: line.max(1) } };
    let mut issues = Vec::new();
    for verdict in &gate.verdicts {
        let severity = match verdict.state {
            State::Failed => "critical",
            State::Unevaluated => "major",
            State::Warned => "minor",
            State::Passed | State::Skipped => continue,
        };
        let mut push = |text: String, subject: Option<&Subject>| {
            issues.push(Issue {
                description: sentence(&format!("{}: {text}", verdict.rule)),
                check_name: verdict.kind.article.id,
                fingerprint: fingerprint(verdict, subject),
                severity,
                location: location(verdict.source.line),
            });
        };
        let findings: &[Measure] = &verdict.findings;
        findings.iter().for_each(|measure| push(line(measure), Some(&measure.subject)));
        if findings.is_empty() {
            push(verdict.reason.clone(), None);
        }
    }
    for about in &gate.notices {
        issues.push(Issue {
            description: notice(gate, about),
            check_name: "policy",
            fingerprint: hash(&["policy", &about.text]),
            severity: "info",
            location: location(about.source.line),
        });
    }
    json_text::write(&issues, out)
}

/// The same finding has the same fingerprint in every run: it holds the rule and the subject, and
/// nothing that was measured.
fn fingerprint(verdict: &Verdict, subject: Option<&Subject>) -> String {
    let of = match subject {
        // What a way leads through changes with the traces that were kept; where it begins does not.
        Some(Subject::Route { operation: Some(operation), services }) => {
            format!("{:?} {operation}", services.first())
        }
        Some(Subject::Rest { .. }) => "rest".to_owned(),
        Some(subject) => format!("{subject:?}"),
        None => String::new(),
    };
    hash(&[&verdict.rule, verdict.kind.article.id, &of])
}

fn hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
