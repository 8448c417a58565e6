//! What is remembered as JSON: the contract that `docs/history.schema.json` states.

use std::io::{self, Write};

use serde::Serialize;

use crate::history as view;
use crate::report::json::{SCHEMA_VERSION, Tool};
use crate::report::json_text::{self, finite};

/// Writes the list of incidents.
///
/// # Errors
/// Those of `out`.
pub fn contents(contents: &view::Contents, out: &mut dyn Write) -> io::Result<()> {
    write(
        Body::Contents {
            incidents: contents.entries.iter().map(Incident::of).collect(),
            trends: contents.trends.iter().map(Trend::of).collect(),
        },
        out,
    )
}

/// Writes how alike an incident is to others.
///
/// # Errors
/// Those of `out`.
pub fn similar(likeness: &view::Likeness, out: &mut dyn Write) -> io::Result<()> {
    let others = likeness.others.iter();
    write(
        Body::Similar {
            incident: Box::new(Incident::of(&likeness.entry)),
            alike_from: view::ALIKE,
            others: others.map(|(entry, alike)| Other::of(entry, alike)).collect(),
        },
        out,
    )
}

/// Writes the weak points.
///
/// # Errors
/// Those of `out`.
pub fn weak_points(found: &view::WeakPoints, out: &mut dyn Write) -> io::Result<()> {
    let list = |points: &[view::WeakPoint]| points.iter().map(WeakPoint::of).collect();
    write(
        Body::WeakPoints {
            incidents_read: found.incidents,
            incidents_left_out: found.left_out,
            confidence: view::CONFIDENCE,
            false_discoveries: view::FALSE_DISCOVERIES,
            edges: list(&found.edges),
            services: list(&found.services),
            boundaries: list(&found.boundaries),
        },
        out,
    )
}

fn write(body: Body, out: &mut dyn Write) -> io::Result<()> {
    json_text::write(&Report { schema_version: SCHEMA_VERSION, tool: Tool::this(), body }, out)
}

#[derive(Serialize)]
struct Report {
    schema_version: &'static str,
    tool: Tool,
    #[serde(flatten)]
    body: Body,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body {
    Contents {
        incidents: Vec<Incident>,
        trends: Vec<Trend>,
    },
    Similar {
        incident: Box<Incident>,
        alike_from: f64,
        others: Vec<Other>,
    },
    WeakPoints {
        incidents_read: u64,
        incidents_left_out: u64,
        confidence: f64,
        false_discoveries: f64,
        edges: Vec<WeakPoint>,
        services: Vec<WeakPoint>,
        boundaries: Vec<WeakPoint>,
    },
}

#[derive(Serialize)]
struct Incident {
    id: u64,
    remembered: String,
    updated: String,
    tool_version: String,
    label: String,
    note: String,
    verdict: String,
    onset: String,
    until: String,
    requests: u64,
    failed: Option<u64>,
    harmed: u64,
    services_reached: usize,
    edges_fallen: usize,
    first_candidate: Option<Accused>,
}

#[derive(Serialize)]
struct Accused {
    service: String,
    namespace: Option<String>,
    mechanism: String,
    score: Option<f64>,
}

impl Incident {
    fn of(entry: &view::Entry) -> Self {
        let imprint = &entry.imprint;
        Self {
            id: entry.id,
            remembered: entry.remembered.to_string(),
            updated: entry.updated.to_string(),
            tool_version: entry.tool.clone(),
            label: entry.label.clone(),
            note: entry.note.clone(),
            verdict: imprint.verdict.clone(),
            onset: imprint.onset.to_string(),
            until: imprint.until.to_string(),
            requests: imprint.requests,
            failed: imprint.failed,
            harmed: imprint.harmed,
            services_reached: imprint.services().len(),
            edges_fallen: imprint.fell.len(),
            first_candidate: imprint.accused.first().map(|accused| Accused {
                service: accused.node.name.clone(),
                namespace: namespace(&accused.node),
                mechanism: accused.mechanism.clone(),
                score: finite(accused.score),
            }),
        }
    }
}

fn namespace(node: &view::Name) -> Option<String> {
    (!node.namespace.is_empty()).then(|| node.namespace.clone())
}

#[derive(Serialize)]
struct Trend {
    measure: &'static str,
    unit: &'static str,
    values: Vec<f64>,
    direction: &'static str,
    s: i64,
    pairs: usize,
    chance: Option<f64>,
}

impl Trend {
    fn of(trend: &view::Trend) -> Self {
        Self {
            measure: trend.measure,
            unit: trend.unit,
            values: trend.values.clone(),
            direction: trend.direction.as_str(),
            s: trend.s,
            pairs: trend.pairs(),
            chance: finite(trend.chance),
        }
    }
}

#[derive(Serialize)]
struct Other {
    #[serde(flatten)]
    incident: Incident,
    similarity: Option<f64>,
    alike: bool,
    reason: String,
    facets: Vec<Facet>,
}

#[derive(Serialize)]
struct Facet {
    facet: &'static str,
    weight: Option<f64>,
    similarity: Option<f64>,
    text: String,
}

impl Other {
    fn of(entry: &view::Entry, alike: &view::Alike) -> Self {
        let facet = |shared: &view::Shared| Facet {
            facet: shared.facet,
            weight: finite(shared.weight),
            similarity: finite(shared.similarity),
            text: shared.text.clone(),
        };
        Self {
            incident: Incident::of(entry),
            similarity: finite(alike.similarity),
            alike: alike.similarity >= view::ALIKE,
            reason: alike.reason(),
            facets: alike.shared.iter().map(facet).collect(),
        }
    }
}

#[derive(Serialize)]
struct WeakPoint {
    /// Of a service, only the callee is given.
    caller: Option<String>,
    caller_namespace: Option<String>,
    callee: String,
    callee_namespace: Option<String>,
    took_part: usize,
    seen: u64,
    rate: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    by_traffic: Option<f64>,
    chance: Option<f64>,
    stands_out: bool,
    origins: u64,
    incidents: Vec<u64>,
}

impl WeakPoint {
    fn of(point: &view::WeakPoint) -> Self {
        let (caller, callee) = match &point.part {
            view::Part::Edge { caller, callee } => (Some(caller.clone()), callee.clone()),
            view::Part::Service(node) => (None, node.clone()),
            view::Part::Boundary { caller, callee } => {
                let team = |name: &String| view::Name { name: name.clone(), ..Default::default() };
                (Some(team(caller)), team(callee))
            }
        };
        Self {
            caller_namespace: caller.as_ref().and_then(namespace),
            caller: caller.map(|node| node.name),
            callee_namespace: namespace(&callee),
            callee: callee.name,
            took_part: point.incidents.len(),
            seen: point.seen,
            rate: finite(point.rate()),
            low: finite(point.low),
            high: finite(point.high),
            by_traffic: finite(point.by_traffic),
            chance: finite(point.chance),
            stands_out: point.stands_out,
            origins: point.origins,
            incidents: point.incidents.clone(),
        }
    }
}
