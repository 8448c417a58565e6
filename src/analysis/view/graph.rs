//! The service graph.

use crate::model::PeerKind;

/// A node of the service graph by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeName {
    /// `service.name` or the peer's name.
    pub name: String,
    /// `service.namespace`, or empty.
    pub namespace: String,
    /// What it is.
    pub kind: PeerKind,
}

/// The service graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceGraph {
    /// Nodes by name.
    pub nodes: Vec<GraphNode>,
    /// Edges by caller, then callee.
    pub edges: Vec<GraphEdge>,
}

/// A node of the service graph.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphNode {
    /// Its name.
    pub node: NodeName,
    /// Whether it emits spans of its own.
    pub instrumented: bool,
    /// Calls it handled (as seen by itself, or by its callers if it emits nothing).
    pub calls: u64,
    /// Failed ones.
    pub failed: u64,
    /// Distinct instances seen.
    pub instances: u32,
    /// Distinct versions seen.
    pub versions: Vec<String>,
    /// Whether it takes requests from outside.
    pub entry: bool,
    /// Whose it is, if that is known.
    pub team: Option<String>,
}

/// An edge of the service graph.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphEdge {
    /// Index of the caller in [`ServiceGraph::nodes`].
    pub from: usize,
    /// Index of the callee.
    pub to: usize,
    /// Messages rather than calls.
    pub asynchronous: bool,
    /// Calls (attempts).
    pub calls: u64,
    /// Failed ones.
    pub failed: u64,
    /// Attempts that repeated an earlier one.
    pub retries: u64,
    /// Median as seen by the caller, nanoseconds; `None` without a timed call.
    pub p50: Option<u64>,
    /// 99th percentile, nanoseconds.
    pub p99: Option<u64>,
}
