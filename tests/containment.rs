//! What the analysis says would have contained an incident, against the same seed run again
//! with the pattern in place.

#[expect(dead_code, reason = "of the simulated world only the form of its truth is needed")]
#[path = "generator/world/mod.rs"]
mod world;

mod common;

use common::{fixtures, pipeline};
use tracefall::analysis::{Analysis, Breadth, Settings, analyze};
use world::truth::{Contained, Truth};

/// The fixture in which the obvious choice harms.
const HARM: &str = "patience-pays";

fn estimated(analysis: &Analysis, tried: &Contained) -> f64 {
    let same =
        |c: &&tracefall::analysis::Containment| c.pattern == tried.pattern && c.edge == tried.edge;
    analysis.containment.iter().find(same).map_or(0.0, |c| c.saved_share)
}

fn problems(truth: &Truth, analysis: &Analysis) -> Vec<String> {
    let tried: Vec<(&Contained, f64)> =
        truth.containment.iter().map(|c| (c, estimated(analysis, c))).collect();
    let best = tried.iter().map(|(c, _)| c.saved_share).fold(f64::MIN, f64::max);
    let mut problems = Vec::new();
    let chosen = tried.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((chosen, estimate)) =
        chosen.filter(|(c, _)| best > 0.05 && c.saved_share < best / 2.0)
    {
        problems
            .push(format!("{chosen:?} is estimated best ({estimate}), though {best} can be saved"));
    }
    for (one, estimate) in &tried {
        if best <= 0.03 && *estimate > 0.05 {
            problems.push(format!("{one:?} is estimated to save {estimate}"));
        }
        if truth.scenario == HARM && one.saved_share < -0.05 && *estimate > -0.02 {
            problems.push(format!("{one:?} harms, and is estimated to save {estimate}"));
        }
    }
    problems
}

#[test]
fn what_contains_an_incident_is_told() {
    let settings = Settings { containment: Breadth::All, ..pipeline::settings() };
    let mut failures = Vec::new();
    let mut checked = 0;
    for name in fixtures::names() {
        let truth: Truth = serde_json::from_str(&fixtures::stored(&name, "truth.json"))
            .unwrap_or_else(|error| panic!("truth of {name}: {error}"));
        if truth.containment.is_empty() {
            continue;
        }
        checked += 1;
        let summary = pipeline::summary(&[fixtures::root().join(&name)]);
        let found = problems(&truth, &analyze(&summary, None, &settings));
        failures.extend(found.into_iter().map(|problem| format!("{name}: {problem}")));
    }
    assert!(checked >= 4, "truths of containment are missing");
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}
