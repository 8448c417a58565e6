//! When blame moves, on three nodes: a shop calls stock, stock calls a store.

use super::*;
use crate::cascade::small_world::{SHOP, STOCK, STORE, catalog};
use crate::detect::Aggregate;

/// Ten seconds in which each edge saw so many calls of so many milliseconds.
fn side(stock: (u64, u64), store: (u64, u64)) -> Aggregate {
    let mut side = Aggregate { seconds: 10.0, ..Aggregate::default() };
    for (edge, (calls, millis)) in [((SHOP, STOCK), stock), ((STOCK, STORE), store)] {
        let mut sums = EdgeSums::default();
        sums.calls.total = calls;
        for call in 0..calls {
            // A little spread, so that there is a variance.
            sums.timings.waited.record((millis * 100 + call % 3) * 10_000);
        }
        side.edges.insert(edge, sums);
    }
    side
}

fn moved(before: Aggregate, during: Aggregate, symptom: Symptom) -> Vec<(NodeId, f64)> {
    Slower::new(&catalog(), &Contrast { before, during }).targets(STOCK, symptom)
}

#[test]
fn blame_for_lack_of_capacity_moves_to_a_callee_that_held_the_workers() {
    let moved = moved(side((100, 20), (100, 10)), side((100, 300), (100, 280)), Symptom::Rejected);
    assert_eq!(moved, [(STORE, 1.0)]);
}

#[test]
fn it_stays_if_the_callee_is_as_fast_as_ever_or_only_asked_more_often() {
    let same = moved(side((100, 20), (100, 10)), side((100, 300), (100, 10)), Symptom::Rejected);
    assert!(same.is_empty());
    let busier = moved(side((100, 20), (100, 10)), side((900, 300), (900, 11)), Symptom::Rejected);
    assert!(busier.is_empty());
}

#[test]
fn a_failure_of_its_own_never_moves() {
    let moved = moved(side((100, 20), (100, 10)), side((100, 300), (100, 280)), Symptom::Error);
    assert!(moved.is_empty());
}
