//! A trace as a waterfall.

use crate::analysis::{Bar, Waterfall};
use crate::report::Options;
use crate::report::escape::{name, sentence, shorten};
use crate::report::human::{Clock, duration};

/// Columns of a name beside its bar.
const LABEL: usize = 34;
/// Where bars begin, how wide the chart is, and how high a row.
const LEFT: f64 = 236.0;
const WIDTH: f64 = 280.0;
const ROW: f64 = 22.0;
/// A bar is never thinner: it would be there and not be seen.
const THIN: f64 = 2.0;
/// What is added a level, and at most.
const INDENT: f64 = 9.0;
const DEEPEST: usize = 10;

/// A call to draw.
pub struct Row {
    /// Where its label begins.
    pub indent: f64,
    /// Service and operation, cut.
    pub label: String,
    /// Its top.
    pub top: f64,
    /// Left of the caller's wait.
    pub x: f64,
    /// Its width.
    pub width: f64,
    /// Left and width of the callee's work.
    pub worked: Option<(f64, f64)>,
    /// How long it took, with what became of it.
    pub time: String,
    /// It failed.
    pub failed: bool,
    /// It is on the critical path.
    pub critical: bool,
    /// Here the request was harmed.
    pub blamed: bool,
    /// All of it.
    pub told: String,
}

/// A trace to draw.
pub struct Trace {
    /// Its id.
    pub id: String,
    /// Where it can be opened.
    pub link: Option<String>,
    /// What it is.
    pub title: String,
    /// All of it for a screen reader.
    pub told: String,
    /// Rows.
    pub rows: Vec<Row>,
    /// Height of it all.
    pub height: f64,
    /// Calls that are not shown.
    pub left_out: usize,
    /// Warnings and errors: who wrote what.
    pub logs: Vec<(String, &'static str, String)>,
    /// It failed.
    pub failed: bool,
}

/// Draws a trace.
pub fn trace(trace: &Waterfall, options: &Options, clock: &Clock) -> Trace {
    let ends = trace.bars.iter().map(|bar| bar.offset.saturating_add(bar.took)).max();
    let whole = ends.unwrap_or(0).max(trace.took).max(1);
    let rows: Vec<Row> = trace.bars.iter().enumerate().map(|(i, bar)| row(bar, i, whole)).collect();
    let blamed = trace.bars.iter().find(|bar| bar.blamed);
    let title = format!(
        "{} {} at {}, {}",
        name(&trace.service),
        shorten(&name(&trace.operation), LABEL),
        clock.time(trace.start),
        duration(trace.took)
    );
    let mut told = title.clone();
    if let Some(bar) = blamed {
        told += &format!("; harmed in the call to {} {}", name(&bar.service), name(&bar.operation));
    }
    let logs = trace.bars.iter().flat_map(|bar| {
        bar.logs.iter().map(|(severity, text)| (name(&bar.service), *severity, sentence(text)))
    });
    Trace {
        link: options.trace_url.as_ref().and_then(|url| url.of(&trace.id)),
        id: name(&trace.id),
        title,
        told,
        height: rows.len() as f64 * ROW + 8.0,
        rows,
        left_out: trace.left_out,
        logs: logs.collect(),
        failed: trace.failed,
    }
}

fn row(bar: &Bar, i: usize, whole: u64) -> Row {
    let x = |nanos: u64| LEFT + WIDTH * (nanos as f64 / whole as f64).clamp(0.0, 1.0);
    let span = |from: u64, length: u64| {
        let left = x(from).min(LEFT + WIDTH - THIN);
        (left, (x(from.saturating_add(length)) - left).max(THIN))
    };
    let (left, width) = span(bar.offset, bar.took);
    let mut what = Vec::new();
    if bar.failed {
        what.push(if bar.cause.is_empty() { "failed" } else { bar.cause });
    }
    if bar.repaired {
        what.push("made good");
    }
    if bar.retry {
        what.push("retry");
    }
    if bar.asynchronous {
        what.push("message");
    }
    let operation = name(&bar.operation);
    let label = format!("{} {operation}", name(&bar.service));
    let time = std::iter::once(duration(bar.took)).chain(what.iter().map(|w| (*w).to_owned()));
    let time = time.collect::<Vec<_>>().join(", ");
    let mut told = format!("{label}: {time}");
    if bar.critical {
        told += "; on the critical path";
    }
    if bar.blamed {
        told += "; here the request was harmed";
    }
    if bar.worked.is_none() {
        told += "; seen by its caller only";
    }
    let indent = INDENT * bar.depth.min(DEEPEST) as f64;
    // What the indent takes is not there for letters.
    let room = LABEL - (indent / 7.0) as usize;
    Row {
        indent: indent + 4.0,
        label: shorten(&label, room),
        top: i as f64 * ROW + 4.0,
        x: left,
        width,
        worked: bar.worked.map(|(from, length)| span(from, length)),
        time,
        failed: bar.failed,
        critical: bar.critical,
        blamed: bar.blamed,
        told,
    }
}
