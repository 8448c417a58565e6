//! A comparison made by hand, with names as a hostile sender would choose them.

use tracefall::analysis::{NodeName, Sort};
use tracefall::compare::{
    CALLS, CAUSE, Comparison, DEADLINE, DEPTH, Judgement, Measure, Measured, PRESENCE, QUANTILES,
    RunFacts, SHARES, Subject, TEMPLATE, Warning,
};
use tracefall::model::{Nanos, PeerKind};

use super::analyses::{HOSTILE, REVERSED};

fn node(name: &str) -> NodeName {
    let namespace = if name == "cart" { "shop".to_owned() } else { String::new() };
    NodeName { name: name.to_owned(), namespace, kind: PeerKind::Service }
}

fn edge(caller: &str, callee: &str, operation: Option<&str>) -> Subject {
    let operation = operation.map(str::to_owned);
    Subject::Edge { caller: node(caller), callee: node(callee), operation }
}

fn facts(label: &str, minute: u64) -> RunFacts {
    let from = Nanos(1_772_721_300_000_000_000 + minute * 60_000_000_000);
    RunFacts {
        label: label.to_owned(),
        from,
        to: from.offset(600_000_000_000),
        traces: 12_345,
        requests: 12_000,
        rate: 20.0,
    }
}

fn measured(
    measure: &'static Measure,
    subject: Subject,
    values: (Option<f64>, Option<f64>),
    judgement: Judgement,
) -> Measured {
    let effect = values.0.zip(values.1).and_then(|(a, b)| measure.effect(a, b));
    Measured {
        subject,
        measure,
        before: values.0,
        after: values.1,
        effect,
        low: effect.map(|effect| effect * 0.9),
        high: effect.map(|effect| effect * 1.1),
        observations: [values.0.map_or(0, |_| 4_000), values.1.map_or(0, |_| 4_100)],
        p: 1e-8,
        adjusted: if judgement.is_change() { 1.2e-6 } else { 0.2 },
        discovery: if judgement.is_change() { 1e-6 } else { 0.03 },
        judgement,
        needed: (judgement == Judgement::CannotTell).then_some(9_100),
    }
}

/// Changes of every kind.
pub fn changed() -> Comparison {
    use Judgement::{Better, CannotTell, Changed, Same, Worse};
    let failure = Subject::Failure {
        service: node("cart"),
        operation: "GET /cart".to_owned(),
        cause: "short_circuited",
    };
    let log = Subject::Log {
        service: node("cart"),
        severity: "error",
        text: format!("lost {HOSTILE} of <*>"),
    };
    let entry = Subject::Entry { service: node(HOSTILE), operation: REVERSED.to_owned() };
    let calls = || edge("cart", "stock", Some("GET /stock"));
    Comparison {
        reference: vec![facts("run-1.summary", 0), facts(HOSTILE, 20)],
        new: facts("branch/", 60),
        warnings: vec![Warning {
            id: "mix",
            text: format!("another mix of requests: 12 % ({HOSTILE} +12 points)"),
        }],
        measured: vec![
            measured(&SHARES[0].measure, entry, (Some(0.001), Some(0.052)), Worse),
            measured(&QUANTILES[1].measure, calls(), (Some(12e6), Some(18.2e6)), Worse),
            measured(&QUANTILES[0].measure, calls(), (Some(8e6), Some(6e6)), Better),
            measured(&CALLS, calls(), (Some(1.0), Some(2.0)), Changed),
            measured(&DEPTH, edge("cart", "stock", None), (Some(3.0), Some(4.0)), Changed),
            measured(&DEADLINE, calls(), (Some(1e9), Some(0.5e9)), Changed),
            measured(&PRESENCE, Subject::Node(node("billing")), (None, Some(0.25)), Changed),
            measured(&PRESENCE, edge("cart", REVERSED, None), (Some(0.004), None), Changed),
            measured(&CAUSE, failure, (None, Some(0.002)), Worse),
            measured(&TEMPLATE, log, (None, Some(0.3)), Worse),
            measured(&SHARES[4].measure, calls(), (Some(0.01), Some(0.02)), CannotTell),
            measured(&QUANTILES[2].measure, calls(), (Some(50e6), Some(51e6)), Same),
        ],
        tests: 120,
        untested: 3,
        status_blind: false,
        names: [
            (Sort::Service, "cart"),
            (Sort::Service, "stock"),
            (Sort::Service, "billing"),
            (Sort::Service, HOSTILE),
            (Sort::Service, REVERSED),
            (Sort::Namespace, "shop"),
            (Sort::Operation, "GET /stock"),
            (Sort::Operation, "GET /cart"),
            (Sort::Operation, REVERSED),
        ]
        .map(|(sort, name)| (sort, name.to_owned()))
        .to_vec(),
    }
}

/// Nothing.
pub fn unchanged() -> Comparison {
    let mut same = changed();
    same.measured.retain(|m| m.judgement == Judgement::Same);
    same.warnings.clear();
    same.untested = 0;
    same
}
