//! When blame moves, on three nodes: a shop calls stock, stock calls a store.

use super::*;
use crate::detect::Aggregate;
use crate::model::Cause;
use crate::summary::small_world::{SHOP, STOCK, STORE, call, catalog, request};

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

/// Ten seconds in which stock asked the store so many times in all, of which so many failed and
/// so many repeated an earlier one; all as quick as ever.
fn asked(total: u64, failed: u64, retries: u64) -> Aggregate {
    let mut side = side((100, 20), (100, 10));
    let calls = &mut side.edges.get_mut(&(STOCK, STORE)).unwrap().calls;
    (calls.total, calls.failed, calls.retries) = (total, failed, retries);
    side
}

#[test]
fn waiting_to_ask_again_is_waiting_for_whom_one_asks() {
    let healthy = || asked(100, 0, 0);
    assert_eq!(moved(healthy(), asked(300, 250, 200), Symptom::SlowOwn), [(STORE, 1.0)]);
    // Repeats of calls that do not fail are not why stock is slow.
    assert!(moved(healthy(), asked(300, 5, 200), Symptom::SlowOwn).is_empty());
    // Nor are failures that nobody repeats.
    assert!(moved(healthy(), asked(100, 80, 5), Symptom::SlowOwn).is_empty());
}

#[test]
fn a_breaker_that_is_left_over_points_at_the_callee_that_fails() {
    let moved = moved(asked(100, 0, 0), asked(100, 80, 0), Symptom::ShortCircuited);
    assert_eq!(moved, [(STORE, 1.0)]);
}

#[test]
fn requests_that_got_past_a_breaker_say_why_it_opened() {
    let shop = call(NONE, SHOP, [NONE, 12, 10]).broken(Cause::Unknown);
    let passed = vec![
        shop,
        call(0, STOCK, [10, 9, 5]).broken(Cause::Unknown),
        call(1, STORE, [3, NONE, NONE]).failed(Cause::Exception),
    ];
    let refused = vec![shop, call(0, STOCK, [1, NONE, NONE]).failed(Cause::ShortCircuited)];
    // One request passed, three met the open breaker.
    let traces: Vec<Digest> = [passed, refused.clone(), refused.clone(), refused]
        .into_iter()
        .zip(0..)
        .map(|(hops, n)| request(n, 10, hops))
        .collect();
    let profile = Profile::default();
    let told = |digest| (digest, blame(digest, &catalog(), &profile), 1.0);
    let during = Blames { list: traces.iter().map(told).collect() };
    let flow = Flow::new(&during, &Blames::default(), &catalog(), &Contrast::default());
    assert_eq!(flow.direct[&(STOCK, Symptom::ShortCircuited)], 3.0);
    assert_eq!(flow.of(STORE), 4.0);
    assert_eq!(flow.moved[&(STOCK, STORE)], 3.0);
}
