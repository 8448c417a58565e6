//! What is known of log records before behaviour is compared.

use std::collections::{BTreeMap, BTreeSet};

use crate::summary::{NodeId, OpId, Severity, Summary, TemplateId};

use super::Grid;
use super::blocks::Blocks;

/// Which operations write records at all, and which errors are the environment's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Background {
    /// Operations that wrote a record in any call.
    pub writers: BTreeSet<OpId>,
    /// Warnings and errors whose text several nodes write and healthy time shows: a library or
    /// a framework says that something failed somewhere, as it now and then does, here or there.
    pub errors: BTreeSet<TemplateId>,
}

/// A text that fewer nodes write is a service's own.
const SHARED: usize = 2;

#[derive(Default)]
struct Text {
    templates: BTreeSet<TemplateId>,
    nodes: BTreeSet<NodeId>,
    blocks: BTreeSet<usize>,
    healthy: bool,
}

impl Background {
    /// Reads the kept traces of the input and of its baseline.
    pub fn of(summary: &Summary, baseline: Option<&Summary>, grid: &Grid, blocks: &Blocks) -> Self {
        let mut writers = BTreeSet::new();
        let mut texts: BTreeMap<&str, Text> = BTreeMap::new();
        for (side, healthy) in [(Some(summary), false), (baseline, true)] {
            for digest in side.into_iter().flat_map(|s| s.digests.iter()) {
                for &(hop, id) in &digest.logs {
                    writers.insert(digest.hops[hop as usize].operation);
                    let template = &summary.catalog.templates[id as usize];
                    if template.severity < Severity::Warn || template.text.is_empty() {
                        continue;
                    }
                    let text = texts.entry(template.text.as_str()).or_default();
                    text.templates.insert(id);
                    text.nodes.insert(template.node);
                    if healthy {
                        text.healthy = true;
                    } else {
                        let position = grid.position(digest.slice).min(grid.len() - 1);
                        text.blocks.insert(blocks.of(position));
                    }
                }
            }
        }
        // Without a baseline, what most of the input shows is usual.
        let known = |t: &Text| match baseline {
            Some(_) => t.healthy,
            None => 2 * t.blocks.len() > blocks.len(),
        };
        let shared = texts.into_values().filter(|t| t.nodes.len() >= SHARED && known(t));
        Self { writers, errors: shared.flat_map(|t| t.templates).collect() }
    }
}
