//! The cascade in the DOT language of Graphviz.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::analysis::Analysis;
use crate::model::PeerKind;

use super::escape::{dot, name, shorten};
use super::human::{lag, share};
use super::picture::{Drawn, Picture, Role};

/// Columns of a label.
const LABEL: usize = 40;

/// Writes the picture: an arrow goes from the caller to the callee, numbers tell the order in
/// which edges fell, and boxes around nodes are namespaces.
///
/// # Errors
/// Those of `out`.
pub fn write(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let picture = Picture::of(analysis);
    writeln!(out, "digraph cascade {{")?;
    writeln!(out, "  rankdir=LR;")?;
    writeln!(out, "  node [shape=box, fontname=\"sans-serif\"];")?;
    writeln!(out, "  edge [fontname=\"sans-serif\", fontsize=10, color=gray50];")?;
    let mut groups: BTreeMap<&str, Vec<&Drawn>> = BTreeMap::new();
    for drawn in &picture.nodes {
        groups.entry(&drawn.node.node.namespace).or_default().push(drawn);
    }
    for (i, (namespace, nodes)) in groups.iter().enumerate() {
        // Only names that begin with "cluster" are drawn as boxes.
        let boxed = !namespace.is_empty();
        if boxed {
            writeln!(out, "  subgraph cluster_{i} {{")?;
            writeln!(out, "    label={};", label(namespace))?;
        }
        for drawn in nodes {
            writeln!(out, "    n{} [{}];", drawn.place, node(drawn))?;
        }
        if boxed {
            writeln!(out, "  }}")?;
        }
    }
    for line in &picture.edges {
        let fell = line.fell.and_then(|i| Some((i, analysis.cascade.edges.get(i)?)));
        let style = match fell {
            Some((i, edge)) => {
                let (lag, bad) = (lag(edge.lag_ms), share(edge.failure_rate));
                let text = dot(&format!("{}. {lag}, {bad} bad", i + 1));
                format!("label={text}, color=red, penwidth=2")
            }
            None if line.edge.asynchronous => "style=dashed".to_owned(),
            None => "style=solid".to_owned(),
        };
        writeln!(out, "  n{} -> n{} [{style}];", line.edge.from, line.edge.to)?;
    }
    writeln!(out, "}}")
}

fn node(drawn: &Drawn) -> String {
    let shape = match drawn.node.node.kind {
        PeerKind::Service => "box",
        PeerKind::Database | PeerKind::Cache => "cylinder",
        PeerKind::Messaging => "cds",
        PeerKind::External => "ellipse",
    };
    let role = match drawn.role {
        Role::Origin => ", style=filled, fillcolor=\"#b42318\", fontcolor=white",
        Role::Suspect => ", style=filled, fillcolor=\"#b54708\", fontcolor=white",
        Role::Hurt => ", style=filled, fillcolor=\"#fef0c7\"",
        Role::Bystander => "",
    };
    let mut text = shorten(&name(&drawn.node.node.name), LABEL);
    if matches!(drawn.role, Role::Origin | Role::Suspect) {
        text += &format!(" ({})", drawn.role.as_str());
    }
    format!("label={}, shape={shape}{role}", dot(&text))
}

fn label(text: &str) -> String {
    dot(&shorten(&name(text), LABEL))
}
