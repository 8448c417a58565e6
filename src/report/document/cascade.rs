//! How the failure fell: a tree from the origin outward to those who called it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::analysis::{Analysis, Cascade, CascadeEdge};
use crate::model::Nanos;
use crate::report::escape::name;
use crate::report::human::{Clock, lag, share};
use crate::report::sparkline::sparkline;

use super::{Block, Branch, Column, Text, Tone};

/// Noticed so many milliseconds before what caused it: a minus sign would read as an error, and
/// the dates are not better than that.
const SOONER: i64 = 50;
/// Bars of a sparkline.
const SPARK: usize = 16;
const KEY: &str = "Below each service hang the callers that it took along. Bad calls failed, or took \
                   five times as long as usual; sooner means noticed before its cause.";
const ASIDE: &str =
    "A root that is no candidate had trouble of its own that explains little of the harm.";

pub(super) fn blocks(analysis: &Analysis, clock: &Clock, most: usize) -> Vec<Block> {
    let cascade = &analysis.cascade;
    if cascade.edges.is_empty() && cascade.impacted.is_empty() {
        return Vec::new();
    }
    let accused = analysis.candidates.first().map(|c| c.node.name.as_str());
    let origins = origins(cascade, accused);
    let ways = ways(cascade, &origins);
    let mut walk = Walk { analysis, cascade, clock, ways, lines: Vec::new() };
    for origin in &origins {
        walk.draw_origin(origin);
    }
    let mut lines = walk.lines;
    let left = lines.len().saturating_sub(most);
    // One more line costs no more than to say that there is one.
    if left > 1 {
        lines.truncate(most);
        let text = Text::new(Tone::Quiet, format!("and {left} more lines"));
        lines.push(Branch { strokes: String::new(), text, cells: Vec::new() });
    }
    let ranked = |origin: &&str| analysis.candidates.iter().any(|c| c.node.name == **origin);
    let mut key = Text::new(Tone::Quiet, KEY);
    if !analysis.candidates.is_empty() && !origins.iter().all(ranked) {
        key = key.and(Tone::Quiet, ASIDE);
    }
    vec![
        Block::section("How it fell"),
        Block::Paragraph(key),
        Block::Tree { columns: COLUMNS, branches: lines },
    ]
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

/// The edge on which each service was let down first, of those that origins lead to. Its callers
/// are drawn below that one, so that times in the tree never run backwards and no cycle goes on.
fn ways<'a>(cascade: &'a Cascade, origins: &[&'a str]) -> BTreeMap<&'a str, Option<usize>> {
    let mut below: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, edge) in cascade.edges.iter().enumerate() {
        below.entry(&edge.from).or_default().push(i);
    }
    let mut ways: BTreeMap<&str, Option<usize>> = origins.iter().map(|o| (*o, None)).collect();
    let mut next = BinaryHeap::new();
    let mut follow = |next: &mut BinaryHeap<_>, service: &str| {
        let edges = below.remove(service).unwrap_or_default();
        next.extend(edges.into_iter().map(|i| Reverse((cascade.edges[i].onset, i))));
    };
    for origin in origins {
        follow(&mut next, origin);
    }
    while let Some(Reverse((_, i))) = next.pop() {
        let service = cascade.edges[i].to.as_str();
        if !ways.contains_key(service) {
            ways.insert(service, Some(i));
            follow(&mut next, service);
        }
    }
    ways
}

/// What stands beside the tree.
const COLUMNS: &[Column] = &[
    Column::number("Onset", 0),
    Column::number("Lag", 1),
    Column::number("Bad", 1),
    Column::number("Before", 3),
    Column::words("Course", 2),
];

struct Walk<'a> {
    analysis: &'a Analysis,
    cascade: &'a Cascade,
    clock: &'a Clock,
    /// By which edge each service was reached; origins by none.
    ways: BTreeMap<&'a str, Option<usize>>,
    lines: Vec<Branch>,
}

impl<'a> Walk<'a> {
    /// A store has no spans in which it is hurt; its callers' tell when it began.
    fn accused_onset(&self, origin: &str) -> Option<Nanos> {
        self.analysis.candidates.iter().find(|c| c.node.name == origin)?.onset
    }

    fn draw_origin(&mut self, origin: &'a str) {
        let onset = self.cascade.impacted.iter().find(|i| i.service == origin);
        let onset = onset.map(|i| i.onset).or_else(|| self.accused_onset(origin));
        let cells = onset.map_or_else(Vec::new, |at| vec![self.clock.time(at)]);
        let text = Text::new(Tone::Strong, name(origin));
        self.lines.push(Branch { strokes: String::new(), text, cells });
        // A stack, not recursion: the depth of a cascade is the input's to choose.
        let mut stack = self.callers(origin, "");
        while let Some((index, strokes, last)) = stack.pop() {
            let edge = &self.cascade.edges[index];
            let corner = if last { "└─ " } else { "├─ " };
            self.lines.push(Branch {
                strokes: format!("{strokes}{corner}"),
                text: Text::new(Tone::Strong, name(&edge.to)),
                cells: self.cells(edge),
            });
            let below = if last { "   " } else { "│  " };
            if self.ways.get(edge.to.as_str()) == Some(&Some(index)) {
                stack.extend(self.callers(&edge.to, &format!("{strokes}{below}")));
            }
        }
    }

    /// The edges to the callers of a service; the first is on top of the stack.
    fn callers(&self, service: &str, strokes: &str) -> Vec<(usize, String, bool)> {
        let edges = self.cascade.edges.iter().enumerate();
        let callers = edges.filter(|(_, edge)| edge.from == service).rev();
        callers.enumerate().map(|(k, (i, _))| (i, strokes.to_owned(), k == 0)).collect()
    }

    fn cells(&self, edge: &CascadeEdge) -> Vec<String> {
        vec![
            self.clock.time(edge.onset),
            if edge.lag_ms < -SOONER { "sooner".to_owned() } else { lag(edge.lag_ms) },
            share(edge.failure_rate),
            share(edge.before),
            sparkline(&edge.course.trouble, SPARK),
        ]
    }
}
