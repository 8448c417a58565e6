//! Where nodes, groups and edges of a graph are drawn.
//!
//! The method is Sugiyama's, from left to right, in dagre's version that knows groups
//! ([ADR 9](../../../docs/adr/0009-pictures-in-the-page.md)).

use dagre::graph::{Graph, GraphOptions};
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, RankDir};

/// A point of the picture.
pub type Point = (f64, f64);

/// A graph to lay out. Nodes and groups are numbered from zero.
pub struct Sizes {
    /// Width and height of every node, and its group.
    pub nodes: Vec<(f64, f64, Option<usize>)>,
    /// How many groups there are.
    pub groups: usize,
    /// Ends of every edge, and whether there is a badge on it.
    pub edges: Vec<(usize, usize, bool)>,
}

/// The picture.
#[derive(Debug, Default, PartialEq)]
pub struct Placed {
    /// The middle of every node.
    pub nodes: Vec<Point>,
    /// Left, top, width and height of every group.
    pub groups: Vec<(f64, f64, f64, f64)>,
    /// The way of every edge, from side to side of its nodes.
    pub edges: Vec<Vec<Point>>,
    /// Width and height of it all.
    pub size: Point,
}

/// Between the picture and its edge.
const MARGIN: f64 = 16.0;
/// What a badge needs.
const BADGE: f64 = 22.0;
/// Bends closer than this would be one kink.
const NEAR: f64 = 8.0;

/// Lays a graph out. The result depends on nothing but the graph.
pub fn layout(sizes: &Sizes) -> Placed {
    let options = GraphOptions { directed: true, multigraph: true, compound: true };
    let mut graph: Graph<NodeLabel, EdgeLabel> = Graph::with_options(options);
    for group in 0..sizes.groups {
        graph.set_node(format!("g{group}"), Some(NodeLabel::default()));
    }
    for (i, &(width, height, group)) in sizes.nodes.iter().enumerate() {
        let label = NodeLabel { width, height, ..NodeLabel::default() };
        graph.set_node(format!("n{i}"), Some(label));
        if let Some(group) = group {
            graph.set_parent(&format!("n{i}"), Some(&format!("g{group}")));
        }
    }
    // A call to itself is no edge of the picture: the lane and the table tell it.
    let drawn = |edge: &&(usize, usize, bool)| edge.0 != edge.1;
    for (i, (from, to, badge)) in sizes.edges.iter().enumerate().filter(|(_, e)| drawn(e)) {
        let side = if *badge { BADGE } else { 0.0 };
        let label = EdgeLabel { width: side, height: side, ..EdgeLabel::default() };
        graph.set_edge(format!("n{from}"), format!("n{to}"), Some(label), Some(&i.to_string()));
    }
    let spacing = LayoutOptions {
        rankdir: RankDir::LR,
        nodesep: 22.0,
        edgesep: 12.0,
        ranksep: 46.0,
        marginx: MARGIN,
        marginy: MARGIN,
        ..LayoutOptions::default()
    };
    dagre::layout(&mut graph, Some(spacing));
    read(sizes, &graph)
}

fn read(sizes: &Sizes, graph: &Graph<NodeLabel, EdgeLabel>) -> Placed {
    let mut placed = Placed::default();
    let mut below = MARGIN;
    for (i, &(width, height, _)) in sizes.nodes.iter().enumerate() {
        let found = graph.node(&format!("n{i}")).and_then(|n| Some((n.x?, n.y?)));
        // A node that was not laid out stands in a column of its own rather than nowhere.
        let at = found.filter(|p| p.0.is_finite() && p.1.is_finite()).unwrap_or_else(|| {
            below += height + MARGIN;
            (MARGIN + width / 2.0, below - height / 2.0)
        });
        placed.size.0 = placed.size.0.max(at.0 + width / 2.0 + MARGIN);
        placed.size.1 = placed.size.1.max(at.1 + height / 2.0 + MARGIN);
        placed.nodes.push(at);
    }
    for group in 0..sizes.groups {
        let found = graph.node(&format!("g{group}")).and_then(|n| Some((n.x?, n.y?, n)));
        let frame = found.map_or((0.0, 0.0, 0.0, 0.0), |(x, y, n)| {
            (x - n.width / 2.0, y - n.height / 2.0, n.width, n.height)
        });
        placed.size.0 = placed.size.0.max(frame.0 + frame.2 + MARGIN);
        placed.size.1 = placed.size.1.max(frame.1 + frame.3 + MARGIN);
        placed.groups.push(frame);
    }
    for (i, &(from, to, _)) in sizes.edges.iter().enumerate() {
        let (source, target) = (format!("n{from}"), format!("n{to}"));
        let found = graph.edge(&source, &target, Some(&i.to_string()));
        let bends = found.map_or_else(Vec::new, |e| {
            let points = e.points.iter().map(|p| (p.x, p.y));
            let inner = points.skip(1).take(e.points.len().saturating_sub(2));
            inner.filter(|p| p.0.is_finite() && p.1.is_finite()).collect()
        });
        // It leaves and arrives at the sides, so that it does not cross what stands above or below.
        let (a, b) = (placed.nodes[from], placed.nodes[to]);
        let side = if b.0 >= a.0 { 0.5 } else { -0.5 };
        let mut way = vec![(a.0 + side * sizes.nodes[from].0, a.1)];
        way.extend(without_doubles(bends, (a.0.min(b.0), a.0.max(b.0))));
        way.push((b.0 - side * sizes.nodes[to].0, b.1));
        placed.edges.push(way);
    }
    placed
}

/// Bends that say something: between the nodes, and not all but on top of each other.
fn without_doubles(bends: Vec<Point>, (left, right): (f64, f64)) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    for bend in bends.into_iter().filter(|p| left < p.0 && p.0 < right) {
        let near = kept.last().is_some_and(|last| (last.0 - bend.0).abs() < NEAR);
        if !near {
            kept.push(bend);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inside(placed: &Placed, at: Point) -> bool {
        (0.0..=placed.size.0).contains(&at.0) && (0.0..=placed.size.1).contains(&at.1)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_graph_is_drawn_and_always_alike(
            nodes in 1_usize..24,
            groups in 0_usize..5,
            ends in prop::collection::vec((any::<u16>(), any::<u16>(), any::<bool>()), 0..50),
            membership in prop::collection::vec(any::<u8>(), 24),
        ) {
            let group = |i: usize| {
                let group = membership[i] as usize % (groups + 1);
                (group < groups).then_some(group)
            };
            let sizes = Sizes {
                nodes: (0..nodes).map(|i| (120.0, 44.0, group(i))).collect(),
                groups,
                edges: ends
                    .iter()
                    .map(|&(a, b, badge)| (a as usize % nodes, b as usize % nodes, badge))
                    .collect(),
            };
            let placed = layout(&sizes);
            prop_assert_eq!(placed.nodes.len(), nodes);
            prop_assert_eq!(placed.edges.len(), sizes.edges.len());
            for at in &placed.nodes {
                prop_assert!(inside(&placed, *at), "{:?} of {:?}", at, placed.size);
            }
            for (i, a) in placed.nodes.iter().enumerate() {
                for b in &placed.nodes[i + 1..] {
                    let apart = (a.0 - b.0).abs() >= 119.0 || (a.1 - b.1).abs() >= 43.0;
                    prop_assert!(apart, "{:?} is on {:?}", a, b);
                }
            }
            prop_assert_eq!(layout(&sizes), placed);
        }
    }
}
