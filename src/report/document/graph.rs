//! The service graph as two tables.

use crate::analysis::{Analysis, GraphEdge, GraphNode, ServiceGraph};
use crate::report::escape::name;
use crate::report::human::{count, duration, ratio, share};

use super::{Align, Block, Table};

/// The document about the graph alone.
pub fn graph(analysis: &Analysis) -> Vec<Block> {
    let graph = &analysis.graph;
    let blind = analysis.coverage.status_blind;
    if graph.nodes.is_empty() {
        return vec![Block::Paragraph("The input holds no service.".into())];
    }
    vec![
        Block::section("Services"),
        Block::Table(Table {
            columns: vec![
                ("Name", Align::Left),
                ("Kind", Align::Left),
                ("Calls", Align::Right),
                ("Failed", Align::Right),
                ("Instances", Align::Right),
                ("Notes", Align::Left),
            ],
            rows: graph.nodes.iter().map(|n| node(n, blind)).collect(),
        }),
        Block::section("Calls"),
        Block::Table(Table {
            columns: vec![
                ("Caller", Align::Left),
                ("Callee", Align::Left),
                ("Calls", Align::Right),
                ("Failed", Align::Right),
                ("Retries", Align::Right),
                ("p50", Align::Right),
                ("p99", Align::Right),
            ],
            rows: graph.edges.iter().map(|e| edge(graph, e, blind)).collect(),
        }),
    ]
}

fn node(node: &GraphNode, blind: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if node.entry {
        notes.push("entry".to_owned());
    }
    if !node.instrumented {
        notes.push("no spans of its own".to_owned());
    }
    if !node.node.namespace.is_empty() {
        notes.push(format!("in {}", name(&node.node.namespace)));
    }
    if !node.versions.is_empty() {
        let versions: Vec<String> = node.versions.iter().take(3).map(|v| name(v)).collect();
        let more = if node.versions.len() > 3 { ", …" } else { "" };
        notes.push(format!("version {}{more}", versions.join(", ")));
    }
    vec![
        name(&node.node.name),
        node.node.kind.as_str().to_owned(),
        count(node.calls),
        failed(node.failed, node.calls, blind),
        count(u64::from(node.instances)),
        notes.join("; "),
    ]
}

fn edge(graph: &ServiceGraph, edge: &GraphEdge, blind: bool) -> Vec<String> {
    let end = |index: usize| {
        let node = graph.nodes.get(index);
        node.map_or_else(|| "unknown".to_owned(), |n| name(&n.node.name))
    };
    let callee = end(edge.to);
    let time = |nanos: Option<u64>| nanos.map_or_else(|| "unknown".to_owned(), duration);
    vec![
        end(edge.from),
        if edge.asynchronous { callee + " (messages)" } else { callee },
        count(edge.calls),
        failed(edge.failed, edge.calls, blind),
        count(edge.retries),
        time(edge.p50),
        time(edge.p99),
    ]
}

/// Failed calls; where no span states a failure, none counted does not mean none.
fn failed(failed: u64, calls: u64, blind: bool) -> String {
    if blind && failed == 0 {
        return "unknown".to_owned();
    }
    match ratio(failed, calls) {
        Some(rate) if failed > 0 => format!("{} ({})", count(failed), share(rate)),
        _ => count(failed),
    }
}
