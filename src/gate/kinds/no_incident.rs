//! No incident in the run.

use crate::analysis::Verdict;
use crate::gate::judgement::{Judged, Measure, Outcome};
use crate::gate::policy::Rule;
use crate::gate::run::Run;
use crate::gate::subject::Subject;
use crate::model::{Article, Nanos};

use super::Kind;

/// See the article.
pub static KIND: Kind = Kind {
    article: Article {
        id: "no_incident",
        title: "no incident",
        unit: "harmed requests",
        rationale: "The run holds no incident: no stretch of it in which entry requests failed or \
                    were late beyond what the rest of the run explains, at the same level of \
                    false alarms as tracefall analyze. What is wrong from the first request to \
                    the last is no incident; limits on failures and latency find that.",
        limits: "An inconclusive run (too little data, or evidence between the bounds) could not \
                 be evaluated. A ramp of load that the services do not keep up with is an \
                 incident.",
        source: "docs/method.md",
    },
    keys: &[],
    parameters: &[],
    relative: false,
    asks: |_| "no incident in the run".to_owned(),
    judge,
};

fn judge(run: &Run<'_>, _: &Rule) -> Judged {
    let analysis = run.analysis;
    if analysis.verdict == Verdict::Inconclusive {
        return Err(format!("inconclusive: {}", analysis.verdict_reason));
    }
    let first = analysis.incidents.first();
    let origin = analysis.candidates.first().map_or_else(String::new, |candidate| {
        format!("; the likeliest origin is {} ({})", candidate.node.name, candidate.mechanism_title)
    });
    let text = match first {
        Some(incident) => format!(
            "incident from {}: {} of {} requests were harmed{origin}",
            second(incident.onset),
            incident.harmed,
            incident.requests
        ),
        None => "no incident".to_owned(),
    };
    let exemplars = analysis.candidates.first().map_or_else(Vec::new, |c| c.exemplars.clone());
    Ok(vec![Measure {
        subject: Subject::Run,
        outcome: Outcome::within(analysis.verdict == Verdict::NoIncident),
        value: first.map(|incident| incident.harmed as f64),
        limit: None,
        calls: run.summary.traces(),
        text,
        exemplars,
    }])
}

/// To the second: more is not known.
fn second(at: Nanos) -> String {
    let whole = Nanos(at.0 - at.0 % 1_000_000_000).to_string();
    whole.replace(".000", "")
}
