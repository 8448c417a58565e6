//! Which node of the service graph a resource or a peer is.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::model::{Aliases, Peer, PeerId, PeerKind, ResourceId, Tables};

/// The identity of a node of the service graph.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeKey {
    /// `service.name`, or the peer's name.
    pub name: String,
    /// `service.namespace`, or empty.
    pub namespace: String,
    /// `db.namespace` of a store, or empty.
    pub database: String,
    /// What it is.
    pub kind: PeerKind,
}

/// How often calls to a peer arrived at which service: the votes for its being an alias.
/// Ids are those of [`Tables`]; counts add.
#[derive(Clone, Debug, Default)]
pub struct PeerUse {
    votes: FxHashMap<(PeerId, ResourceId), u64>,
}

impl PeerUse {
    /// A client span that names `peer` has a server span of `callee` below it.
    pub fn vote(&mut self, peer: PeerId, callee: ResourceId) {
        *self.votes.entry((peer, callee)).or_default() += 1;
    }

    /// Adds other votes.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (key, count) in other.votes {
            *self.votes.entry(key).or_default() += count;
        }
        self
    }
}

/// Resources and peers as nodes, by index into a sorted list of [`NodeKey`].
#[derive(Clone, Debug, Default)]
pub struct Resolver {
    nodes: Vec<NodeKey>,
    services: Vec<u32>,
    peers: Vec<Option<u32>>,
}

/// A peer is an alias of a service if so large a share of its paired calls arrived there.
/// Below one, because a few calls pass through redirects and retried hosts.
const ALIAS_SHARE: f64 = 0.95;

/// The node of those that are too many to be told apart. Services emit spans and peers do not,
/// so that they cannot be one.
fn other(kind: PeerKind) -> NodeKey {
    let kind = if kind == PeerKind::Service { kind } else { PeerKind::External };
    NodeKey { name: "(other)".to_owned(), kind, ..NodeKey::default() }
}

impl Resolver {
    /// Finds the nodes of all resources and peers, under the names that were given to them.
    ///
    /// A peer is the service that its name says (`name`, `name.ns`, `name.ns.svc`,
    /// `name.ns.svc.cluster.local`, with any case), else the service at which its calls arrive
    /// if that service is not called by a name of its own, else a node of its own.
    pub fn new(tables: &Tables, peer_use: &PeerUse, given: &Aliases) -> Self {
        let service_keys: Vec<NodeKey> = (0..tables.resources.len() as u32)
            .map(|i| service_key(tables, ResourceId(i), given))
            .collect();
        let known = Known::new(&service_keys);
        let peers: Vec<Called<'_>> =
            tables.peers.iter().map(|peer| Called::new(tables, peer, given)).collect();
        let named: Vec<Option<NodeKey>> = peers.iter().map(|peer| known.find(peer)).collect();
        let aliases = aliases(&peers, peer_use, &service_keys, &named);
        let peer_keys: Vec<Option<NodeKey>> = peers
            .iter()
            .enumerate()
            .map(|(i, peer)| {
                named[i]
                    .clone()
                    .or_else(|| aliases.get(&(i as u32)).cloned())
                    .or_else(|| own_key(peer))
            })
            .collect();
        let peer_keys = join_bare_names(peer_keys);

        let mut nodes: Vec<NodeKey> =
            service_keys.iter().chain(peer_keys.iter().flatten()).cloned().collect();
        nodes.sort();
        nodes.dedup();
        let index = |key: &NodeKey| nodes.binary_search(key).unwrap_or_default() as u32;
        Self {
            services: service_keys.iter().map(index).collect(),
            peers: peer_keys.iter().map(|key| key.as_ref().map(index)).collect(),
            nodes,
        }
    }

    /// Makes one node of all services that are not to be kept, and one of all else that is not.
    /// Gives the number of the former. The numbers of the others change, their order does not.
    pub fn fold(&mut self, keep: impl Fn(u32) -> bool) -> u32 {
        let old = std::mem::take(&mut self.nodes);
        let names: Vec<NodeKey> =
            (0..).zip(old).map(|(at, key)| if keep(at) { key } else { other(key.kind) }).collect();
        let services = other(PeerKind::Service);
        self.nodes = names.iter().chain([&services]).cloned().collect();
        self.nodes.sort();
        self.nodes.dedup();
        let at = |key: &NodeKey| self.nodes.binary_search(key).unwrap_or_default() as u32;
        let moved: Vec<u32> = names.iter().map(at).collect();
        let places = self.services.iter_mut().chain(self.peers.iter_mut().flatten());
        places.for_each(|node| *node = moved[*node as usize]);
        at(&services)
    }

    /// The node of an emitter.
    pub fn service(&self, resource: ResourceId) -> u32 {
        self.services[resource.0 as usize]
    }

    /// The node of a named peer.
    pub fn peer(&self, peer: PeerId) -> Option<u32> {
        self.peers[peer.0 as usize]
    }

    /// All nodes, sorted.
    pub fn nodes(&self) -> &[NodeKey] {
        &self.nodes
    }
}

fn service_key(tables: &Tables, resource: ResourceId, given: &Aliases) -> NodeKey {
    let resource = tables.resources.get(resource.0);
    let text = |sym| tables.symbols.get(sym);
    let (namespace, name) = (text(resource.namespace), text(resource.name));
    let alias = given.service(namespace, name);
    NodeKey {
        name: alias.map_or(name, |alias| &alias.name).to_owned(),
        namespace: alias.and_then(|a| a.namespace.as_deref()).unwrap_or(namespace).to_owned(),
        ..NodeKey::default()
    }
}

/// A peer in words, under the name that was given to it.
struct Called<'a> {
    kind: PeerKind,
    name: &'a str,
    namespace: &'a str,
    database: &'a str,
    system: &'a str,
    /// The user gave the name: calls to it say what it is, and where they arrive does not.
    given: bool,
}

impl<'a> Called<'a> {
    fn new(tables: &'a Tables, peer: &Peer, given: &'a Aliases) -> Self {
        let text = |sym| tables.symbols.get(sym);
        let (namespace, name) = (text(peer.namespace), text(peer.name));
        let alias = given.peer(namespace, name).filter(|_| !name.is_empty());
        Self {
            kind: peer.kind,
            name: alias.map_or(name, |alias| &alias.name),
            namespace: alias.and_then(|a| a.namespace.as_deref()).unwrap_or(namespace),
            database: text(peer.database),
            system: text(peer.system),
            given: alias.is_some(),
        }
    }
}

/// The node that a peer is when it is no known service; `None` if it has no name at all.
fn own_key(peer: &Called<'_>) -> Option<NodeKey> {
    let name = [peer.name, peer.database, peer.system].into_iter().find(|name| !name.is_empty())?;
    let (service, namespace) = split_cluster_name(name);
    let called = matches!(peer.kind, PeerKind::Service | PeerKind::External);
    let (name, namespace, kind) = match namespace {
        // `name.ns.svc` is the service (ns, name), instrumented or not.
        Some(namespace) if called => (service, namespace, PeerKind::Service),
        _ if called && peer.namespace.is_empty() => (name, "", PeerKind::External),
        _ => (name, peer.namespace, peer.kind),
    };
    Some(NodeKey {
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        database: if peer.name.is_empty() { String::new() } else { peer.database.to_owned() },
        kind,
    })
}

/// Lets a bare peer name join the only namespaced peer of that name: some callers of an
/// uninstrumented service use its short name and others the long one.
fn join_bare_names(keys: Vec<Option<NodeKey>>) -> Vec<Option<NodeKey>> {
    let mut long: BTreeMap<String, Option<NodeKey>> = BTreeMap::new();
    for key in keys.iter().flatten() {
        if key.kind == PeerKind::Service {
            long.entry(key.name.clone())
                .and_modify(|seen| {
                    if seen.as_ref() != Some(key) {
                        *seen = None;
                    }
                })
                .or_insert_with(|| Some(key.clone()));
        }
    }
    let join = |key: NodeKey| match long.get(&key.name) {
        Some(Some(full)) if key.kind == PeerKind::External => full.clone(),
        _ => key,
    };
    keys.into_iter().map(|key| key.map(join)).collect()
}

/// `name.ns.svc` and `name.ns.svc.cluster.local` (Kubernetes' DNS specification) as parts.
fn split_cluster_name(name: &str) -> (&str, Option<&str>) {
    let short = name.strip_suffix(".cluster.local").unwrap_or(name);
    match short.strip_suffix(".svc").and_then(|s| s.split_once('.')) {
        Some((service, namespace)) => (service, Some(namespace)),
        None => (name, None),
    }
}

/// Services by the names that callers use for them.
struct Known<'a> {
    by_name: BTreeMap<String, Vec<&'a NodeKey>>,
}

impl<'a> Known<'a> {
    fn new(services: &'a [NodeKey]) -> Self {
        let mut by_name: BTreeMap<String, Vec<&NodeKey>> = BTreeMap::new();
        for key in services {
            let list = by_name.entry(key.name.to_lowercase()).or_default();
            if !list.contains(&key) {
                list.push(key);
                list.sort();
            }
        }
        Self { by_name }
    }

    fn find(&self, peer: &Called<'_>) -> Option<NodeKey> {
        // A store's host may be called like a service; it is the store all the same.
        if matches!(peer.kind, PeerKind::Database | PeerKind::Cache | PeerKind::Messaging) {
            return None;
        }
        let name = peer.name.to_lowercase();
        let given = peer.namespace.to_lowercase();
        let (service, namespace) = split_cluster_name(&name);
        if let Some(namespace) = namespace {
            return self.pick(service, namespace, true);
        }
        self.pick(&name, &given, false).or_else(|| {
            // `name.ns`, the short form inside a cluster, only if both parts are known.
            let (service, namespace) = name.split_once('.')?;
            self.by_name
                .get(service)?
                .iter()
                .find(|k| k.namespace.to_lowercase() == namespace)
                .map(|&k| k.clone())
        })
    }

    /// The service of this name: in this namespace, else the only one. With `cluster` the
    /// namespace is Kubernetes' and need not be `service.namespace`, so it only breaks ties.
    fn pick(&self, name: &str, namespace: &str, cluster: bool) -> Option<NodeKey> {
        let list = self.by_name.get(name)?;
        let exact = list.iter().find(|k| k.namespace.to_lowercase() == namespace);
        let only = (list.len() == 1 && (namespace.is_empty() || cluster)).then(|| &list[0]);
        exact.or(only).map(|&key| key.clone())
    }
}

/// Peers whose calls arrive at one service that nobody calls by its own name.
fn aliases(
    peers: &[Called<'_>],
    peer_use: &PeerUse,
    services: &[NodeKey],
    named: &[Option<NodeKey>],
) -> BTreeMap<u32, NodeKey> {
    let own_name: std::collections::BTreeSet<&NodeKey> = named.iter().flatten().collect();
    let mut votes: BTreeMap<u32, BTreeMap<&NodeKey, u64>> = BTreeMap::new();
    for (&(peer, callee), &count) in &peer_use.votes {
        let by_service = votes.entry(peer.0).or_default();
        *by_service.entry(&services[callee.0 as usize]).or_default() += count;
    }
    let winner = |(peer, by_service): (u32, BTreeMap<&NodeKey, u64>)| {
        let peer_called = &peers[peer as usize];
        let total: u64 = by_service.values().sum();
        let (key, most) = by_service.into_iter().max_by_key(|&(_, count)| count)?;
        let sure = most as f64 >= ALIAS_SHARE * total as f64;
        let eligible = peer_called.kind != PeerKind::Messaging
            && !peer_called.given
            && !own_name.contains(key);
        (sure && eligible).then(|| (peer, key.clone()))
    };
    votes.into_iter().filter_map(winner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Resource;
    use crate::model::{Alias, ServiceGlob};

    struct World(Tables);

    impl World {
        fn service(&mut self, namespace: &str, name: &str) -> ResourceId {
            let namespace = self.0.symbols.intern(namespace);
            let name = self.0.symbols.intern(name);
            let resource = Resource { namespace, name, ..Resource::default() };
            ResourceId(self.0.resources.intern(resource))
        }

        fn peer(&mut self, kind: PeerKind, name: &str) -> PeerId {
            let name = self.0.symbols.intern(name);
            PeerId(self.0.peers.intern(Peer { kind, name, ..Peer::default() }))
        }
    }

    fn name_of(resolver: &Resolver, peer: PeerId) -> (String, String) {
        let key = &resolver.nodes()[resolver.peer(peer).unwrap() as usize];
        (key.namespace.clone(), key.name.clone())
    }

    #[test]
    fn cluster_names_are_the_service_instrumented_or_not() {
        let mut world = World(Tables::default());
        world.service("shop", "cart");
        let long = world.peer(PeerKind::External, "cart.shop.svc.cluster.local");
        let short = world.peer(PeerKind::External, "cart.shop.svc");
        let bare = world.peer(PeerKind::External, "cart");
        let dark = world.peer(PeerKind::External, "stock.shop.svc");
        let resolver = Resolver::new(&world.0, &PeerUse::default(), &Aliases::default());
        for peer in [long, short, bare] {
            assert_eq!(name_of(&resolver, peer), ("shop".into(), "cart".into()));
        }
        assert_eq!(name_of(&resolver, dark), ("shop".into(), "stock".into()));
        assert_eq!(resolver.nodes().len(), 2);

        let bare_dark = world.peer(PeerKind::External, "stock");
        let resolver = Resolver::new(&world.0, &PeerUse::default(), &Aliases::default());
        assert_eq!(resolver.peer(bare_dark), resolver.peer(dark));
    }

    #[test]
    fn an_ambiguous_bare_name_is_nobodys() {
        let mut world = World(Tables::default());
        world.service("a", "cart");
        world.service("b", "cart");
        let peer = world.peer(PeerKind::External, "cart");
        let resolver = Resolver::new(&world.0, &PeerUse::default(), &Aliases::default());
        assert_eq!(name_of(&resolver, peer), (String::new(), "cart".into()));
    }

    #[test]
    fn a_load_balancers_name_joins_the_service_behind_it_but_a_forwarder_does_not() {
        let mut world = World(Tables::default());
        let cart = world.service("", "cart");
        let stock = world.service("", "stock");
        let balancer = world.peer(PeerKind::External, "lb-7.internal");
        let forwarder = world.peer(PeerKind::External, "proxy");
        let by_name = world.peer(PeerKind::External, "stock");
        let mut peer_use = PeerUse::default();
        for _ in 0..40 {
            peer_use.vote(balancer, cart);
            // `stock` is called by its own name too, so what sits before it is something else.
            peer_use.vote(forwarder, stock);
            peer_use.vote(by_name, stock);
        }
        let resolver = Resolver::new(&world.0, &peer_use, &Aliases::default());
        assert_eq!(name_of(&resolver, balancer).1, "cart");
        assert_eq!(name_of(&resolver, forwarder).1, "proxy");
    }

    #[test]
    fn given_names_join_what_belongs_together() {
        let mut world = World(Tables::default());
        let (old, new) = (world.service("shop", "cart-v1"), world.service("shop", "cart-v2"));
        let called = world.peer(PeerKind::External, "10.0.3.7");
        let store = world.peer(PeerKind::Database, "10.0.3.8");
        let rule = |pattern: &str, name| {
            (ServiceGlob::parse(pattern).unwrap(), Alias::parse(name).unwrap())
        };
        let given = Aliases {
            services: vec![rule("cart-v?", "cart"), rule("cart*", "never")],
            peers: vec![rule("10.0.3.8", "orders-db"), rule("10.0.3.*", "cart")],
        };
        let resolver = Resolver::new(&world.0, &PeerUse::default(), &given);
        assert_eq!(resolver.service(old), resolver.service(new));
        assert_eq!(resolver.peer(called), Some(resolver.service(old)));
        assert_eq!(name_of(&resolver, called), ("shop".into(), "cart".into()));
        let store = &resolver.nodes()[resolver.peer(store).unwrap() as usize];
        assert_eq!((store.name.as_str(), store.kind), ("orders-db", PeerKind::Database));
    }

    #[test]
    fn a_store_called_like_a_service_stays_a_store() {
        let mut world = World(Tables::default());
        world.service("", "orders");
        let store = world.peer(PeerKind::Database, "orders");
        let resolver = Resolver::new(&world.0, &PeerUse::default(), &Aliases::default());
        assert_eq!(
            resolver.nodes()[resolver.peer(store).unwrap() as usize].kind,
            PeerKind::Database
        );
    }
}
