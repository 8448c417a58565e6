//! The formats, one line each.

use std::fmt;
use std::io::{self, Write};

use crate::analysis::Analysis;

use super::{Options, document, dot, graph_json, json, markdown, terminal};

/// A way to write an analysis, or a part of it.
#[derive(Clone, Copy)]
pub struct Format {
    /// What the user types after `--format`.
    pub id: &'static str,
    /// What it is good for, for the help text.
    pub title: &'static str,
    write: fn(&Analysis, &Options, &mut dyn Write) -> io::Result<()>,
}

impl Format {
    /// Writes the report.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(
        &self,
        analysis: &Analysis,
        options: &Options,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        (self.write)(analysis, options, out)
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Format").field(&self.id).finish()
    }
}

/// Formats of the whole analysis, the default first.
pub const ANALYSIS: &[Format] = &[
    Format { id: "terminal", title: "for people, at once", write: in_terminal },
    Format { id: "json", title: "for programs, see docs/report.schema.json", write: in_json },
    Format { id: "markdown", title: "for a postmortem or a ticket", write: in_markdown },
];

/// Formats of the service graph, the default first.
pub const GRAPH: &[Format] = &[
    Format { id: "table", title: "for people, at once", write: graph_table },
    Format { id: "json", title: "for programs, see docs/graph.schema.json", write: graph_json },
    Format { id: "dot", title: "for Graphviz", write: graph_dot },
];

fn in_terminal(analysis: &Analysis, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    terminal::write(&document::analysis(analysis), options, out)
}

fn in_json(analysis: &Analysis, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    json::write(analysis, out)
}

fn in_markdown(analysis: &Analysis, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    markdown::write("What the traces tell", &document::analysis(analysis), out)
}

fn graph_table(analysis: &Analysis, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    terminal::write(&document::graph(analysis), options, out)
}

fn graph_json(analysis: &Analysis, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    graph_json::write(analysis, out)
}

fn graph_dot(analysis: &Analysis, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    dot::write(analysis, out)
}
