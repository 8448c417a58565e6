//! How the failure fell: a tree from the origin outward to those who called it.

use crate::analysis::{Analysis, Cascade, CascadeEdge};
use crate::report::escape::name;
use crate::report::human::{Clock, lag, share};

use super::{Block, Branch, Text, Tone};

/// Lines of the tree; what is left out is counted.
const LINES: usize = 40;

pub(super) fn blocks(analysis: &Analysis, clock: &Clock) -> Vec<Block> {
    let cascade = &analysis.cascade;
    if cascade.edges.is_empty() && cascade.impacted.is_empty() {
        return Vec::new();
    }
    let mut walk =
        Walk { cascade, clock, drawn: vec![false; cascade.edges.len()], lines: Vec::new() };
    for origin in origins(cascade) {
        walk.draw_origin(origin);
    }
    let left = walk.lines.len().saturating_sub(LINES);
    let mut lines = walk.lines;
    lines.truncate(LINES);
    let mut blocks = vec![
        Block::section("How it fell (who failed first stands left of its callers)"),
        Block::Tree(lines),
    ];
    if left > 0 {
        blocks.push(Block::Paragraph(format!("and {left} more lines").into()));
    }
    blocks
}

/// Who failed without a failing callee, then whoever a cycle hides, in order of onset.
fn origins(cascade: &Cascade) -> Vec<&str> {
    let mut origins: Vec<&str> = Vec::new();
    let froms = || cascade.edges.iter().map(|e| e.from.as_str());
    let alone = cascade.impacted.iter().map(|i| i.service.as_str());
    let pure = froms().chain(alone).filter(|name| cascade.edges.iter().all(|e| e.to != *name));
    for origin in pure {
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    for from in froms() {
        if !reached(cascade, &origins).contains(&from) {
            origins.push(from);
        }
    }
    origins
}

fn reached<'a>(cascade: &'a Cascade, origins: &[&'a str]) -> Vec<&'a str> {
    let mut seen = origins.to_vec();
    let mut next = 0;
    while let Some(at) = seen.get(next).copied() {
        next += 1;
        for edge in cascade.edges.iter().filter(|e| e.from == at) {
            if !seen.contains(&edge.to.as_str()) {
                seen.push(&edge.to);
            }
        }
    }
    seen
}

struct Walk<'a> {
    cascade: &'a Cascade,
    clock: &'a Clock,
    /// Edges are drawn once, which also ends every cycle.
    drawn: Vec<bool>,
    lines: Vec<Branch>,
}

impl<'a> Walk<'a> {
    fn draw_origin(&mut self, origin: &'a str) {
        let onset = self.cascade.impacted.iter().find(|i| i.service == origin);
        let mut text = Text::new(Tone::Strong, name(origin));
        if let Some(impacted) = onset {
            text = text.and(Tone::Plain, self.clock.time(impacted.onset));
        }
        self.lines.push(Branch { strokes: String::new(), text });
        // A stack, not recursion: the depth of a cascade is the input's to choose.
        let mut stack = self.callers(origin, "");
        while let Some((index, strokes, last)) = stack.pop() {
            let edge = &self.cascade.edges[index];
            let repeated = std::mem::replace(&mut self.drawn[index], true);
            if repeated {
                continue;
            }
            let corner = if last { "└─ " } else { "├─ " };
            self.lines
                .push(Branch { strokes: format!("{strokes}{corner}"), text: self.edge(edge) });
            let below = if last { "   " } else { "│  " };
            stack.extend(self.callers(&edge.to, &format!("{strokes}{below}")));
        }
    }

    /// The edges out of a service that are still to be drawn, the first on top of the stack.
    fn callers(&self, service: &str, strokes: &str) -> Vec<(usize, String, bool)> {
        let edges = self.cascade.edges.iter().enumerate();
        edges
            .filter(|(i, e)| e.from == service && !self.drawn[*i])
            .map(|(i, _)| i)
            .rev()
            .enumerate()
            .map(|(k, i)| (i, strokes.to_owned(), k == 0))
            .collect()
    }

    fn edge(&self, edge: &CascadeEdge) -> Text {
        let onset = format!("{} ({})", self.clock.time(edge.onset), lag(edge.lag_ms));
        let rates = format!("failing {}, before {}", share(edge.failure_rate), share(edge.before));
        Text::new(Tone::Strong, name(&edge.to)).and(Tone::Plain, onset).and(Tone::Quiet, rates)
    }
}
