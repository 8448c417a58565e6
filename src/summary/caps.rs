//! How many nodes and edges there may be: the rest is "other".

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::assemble::Resolver;
use crate::model::{ResourceId, Tables};

use super::catalog::NodeId;
use super::survey::{Callee, Survey};

/// Nodes that keep a name of their own. No system is known with so many services; peers named by
/// address or tenant grow without bound.
pub const MAX_NODES: usize = 4096;
/// Pairs of caller and callee that are told apart.
pub const MAX_EDGES: usize = 16_384;

/// Which edges are told apart.
#[derive(Debug, Default)]
pub struct Edges {
    /// Those that are, if there were too many.
    kept: Option<FxHashSet<(NodeId, NodeId)>>,
    other: NodeId,
}

impl Edges {
    /// Who is said to call `callee` when `caller` does.
    pub fn caller(&self, caller: NodeId, callee: NodeId) -> NodeId {
        match &self.kept {
            Some(kept) if !kept.contains(&(caller, callee)) => self.other,
            _ => caller,
        }
    }
}

/// The nodes and edges that are told apart, and how many are not. Both go by use, ties by name,
/// so that the order of the input decides nothing.
pub fn cap(
    survey: &Survey,
    tables: &Tables,
    resolver: &mut Resolver,
    most: (usize, usize),
) -> (Edges, u64) {
    let nodes = resolver.nodes().len();
    if nodes > most.0 {
        let used = used(survey, resolver);
        let mut ranked: Vec<NodeId> = (0..nodes as NodeId).collect();
        // Nodes are sorted by name.
        ranked.sort_by_key(|&node| (Reverse(used[node as usize]), node));
        let kept: FxHashSet<NodeId> = ranked.into_iter().take(most.0).collect();
        resolver.fold(|node| kept.contains(&node));
    }
    let folded_nodes = nodes.saturating_sub(most.0);
    let mut edges = edges(survey, tables, resolver);
    let folded_edges = edges.len().saturating_sub(most.1);
    if folded_edges == 0 {
        return (Edges::default(), folded_nodes as u64);
    }
    let other = resolver.fold(|_| true);
    // The numbers of nodes may have moved by one.
    edges = self::edges(survey, tables, resolver);
    let mut ranked: Vec<((NodeId, NodeId), u64)> = edges.into_iter().collect();
    ranked.sort_by_key(|&(edge, calls)| (Reverse(calls), edge));
    let kept = ranked.into_iter().take(most.1).map(|(edge, _)| edge).collect();
    (Edges { kept: Some(kept), other }, (folded_nodes + folded_edges) as u64)
}

/// Spans and calls of every node.
fn used(survey: &Survey, resolver: &Resolver) -> Vec<u64> {
    let mut used = vec![0; resolver.nodes().len()];
    for (&(resource, _), spans) in &survey.spans {
        used[resolver.service(resource) as usize] += spans.count;
    }
    for (&(peer, _), calls) in &survey.calls {
        if let Some(node) = resolver.peer(peer) {
            used[node as usize] += calls;
        }
    }
    used
}

fn edges(survey: &Survey, tables: &Tables, resolver: &Resolver) -> BTreeMap<(NodeId, NodeId), u64> {
    let nodes: FxHashMap<_, NodeId> = (0..tables.resources.len() as u32)
        .map(|at| (tables.resources.get(at).service(), resolver.service(ResourceId(at))))
        .collect();
    let mut edges = BTreeMap::new();
    for (&(caller, callee), &calls) in &survey.edges {
        let callee = match callee {
            Callee::Service(service) => Some(nodes[&service]),
            Callee::Peer(peer) => resolver.peer(peer),
        };
        if let Some(callee) = callee {
            *edges.entry((nodes[&caller], callee)).or_default() += calls;
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::PeerUse;
    use crate::model::{Aliases, Resource, Sym};

    /// So many services in a row, each calling the next; the first calls most.
    fn chain(length: u64, names: impl Fn(u64) -> u64) -> (Tables, Survey) {
        let mut tables = Tables::default();
        let mut survey = Survey::default();
        let mut before = None;
        for at in 0..length {
            let name = tables.symbols.intern(&format!("s{:03}", names(at)));
            let resource = Resource { name, ..Resource::default() };
            let id = ResourceId(tables.resources.intern(resource));
            survey.spans.entry((id, Sym::EMPTY)).or_default().count = 1_000 - names(at);
            if let Some(caller) = before.replace(resource.service()) {
                let edge = (caller, Callee::Service(resource.service()));
                survey.edges.insert(edge, 1_000 - names(at));
            }
        }
        (tables, survey)
    }

    fn capped(world: &(Tables, Survey), most: (usize, usize)) -> (Resolver, Edges, u64) {
        let mut resolver = Resolver::new(&world.0, &PeerUse::default(), &Aliases::default());
        let (edges, folded) = cap(&world.1, &world.0, &mut resolver, most);
        (resolver, edges, folded)
    }

    fn name(resolver: &Resolver, node: NodeId) -> &str {
        &resolver.nodes()[node as usize].name
    }

    #[test]
    fn up_to_the_cap_nothing_is_folded() {
        let (resolver, edges, folded) = capped(&chain(5, |at| at), (5, 4));
        assert_eq!((resolver.nodes().len(), folded), (5, 0));
        assert_eq!(edges.caller(3, 4), 3);
        assert_eq!(edges.caller(4, 0), 4, "what was not surveyed passes where nothing is capped");
    }

    #[test]
    fn the_least_used_nodes_become_one() {
        for order in [0, 1] {
            let world = chain(5, |at| if order == 0 { at } else { 4 - at });
            let (resolver, _, folded) = capped(&world, (3, 9));
            let names: Vec<&str> = resolver.nodes().iter().map(|n| n.name.as_str()).collect();
            assert_eq!(names, ["(other)", "s000", "s001", "s002"]);
            assert_eq!(folded, 2);
            let of = |wanted: &str| {
                let known = (0..5).map(ResourceId).find(|r| {
                    let name = world.0.resources.get(r.0).name;
                    world.0.symbols.get(name) == wanted
                });
                name(&resolver, resolver.service(known.unwrap()))
            };
            assert_eq!((of("s001"), of("s003"), of("s004")), ("s001", "(other)", "(other)"));
        }
    }

    #[test]
    fn the_least_used_edges_come_from_others() {
        let (resolver, edges, folded) = capped(&chain(5, |at| at), (9, 2));
        assert_eq!((resolver.nodes().len(), folded), (6, 2));
        let caller = |callee: u32| name(&resolver, edges.caller(callee - 1, callee)).to_owned();
        // The first node is "(other)".
        assert_eq!([2, 3, 4, 5].map(caller), ["s000", "s001", "(other)", "(other)"]);
    }
}
