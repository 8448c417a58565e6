//! One trace as a waterfall of text.

use unicode_width::UnicodeWidthStr;

use crate::analysis::{Bar, Waterfall};
use crate::report::Options;
use crate::report::escape::{name, sentence};
use crate::report::human::{Clock, duration, plural};

use crate::report::tree_grid::GAP;

use super::{Block, Branch, Column, Text, Tone};

/// The narrowest and the widest chart.
const NARROW: usize = 12;
const WIDE: usize = 48;

const COLUMNS: &[Column] =
    &[Column::number("Took", 0), Column::words("When", 1), Column::words("What", 0)];
const KEY: &str = "█ the callee worked, ▒ the caller waited, * on the critical path, ✕ failed, \
                   ◀ here the request was harmed.";

/// The document.
pub fn trace(trace: &Waterfall, options: &Options) -> Vec<Block> {
    let clock = Clock::new(trace.start, &options.zone);
    let link = options.trace_url.as_ref().and_then(|url| url.of(&trace.id));
    let outcome = if trace.failed {
        Text::new(Tone::Bad, "failed")
    } else {
        Text::new(Tone::Good, "did not fail")
    };
    let mut head = vec![
        ("Trace", Text::default().linked(name(&trace.id), link)),
        ("Entry", format!("{} {}", name(&trace.service), name(&trace.operation)).into()),
        ("Time", format!("{} {} {}", clock.date(), clock.time(trace.start), clock.name).into()),
        ("Outcome", outcome.and(Tone::Plain, format!("after {}", duration(trace.took)))),
    ];
    if let Some(bar) = trace.bars.iter().find(|bar| bar.blamed) {
        let call = format!("{} {}", name(&bar.service), name(&bar.operation));
        head.push(("Harmed in", Text::new(Tone::Strong, call)));
    }
    let ends = trace.bars.iter().map(|bar| bar.offset.saturating_add(bar.took)).max();
    let whole = ends.unwrap_or(0).max(trace.took).max(1);
    let width = room(&trace.bars, options.width);
    let mut branches = strokes(&trace.bars);
    for (branch, bar) in branches.iter_mut().zip(&trace.bars) {
        branch.cells = vec![duration(bar.took), chart(bar, whole, width), marks(bar)];
    }
    let mut blocks = vec![
        Block::Fields(head),
        Block::Tree { columns: COLUMNS, branches },
        Block::Paragraph(Text::new(Tone::Quiet, KEY)),
    ];
    if trace.left_out > 0 {
        let left = plural(trace.left_out as u64, "call is", "calls are");
        blocks.push(Block::Paragraph(format!("{left} not shown: the trace was cut.").into()));
    }
    let logs: Vec<Text> = trace
        .bars
        .iter()
        .flat_map(|bar| bar.logs.iter().map(move |log| (bar, log)))
        .map(|(bar, (severity, text))| {
            Text::new(Tone::Strong, format!("{} {severity}:", name(&bar.service)))
                .and(Tone::Plain, sentence(text))
        })
        .collect();
    if !logs.is_empty() {
        blocks.push(Block::section("Warnings and errors"));
        blocks.push(Block::List(logs));
    }
    blocks
}

/// Columns for the chart: what names, durations and marks leave. Names are cut to half of the page
/// before the chart, which is what the page is for, is given up.
fn room(bars: &[Bar], page: usize) -> usize {
    let widest = |width: &dyn Fn(&Bar) -> usize| bars.iter().map(width).max().unwrap_or(0);
    let names = widest(&|bar| {
        3 * bar.depth + name(&bar.service).width() + 1 + name(&bar.operation).width()
    });
    let beside = widest(&|bar| duration(bar.took).width()) + widest(&|bar| marks(bar).width());
    let taken = names.min(page / 2) + beside + COLUMNS.len() * GAP;
    page.saturating_sub(taken).clamp(NARROW, WIDE)
}

/// The lines of the tree, from depths.
fn strokes(bars: &[Bar]) -> Vec<Branch> {
    // Whether a line at each depth goes on below, known from the end.
    let mut goes_on: Vec<bool> = Vec::new();
    let mut lines: Vec<Branch> = Vec::with_capacity(bars.len());
    for bar in bars.iter().rev() {
        goes_on.resize(bar.depth + 1, false);
        let mut strokes = String::new();
        for (depth, goes_on) in goes_on.iter().enumerate().skip(1) {
            strokes += match (depth == bar.depth, *goes_on) {
                (true, true) => "├─ ",
                (true, false) => "└─ ",
                (false, true) => "│  ",
                (false, false) => "   ",
            };
        }
        goes_on[bar.depth] = true;
        let tone = if bar.blamed { Tone::Bad } else { Tone::Strong };
        let text = Text::new(tone, name(&bar.service)).and(Tone::Plain, name(&bar.operation));
        lines.push(Branch { strokes, text, cells: Vec::new() });
    }
    lines.reverse();
    lines
}

/// When the call was under way, in the time of the whole trace.
fn chart(bar: &Bar, whole: u64, width: usize) -> String {
    let column = |nanos: u64| {
        let share = nanos as f64 / whole as f64 * width as f64;
        (share as usize).min(width - 1)
    };
    let mut cells = vec!['·'; width];
    let mut fill = |from: u64, length: u64, mark: char| {
        let last = column(from.saturating_add(length.saturating_sub(1)));
        cells[column(from)..=last.max(column(from))].fill(mark);
    };
    fill(bar.offset, bar.took, '▒');
    if let Some((from, length)) = bar.worked {
        fill(from, length, '█');
    }
    cells.into_iter().collect()
}

fn marks(bar: &Bar) -> String {
    let mut marks = Vec::new();
    marks.extend(bar.critical.then_some("*"));
    marks.extend(bar.failed.then_some("✕"));
    marks.extend((!bar.cause.is_empty()).then_some(bar.cause));
    marks.extend(bar.repaired.then_some("made good"));
    marks.extend(bar.retry.then_some("retry"));
    marks.extend(bar.asynchronous.then_some("message"));
    marks.extend(bar.blamed.then_some("◀"));
    marks.join(" ")
}
