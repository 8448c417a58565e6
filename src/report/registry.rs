//! The formats, one line each.

use std::fmt;
use std::io::{self, Write};

use crate::analysis::{Analysis, Waterfall};
use crate::compare::{Comparison, Judgement};
use crate::faultlines::Faultlines;
use crate::gate::Gate;
use crate::history::{Contents, Likeness, WeakPoints};

use super::{
    Options, diff_json, document, dot, dot_cascade, faultlines_json, gate, graph_json, history,
    html, json, markdown, mermaid, terminal,
};

type Writes<T> = fn(&T, &Options, &mut dyn Write) -> io::Result<()>;

/// A way to write an analysis, or a part of it.
pub struct Format<T: 'static = Analysis> {
    /// What the user types after `--format`.
    pub id: &'static str,
    /// What it is good for, for the help text.
    pub title: &'static str,
    /// What its file is called among others.
    pub file: &'static str,
    write: Writes<T>,
}

impl<T> Format<T> {
    /// Writes the report.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, subject: &T, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        (self.write)(subject, options, out)
    }
}

impl<T> fmt::Debug for Format<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Format").field(&self.id).finish()
    }
}

/// Formats of the whole analysis, the default first.
pub const ANALYSIS: &[Format] = &[
    Format { id: "terminal", title: "for people, at once", file: "report.txt", write: in_terminal },
    Format {
        id: "json",
        title: "for programs, see docs/report.schema.json",
        file: "report.json",
        write: in_json,
    },
    Format {
        id: "html",
        title: "one page with pictures, opens from a mail",
        file: "report.html",
        write: in_html,
    },
    Format {
        id: "markdown",
        title: "the draft of a postmortem",
        file: "report.md",
        write: in_markdown,
    },
    Format { id: "mermaid", title: "the cascade, for wikis", file: "cascade.mmd", write: mermaid },
    Format { id: "dot", title: "the cascade, for Graphviz", file: "cascade.dot", write: dot },
    Format { id: "csv", title: "the candidates, a row each", file: "candidates.csv", write: csv },
    Format {
        id: "edges-csv",
        title: "the service graph's edges, a row each",
        file: "edges.csv",
        write: edges_csv,
    },
];

/// Formats of the service graph, the default first.
pub const GRAPH: &[Format] = &[
    Format { id: "table", title: "for people, at once", file: "graph.txt", write: graph_table },
    Format {
        id: "json",
        title: "for programs, see docs/graph.schema.json",
        file: "graph.json",
        write: graph_json,
    },
    Format { id: "dot", title: "for Graphviz", file: "graph.dot", write: graph_dot },
];

/// Formats of a single trace, the default first.
pub const TRACE: &[Format<Waterfall>] = &[
    Format {
        id: "terminal",
        title: "for people, at once",
        file: "trace.txt",
        write: trace_terminal,
    },
    Format { id: "html", title: "a page", file: "trace.html", write: html::write_trace },
];

/// Formats of a comparison of runs, the default first.
pub const DIFF: &[Format<Comparison>] = &[
    Format { id: "terminal", title: "for people, at once", file: "diff.txt", write: diff_terminal },
    Format {
        id: "json",
        title: "for programs, see docs/diff.schema.json",
        file: "diff.json",
        write: |comparison, _, out| diff_json::write(comparison, out),
    },
    Format { id: "html", title: "a page", file: "diff.html", write: diff_html },
    Format {
        id: "markdown",
        title: "to paste into a pull request",
        file: "diff.md",
        write: diff_markdown,
    },
];

fn diff_terminal(
    comparison: &Comparison,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    terminal::write(&document::diff(comparison, options), options, out)
}

fn diff_html(comparison: &Comparison, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let tone = if comparison.judged(Judgement::Worse).is_empty() { "good" } else { "bad" };
    html::write_document(DIFF_TITLE, tone, &document::diff(comparison, options), out)
}

fn diff_markdown(
    comparison: &Comparison,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    markdown::write(DIFF_TITLE, &document::diff(comparison, options), out)
}

const DIFF_TITLE: &str = "What changed between runs";

/// Formats of fault lines, the default first.
pub const FAULTLINES: &[Format<Faultlines>] = &[
    Format {
        id: "terminal",
        title: "for people, at once",
        file: "faultlines.txt",
        write: faultlines_terminal,
    },
    Format {
        id: "json",
        title: "for programs, see docs/faultlines.schema.json",
        file: "faultlines.json",
        write: faultlines_json,
    },
    Format { id: "html", title: "a page", file: "faultlines.html", write: faultlines_html },
    Format {
        id: "markdown",
        title: "for a ticket or a wiki",
        file: "faultlines.md",
        write: faultlines_markdown,
    },
    Format {
        id: "csv",
        title: "the integration points, a row each",
        file: "faultlines.csv",
        write: faultlines_csv,
    },
];

/// Formats of the gate, the default first.
pub const CHECK: &[Format<Gate>] = &[
    Format {
        id: "terminal",
        title: "for people, at once",
        file: "check.txt",
        write: check_terminal,
    },
    Format {
        id: "json",
        title: "for programs, see docs/check.schema.json",
        file: "check.json",
        write: |checked, _, out| gate::json(checked, out),
    },
    Format {
        id: "junit",
        title: "test cases, a rule each, for Jenkins and others",
        file: "check.xml",
        write: |checked, _, out| gate::junit(checked, out),
    },
    Format {
        id: "github",
        title: "annotations of GitHub Actions, on standard output",
        file: "check.github",
        write: |checked, _, out| gate::annotations(checked, out),
    },
    Format {
        id: "step-summary",
        title: "Markdown for $GITHUB_STEP_SUMMARY",
        file: "step-summary.md",
        write: |checked, _, out| gate::step_summary(checked, out),
    },
    Format {
        id: "gitlab",
        title: "a code quality report of GitLab",
        file: "gl-code-quality-report.json",
        write: |checked, _, out| gate::gitlab(checked, out),
    },
    Format {
        id: "markdown",
        title: "a comment on a change",
        file: "check.md",
        write: |checked, _, out| gate::comment(checked, out),
    },
];

fn check_terminal(checked: &Gate, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    terminal::write(&gate::document(checked, usize::MAX), options, out)
}

/// Formats of the list of incidents remembered, the default first.
pub const HISTORY: &[Format<Contents>] = &[
    Format {
        id: "terminal",
        title: "for people, at once",
        file: "history.txt",
        write: |c, o, out| terminal::write(&history::contents(c, o), o, out),
    },
    Format {
        id: "json",
        title: "for programs, see docs/history.schema.json",
        file: "history.json",
        write: |c, _, out| history::contents_json(c, out),
    },
    Format {
        id: "csv",
        title: "an incident a row",
        file: "history.csv",
        write: |c, _, out| history::contents_csv(c, out),
    },
    Format {
        id: "markdown",
        title: "for wikis",
        file: "history.md",
        write: |c, o, out| markdown::write("History", &history::contents(c, o), out),
    },
];

/// Formats of how alike an incident is to others, the default first.
pub const SIMILAR: &[Format<Likeness>] = &[
    Format {
        id: "terminal",
        title: "for people, at once",
        file: "similar.txt",
        write: |l, o, out| terminal::write(&history::similar(l, o), o, out),
    },
    Format {
        id: "json",
        title: "for programs, see docs/history.schema.json",
        file: "similar.json",
        write: |l, _, out| history::similar_json(l, out),
    },
];

/// Formats of the weak points, the default first.
pub const WEAK_POINTS: &[Format<WeakPoints>] = &[
    Format {
        id: "terminal",
        title: "for people, at once",
        file: "weak-points.txt",
        write: |w, o, out| terminal::write(&history::weak_points(w), o, out),
    },
    Format {
        id: "json",
        title: "for programs, see docs/history.schema.json",
        file: "weak-points.json",
        write: |w, _, out| history::weak_points_json(w, out),
    },
    Format {
        id: "csv",
        title: "a weak point a row",
        file: "weak-points.csv",
        write: |w, _, out| history::weak_points_csv(w, out),
    },
    Format {
        id: "markdown",
        title: "for wikis",
        file: "weak-points.md",
        write: |w, _, out| markdown::write("History", &history::weak_points(w), out),
    },
];

fn in_terminal(analysis: &Analysis, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let blocks = if options.explain {
        document::analysis(analysis, options)
    } else {
        document::screen(analysis, options)
    };
    terminal::write(&blocks, options, out)
}

fn in_json(analysis: &Analysis, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    json::write(analysis, out)
}

fn in_markdown(analysis: &Analysis, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let title = document::postmortem_title(analysis, options);
    markdown::write(&title, &document::postmortem(analysis, options), out)
}

fn in_html(analysis: &Analysis, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    html::write(analysis, options, out)
}

fn mermaid(analysis: &Analysis, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    mermaid::write(analysis, out)
}

fn dot(analysis: &Analysis, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    dot_cascade::write(analysis, out)
}

fn csv(analysis: &Analysis, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    super::csv::candidates(analysis, out)
}

fn edges_csv(analysis: &Analysis, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    super::csv::edges(analysis, out)
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

fn trace_terminal(trace: &Waterfall, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    terminal::write(&document::trace(trace, options), options, out)
}

fn faultlines_terminal(
    subject: &Faultlines,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    terminal::write(&document::faultlines(subject, options), options, out)
}

fn faultlines_json(subject: &Faultlines, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    faultlines_json::write(subject, out)
}

fn faultlines_html(subject: &Faultlines, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let title = document::faultlines_title(subject, options);
    html::write_document(&title, "doubt", &document::faultlines(subject, options), out)
}

fn faultlines_markdown(
    subject: &Faultlines,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let title = document::faultlines_title(subject, options);
    markdown::write(&title, &document::faultlines(subject, options), out)
}

fn faultlines_csv(subject: &Faultlines, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    super::csv::integration_points(subject, out)
}
