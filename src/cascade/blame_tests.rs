//! Every rule of blame on the smallest trace that shows it.

use super::*;
use crate::detect::{Aggregate, EdgeSums};
use crate::summary::small_world::{SHOP, STOCK, STORE, call, catalog};

/// Usual: every call takes 10 ms as seen by its caller, 8 ms as seen by its callee, of which
/// 5 ms are its own.
fn profile() -> Profile {
    let mut before = Aggregate::default();
    for edge in [(NONE, SHOP), (SHOP, STOCK), (STOCK, STORE)] {
        let mut sums = EdgeSums::default();
        for _ in 0..40 {
            sums.timings.waited.record(10_000_000);
            sums.timings.worked.record(8_000_000);
            sums.timings.own.record(5_000_000);
            sums.timings.gap.record(2_000_000);
        }
        before.edges.insert(edge, sums);
    }
    Profile::new(&before, &catalog())
}

fn hop(parent: u32, operation: OpId, millis: [u32; 3], flags: u8, cause: Cause) -> DigestHop {
    DigestHop { flags, cause, ..call(parent, operation, millis) }
}

fn blamed(hops: Vec<DigestHop>) -> (OpId, Symptom) {
    let digest = Digest {
        id: (0, 1),
        start: 0,
        slice: 0,
        stratum: (SHOP, true),
        entry: 0,
        hops,
        locals: Vec::new(),
        logs: Vec::new(),
        cut: 0,
        tags: Vec::new(),
    };
    let blame = blame(&digest, &catalog(), &profile());
    (blame.operation, blame.symptom)
}

const BOTH: u8 = DigestHop::FAILED | DigestHop::CALLEE_FAILED;

#[test]
fn the_deepest_failing_call_is_blamed() {
    let hops = vec![
        hop(NONE, SHOP, [NONE, 30, 5], BOTH, Cause::Unknown),
        hop(0, STOCK, [20, 18, 10], BOTH, Cause::Exception),
        hop(1, STORE, [3, NONE, NONE], 0, Cause::Unknown),
    ];
    assert_eq!(blamed(hops), (STOCK, Symptom::Error));
}

#[test]
fn a_failure_made_good_is_not_what_the_request_failed_on() {
    let hops = vec![
        hop(NONE, SHOP, [NONE, 30, 5], BOTH, Cause::Exception),
        hop(0, STOCK, [4, 3, 3], BOTH | DigestHop::REPAIRED, Cause::Exception),
        hop(0, STOCK, [4, 3, 3], DigestHop::RETRY, Cause::Unknown),
    ];
    assert_eq!(blamed(hops), (SHOP, Symptom::Error));
}

#[test]
fn a_caller_speaks_for_a_store_that_cannot_be_reached() {
    let hops = vec![
        hop(NONE, SHOP, [NONE, 30, 5], BOTH, Cause::Unknown),
        hop(0, STOCK, [20, 18, 10], BOTH, Cause::Unknown),
        hop(1, STORE, [1, NONE, NONE], DigestHop::FAILED, Cause::Unreachable),
    ];
    assert_eq!(blamed(hops), (STORE, Symptom::Unreachable));
}

#[test]
fn a_late_callee_hands_the_blame_to_where_its_time_went() {
    let late = |stock_own: u32, store: u32| {
        vec![
            hop(NONE, SHOP, [NONE, 1010, 5], BOTH, Cause::Unknown),
            hop(0, STOCK, [1000, 998, stock_own], DigestHop::FAILED, Cause::Timeout),
            hop(1, STORE, [store, NONE, NONE], 0, Cause::Unknown),
        ]
    };
    assert_eq!(blamed(late(5, 990)), (STORE, Symptom::SlowPeer));
    assert_eq!(blamed(late(990, 8)), (STOCK, Symptom::SlowOwn));
}

#[test]
fn time_between_caller_and_callee_is_a_gap() {
    let hops = vec![
        hop(NONE, SHOP, [NONE, 1010, 5], BOTH, Cause::Unknown),
        hop(0, STOCK, [1000, 8, 5], DigestHop::FAILED, Cause::Timeout),
    ];
    assert_eq!(blamed(hops), (STOCK, Symptom::Gap));
}

#[test]
fn a_callee_that_shows_nothing_did_not_answer() {
    let flags = DigestHop::FAILED | DigestHop::UNPAIRED;
    let hops = vec![
        hop(NONE, SHOP, [NONE, 1010, 5], BOTH, Cause::Unknown),
        hop(0, STOCK, [1000, NONE, NONE], flags, Cause::Timeout),
    ];
    assert_eq!(blamed(hops), (STOCK, Symptom::NoAnswer));
}

#[test]
fn whoever_gives_up_before_such_calls_end_is_to_blame_itself() {
    let hops = vec![
        hop(NONE, SHOP, [NONE, 7, 5], BOTH, Cause::Unknown),
        hop(0, STOCK, [2, 8, 5], DigestHop::FAILED, Cause::Timeout),
    ];
    assert_eq!(blamed(hops), (SHOP, Symptom::GaveUpEarly));
}

#[test]
fn a_message_is_nobodys_reason_to_fail() {
    let flags = DigestHop::FAILED | DigestHop::ASYNC;
    let hops = vec![
        hop(NONE, SHOP, [NONE, 30, 5], BOTH, Cause::Exception),
        hop(0, STOCK, [900, NONE, NONE], flags, Cause::Exception),
    ];
    assert_eq!(blamed(hops), (SHOP, Symptom::Error));
}
