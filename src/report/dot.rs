//! The service graph in the DOT language of Graphviz.

use std::io::{self, Write};

use crate::analysis::{Analysis, GraphEdge, GraphNode};
use crate::model::PeerKind;

use super::escape::{dot, name};
use super::human::{count, duration, ratio, share};

/// Writes the graph; an arrow goes from the caller to the callee.
///
/// # Errors
/// Those of `out`.
pub fn write(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph services {{")?;
    writeln!(out, "  rankdir=LR;")?;
    writeln!(out, "  node [shape=box, fontname=\"sans-serif\"];")?;
    writeln!(out, "  edge [fontname=\"sans-serif\", fontsize=10];")?;
    // Names are labels only: ids of our own cannot collide or break out.
    for (i, each) in analysis.graph.nodes.iter().enumerate() {
        writeln!(out, "  n{i} [{}];", node(each))?;
    }
    for each in &analysis.graph.edges {
        writeln!(out, "  n{} -> n{} [{}];", each.from, each.to, edge(each))?;
    }
    writeln!(out, "}}")
}

fn node(node: &GraphNode) -> String {
    let label = if node.node.namespace.is_empty() {
        name(&node.node.name)
    } else {
        format!("{}/{}", name(&node.node.namespace), name(&node.node.name))
    };
    let shape = match node.node.kind {
        PeerKind::Service => "box",
        PeerKind::Database | PeerKind::Cache => "cylinder",
        PeerKind::Messaging => "cds",
        PeerKind::External => "ellipse",
    };
    let mut attributes = format!("label={}, shape={shape}", dot(&label));
    match (node.instrumented, node.entry) {
        (false, _) => attributes += ", style=dashed",
        (true, true) => attributes += ", style=bold",
        (true, false) => {}
    }
    attributes
}

fn edge(edge: &GraphEdge) -> String {
    let mut label = format!("{} calls", count(edge.calls));
    if let Some(rate) = ratio(edge.failed, edge.calls).filter(|rate| *rate > 0.0) {
        label += &format!(", {} failed", share(rate));
    }
    if let Some(p99) = edge.p99 {
        label += &format!(", p99 {}", duration(p99));
    }
    let mut attributes = format!("label={}", dot(&label));
    if edge.asynchronous {
        attributes += ", style=dashed";
    }
    if edge.failed > 0 {
        attributes += ", color=red";
    }
    attributes
}
