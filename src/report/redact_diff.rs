//! A comparison without names.

use crate::analysis::{NodeName, Sort};
use crate::compare::{Comparison, Subject};

use super::redact::Pen;

/// The comparison with pseudonyms.
pub fn redact_diff(comparison: &Comparison) -> Comparison {
    let pen = Pen::new(&comparison.names);
    let mut out = comparison.clone();
    out.names.clear();
    for (at, run) in out.reference.iter_mut().enumerate() {
        run.label = format!("reference-{}", at + 1);
    }
    "new".clone_into(&mut out.new.label);
    for warning in &mut out.warnings {
        pen.text(&mut warning.text);
    }
    for measured in &mut out.measured {
        subject(&pen, &mut measured.subject);
    }
    out
}

fn node(pen: &Pen, node: &mut NodeName) {
    pen.name(Sort::Service, &mut node.name);
    pen.name(Sort::Namespace, &mut node.namespace);
}

fn subject(pen: &Pen, subject: &mut Subject) {
    match subject {
        Subject::Node(name) => node(pen, name),
        Subject::Entry { service, operation } | Subject::Failure { service, operation, .. } => {
            node(pen, service);
            pen.name(Sort::Operation, operation);
        }
        Subject::Edge { caller, callee, operation } => {
            node(pen, caller);
            node(pen, callee);
            operation.iter_mut().for_each(|name| pen.name(Sort::Operation, name));
        }
        Subject::Log { service, text, .. } => {
            node(pen, service);
            pen.name(Sort::Log, text);
        }
    }
}
