//! The cascade as a Mermaid flowchart, which GitHub and GitLab draw.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::analysis::Analysis;
use crate::model::PeerKind;

use super::escape::{mermaid, name, shorten};
use super::human::{lag, share};
use super::picture::{Drawn, Picture, Role};

/// Columns of a label.
const LABEL: usize = 40;

/// Writes the flowchart.
///
/// # Errors
/// Those of `out`.
pub fn write(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(flowchart(analysis).as_bytes())
}

/// The flowchart: an arrow goes from the caller to the callee; thick ones are those along which
/// failure went (the other way), numbered in the order in which they fell.
pub fn flowchart(analysis: &Analysis) -> String {
    let picture = Picture::of(analysis);
    let mut out = String::from("flowchart LR\n");
    let mut groups: BTreeMap<&str, Vec<&Drawn>> = BTreeMap::new();
    for drawn in &picture.nodes {
        groups.entry(&drawn.node.node.namespace).or_default().push(drawn);
    }
    for (i, (namespace, nodes)) in groups.iter().enumerate() {
        let indent = if namespace.is_empty() { "  " } else { "    " };
        if !namespace.is_empty() {
            let _ = writeln!(out, "  subgraph g{i}[\"{}\"]", label(namespace));
        }
        for drawn in nodes {
            let _ = writeln!(out, "{indent}{}", node(drawn));
        }
        if !namespace.is_empty() {
            out += "  end\n";
        }
    }
    for line in &picture.edges {
        let (from, to) = (line.edge.from, line.edge.to);
        let fell = line.fell.and_then(|i| Some((i, analysis.cascade.edges.get(i)?)));
        let _ = match fell {
            Some((i, edge)) => {
                let text =
                    format!("{}. {} {} bad", i + 1, lag(edge.lag_ms), share(edge.failure_rate));
                writeln!(out, "  n{from} ==>|\"{}\"| n{to}", mermaid(&text))
            }
            None if line.edge.asynchronous => writeln!(out, "  n{from} -.-> n{to}"),
            None => writeln!(out, "  n{from} --> n{to}"),
        };
    }
    // Colours that can be told apart in light and dark, with words in the labels besides.
    out += "  classDef origin fill:#b42318,stroke:#7a130b,color:#ffffff\n";
    out += "  classDef suspect fill:#b54708,stroke:#7a2e0e,color:#ffffff\n";
    out += "  classDef hurt fill:#fef0c7,stroke:#b54708,color:#3b2300\n";
    out
}

fn node(drawn: &Drawn) -> String {
    let mut text = label(&drawn.node.node.name);
    match drawn.role {
        Role::Origin => text += "<br/>origin",
        Role::Suspect => text += "<br/>suspect",
        Role::Hurt | Role::Bystander => {}
    }
    let (open, close) = match drawn.node.node.kind {
        PeerKind::Service => ("[\"", "\"]"),
        PeerKind::Database | PeerKind::Cache => ("[(\"", "\")]"),
        PeerKind::Messaging => ("([\"", "\"])"),
        PeerKind::External => ("{{\"", "\"}}"),
    };
    let class = match drawn.role {
        Role::Bystander => "",
        Role::Origin => ":::origin",
        Role::Suspect => ":::suspect",
        Role::Hurt => ":::hurt",
    };
    format!("n{}{open}{text}{close}{class}", drawn.place)
}

fn label(text: &str) -> String {
    mermaid(&shorten(&name(text), LABEL))
}
