//! The service graph as a drawing.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use crate::analysis::{Analysis, GraphNode};
use crate::report::escape::{name, shorten};
use crate::report::human::{count, duration, plural, ratio, share};
use crate::report::picture::{Drawn, Line, Picture, Role};

use super::layout::{Placed, Point, Sizes, layout};
use super::steps::Step;

/// Columns of a name in a node.
const LABEL: usize = 24;
/// Width of a letter, of a node's padding, and height of a node.
const LETTER: f64 = 8.2;
const PADDING: f64 = 26.0;
const HEIGHT: f64 = 46.0;
/// Where the mark of a border stands, behind the caller.
const MARK: f64 = 9.0;
/// Up to this width a drawing fits a page; up to that it can still be read when it is shrunk to fit.
const FITS: f64 = 1_190.0;
const WIDE: f64 = 1_900.0;
/// Versions that are named.
const VERSIONS: usize = 4;

/// A node to draw.
pub struct Node {
    /// Its place in the service graph: what lanes, steps and cards refer to.
    pub place: usize,
    /// The first step at which it is hurt; 0 for an origin, none for a bystander.
    pub step: Option<usize>,
    /// What it is in the incident.
    pub role: &'static str,
    /// What it is: service, database, …
    pub kind: &'static str,
    /// Its name, cut.
    pub label: String,
    /// The line below its name.
    pub note: String,
    /// All of it for a screen reader.
    pub told: String,
    /// Left and top.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// What is told of it when it is pointed at: label and value.
    pub facts: Vec<(&'static str, String)>,
    /// Its whole name.
    pub name: String,
    /// It leaves no spans of its own.
    pub dark: bool,
}

/// An edge to draw, from caller to callee.
pub struct Edge {
    /// The caller's place.
    pub from: usize,
    /// The callee's place.
    pub to: usize,
    /// Its step in the cascade, from 1.
    pub step: Option<usize>,
    /// It crosses the border of a namespace.
    pub crosses: bool,
    /// Messages.
    pub asynchronous: bool,
    /// The path in SVG.
    pub path: String,
    /// Where its number is.
    pub badge: Point,
    /// Where the mark of a border is.
    pub mark: Point,
    /// All of it for a screen reader.
    pub told: String,
}

/// A namespace.
pub struct Group {
    /// Its name.
    pub label: String,
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// The drawing.
pub struct Drawing {
    /// Namespaces.
    pub groups: Vec<Group>,
    /// Edges, those of the cascade last: they lie on top.
    pub edges: Vec<Edge>,
    /// Nodes.
    pub nodes: Vec<Node>,
    /// Width and height.
    pub size: Point,
    /// How it is fitted to the page.
    pub class: &'static str,
    /// Nodes that are not drawn.
    pub left_out: usize,
}

/// Draws the part of the graph that matters.
pub fn drawing(analysis: &Analysis, steps: &[Step]) -> Drawing {
    let picture = Picture::of(analysis);
    let namespaces = namespaces(&picture);
    let at: BTreeMap<usize, usize> =
        picture.nodes.iter().enumerate().map(|(i, drawn)| (drawn.place, i)).collect();
    let labels: Vec<String> =
        picture.nodes.iter().map(|d| shorten(&name(&d.node.node.name), LABEL)).collect();
    let notes: Vec<String> = picture.nodes.iter().map(|d| note(d, steps)).collect();
    let width = |i: usize| {
        let letters = labels[i].width().max(notes[i].width() * 4 / 5).max(9);
        letters as f64 * LETTER + PADDING
    };
    let placed = layout(&Sizes {
        nodes: picture
            .nodes
            .iter()
            .enumerate()
            .map(|(i, d)| (width(i), HEIGHT, group_of(&namespaces, d.node)))
            .collect(),
        groups: namespaces.len(),
        edges: picture
            .edges
            .iter()
            .map(|line| (at[&line.edge.from], at[&line.edge.to], line.fell.is_some()))
            .collect(),
    });

    let nodes = picture.nodes.iter().zip(&labels).zip(&notes).enumerate();
    let nodes = nodes.map(|(i, ((drawn, label), note))| {
        let facts = facts(analysis, drawn);
        let (x, y) = placed.nodes[i];
        Node {
            place: drawn.place,
            step: first_step(drawn, steps),
            role: drawn.role.as_str(),
            kind: drawn.node.node.kind.as_str(),
            told: told(drawn, &facts),
            name: name(&drawn.node.node.name),
            label: label.clone(),
            note: note.clone(),
            x: x - width(i) / 2.0,
            y: y - HEIGHT / 2.0,
            width: width(i),
            height: HEIGHT,
            facts,
            dark: !drawn.node.instrumented,
        }
    });
    let nodes: Vec<Node> = nodes.collect();
    let mut edges: Vec<Edge> = picture
        .edges
        .iter()
        .enumerate()
        .filter(|(_, line)| line.edge.from != line.edge.to)
        .map(|(i, line)| edge(analysis, line, i, &placed, steps))
        .collect();
    edges.sort_by_key(|edge| edge.step);
    Drawing {
        groups: namespaces
            .iter()
            .zip(&placed.groups)
            .map(|(namespace, &(x, y, width, height))| Group {
                label: shorten(&name(namespace), LABEL),
                x,
                y,
                width,
                height,
            })
            .collect(),
        edges,
        nodes,
        size: placed.size,
        class: match placed.size.0 {
            width if width <= FITS => "fits",
            width if width <= WIDE => "wide",
            _ => "huge",
        },
        left_out: picture.left_out,
    }
}

/// Namespaces with a border. One around everything would be no border.
fn namespaces<'a>(picture: &Picture<'a>) -> Vec<&'a str> {
    let mut names: Vec<&str> =
        picture.nodes.iter().map(|d| d.node.node.namespace.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < 2 {
        return Vec::new();
    }
    names.retain(|name| !name.is_empty());
    names
}

fn group_of(namespaces: &[&str], node: &GraphNode) -> Option<usize> {
    namespaces.binary_search(&node.node.namespace.as_str()).ok()
}

fn first_step(drawn: &Drawn, steps: &[Step]) -> Option<usize> {
    if matches!(drawn.role, Role::Origin | Role::Suspect) {
        return Some(0);
    }
    let own = steps.iter().filter(|s| s.caller_place == drawn.place);
    let first = own.map(|s| s.number).min();
    // A callee that nobody called before it failed its first caller was hurt with that.
    let below = || steps.iter().find(|s| s.callee_place == drawn.place).map(|s| s.number);
    first.or_else(below)
}

fn note(drawn: &Drawn, steps: &[Step]) -> String {
    let number = first_step(drawn, steps);
    match (drawn.role, number.and_then(|n| steps.get(n.checked_sub(1)?))) {
        (Role::Origin, _) => "began here".to_owned(),
        (Role::Suspect, _) => "suspect".to_owned(),
        (Role::Hurt, Some(step)) => format!("hurt, {}. to fall", step.number),
        (Role::Hurt, None) => "hurt".to_owned(),
        (Role::Bystander, _) => drawn.node.node.kind.as_str().to_owned(),
    }
}

fn facts(analysis: &Analysis, drawn: &Drawn) -> Vec<(&'static str, String)> {
    let node = drawn.node;
    let mut facts = vec![("Kind", node.node.kind.as_str().to_owned())];
    if !node.node.namespace.is_empty() {
        facts.push(("Namespace", name(&node.node.namespace)));
    }
    facts.push(("Calls", count(node.calls)));
    if !analysis.coverage.status_blind {
        let rate = ratio(node.failed, node.calls)
            .map_or_else(String::new, |rate| format!(" ({})", share(rate)));
        facts.push(("Failed", format!("{}{rate}", count(node.failed))));
    }
    for (label, edges) in [("Called by", true), ("Calls on", false)] {
        let own = analysis
            .graph
            .edges
            .iter()
            .filter(|e| drawn.place == if edges { e.to } else { e.from });
        let names: Vec<String> = own
            .filter_map(|e| analysis.graph.nodes.get(if edges { e.from } else { e.to }))
            .map(|n| name(&n.node.name))
            .collect();
        if !names.is_empty() {
            let more = names.len().saturating_sub(6);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            facts.push((label, names[..names.len().min(6)].join(", ") + &more));
        }
    }
    if node.instrumented {
        facts.push(("Instances", count(u64::from(node.instances))));
    } else {
        facts.push(("Seen", "only by its callers: it leaves no spans".to_owned()));
    }
    if !node.versions.is_empty() {
        let shown: Vec<String> = node.versions.iter().take(VERSIONS).map(|v| name(v)).collect();
        facts.push(("Versions", shown.join(", ")));
    }
    facts
}

fn told(drawn: &Drawn, facts: &[(&'static str, String)]) -> String {
    let facts: Vec<String> =
        facts.iter().map(|(label, value)| format!("{} {value}", label.to_lowercase())).collect();
    format!("{}, {}: {}", name(&drawn.node.node.name), drawn.role.as_str(), facts.join("; "))
}

fn edge(analysis: &Analysis, line: &Line, i: usize, placed: &Placed, steps: &[Step]) -> Edge {
    let end = |place: usize| {
        analysis.graph.nodes.get(place).map_or_else(String::new, |n| name(&n.node.name))
    };
    let calls = plural(line.edge.calls, "call", "calls");
    let mut told = format!("{} calls {}: {calls}", end(line.edge.from), end(line.edge.to));
    if !analysis.coverage.status_blind {
        told += &format!(", {} failed", count(line.edge.failed));
    }
    if let Some(p99) = line.edge.p99 {
        told += &format!(", 99 % within {}", duration(p99));
    }
    let step = line.fell.and_then(|fell| steps.get(fell));
    if let Some(step) = step {
        told += &format!("; step {} of the cascade, {}", step.number, step.told);
    }
    if line.crosses {
        told += "; crosses the border of a namespace";
    }
    let way = &placed.edges[i];
    Edge {
        from: line.edge.from,
        to: line.edge.to,
        step: step.map(|s| s.number),
        crosses: line.crosses,
        asynchronous: line.edge.asynchronous,
        path: path(way),
        badge: middle(way),
        mark: way.first().map_or((0.0, 0.0), |start| (start.0 + MARK, start.1)),
        told,
    }
}

/// A curve through all points that is level at each of them.
fn path(way: &[Point]) -> String {
    let Some(first) = way.first() else { return String::new() };
    let mut path = format!("M{:.1} {:.1}", first.0, first.1);
    for pair in way.windows(2) {
        let ((x, y), (to_x, to_y)) = (pair[0], pair[1]);
        let middle = (x + to_x) / 2.0;
        path += &format!("C{middle:.1} {y:.1} {middle:.1} {to_y:.1} {to_x:.1} {to_y:.1}");
    }
    path
}

/// The middle of the curve: its middle bend, or halfway along its middle piece.
fn middle(way: &[Point]) -> Point {
    let at = |i: usize| way.get(i).copied().unwrap_or_default();
    let half = way.len() / 2;
    if way.len() % 2 == 1 {
        return at(half);
    }
    let (a, b) = (at(half.saturating_sub(1)), at(half));
    ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0)
}
