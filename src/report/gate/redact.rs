//! The gate without names.

use crate::analysis::Sort;
use crate::gate::{Gate, Measure, Place, Subject};
use crate::report::redact::Pen;

/// The gate with pseudonyms for `names`.
pub fn redact(gate: &Gate, names: &[(Sort, String)]) -> Gate {
    let pen = Pen::new(names);
    let mut out = gate.clone();
    out.input.examples.clear();
    for verdict in &mut out.verdicts {
        // Rules and patterns are named after services.
        pen.text(&mut verdict.rule);
        pen.text(&mut verdict.asks);
        pen.text(&mut verdict.reason);
        verdict.findings.iter_mut().for_each(|m| measure(&pen, m));
        for excused in &mut verdict.excused {
            measure(&pen, &mut excused.measure);
            pen.text(&mut excused.reason);
        }
    }
    out.notices.iter_mut().for_each(|notice| pen.text(&mut notice.text));
    out
}

fn measure(pen: &Pen, measure: &mut Measure) {
    match &mut measure.subject {
        Subject::Run | Subject::Rest { .. } => {}
        Subject::Entry { service, operation } | Subject::Handler { service, operation } => {
            place(pen, service);
            pen.name(Sort::Operation, operation);
        }
        Subject::Edge { caller, callee, operation } => {
            place(pen, caller);
            place(pen, callee);
            operation.iter_mut().for_each(|name| pen.name(Sort::Operation, name));
        }
        Subject::Route { operation, services } => {
            operation.iter_mut().for_each(|name| pen.name(Sort::Operation, name));
            services.iter_mut().for_each(|service| place(pen, service));
        }
    }
    pen.text(&mut measure.text);
    measure.exemplars.iter_mut().for_each(|id| pen.trace(id));
}

fn place(pen: &Pen, place: &mut Place) {
    pen.name(Sort::Service, &mut place.name);
    pen.name(Sort::Namespace, &mut place.namespace);
    place.team.iter_mut().for_each(|team| pen.name(Sort::Namespace, team));
}
