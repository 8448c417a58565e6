//! The service graph as JSON: the contract that `docs/graph.schema.json` states.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis as view;

use super::json::{Input, SCHEMA_VERSION, Tool};
use super::json_text::{self, finite, millis};

/// Writes the graph.
///
/// # Errors
/// Those of `out`.
pub fn write(analysis: &view::Analysis, out: &mut dyn Write) -> io::Result<()> {
    let graph = &analysis.graph;
    let blind = analysis.coverage.status_blind;
    let nodes = graph.nodes.iter().enumerate();
    let report = Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool::this(),
        input: Input::of(&analysis.input, Some(analysis.traces)),
        nodes: nodes.map(|(id, node)| Node::of(id, node, blind)).collect(),
        edges: graph.edges.iter().map(|edge| Edge::of(edge, graph, blind)).collect(),
    };
    json_text::write(&report, out)
}

#[derive(Serialize)]
struct Report<'a> {
    schema_version: &'static str,
    tool: Tool,
    input: Input,
    nodes: Vec<Node<'a>>,
    edges: Vec<Edge<'a>>,
}

#[derive(Serialize)]
struct Node<'a> {
    id: usize,
    service: &'a str,
    namespace: Option<&'a str>,
    kind: &'static str,
    instrumented: bool,
    entry: bool,
    calls: u64,
    failed: Option<u64>,
    failure_rate: Option<f64>,
    instances: u32,
    versions: &'a [String],
}

impl<'a> Node<'a> {
    fn of(id: usize, node: &'a view::GraphNode, blind: bool) -> Self {
        let failed = known(node.failed, blind);
        Self {
            id,
            service: &node.node.name,
            namespace: (!node.node.namespace.is_empty()).then_some(&node.node.namespace),
            kind: node.node.kind.as_str(),
            instrumented: node.instrumented,
            entry: node.entry,
            calls: node.calls,
            failed,
            failure_rate: rate(failed, node.calls),
            instances: node.instances,
            versions: &node.versions,
        }
    }
}

#[derive(Serialize)]
struct Edge<'a> {
    caller: &'a str,
    callee: &'a str,
    /// Names may repeat across namespaces; ids do not.
    caller_id: usize,
    callee_id: usize,
    asynchronous: bool,
    calls: u64,
    failed: Option<u64>,
    failure_rate: Option<f64>,
    retries: u64,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
}

impl<'a> Edge<'a> {
    fn of(edge: &view::GraphEdge, graph: &'a view::ServiceGraph, blind: bool) -> Self {
        let name = |id: usize| graph.nodes.get(id).map_or("", |n| n.node.name.as_str());
        let failed = known(edge.failed, blind);
        Self {
            caller: name(edge.from),
            callee: name(edge.to),
            caller_id: edge.from,
            callee_id: edge.to,
            asynchronous: edge.asynchronous,
            calls: edge.calls,
            failed,
            failure_rate: rate(failed, edge.calls),
            retries: edge.retries,
            p50_ms: edge.p50.map(millis),
            p99_ms: edge.p99.map(millis),
        }
    }
}

/// Where no span states a failure, none counted does not mean none.
fn known(failed: u64, blind: bool) -> Option<u64> {
    (!blind || failed > 0).then_some(failed)
}

fn rate(failed: Option<u64>, calls: u64) -> Option<f64> {
    finite(failed? as f64 / calls as f64)
}
