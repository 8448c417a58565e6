//! Every fixture is analysed as a user would, and the report compared with the truth.

#[expect(dead_code, reason = "of the simulated world only the form of its truth is needed")]
#[path = "generator/world/mod.rs"]
mod world;

mod common;

use common::{fixtures, pipeline};
use tracefall::analysis::{Analysis, Candidate};
use tracefall::model::Nanos;
use world::truth::{Root, Truth};

/// An onset may be this far from the truth.
const NEAR: u64 = 30_000_000_000;
/// Each of several causes must be among so many candidates.
const AMONG: usize = 5;

/// What is wrong with the analysis of one fixture.
fn problems(truth: &Truth, analysis: &Analysis) -> Vec<String> {
    let mut problems = Vec::new();
    if analysis.verdict.as_str() != truth.verdict {
        let found = (analysis.verdict.as_str(), &analysis.verdict_reason);
        problems.push(format!("verdict {found:?}, not {}", truth.verdict));
    }
    problems.extend(candidates(truth, &analysis.candidates));
    problems.extend(onset(truth, analysis));
    problems
}

fn candidates(truth: &Truth, found: &[Candidate]) -> Vec<String> {
    let names: Vec<&str> = found.iter().map(|c| c.node.name.as_str()).collect();
    let mut problems = Vec::new();
    match truth.roots.as_slice() {
        [] if !found.is_empty() => problems.push(format!("candidates {names:?} without a cause")),
        [] => {}
        [root] if !found.first().is_some_and(|first| accepts(root, first)) => {
            problems.push(format!("{} is not the first of {names:?}", root.name));
        }
        [_] => {}
        roots => {
            let leading = &found[..found.len().min(AMONG)];
            for root in roots.iter().filter(|root| !leading.iter().any(|c| accepts(root, c))) {
                problems.push(format!("{} is not in the first {AMONG} of {names:?}", root.name));
            }
            if !found.first().is_some_and(|first| roots.iter().any(|root| accepts(root, first))) {
                problems.push(format!("the first of {names:?} is no cause"));
            }
        }
    }
    if let Some(first) = names.first()
        && truth.bystanders.iter().any(|bystander| bystander == first)
    {
        problems.push(format!("the bystander {first} is first"));
    }
    problems
}

fn accepts(root: &Root, candidate: &Candidate) -> bool {
    root.accept.iter().any(|name| name.eq_ignore_ascii_case(&candidate.node.name))
}

fn onset(truth: &Truth, analysis: &Analysis) -> Option<String> {
    let wanted = Nanos::parse(truth.onset.as_deref()?).expect("truths hold RFC 3339");
    let Some(incident) = analysis.incidents.first() else {
        return Some("no incident in time".to_owned());
    };
    let far = incident.onset.0.abs_diff(wanted.0);
    (far > NEAR).then(|| format!("onset {}, not {wanted}", incident.onset))
}

#[test]
fn every_fixture_is_understood() {
    let names = fixtures::names();
    assert!(names.len() >= 15, "fixtures are missing: {names:?}");
    let mut failures = Vec::new();
    for name in names {
        let truth: Truth = serde_json::from_str(&fixtures::stored(&name, "truth.json"))
            .unwrap_or_else(|error| panic!("truth of {name}: {error}"));
        let analysis = pipeline::analyzed(&fixtures::root().join(&name));
        let found = problems(&truth, &analysis).into_iter();
        failures.extend(found.map(|problem| format!("{name}: {problem}")));
    }
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}
