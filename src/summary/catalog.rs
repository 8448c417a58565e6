//! The names behind the numbers of a summary.

use serde::{Deserialize, Serialize};

use crate::assemble::NodeKey;

use super::templates::generalise;
use super::{Digest, DigestHop};

/// Index of a node in [`Catalog::nodes`].
pub type NodeId = u32;
/// Index of an operation in [`Catalog::operations`].
pub type OpId = u32;
/// Index of an instance in [`Catalog::instances`].
pub type InstanceId = u32;
/// Index of a log template in [`Catalog::templates`].
pub type TemplateId = u32;
/// Index of a tag in [`Catalog::tags`].
pub type TagId = u32;

/// Stands for "none" where an id is optional in a key: no caller, no predecessor, no successor.
pub const NONE: u32 = u32::MAX;

/// All names, each list sorted, so that ids are the same whatever the order of the input.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Nodes of the service graph.
    pub nodes: Vec<NodeKey>,
    /// Operations of nodes. The one without a name takes what the cap left out.
    pub operations: Vec<Operation>,
    /// Instances of nodes.
    pub instances: Vec<Instance>,
    /// Log templates of nodes.
    pub templates: Vec<Template>,
    /// Tags of spans.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// An operation of a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Operation {
    /// Whose.
    pub node: NodeId,
    /// Its name; empty for "other".
    pub name: String,
}

/// One running copy of a service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Instance {
    /// Of which node.
    pub node: NodeId,
    /// `service.instance.id` or its substitute.
    pub name: String,
    /// `service.version`, or empty.
    pub version: String,
    /// `cloud.availability_zone`, or empty.
    pub zone: String,
    /// What else its emitter tells, sorted.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// What a span or an emitter says of itself that requests can be told apart by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tag {
    /// An attribute's name, or `feature_flag:NAME`.
    pub key: String,
    /// Its value; empty for "other".
    pub value: String,
}

/// A kind of log record of a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Template {
    /// Who writes it.
    pub node: NodeId,
    /// How bad it is.
    pub severity: Severity,
    /// Its text with the varying parts masked; empty for "other".
    pub text: String,
}

/// The severity ranges of OpenTelemetry's log data model.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Severity {
    /// Not given.
    #[default]
    Unspecified,
    /// 1 to 8: trace and debug.
    Debug,
    /// 9 to 12.
    Info,
    /// 13 to 16.
    Warn,
    /// 17 and above: error and fatal.
    Error,
}

impl Severity {
    /// From OpenTelemetry's severity number.
    pub const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Unspecified,
            1..=8 => Self::Debug,
            9..=12 => Self::Info,
            13..=16 => Self::Warn,
            _ => Self::Error,
        }
    }
}

/// How the ids of one catalog are called in another.
#[derive(Clone, Debug)]
pub struct Renaming {
    nodes: Vec<u32>,
    operations: Vec<u32>,
    instances: Vec<u32>,
    templates: Vec<u32>,
    tags: Vec<u32>,
}

impl Catalog {
    /// Where an operation is, by node and name; the node's "other" if it is not listed.
    pub fn operation(&self, node: NodeId, name: &str) -> Option<OpId> {
        let find = |name: &str| {
            self.operations.binary_search_by(|o| (o.node, o.name.as_str()).cmp(&(node, name))).ok()
        };
        find(name).or_else(|| find("")).map(|i| i as u32)
    }

    /// The node of an operation.
    pub fn node_of(&self, operation: OpId) -> NodeId {
        self.operations[operation as usize].node
    }

    /// Who made a call, [`NONE`] if nobody known, and whom it was made to.
    pub fn edge_of(&self, digest: &Digest, hop: &DigestHop) -> (NodeId, NodeId) {
        let caller = match hop.parent {
            NONE => NONE,
            parent => self.node_of(digest.hops[parent as usize].operation),
        };
        (caller, self.node_of(hop.operation))
    }

    /// Both catalogs in one, and how each one's ids are called in it.
    pub fn union(a: &Self, b: &Self) -> (Self, Renaming, Renaming) {
        let nodes = merged(&a.nodes, &b.nodes);
        let node_map = |from: &Self| indices(&from.nodes, &nodes);
        let (a_nodes, b_nodes) = (node_map(a), node_map(b));
        let lift = |from: &Self, nodes: &[u32]| {
            let node = |id: u32| nodes[id as usize];
            let mut lifted = from.clone();
            lifted.operations.iter_mut().for_each(|o| o.node = node(o.node));
            lifted.instances.iter_mut().for_each(|i| i.node = node(i.node));
            lifted.templates.iter_mut().for_each(|t| t.node = node(t.node));
            lifted
        };
        let (a, b) = (lift(a, &a_nodes), lift(b, &b_nodes));
        let both = Self {
            nodes,
            operations: merged(&a.operations, &b.operations),
            instances: merged(&a.instances, &b.instances),
            templates: generalised(merged(&a.templates, &b.templates)),
            tags: merged(&a.tags, &b.tags),
        };
        let renaming = |from: &Self, nodes| Renaming {
            nodes,
            operations: indices(&from.operations, &both.operations),
            instances: indices(&from.instances, &both.instances),
            templates: general_indices(&from.templates, &both.templates),
            tags: indices(&from.tags, &both.tags),
        };
        let (a, b) = (renaming(&a, a_nodes), renaming(&b, b_nodes));
        (both, a, b)
    }
}

impl Renaming {
    /// The new id of a node; [`NONE`] stays.
    pub fn node(&self, id: NodeId) -> NodeId {
        self.nodes.get(id as usize).copied().unwrap_or(NONE)
    }

    /// The new id of an operation; [`NONE`] stays.
    pub fn operation(&self, id: OpId) -> OpId {
        self.operations.get(id as usize).copied().unwrap_or(NONE)
    }

    /// The new id of an instance; [`NONE`] stays.
    pub fn instance(&self, id: InstanceId) -> InstanceId {
        self.instances.get(id as usize).copied().unwrap_or(NONE)
    }

    /// The new id of a template; [`NONE`] stays.
    pub fn template(&self, id: TemplateId) -> TemplateId {
        self.templates.get(id as usize).copied().unwrap_or(NONE)
    }

    /// The new id of a tag.
    pub fn tag(&self, id: TagId) -> TagId {
        self.tags.get(id as usize).copied().unwrap_or(NONE)
    }
}

fn merged<T: Clone + Ord>(a: &[T], b: &[T]) -> Vec<T> {
    let mut all: Vec<T> = a.iter().chain(b).cloned().collect();
    all.sort();
    all.dedup();
    all
}

/// The templates of a node and severity that are not special cases of another one.
fn generalised(all: Vec<Template>) -> Vec<Template> {
    let groups = all.chunk_by(|a, b| (a.node, a.severity) == (b.node, b.severity));
    let kept = groups.flat_map(|group| {
        let texts: Vec<&str> = group.iter().map(|t| t.text.as_str()).collect();
        let kept: std::collections::BTreeSet<usize> = generalise(&texts).into_iter().collect();
        kept.into_iter().map(|at| group[at].clone())
    });
    kept.collect()
}

/// Where each template went when the lists were united.
fn general_indices(from: &[Template], to: &[Template]) -> Vec<u32> {
    let place = |template: &Template| {
        if let Ok(at) = to.binary_search(template) {
            return at as u32;
        }
        let key = (template.node, template.severity);
        let start = to.partition_point(|t| (t.node, t.severity) < key);
        let group: Vec<&str> = to[start..]
            .iter()
            .take_while(|t| (t.node, t.severity) == key)
            .map(|t| t.text.as_str())
            .chain(std::iter::once(template.text.as_str()))
            .collect();
        let general = generalise(&group)[group.len() - 1];
        if general + 1 < group.len() { (start + general) as u32 } else { NONE }
    };
    from.iter().map(place).collect()
}

fn indices<T: Ord>(from: &[T], to: &[T]) -> Vec<u32> {
    from.iter().map(|item| to.binary_search(item).map_or(NONE, |i| i as u32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog(names: &[(&str, &str)]) -> Catalog {
        let mut nodes: Vec<NodeKey> = names
            .iter()
            .map(|(node, _)| NodeKey { name: (*node).to_owned(), ..NodeKey::default() })
            .collect();
        nodes.sort();
        nodes.dedup();
        let at = |node: &str| nodes.iter().position(|n| n.name == node).unwrap() as u32;
        let mut operations: Vec<Operation> = names
            .iter()
            .map(|(node, name)| Operation { node: at(node), name: (*name).to_owned() })
            .collect();
        operations.sort();
        Catalog { nodes, operations, ..Catalog::default() }
    }

    #[test]
    fn union_renames_both_sides_to_one_order() {
        let a = catalog(&[("cart", "add"), ("stock", "take")]);
        let b = catalog(&[("bank", "pay"), ("stock", "take")]);
        let (both, from_a, from_b) = Catalog::union(&a, &b);
        assert_eq!(both.nodes.len(), 3);
        assert_eq!(from_a.operation(1), from_b.operation(1));
        assert_eq!(both.operations[from_b.operation(0) as usize].name, "pay");
        assert_eq!(from_a.node(NONE), NONE);
        assert_eq!(Catalog::union(&b, &a).0, both);
    }
}
