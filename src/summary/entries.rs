//! Which operations count as entry requests.

use crate::model::OperationGlob;

use super::catalog::{Catalog, OpId};

/// What the user says about entry requests. Without it, the first root of a trace is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// Operations that count as entry requests wherever in a trace they are: the first of them
    /// is the entry of its trace.
    pub count: Vec<OperationGlob>,
    /// Operations that never do, though they begin a trace.
    pub never: Vec<OperationGlob>,
}

/// [`Entries`] by operation of one catalog.
#[derive(Debug, Default)]
pub struct Doors {
    count: Vec<bool>,
    never: Vec<bool>,
}

impl Doors {
    /// Looks the patterns up. What is not configured costs nothing.
    pub fn new(entries: &Entries, catalog: &Catalog) -> Self {
        let chosen = |globs: &[OperationGlob]| -> Vec<bool> {
            if globs.is_empty() {
                return Vec::new();
            }
            let chosen = catalog.operations.iter().map(|operation| {
                let node = &catalog.nodes[operation.node as usize];
                globs.iter().any(|g| g.matches(&node.namespace, &node.name, &operation.name))
            });
            chosen.collect()
        };
        Self { count: chosen(&entries.count), never: chosen(&entries.never) }
    }

    /// Whether any operation counts wherever it is.
    pub fn any_counts(&self) -> bool {
        !self.count.is_empty()
    }

    /// Whether an operation counts wherever it is.
    pub fn counts(&self, operation: OpId) -> bool {
        self.count.get(operation as usize).copied().unwrap_or(false)
    }

    /// Whether an operation never counts.
    pub fn never(&self, operation: OpId) -> bool {
        self.never.get(operation as usize).copied().unwrap_or(false)
    }
}
