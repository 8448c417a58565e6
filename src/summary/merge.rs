//! Two summaries into one.

use super::catalog::{Catalog, Renaming};
use super::digest::BUDGET;
use super::fold::SKETCH;
use super::survey::MAX_BUCKETS;
use super::value::Summary;

/// Adds two summaries of different traces. Exact for summaries of one plan; otherwise the
/// names are united, the finer one is coarsened to the wider bucket, and the result coarsened
/// until its buckets are few enough again.
pub fn merge(a: Summary, b: Summary) -> Summary {
    let (catalog, names_a, names_b) = Catalog::union(&a.catalog, &b.catalog);
    let log2 = a.bucket_log2.max(b.bucket_log2);
    let a = renamed(a, &catalog, &names_a, log2);
    let b = renamed(b, &catalog, &names_b, log2);
    let merged = add(a, b);
    let log2 = merged.bucket_log2 + excess(&merged);
    if log2 == merged.bucket_log2 {
        return merged;
    }
    let (catalog, same, _) = Catalog::union(&merged.catalog, &Catalog::default());
    renamed(merged, &catalog, &same, log2)
}

/// Whether both hold traces of each other's: the number of shared ids in their sketches.
pub fn overlap(a: &Summary, b: &Summary) -> usize {
    a.sketch.intersection(&b.sketch).count()
}

/// How many doublings of the bucket are needed to have few enough.
fn excess(summary: &Summary) -> u32 {
    let mut buckets: std::collections::BTreeSet<u64> = summary
        .calls
        .rows()
        .iter()
        .map(|r| r.1)
        .chain(summary.logs.rows().iter().map(|r| r.1))
        .collect();
    let mut shift = 0;
    while buckets.len() > MAX_BUCKETS {
        shift += 1;
        buckets = buckets.into_iter().map(|b| b >> 1).collect();
    }
    shift
}

fn renamed(s: Summary, catalog: &Catalog, names: &Renaming, log2: u32) -> Summary {
    let shift = log2 - s.bucket_log2;
    if shift == 0 && s.catalog == *catalog {
        return s;
    }
    Summary {
        bucket_log2: log2,
        input: s.input,
        coverage: s.coverage,
        clocks: s.clocks,
        catalog: catalog.clone(),
        instrumented: s.instrumented.into_iter().map(|n| names.node(n)).collect(),
        entries: s.entries.remap(|k| names.operation(k), shift),
        entry_times: s.entry_times.remap(|k| names.operation(k), shift),
        sampled: s.sampled.remap(|k| (names.operation(k.0), k.1), 0),
        calls: s.calls.remap(|k| (names.node(k.0), names.operation(k.1)), shift),
        timings: s.timings.remap(|k| (names.node(k.0), names.operation(k.1)), shift),
        instances: s.instances.remap(|k| names.instance(k), shift),
        children: s.children.remap(|k| (names.operation(k.0), names.operation(k.1)), shift),
        logs: s.logs.remap(|k| names.template(k), shift),
        transitions: s
            .transitions
            .remap(|k| (names.operation(k.0), names.template(k.1), names.template(k.2)), shift),
        blamed: s.blamed.remap(|k| (names.operation(k.0), names.operation(k.1), k.2), shift),
        touched: s.touched.remap(|k| (names.operation(k.0), names.node(k.1)), shift),
        strata: s.strata.remap(|k| (names.operation(k.0), k.1), shift),
        digests: s.digests.remap(names, shift),
        sketch: s.sketch,
        made: s.made,
    }
}

fn add(mut a: Summary, mut b: Summary) -> Summary {
    let folded = a.coverage.folded_keys.max(b.coverage.folded_keys);
    a.coverage.add(&b.coverage);
    a.coverage.folded_keys = folded;
    a.input.merge(b.input);
    a.made.add(b.made);
    a.clocks.append(&mut b.clocks);
    a.instrumented.append(&mut b.instrumented);
    a.sketch.append(&mut b.sketch);
    while a.sketch.len() > SKETCH {
        a.sketch.pop_last();
    }
    Summary {
        entries: a.entries.merge(b.entries),
        entry_times: a.entry_times.merge(b.entry_times),
        sampled: a.sampled.merge(b.sampled),
        calls: a.calls.merge(b.calls),
        timings: a.timings.merge(b.timings),
        instances: a.instances.merge(b.instances),
        children: a.children.merge(b.children),
        logs: a.logs.merge(b.logs),
        transitions: a.transitions.merge(b.transitions),
        blamed: a.blamed.merge(b.blamed),
        touched: a.touched.merge(b.touched),
        strata: a.strata.merge(b.strata),
        digests: a.digests.merge(b.digests, BUDGET),
        ..a
    }
}

/// Both in one set of names and one bucket width, still apart.
pub fn align(a: Summary, b: Summary) -> (Summary, Summary) {
    let (catalog, names_a, names_b) = Catalog::union(&a.catalog, &b.catalog);
    let log2 = a.bucket_log2.max(b.bucket_log2);
    (renamed(a, &catalog, &names_a, log2), renamed(b, &catalog, &names_b, log2))
}
