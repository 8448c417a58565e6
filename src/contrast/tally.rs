//! How many failing and healthy requests carry what.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::stable_hash;
use crate::summary::{Catalog, Instance, NONE, NodeId};

use super::exact::Stratum;
use super::population::{Compared, Population, Unit};

/// Key of the version of an emitter.
pub const VERSION: &str = "service.version";
/// Key of its zone.
pub const ZONE: &str = "cloud.availability_zone";
/// Key of its instance.
pub const INSTANCE: &str = "service.instance.id";
/// Key of log templates.
pub const LOG: &str = "log.template";
/// Key of the HTTP method.
pub const METHOD: &str = "http.request.method";
/// Key of the HTTP route.
pub const ROUTE: &str = "http.route";

/// What requests are told apart by: of which node ([`NONE`] for the request as a whole), and what.
pub type Dimension<'a> = (NodeId, &'a str);

/// Who carries something.
#[derive(Clone, Debug, Default)]
pub struct Carriers {
    /// Healthy and failing ones, by stratum.
    pub strata: Vec<[u32; 2]>,
    /// What they stand for.
    pub weights: [f64; 2],
    /// The same for the same requests, and only for them.
    pub print: u64,
}

impl Carriers {
    fn add(&mut self, unit: &Unit<'_>, strata: usize) {
        self.strata.resize(strata, [0; 2]);
        let side = usize::from(unit.failing);
        self.strata[unit.stratum][side] += 1;
        self.weights[side] += unit.weight;
        let hash = stable_hash(unit.digest.id.0, unit.digest.id.1);
        self.print = self.print.wrapping_add(stable_hash(hash, unit.digest.start));
    }

    fn merge(&mut self, other: &Self) {
        self.strata.resize(other.strata.len().max(self.strata.len()), [0; 2]);
        for (own, more) in self.strata.iter_mut().zip(&other.strata) {
            (own[0], own[1]) = (own[0] + more[0], own[1] + more[1]);
        }
        for (own, more) in self.weights.iter_mut().zip(&other.weights) {
            *own += more;
        }
        self.print = self.print.wrapping_add(other.print);
    }

    /// Failing or healthy requests.
    pub fn count(&self, failing: bool) -> u64 {
        self.strata.iter().map(|s| u64::from(s[usize::from(failing)])).sum()
    }
}

/// The requests of which one thing is known, and what it is.
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    /// All of them: those of which it is not known are on neither side.
    pub all: Carriers,
    /// By value.
    pub values: BTreeMap<&'a str, Carriers>,
}

impl Known<'_> {
    /// The table of a test.
    pub fn table(&self, value: &Carriers) -> Vec<Stratum> {
        let strata = self.all.strata.iter().zip(&value.strata);
        let stratum = |(all, with): (&[u32; 2], &[u32; 2])| Stratum {
            healthy: all[0],
            healthy_with: with[0],
            failing: all[1],
            failing_with: with[1],
        };
        strata.map(stratum).collect()
    }
}

/// Everything that requests can be told apart by.
#[derive(Default)]
pub struct Tally<'a>(pub BTreeMap<Dimension<'a>, Known<'a>>);

impl<'a> Tally<'a> {
    /// Counts a population. Of `node`, if there is one, its log records, methods and routes are told
    /// and those of no other; without one the log records of all nodes are.
    pub fn of(catalog: &'a Catalog, population: &Population<'a>, node: Option<NodeId>) -> Self {
        let mut tally = Self::default();
        let mut instances: BTreeMap<u32, Carriers> = BTreeMap::new();
        for unit in &population.units {
            for &at in &unit.hops {
                let instance = unit.digest.hops[at as usize].instance;
                if instance != NONE {
                    instances.entry(instance).or_default().add(unit, population.strata);
                }
            }
            tally.tags(catalog, unit, population.strata);
            tally.logs(catalog, unit, population.strata, node);
            if let Some(node) = node {
                tally.operations(catalog, unit, population.strata, node);
            }
        }
        for (id, carriers) in instances {
            let instance = &catalog.instances[id as usize];
            // Who calls changes with time: of callers only those of the same time are like.
            let caller = node.is_some_and(|node| node != instance.node);
            if caller && population.compared == Compared::Before {
                continue;
            }
            for (key, value) in told(instance) {
                let known = tally.0.entry((instance.node, key)).or_default();
                known.all.merge(&carriers);
                known.values.entry(value).or_default().merge(&carriers);
            }
        }
        tally
    }

    fn add(
        &mut self,
        dimension: Dimension<'a>,
        values: &BTreeSet<&'a str>,
        unit: &Unit<'_>,
        strata: usize,
    ) {
        let known = self.0.entry(dimension).or_default();
        known.all.add(unit, strata);
        for &value in values.iter().filter(|value| !value.is_empty()) {
            known.values.entry(value).or_default().add(unit, strata);
        }
    }

    /// What spans anywhere in the trace say of the request.
    fn tags(&mut self, catalog: &'a Catalog, unit: &Unit<'a>, strata: usize) {
        let mut carried: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (_, tag) in &unit.digest.tags {
            let tag = &catalog.tags[*tag as usize];
            if tag.key != METHOD && tag.key != ROUTE {
                carried.entry(&tag.key).or_default().insert(&tag.value);
            }
        }
        for (key, values) in carried {
            self.add((NONE, key), &values, unit, strata);
        }
    }

    /// What nodes wrote on the way. One that took part and wrote nothing is known to have written
    /// nothing.
    fn logs(&mut self, catalog: &'a Catalog, unit: &Unit<'a>, strata: usize, node: Option<NodeId>) {
        let mut written: BTreeMap<NodeId, BTreeSet<&str>> = BTreeMap::new();
        for &at in &unit.hops {
            let hop = &unit.digest.hops[at as usize];
            written.entry(catalog.node_of(hop.operation)).or_default();
        }
        for (_, template) in &unit.digest.logs {
            if let Some(template) = catalog.templates.get(*template as usize)
                && let Some(texts) = written.get_mut(&template.node)
            {
                texts.insert(&template.text);
            }
        }
        for (of, texts) in written {
            if node.is_none_or(|node| node == of) {
                self.add((of, LOG), &texts, unit, strata);
            }
        }
    }

    /// By which methods and routes the request calls a node, as its operations or spans say.
    fn operations(&mut self, catalog: &'a Catalog, unit: &Unit<'a>, strata: usize, node: NodeId) {
        let (mut methods, mut routes) = (BTreeSet::new(), BTreeSet::new());
        let digest = unit.digest;
        for hop in digest.hops.iter().filter(|hop| catalog.node_of(hop.operation) == node) {
            let name = catalog.operations[hop.operation as usize].name.as_str();
            let (method, route) = match name.split_once(' ') {
                Some((method, route)) => (method, route),
                None => ("", name),
            };
            methods.extend(METHODS.contains(&method).then_some(method));
            routes.extend(route.starts_with('/').then_some(route));
        }
        for (at, tag) in &digest.tags {
            let tag = &catalog.tags[*tag as usize];
            if catalog.node_of(digest.hops[*at as usize].operation) == node {
                match tag.key.as_str() {
                    METHOD => drop(methods.insert(&tag.value)),
                    ROUTE => drop(routes.insert(&tag.value)),
                    _ => {}
                }
            }
        }
        for (key, values) in [(METHOD, methods), (ROUTE, routes)] {
            if !values.is_empty() {
                self.add((node, key), &values, unit, strata);
            }
        }
    }
}

const METHODS: [&str; 10] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"];

/// What an instance says of itself.
pub fn told(instance: &Instance) -> impl Iterator<Item = (&str, &str)> {
    let own = [(VERSION, &instance.version), (ZONE, &instance.zone), (INSTANCE, &instance.name)];
    let own = own.map(|(key, value)| (key, value.as_str()));
    let more = instance.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()));
    own.into_iter().chain(more).filter(|(_, value)| !value.is_empty())
}
