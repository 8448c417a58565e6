//! The service graph.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::stable_graph::StableDiGraph;

use crate::model::Teams;
use crate::summary::{Add as _, Calls, Histogram, NONE, NodeId, Summary, Table};

use super::view::{GraphEdge, GraphNode, NodeName, ServiceGraph};

/// What an edge of the graph carries.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    /// Counts.
    pub calls: Calls,
    /// Durations as the caller saw them.
    pub waited: Histogram,
}

/// Nodes of the catalog that took part in anything, and the calls between them. Calls from
/// outside are self-loops of no edge: they are counted at the node.
pub fn of(summary: &Summary) -> StableDiGraph<NodeId, Traffic> {
    let mut edges: BTreeMap<(NodeId, NodeId), Traffic> = BTreeMap::new();
    for (key, rows) in summary.calls.by_key() {
        let traffic = edges.entry((key.0, summary.catalog.node_of(key.1))).or_default();
        traffic.calls.add(&Table::sum(rows));
    }
    for (key, rows) in summary.timings.by_key() {
        let traffic = edges.entry((key.0, summary.catalog.node_of(key.1))).or_default();
        traffic.waited.add(&Table::sum(rows).waited);
    }
    let used: BTreeSet<NodeId> =
        edges.keys().flat_map(|&(a, b)| [a, b]).filter(|&n| n != NONE).collect();
    let mut graph = StableDiGraph::new();
    let index: BTreeMap<NodeId, _> = used.iter().map(|&n| (n, graph.add_node(n))).collect();
    for ((caller, callee), traffic) in edges {
        if caller != NONE {
            graph.add_edge(index[&caller], index[&callee], traffic);
        }
    }
    graph
}

/// Where each node is in the view.
pub fn places(summary: &Summary) -> BTreeMap<NodeId, usize> {
    of(summary).node_weights().enumerate().map(|(i, &node)| (node, i)).collect()
}

/// The graph as plain values.
pub fn view(summary: &Summary, teams: &Teams) -> ServiceGraph {
    let graph = of(summary);
    let mut into: BTreeMap<NodeId, Calls> = BTreeMap::new();
    for (key, rows) in summary.calls.by_key() {
        into.entry(summary.catalog.node_of(key.1)).or_default().add(&Table::sum(rows));
    }
    let entries: BTreeSet<NodeId> =
        summary.entries.keys().map(|operation| summary.catalog.node_of(operation)).collect();
    let position: BTreeMap<_, usize> =
        graph.node_indices().enumerate().map(|(i, index)| (index, i)).collect();
    let nodes = graph.node_weights().map(|&node| {
        let key = &summary.catalog.nodes[node as usize];
        let instances: Vec<_> =
            summary.catalog.instances.iter().filter(|i| i.node == node).collect();
        let names: BTreeSet<&str> =
            instances.iter().map(|i| i.name.as_str()).filter(|n| !n.is_empty()).collect();
        let versions: BTreeSet<&str> =
            instances.iter().map(|i| i.version.as_str()).filter(|v| !v.is_empty()).collect();
        let calls = into.get(&node).copied().unwrap_or_default();
        GraphNode {
            node: NodeName {
                name: key.name.clone(),
                namespace: key.namespace.clone(),
                kind: key.kind,
            },
            instrumented: summary.instrumented.contains(&node),
            calls: calls.total,
            failed: calls.failed,
            instances: names.len() as u32,
            versions: versions.into_iter().map(str::to_owned).collect(),
            entry: entries.contains(&node),
            team: teams.of(&key.namespace, &key.name).map(str::to_owned),
        }
    });
    let edges = graph.edge_indices().filter_map(|index| {
        let (from, to) = graph.edge_endpoints(index)?;
        let traffic = &graph[index];
        Some(GraphEdge {
            from: position[&from],
            to: position[&to],
            asynchronous: 2 * traffic.calls.asynchronous > traffic.calls.total,
            calls: traffic.calls.total,
            failed: traffic.calls.failed,
            retries: traffic.calls.retries,
            p50: traffic.waited.quantile(0.5),
            p99: traffic.waited.quantile(0.99),
        })
    });
    ServiceGraph { nodes: nodes.collect(), edges: edges.collect() }
}
