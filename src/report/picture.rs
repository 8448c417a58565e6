//! Which part of the service graph a picture of the incident shows.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::{Analysis, GraphEdge, GraphNode};
use crate::model::PeerKind;

/// A picture of so many nodes can still be read; beyond it what is not involved is left out.
const MOST: usize = 60;
/// Neighbours that are shown besides however many are involved.
const FEW: usize = 4;

/// What a node is in the incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The first candidate.
    Origin,
    /// Another candidate.
    Suspect,
    /// It was hurt.
    Hurt,
    /// Neither: it is there because it calls or is called by one of the others.
    Bystander,
}

impl Role {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Suspect => "suspect",
            Self::Hurt => "hurt",
            Self::Bystander => "bystander",
        }
    }
}

/// A node of the picture.
pub struct Drawn<'a> {
    /// Its place in the service graph.
    pub place: usize,
    /// Itself.
    pub node: &'a GraphNode,
    /// What it is in the incident.
    pub role: Role,
}

/// An edge of the picture, in the direction of the call.
pub struct Line<'a> {
    /// Itself; ends are places in the service graph.
    pub edge: &'a GraphEdge,
    /// Its index in the cascade, if failure went along it.
    pub fell: Option<usize>,
    /// Caller and callee are in different namespaces.
    pub crosses: bool,
}

/// What is drawn.
pub struct Picture<'a> {
    /// Nodes, in order of the service graph.
    pub nodes: Vec<Drawn<'a>>,
    /// Edges between them.
    pub edges: Vec<Line<'a>>,
    /// Nodes that are not drawn.
    pub left_out: usize,
}

impl<'a> Picture<'a> {
    /// The incident with its neighbours; the whole graph if it is small.
    pub fn of(analysis: &'a Analysis) -> Self {
        let graph = &analysis.graph;
        let roles = roles(analysis);
        let shown = shown(analysis, &roles);
        let fell: BTreeMap<[usize; 2], usize> = analysis
            .cascade
            .edges
            .iter()
            .enumerate()
            .rev()
            .map(|(i, edge)| ([edge.places[1], edge.places[0]], i))
            .collect();
        let nodes = graph.nodes.iter().enumerate().filter(|(place, _)| shown.contains(place));
        let both = |e: &&GraphEdge| shown.contains(&e.from) && shown.contains(&e.to);
        let edges = graph.edges.iter().filter(both).map(|edge| {
            // Stores and peers have no namespace: a border is between services.
            let namespace = |place: usize| {
                let node = graph.nodes.get(place).map(|n| &n.node);
                node.filter(|n| n.kind == PeerKind::Service).map(|n| &n.namespace)
            };
            let (caller, callee) = (namespace(edge.from), namespace(edge.to));
            Line {
                edge,
                fell: fell.get(&[edge.from, edge.to]).copied(),
                crosses: caller.is_some() && callee.is_some() && caller != callee,
            }
        });
        Self {
            nodes: nodes
                .map(|(place, node)| Drawn {
                    place,
                    node,
                    role: roles.get(&place).copied().unwrap_or(Role::Bystander),
                })
                .collect(),
            edges: edges.collect(),
            left_out: graph.nodes.len() - shown.len(),
        }
    }
}

fn roles(analysis: &Analysis) -> BTreeMap<usize, Role> {
    let mut roles: BTreeMap<usize, Role> = BTreeMap::new();
    let first = analysis.incidents.first().map(|i| i.id);
    let own = analysis.candidates.iter().filter(|c| Some(c.incident_id) == first);
    for (i, place) in own.filter_map(|c| c.place).enumerate() {
        roles.entry(place).or_insert(if i == 0 { Role::Origin } else { Role::Suspect });
    }
    for edge in &analysis.cascade.edges {
        for place in edge.places {
            roles.entry(place).or_insert(Role::Hurt);
        }
    }
    // A place that is none would be a node that is none.
    roles.retain(|place, _| *place < analysis.graph.nodes.len());
    roles
}

/// Everything that is involved, then neighbours by their calls, then the rest if it all fits.
fn shown(analysis: &Analysis, roles: &BTreeMap<usize, Role>) -> BTreeSet<usize> {
    let graph = &analysis.graph;
    if graph.nodes.len() <= MOST / 3 {
        return (0..graph.nodes.len()).collect();
    }
    let mut shown: BTreeSet<usize> = roles.keys().copied().take(MOST).collect();
    let mut near: BTreeMap<usize, u64> = BTreeMap::new();
    for edge in &graph.edges {
        for (one, other) in [(edge.from, edge.to), (edge.to, edge.from)] {
            if roles.contains_key(&one) && !roles.contains_key(&other) {
                *near.entry(other).or_default() += edge.calls;
            }
        }
    }
    let mut near: Vec<(u64, usize)> = near.into_iter().map(|(n, calls)| (calls, n)).collect();
    near.sort_unstable_by_key(|&(calls, place)| (std::cmp::Reverse(calls), place));
    let room = (MOST / 3).max(shown.len() + FEW).min(MOST);
    for (_, place) in near {
        if shown.len() >= room {
            break;
        }
        shown.insert(place);
    }
    // Nothing is wrong: the busiest part of the graph.
    if roles.is_empty() {
        let mut busiest: Vec<usize> = (0..graph.nodes.len()).collect();
        busiest.sort_by_key(|&i| (std::cmp::Reverse(graph.nodes[i].calls), i));
        shown.extend(busiest.into_iter().take(MOST / 2));
    }
    shown
}
