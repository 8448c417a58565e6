//! Whether a summary from a file holds together.

use std::collections::BTreeSet;

use crate::summary::{NONE, SLICE_SHIFT, Summary};

/// Every id must be one of the catalog's, and what is said of entry requests by slice must be of
/// slices that have some: what comes later indexes without asking again.
pub fn check(s: &Summary) -> Result<(), &'static str> {
    let c = &s.catalog;
    let below = |id: u32, len: usize| (id as usize) < len || id == NONE;
    let node = |id: u32| below(id, c.nodes.len());
    let operation = |id: u32| below(id, c.operations.len());
    let known_operation = |id: u32| (id as usize) < c.operations.len();
    let template = |id: u32| below(id, c.templates.len());
    let names = c.operations.iter().all(|o| (o.node as usize) < c.nodes.len())
        && c.instances.iter().all(|i| (i.node as usize) < c.nodes.len())
        && c.templates.iter().all(|t| (t.node as usize) < c.nodes.len());
    let tables = s.entries.keys().all(known_operation)
        && s.calls.keys().chain(s.timings.keys()).all(|k| node(k.0) && known_operation(k.1))
        && s.instances.keys().all(|k| below(k, c.instances.len()))
        && s.children.keys().all(|k| known_operation(k.0) && known_operation(k.1))
        && s.logs.keys().all(template)
        && s.transitions.keys().all(|k| known_operation(k.0) && template(k.1) && template(k.2))
        && s.blamed.keys().all(|k| known_operation(k.0) && known_operation(k.1))
        && s.touched.keys().all(|k| known_operation(k.0) && node(k.1))
        && s.entry_times.keys().all(known_operation);
    let slices: BTreeSet<u64> = s.entries.rows().iter().map(|r| r.1 >> SLICE_SHIFT).collect();
    let digests = s.digests.iter().all(|d| {
        let hop = |i: u32| (i as usize) < d.hops.len();
        (hop(d.entry) || d.hops.is_empty() || d.stratum.0 == NONE)
            && operation(d.stratum.0)
            && (d.stratum.0 == NONE || slices.contains(&d.slice))
            && d.hops.iter().enumerate().all(|(i, h)| {
                (h.parent == NONE || (h.parent as usize) < i)
                    && known_operation(h.operation)
                    && below(h.instance, c.instances.len())
            })
            && d.locals.iter().all(|l| hop(l.0) && known_operation(l.1))
            && d.logs.iter().all(|l| hop(l.0) && template(l.1))
            && d.tags.iter().all(|t| hop(t.0) && (t.1 as usize) < c.tags.len())
    });
    let times = s.entry_times.rows().iter().all(|r| slices.contains(&r.1));
    let widths = s.bucket_log2 < 60;
    if names && tables && digests && times && widths { Ok(()) } else { Err("an id out of range") }
}
