//! What the survey decides for the fold: widths, names, clock offsets, entries.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::assemble::{Judge, Offsets, Resolver};
use crate::model::{ResourceId, Sym, Tables};

use super::Rules;
use super::caps::{Edges, MAX_EDGES, MAX_NODES, cap};
use super::catalog::{
    Catalog, Instance, InstanceId, NONE, NodeId, OpId, Operation, Severity, TagId, Template,
    TemplateId,
};
use super::entries::Doors;
use super::noise::Sieve;
use super::survey::Survey;
use super::{tags, templates};

/// Operations per node that keep a name of their own; the rest is "other".
const MAX_OPERATIONS: usize = 256;
/// Log templates per node that keep a text of their own.
const MAX_TEMPLATES: usize = 256;
/// Instances per node that are told apart.
const MAX_INSTANCES: usize = 128;
/// An operation whose parents are missing at least this often is an entry of what was exported:
/// its callers emit nothing. Below, its parents were lost.
const ORPHAN_ENTRY_SHARE: f64 = 0.5;

/// Everything the fold looks up. Ids are those of the catalog.
#[derive(Debug)]
pub struct Plan {
    /// Width of a bucket, log2 of nanoseconds.
    pub bucket_log2: u32,
    /// The names.
    pub catalog: Catalog,
    /// Nodes of resources and peers.
    pub resolver: Resolver,
    /// Clock corrections.
    pub offsets: Offsets,
    /// What is counted, and how.
    pub rules: Rules,
    /// When a call counts as failed.
    pub judge: Judge,
    /// What counts as an entry request.
    pub doors: Doors,
    /// Which traces are left out.
    pub sieve: Sieve,
    /// Keys folded into "other".
    pub folded: u64,
    /// Nodes that emitted spans.
    pub instrumented: BTreeSet<NodeId>,
    edges: Edges,
    emits: Vec<bool>,
    operations: FxHashMap<(NodeId, Sym), OpId>,
    others: Vec<OpId>,
    instances: Vec<InstanceId>,
    templates: FxHashMap<(ResourceId, Sym, Severity), TemplateId>,
    tags: FxHashMap<(Sym, Sym), TagId>,
    orphan_entries: BTreeSet<OpId>,
    catch_alls: FxHashSet<(NodeId, Sym)>,
}

impl Plan {
    /// Draws the plan.
    pub fn new(survey: &Survey, tables: &Tables, rules: Rules, sieve: Sieve) -> Self {
        let mut resolver = Resolver::new(tables, &survey.peers, &rules.aliases);
        let (edges, mut folded) = cap(survey, tables, &mut resolver, (MAX_NODES, MAX_EDGES));
        let offsets = survey.clocks.solve(tables);
        let catch_alls = catch_alls(survey, &resolver);
        let operations = operations(survey, tables, &resolver, &catch_alls, &mut folded);
        let instances = instances(survey, tables, &resolver, &mut folded);
        let bodies = bodies(survey, tables, &resolver);
        let (texts, templates) = mine_templates(&bodies, &mut folded);
        let (kept, tags) = tags::keep(&survey.tags, tables, &mut folded);
        let nodes = resolver.nodes().to_vec();
        let catalog = Catalog { nodes, operations, instances, templates, tags: kept };

        let text = |sym| tables.symbols.get(sym);
        let others: Vec<OpId> = (0..catalog.nodes.len() as u32)
            .map(|node| catalog.operation(node, "").unwrap_or(NONE))
            .collect();
        let mut plan = Self {
            bucket_log2: survey.times.log2(),
            edges,
            emits: Vec::new(),
            operations: FxHashMap::default(),
            others,
            instances: Vec::new(),
            templates: FxHashMap::default(),
            tags,
            orphan_entries: BTreeSet::new(),
            catch_alls,
            instrumented: survey
                .emitters
                .iter()
                .filter(|(_, spans)| **spans)
                .map(|(&r, _)| resolver.service(r))
                .collect(),
            judge: Judge::default(),
            doors: Doors::new(&rules.entries, &catalog),
            sieve,
            resolver,
            offsets,
            rules,
            folded,
            catalog,
        };
        let nodes = 0..plan.catalog.nodes.len() as u32;
        plan.emits = nodes.map(|node| plan.instrumented.contains(&node)).collect();
        let names = names(survey, &plan.resolver, &plan.catch_alls);
        plan.judge =
            Judge::new(&plan.rules.errors, tables, &plan.catalog.nodes, names.iter().copied());
        for (node, name) in names {
            if let Some(id) = plan.catalog.operation(node, text(name)) {
                plan.operations.insert((node, name), id);
            }
        }
        plan.instances = (0..tables.resources.len() as u32)
            .map(|r| {
                let wanted = instance(tables, &plan.resolver, ResourceId(r));
                plan.catalog.instances.binary_search(&wanted).map_or(NONE, |i| i as u32)
            })
            .collect();
        for ((node, severity), bodies) in &bodies {
            for (body, uses) in bodies {
                let template = Template {
                    node: *node,
                    severity: *severity,
                    text: texts[&(*node, *severity, *body)].clone(),
                };
                let other = Template { text: String::new(), ..template.clone() };
                let list = &plan.catalog.templates;
                let id = list.binary_search(&template).or_else(|_| list.binary_search(&other));
                for &(resource, sym, _) in uses {
                    let id = id.map_or(NONE, |i| i as u32);
                    plan.templates.insert((resource, sym, *severity), id);
                }
            }
        }
        plan.orphan_entries = orphan_entries(survey, &plan);
        plan
    }

    /// The operation of a node with this name, or the node's "other".
    pub fn operation(&self, node: NodeId, name: Sym) -> OpId {
        self.operations.get(&(node, name)).copied().unwrap_or(self.others[node as usize])
    }

    /// Who is said to make a call.
    pub fn caller(&self, caller: NodeId, callee: NodeId) -> NodeId {
        self.edges.caller(caller, callee)
    }

    /// Whether a node emitted spans.
    pub fn is_instrumented(&self, node: NodeId) -> bool {
        self.emits[node as usize]
    }

    /// The instance of an emitter.
    pub fn instance(&self, resource: ResourceId) -> InstanceId {
        self.instances[resource.0 as usize]
    }

    /// The template of a log record; [`NONE`] if it was not surveyed.
    pub fn template(&self, resource: ResourceId, body: Sym, severity: Severity) -> TemplateId {
        self.templates.get(&(resource, body, severity)).copied().unwrap_or(NONE)
    }

    /// A tag by its key and value; `None` if its key is not among those that are kept.
    pub fn tag(&self, tag: (Sym, Sym)) -> Option<TagId> {
        self.tags.get(&tag).copied()
    }

    /// Whether this root operation stands for everything that a gateway passes on, so that a
    /// request is better named by the first operation below it.
    pub fn is_catch_all(&self, node: NodeId, name: Sym) -> bool {
        self.catch_alls.contains(&(node, name))
    }

    /// Whether this operation is an entry although its spans name (missing) parents.
    pub fn enters_as_orphan(&self, operation: OpId) -> bool {
        self.orphan_entries.contains(&operation)
    }
}

/// Every (node, name) that spans of a service or calls to a peer may use.
fn names(
    survey: &Survey,
    resolver: &Resolver,
    catch_alls: &FxHashSet<(NodeId, Sym)>,
) -> Vec<(NodeId, Sym)> {
    let own = survey.spans.keys().map(|&(resource, name)| (resolver.service(resource), name));
    let called = survey.calls.keys().filter_map(|&(peer, name)| Some((resolver.peer(peer)?, name)));
    let below = survey.entries.keys().filter_map(|&(resource, name, below)| {
        let node = resolver.service(resource);
        catch_alls.contains(&(node, name)).then_some((node, below))
    });
    own.chain(called).chain(below).collect()
}

/// A root operation is a catch-all if it takes at least this share of its service's requests …
const CATCH_ALL_SHARE: f64 = 0.9;
/// … and leads to at least so many different operations.
const CATCH_ALL_KINDS: usize = 3;

fn catch_alls(survey: &Survey, resolver: &Resolver) -> FxHashSet<(NodeId, Sym)> {
    let mut all: FxHashMap<NodeId, u64> = FxHashMap::default();
    let mut by_name: FxHashMap<(NodeId, Sym), (u64, BTreeSet<u32>)> = FxHashMap::default();
    for (&(resource, name, below), &count) in &survey.entries {
        let node = resolver.service(resource);
        *all.entry(node).or_default() += count;
        let (requests, kinds) = by_name.entry((node, name)).or_default();
        *requests += count;
        if !below.is_empty() {
            kinds.insert(below.0);
        }
    }
    by_name
        .into_iter()
        .filter(|((node, _), (requests, kinds))| {
            *requests as f64 >= CATCH_ALL_SHARE * all[node] as f64 && kinds.len() >= CATCH_ALL_KINDS
        })
        .map(|(key, _)| key)
        .collect()
}

fn operations(
    survey: &Survey,
    tables: &Tables,
    resolver: &Resolver,
    catch_alls: &FxHashSet<(NodeId, Sym)>,
    folded: &mut u64,
) -> Vec<Operation> {
    let mut counts: BTreeMap<(NodeId, &str), u64> = BTreeMap::new();
    for (&(resource, name), used) in &survey.spans {
        let key = (resolver.service(resource), tables.symbols.get(name));
        *counts.entry(key).or_default() += used.count;
    }
    for (&(peer, name), &count) in &survey.calls {
        if let Some(node) = resolver.peer(peer) {
            *counts.entry((node, tables.symbols.get(name))).or_default() += count;
        }
    }
    for (&(resource, name, below), &count) in &survey.entries {
        let node = resolver.service(resource);
        if catch_alls.contains(&(node, name)) {
            *counts.entry((node, tables.symbols.get(below))).or_default() += count;
        }
    }
    let kept = most_used(counts, MAX_OPERATIONS, folded);
    let other = (0..resolver.nodes().len() as u32).map(|node| (node, ""));
    let all: BTreeSet<(NodeId, &str)> = kept.into_iter().chain(other).collect();
    all.into_iter().map(|(node, name)| Operation { node, name: name.to_owned() }).collect()
}

/// The most used names of every node, ties by name.
fn most_used<'a>(
    counts: BTreeMap<(NodeId, &'a str), u64>,
    most: usize,
    folded: &mut u64,
) -> Vec<(NodeId, &'a str)> {
    let mut ranked: Vec<((NodeId, &str), u64)> = counts.into_iter().collect();
    ranked.sort_by_key(|&((node, name), count)| (node, std::cmp::Reverse(count), name));
    let mut kept = Vec::new();
    for node in ranked.chunk_by(|a, b| a.0.0 == b.0.0) {
        kept.extend(node.iter().take(most).map(|n| n.0));
        *folded += node.len().saturating_sub(most) as u64;
    }
    kept
}

fn instance(tables: &Tables, resolver: &Resolver, resource: ResourceId) -> Instance {
    let text = |sym| tables.symbols.get(sym).to_owned();
    let r = tables.resources.get(resource.0);
    Instance {
        node: resolver.service(resource),
        name: text(r.instance),
        version: text(r.version),
        zone: text(r.zone),
        tags: tags::sorted(tables, r.tags),
    }
}

fn instances(
    survey: &Survey,
    tables: &Tables,
    resolver: &Resolver,
    folded: &mut u64,
) -> Vec<Instance> {
    let all: BTreeSet<Instance> =
        survey.emitters.keys().map(|&r| instance(tables, resolver, r)).collect();
    let all: Vec<Instance> = all.into_iter().collect();
    let mut kept = Vec::new();
    for node in all.chunk_by(|a, b| a.node == b.node) {
        kept.extend(node.iter().take(MAX_INSTANCES).cloned());
        *folded += node.len().saturating_sub(MAX_INSTANCES) as u64;
    }
    kept
}

type Uses = Vec<(ResourceId, Sym, u64)>;
type Bodies<'a> = BTreeMap<(NodeId, Severity), BTreeMap<&'a str, Uses>>;

fn bodies<'a>(survey: &Survey, tables: &'a Tables, resolver: &Resolver) -> Bodies<'a> {
    let mut bodies = Bodies::new();
    for (&(resource, body, number), &count) in &survey.bodies {
        let key = (resolver.service(resource), Severity::from_number(number));
        let by_text = bodies.entry(key).or_default();
        by_text.entry(tables.symbols.get(body)).or_default().push((resource, body, count));
    }
    bodies
}

type Texts<'a> = BTreeMap<(NodeId, Severity, &'a str), String>;

fn mine_templates<'a>(bodies: &Bodies<'a>, folded: &mut u64) -> (Texts<'a>, Vec<Template>) {
    let mut texts = Texts::new();
    let mut kept = BTreeSet::new();
    for (&(node, severity), by_text) in bodies {
        let mined = templates::mine(&by_text.keys().copied().collect());
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for (body, uses) in by_text {
            let total: u64 = uses.iter().map(|u| u.2).sum();
            *counts.entry(mined[body].as_str()).or_default() += total;
        }
        let keyed = counts.iter().map(|(text, count)| ((node, *text), *count)).collect();
        let most: Vec<&str> =
            most_used(keyed, MAX_TEMPLATES, folded).into_iter().map(|(_, text)| text).collect();
        if counts.len() > most.len() {
            kept.insert(Template { node, severity, text: String::new() });
        }
        // Every template takes its special cases, so that uniting catalogs later finds nothing
        // to unite within one of them.
        let general = templates::generalise(&most);
        let taken: BTreeMap<&str, &str> =
            most.iter().zip(general).map(|(text, at)| (*text, most[at])).collect();
        let name = |text: &str| (*taken.get(text).unwrap_or(&text)).to_owned();
        kept.extend(taken.values().map(|text| Template { node, severity, text: name(text) }));
        texts.extend(mined.iter().map(|(body, text)| ((node, severity, *body), name(text))));
    }
    (texts, kept.into_iter().collect())
}

fn orphan_entries(survey: &Survey, plan: &Plan) -> BTreeSet<OpId> {
    let mut used: BTreeMap<OpId, (u64, u64)> = BTreeMap::new();
    for (&(resource, name), spans) in &survey.spans {
        let operation = plan.operation(plan.resolver.service(resource), name);
        let (count, orphans) = used.entry(operation).or_default();
        *count += spans.count;
        *orphans += spans.orphans;
    }
    let enters = |&(count, orphans): &(u64, u64)| {
        orphans > 0 && orphans as f64 >= ORPHAN_ENTRY_SHARE * count as f64
    };
    used.iter().filter(|(_, u)| enters(u)).map(|(&op, _)| op).collect()
}
