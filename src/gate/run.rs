//! A run as rules see it.

use std::collections::BTreeMap;

use crate::analysis::{Analysis, NodeName};
use crate::compare::{Comparison, Runs};
use crate::model::Teams;
use crate::summary::{Add as _, Calls, Histogram, NONE, NodeId, OpId, Requests, Summary, Table};

use super::select::Selector;
use super::subject::{Place, Subject};

/// A run and what it is compared with.
pub struct Run<'a> {
    /// What was counted.
    pub summary: &'a Summary,
    /// What the analysis says of it.
    pub analysis: &'a Analysis,
    /// Runs that were well.
    pub baselines: &'a Runs,
    /// How it differs from them, if there are any.
    pub comparison: Option<&'a Comparison>,
    /// Whose services are.
    pub teams: &'a Teams,
}

/// Requests from outside for one operation.
pub struct Entry {
    /// Which.
    pub subject: Subject,
    /// How many.
    pub requests: Requests,
    /// How long they took.
    pub times: Histogram,
}

/// Calls between two nodes.
#[derive(Default)]
pub struct Edge {
    /// How many.
    pub calls: Calls,
    /// How long callers waited.
    pub waited: Histogram,
}

impl Run<'_> {
    /// A node by its names.
    pub fn place(&self, node: NodeId) -> Place {
        let key = &self.summary.catalog.nodes[node as usize];
        let team = self.teams.of(&key.namespace, &key.name).map(str::to_owned);
        Place { name: key.name.clone(), namespace: key.namespace.clone(), team }
    }

    /// A node by the names that a comparison gives it.
    pub fn named(&self, node: &NodeName) -> Place {
        let team = self.teams.of(&node.namespace, &node.name).map(str::to_owned);
        Place { name: node.name.clone(), namespace: node.namespace.clone(), team }
    }

    /// Calls on the selected edges, operation by operation.
    pub fn operations(&self, select: &Selector) -> Vec<(Subject, Calls)> {
        let catalog = &self.summary.catalog;
        let calls = self.summary.calls.by_key().filter(|(key, _)| key.0 != NONE);
        let told = calls.map(|(key, rows)| {
            let subject = Subject::Edge {
                caller: self.place(key.0),
                callee: self.place(catalog.node_of(key.1)),
                operation: Some(self.operation(key.1)),
            };
            (subject, Table::sum(rows))
        });
        told.filter(|(subject, _)| select.fits(subject)).collect()
    }

    /// The name of an operation.
    pub fn operation(&self, operation: OpId) -> String {
        let name = &self.summary.catalog.operations[operation as usize].name;
        if name.is_empty() { "(other)".to_owned() } else { name.clone() }
    }

    /// Entry requests as a subject.
    pub fn entry(&self, operation: OpId) -> Subject {
        Subject::Entry {
            service: self.place(self.summary.catalog.node_of(operation)),
            operation: self.operation(operation),
        }
    }

    /// Selected entries, in order of the catalog.
    pub fn entries(&self, select: &Selector) -> Vec<Entry> {
        let entries = self.summary.entries.by_key().map(|(operation, rows)| Entry {
            subject: self.entry(operation),
            requests: Table::sum(rows),
            times: Table::sum(self.summary.entry_times.of(operation)),
        });
        entries.filter(|entry| select.fits(&entry.subject)).collect()
    }

    /// Selected edges: of calls for the selected operations, if any are named.
    pub fn edges(&self, select: &Selector) -> Vec<(Subject, Edge)> {
        let catalog = &self.summary.catalog;
        let mut edges: BTreeMap<(NodeId, NodeId), Edge> = BTreeMap::new();
        let selected = |key: (NodeId, OpId)| {
            let callee = catalog.node_of(key.1);
            (key.0 != NONE && key.0 != callee).then(|| {
                let subject = Subject::Edge {
                    caller: self.place(key.0),
                    callee: self.place(callee),
                    operation: Some(self.operation(key.1)),
                };
                select.fits(&subject).then_some((key.0, callee))
            })?
        };
        for (key, rows) in self.summary.calls.by_key() {
            if let Some(pair) = selected(key) {
                edges.entry(pair).or_default().calls.add(&Table::sum(rows));
            }
        }
        for (key, rows) in self.summary.timings.by_key() {
            if let Some(edge) = selected(key).and_then(|pair| edges.get_mut(&pair)) {
                let timings = Table::sum(rows);
                let unseen = timings.waited.is_empty();
                edge.waited.add(if unseen { &timings.worked } else { &timings.waited });
            }
        }
        let told = edges.into_iter().map(|((caller, callee), edge)| {
            let [caller, callee] = [caller, callee].map(|node| self.place(node));
            (Subject::Edge { caller, callee, operation: None }, edge)
        });
        told.collect()
    }
}
