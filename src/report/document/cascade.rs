//! How the failure fell: a tree from the origin outward to those who called it.

use crate::analysis::{Analysis, Cascade, CascadeEdge};
use crate::report::escape::name;
use crate::report::human::{Clock, lag, share};

use super::{Block, Branch, Text, Tone};

/// Lines of the tree; what is left out is counted.
const LINES: usize = 40;
const KEY: &str = "Who failed first stands above; the callers it took along hang below it, with the \
                   onset and the lag behind it.";

pub(super) fn blocks(analysis: &Analysis, clock: &Clock) -> Vec<Block> {
    let cascade = &analysis.cascade;
    if cascade.edges.is_empty() && cascade.impacted.is_empty() {
        return Vec::new();
    }
    let mut walk = Walk { cascade, clock, followed: Vec::new(), lines: Vec::new() };
    let accused = analysis.candidates.first().map(|c| c.node.name.as_str());
    for origin in origins(cascade, accused) {
        walk.draw_origin(origin);
    }
    let left = walk.lines.len().saturating_sub(LINES);
    let mut lines = walk.lines;
    lines.truncate(LINES);
    let mut blocks = vec![
        Block::section("How it fell"),
        Block::Paragraph(Text::new(Tone::Quiet, KEY)),
        Block::Tree(lines),
    ];
    if left > 0 {
        blocks.push(Block::Paragraph(format!("and {left} more lines").into()));
    }
    blocks
}

/// The accused, then who failed without a failing callee, then whoever a cycle hides, in order of onset.
fn origins<'a>(cascade: &'a Cascade, accused: Option<&str>) -> Vec<&'a str> {
    let froms = || cascade.edges.iter().map(|e| e.from.as_str());
    let mut origins: Vec<&str> = froms().find(|from| Some(*from) == accused).into_iter().collect();
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
    /// A service's callers are drawn where it is met first, which also ends every cycle.
    followed: Vec<&'a str>,
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
            let corner = if last { "└─ " } else { "├─ " };
            self.lines
                .push(Branch { strokes: format!("{strokes}{corner}"), text: self.edge(edge) });
            let below = if last { "   " } else { "│  " };
            stack.extend(self.callers(&edge.to, &format!("{strokes}{below}")));
        }
    }

    /// The edges to the callers of a service, unless they were followed before; the first is on
    /// top of the stack.
    fn callers(&mut self, service: &'a str, strokes: &str) -> Vec<(usize, String, bool)> {
        if self.followed.contains(&service) {
            return Vec::new();
        }
        self.followed.push(service);
        let edges = self.cascade.edges.iter().enumerate();
        let callers = edges.filter(|(_, edge)| edge.from == service).rev();
        callers.enumerate().map(|(k, (i, _))| (i, strokes.to_owned(), k == 0)).collect()
    }

    fn edge(&self, edge: &CascadeEdge) -> Text {
        let onset = format!("{} ({})", self.clock.time(edge.onset), lag(edge.lag_ms));
        let rates = format!("failing {}, before {}", share(edge.failure_rate), share(edge.before));
        Text::new(Tone::Strong, name(&edge.to)).and(Tone::Plain, onset).and(Tone::Quiet, rates)
    }
}
