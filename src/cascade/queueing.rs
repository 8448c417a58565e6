//! Whether calls wait in a queue or on the way: a queue is longer, the more calls are in it.

use std::collections::BTreeMap;

use crate::detect::Window;
use crate::summary::{DigestHop, NONE, NodeId, Summary};

use super::Profile;

/// Calls that waited this much longer than usual take part …
const LONGER: f64 = 2.0;
/// … if there are so many.
const ENOUGH: usize = 20;
/// Ranks that agree as much as this are a queue: the wait of a network does not depend on how many
/// others wait.
const FOLLOWS: f64 = 0.5;

/// A call under way: when it began and ended, and what passed between caller and callee.
type Wait = (u64, u64, u32);

/// Whether calls to a node that waited for it waited the longer, the more calls of the same caller
/// were under way. The caller of most such calls decides.
pub fn queues(summary: &Summary, profile: &Profile, window: &Window, node: NodeId) -> bool {
    let catalog = &summary.catalog;
    let mut by_caller: BTreeMap<NodeId, Vec<Wait>> = BTreeMap::new();
    for digest in summary.digests.iter().filter(|d| window.contains(d.slice)) {
        for hop in digest.hops.iter().filter(|hop| catalog.node_of(hop.operation) == node) {
            let Some(caller) = digest.hops.get(hop.parent as usize) else { continue };
            let caller = catalog.node_of(caller.operation);
            let usual = profile.gap((caller, hop.operation));
            if hop.gap() != NONE && f64::from(hop.gap()) >= LONGER * usual.max(1.0) {
                by_caller.entry(caller).or_default().push(wait(digest.start, hop));
            }
        }
    }
    let most = by_caller.into_values().max_by_key(Vec::len).unwrap_or_default();
    most.len() >= ENOUGH && agreement(&most) >= FOLLOWS
}

fn wait(start: u64, hop: &DigestHop) -> Wait {
    let began = start + u64::from(hop.offset) * 1000;
    (began, began + u64::from(hop.waited) * 1000, hop.gap())
}

/// Spearman's rank correlation of the waits with the number of calls that each one met.
fn agreement(waits: &[Wait]) -> f64 {
    let sorted = |pick: fn(&Wait) -> u64| {
        let mut times: Vec<u64> = waits.iter().map(pick).collect();
        times.sort_unstable();
        times
    };
    let (starts, ends) = (sorted(|w| w.0), sorted(|w| w.1));
    let met = |at: u64| {
        let [begun, over] =
            [starts.partition_point(|&s| s < at), ends.partition_point(|&e| e <= at)];
        begun.saturating_sub(over) as f64
    };
    let met = ranks(waits.iter().map(|w| met(w.0)).collect());
    let waited = ranks(waits.iter().map(|w| f64::from(w.2)).collect());
    correlation(&met, &waited)
}

/// Ranks, those of equal values shared.
fn ranks(values: Vec<f64>) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for tied in order.chunk_by(|&a, &b| values[a].total_cmp(&values[b]).is_eq()) {
        for &at in tied {
            ranks[at] = first as f64 + (tied.len() - 1) as f64 / 2.0;
        }
        first += tied.len();
    }
    ranks
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = (a.len() - 1) as f64 / 2.0;
    let product = |x: &[f64], y: &[f64]| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum()
    };
    let spread = (product(a, a) * product(b, b)).sqrt();
    if spread > 0.0 { product(a, b) / spread } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call every 10 ms; each waits as long as `gap` says.
    fn waits(gap: impl Fn(u64) -> u64) -> Vec<Wait> {
        (0..60).map(|n| (n * 10, n * 10 + gap(n), gap(n) as u32)).collect()
    }

    #[test]
    fn a_queue_that_grows_makes_each_call_wait_longer() {
        assert!(agreement(&waits(|n| 5 + 7 * n)) > 0.9);
    }

    #[test]
    fn a_network_makes_all_wait_alike() {
        // Two hundred milliseconds, give or take a little that depends on nothing.
        assert!(agreement(&waits(|n| 200 + n * 7 % 11)).abs() < FOLLOWS);
        assert_eq!(agreement(&waits(|_| 200)), 0.0);
    }

    #[test]
    fn equal_values_share_their_rank() {
        assert_eq!(ranks(vec![3.0, 1.0, 3.0, 0.0]), [2.5, 1.0, 2.5, 0.0]);
    }
}
