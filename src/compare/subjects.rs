//! The names of what is measured.

use crate::analysis::NodeName;
use crate::summary::{Catalog, EdgeKey, NONE, NodeId, OpId};

use super::view::Subject;

/// A node's name.
pub fn node(catalog: &Catalog, id: NodeId) -> Option<NodeName> {
    let key = catalog.nodes.get(id as usize)?;
    Some(NodeName { name: key.name.clone(), namespace: key.namespace.clone(), kind: key.kind })
}

/// Whose operation it is, and its name.
pub fn operation(catalog: &Catalog, id: OpId) -> Option<(NodeName, String)> {
    let operation = catalog.operations.get(id as usize)?;
    Some((node(catalog, operation.node)?, operation.name.clone()))
}

/// An entry.
pub fn entry(catalog: &Catalog, id: OpId) -> Option<Subject> {
    let (service, operation) = operation(catalog, id)?;
    Some(Subject::Entry { service, operation })
}

/// Calls of an operation; `None` where nobody is known to call.
pub fn edge(catalog: &Catalog, (caller, id): EdgeKey) -> Option<Subject> {
    if caller == NONE {
        return None;
    }
    let (callee, operation) = operation(catalog, id)?;
    Some(Subject::Edge { caller: node(catalog, caller)?, callee, operation: Some(operation) })
}
