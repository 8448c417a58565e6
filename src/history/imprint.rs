//! What of an incident is compared with others.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::analysis::{Analysis, CascadeEdge, Harmed, Incident, Verdict};
use crate::model::Nanos;

/// A node of the service graph, the same in every incident.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Name {
    /// `service.namespace`, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// `service.name` or the peer's name.
    pub name: String,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.namespace.as_str() {
            "" => f.write_str(&self.name),
            namespace => write!(f, "{namespace}/{}", self.name),
        }
    }
}

/// A root-cause candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accused {
    /// The node; of an accused connection, the callee.
    pub node: Name,
    /// Id of the mechanism.
    pub mechanism: String,
    /// Probability of being a root cause, 0 to 1.
    pub score: f64,
}

/// An entry operation with how much harm it took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hurt {
    /// The service that took the requests.
    pub service: String,
    /// Its operation.
    pub operation: String,
    /// Requests that were harmed beyond what was usual; in arbitrary but common units where
    /// nobody failed.
    pub harm: f64,
}

/// Calls between two nodes, or into one, over the whole input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic<T> {
    /// Where.
    pub at: T,
    /// How many.
    pub calls: u64,
}

/// The small value by which an incident is compared with others: who was accused, what fell and
/// who was hurt in the largest incident of a run, and what traffic there was besides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imprint {
    /// `incident` or `inconclusive`.
    pub verdict: String,
    /// When it began, nanoseconds since 1970.
    pub onset: Nanos,
    /// When it was over, or the input.
    pub until: Nanos,
    /// Entry requests during it.
    pub requests: u64,
    /// Failed ones; `None` in status-blind input.
    pub failed: Option<u64>,
    /// Harmed ones, whatever the harm was.
    pub harmed: u64,
    /// Its candidates, the best first.
    pub accused: Vec<Accused>,
    /// Edges over which failure spread, as `[caller, callee]`, in order of onset.
    pub fell: Vec<[Name; 2]>,
    /// Entry operations that were hurt.
    pub entries: Vec<Hurt>,
    /// Log templates that came, grew or went with it, by service.
    pub templates: BTreeSet<(String, String)>,
    /// Every node of the graph with the calls that it took.
    pub nodes: Vec<Traffic<Name>>,
    /// Every edge of the graph, as `[caller, callee]`, with its calls.
    pub edges: Vec<Traffic<[Name; 2]>>,
}

impl Imprint {
    /// Of the largest incident of an analysis; `None` where nothing was found.
    pub fn of(analysis: &Analysis) -> Option<Self> {
        let incident = analysis.incidents.first()?;
        let node = |place: usize| {
            let node = analysis.graph.nodes.get(place).map(|n| &n.node);
            node.map(|n| Name { namespace: n.namespace.clone(), name: n.name.clone() })
        };
        let fell = |edge: &CascadeEdge| {
            let [callee, caller] = edge.places;
            Some([node(caller)?, node(callee)?])
        };
        let own = analysis.candidates.iter().filter(|c| c.incident_id == incident.id);
        let edges = analysis.graph.edges.iter().filter_map(|edge| {
            Some(Traffic { at: [node(edge.from)?, node(edge.to)?], calls: edge.calls })
        });
        Some(Self {
            verdict: analysis.verdict.as_str().to_owned(),
            onset: incident.onset,
            until: incident.end.unwrap_or(analysis.input.to).max(incident.onset),
            requests: incident.requests,
            failed: incident.failed,
            harmed: incident.harmed,
            accused: own
                .map(|c| Accused {
                    node: Name { namespace: c.node.namespace.clone(), name: c.node.name.clone() },
                    mechanism: c.mechanism.to_owned(),
                    score: rounded(c.score, 1e4),
                })
                .collect(),
            fell: analysis.cascade.edges.iter().filter_map(fell).collect(),
            entries: hurt(analysis, incident),
            templates: analysis
                .timeline
                .log_shifts
                .iter()
                .map(|shift| (shift.service.clone(), shift.text.clone()))
                .collect(),
            nodes: (0..analysis.graph.nodes.len())
                .filter_map(|i| {
                    Some(Traffic { at: node(i)?, calls: analysis.graph.nodes[i].calls })
                })
                .collect(),
            edges: edges.collect(),
        })
    }

    /// Whether this is an incident beyond doubt.
    pub fn is_certain(&self) -> bool {
        self.verdict == Verdict::Incident.as_str()
    }

    /// Nodes in which it was seen: the first candidate, and both ends of every edge that fell.
    pub fn services(&self) -> BTreeSet<&Name> {
        let first = self.accused.iter().take(1).map(|accused| &accused.node);
        first.chain(self.fell.iter().flatten()).collect()
    }

    /// Share of entry requests that were harmed, 0 to 1; `None` without a request.
    pub fn harmed_share(&self) -> Option<f64> {
        (self.requests > 0).then(|| (self.harmed as f64 / self.requests as f64).min(1.0))
    }
}

/// Entry operations with harm beyond the usual. Where requests were slow rather than failed, the
/// lengthening of the median stands for their harm.
fn hurt(analysis: &Analysis, incident: &Incident) -> Vec<Hurt> {
    let harm = |entry: &crate::analysis::EntryImpact| {
        let requests = entry.requests as f64;
        if incident.harm == Harmed::Slow {
            let (before, during) = (entry.p50_before?, entry.p50_during?);
            return Some(requests * (1.0 - before as f64 / during.max(1) as f64));
        }
        let harmed = entry.unusual.or(entry.failed)? as f64;
        Some(harmed - requests * entry.failed_before.unwrap_or(0.0))
    };
    let entries = analysis.impact.iter().filter_map(|entry| {
        let harm = harm(entry).filter(|harm| *harm > 0.0)?;
        let (service, operation) = (entry.service.clone(), entry.operation.clone());
        Some(Hurt { service, operation, harm: rounded(harm, 1e2) })
    });
    entries.collect()
}

/// With few decimals, a number is the same after it was text.
fn rounded(value: f64, per_unit: f64) -> f64 {
    if value.is_finite() { (value * per_unit).round() / per_unit } else { 0.0 }
}
