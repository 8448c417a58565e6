//! Small worlds whose replays are computed by hand. Times in milliseconds.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::Cause;

use super::change::Change;
use super::estimate::Baseline;
use super::landscape::{
    Arrival, BreakerRule, Edge, Landscape, Node, Operation, Pair, Pool, Sample, Shape,
};
use super::patterns::ALL;
use super::replay::replay;

const GATE: u32 = 0;
const SHOP: u32 = 1;
const SLOW: Pair = (GATE, SHOP);
/// Operations: entry that calls the shop, entry that does not, the shop's work.
const BUY: u32 = 0;
const LOOK: u32 = 1;
const WORK: u32 = 2;

fn ms(millis: u64) -> u64 {
    millis * 1000
}

fn works(node: u32, took: u64, failed: Option<Cause>, calls: &[u32]) -> Operation {
    let stages = calls.iter().map(|&c| vec![c]).collect();
    let sample = Sample { at: 0, took: ms(took), failed };
    Operation {
        node,
        shapes: [vec![Shape { stages, sent: vec![] }], vec![], vec![]],
        work: [vec![sample], vec![], vec![]],
    }
}

fn node(pool: Option<(u32, u32)>) -> Node {
    let pool = pool.map(|(workers, queue)| Pool { workers, queue });
    Node {
        served: true,
        instances: 1,
        pool,
        workers: pool.map(|p| f64::from(p.workers)),
        busiest: 3.0,
    }
}

/// A gateway in front of a shop whose work takes `took` and fails as told.
fn world(
    gate: Option<(u32, u32)>,
    shop: Option<(u32, u32)>,
    took: u64,
    failed: Option<Cause>,
    arrivals: &[(u64, u32)],
) -> Landscape {
    let edge = Edge { attempts: 1, slowest: ms(took), failed: 1, ..Edge::default() };
    let arrivals = arrivals.iter().enumerate().map(|(key, &(at, operation))| Arrival {
        at: ms(at),
        operation,
        key: key as u64,
    });
    Landscape {
        nodes: vec![node(gate), node(shop)],
        operations: Arc::new(vec![
            works(GATE, 0, None, &[WORK]),
            works(GATE, 0, None, &[]),
            works(SHOP, took, failed, &[]),
        ]),
        edges: BTreeMap::from([(SLOW, edge)]),
        arrivals: Arc::new(arrivals.collect()),
        incident: [0, ms(1_000_000), ms(1_000_000)],
        failed: 1.0,
        ..Landscape::default()
    }
}

fn failed(world: &Landscape, change: &Change) -> u64 {
    replay(&change.made_in(world, SLOW), 0).failed
}

/// Two workers are held for ten seconds by two slow calls; three requests that need none of
/// it are turned away meanwhile.
fn held() -> Landscape {
    let arrivals = [(0, BUY), (1, BUY), (1_000, LOOK), (2_000, LOOK), (3_000, LOOK)];
    world(Some((2, 0)), None, 10_000, None, &arrivals)
}

/// Nobody is told of a failure, but after ten seconds nobody is there to be told of success.
#[test]
fn users_leave_after_ten_seconds() {
    let arrivals = [(0, BUY), (20_000, BUY)];
    assert_eq!(replay(&world(None, None, 9_000, None, &arrivals), 0).failed, 0);
    assert_eq!(replay(&world(None, None, 11_000, None, &arrivals), 0).failed, 2);
    // A worker of six seconds: the third who comes at once has waited twelve.
    let three = [(0, BUY), (0, BUY), (0, BUY)];
    assert_eq!(replay(&world(None, Some((1, 9)), 6_000, None, &three), 0).failed, 2);
}

#[test]
fn a_timeout_fails_the_slow_calls_and_frees_the_workers() {
    assert_eq!(failed(&held(), &Change::default()), 3);
    let change = Change { timeout: Some(ms(500)), ..Change::default() };
    assert_eq!(failed(&held(), &change), 2);
}

#[test]
fn a_bulkhead_refuses_the_second_slow_call_and_keeps_a_worker_free() {
    let change = Change { limit: Some(1), ..Change::default() };
    assert_eq!(failed(&held(), &change), 1);
}

const BREAKER: BreakerRule =
    BreakerRule { window: 4, least: 2, share: 0.5, open: 8_000_000, probes: 1 };

#[test]
fn a_breaker_turns_slow_failures_into_fast_ones() {
    // Failures at 10 and 30 s open it until 38 s; the call at 31 s then holds no worker when
    // the other request comes at 32 s.
    let arrivals = [(0, BUY), (20_000, BUY), (31_000, BUY), (32_000, LOOK)];
    let world = world(Some((1, 0)), None, 10_000, Some(Cause::Unknown), &arrivals);
    assert_eq!(failed(&world, &Change::default()), 4);
    let change = Change { breaker: Some(BREAKER), ..Change::default() };
    assert_eq!(failed(&world, &change), 3);
}

#[test]
fn a_breaker_refuses_calls_that_would_have_succeeded() {
    // Another operation on the same edge that never fails.
    let arrivals = [(0, BUY), (20_000, BUY), (31_000, 3)];
    let mut world = world(None, None, 10_000, Some(Cause::Unknown), &arrivals);
    let operations = Arc::make_mut(&mut world.operations);
    operations.push(works(GATE, 0, None, &[4]));
    operations.push(works(SHOP, 5, None, &[]));
    assert_eq!(failed(&world, &Change::default()), 2);
    let change = Change { breaker: Some(BREAKER), ..Change::default() };
    assert_eq!(failed(&world, &change), 3);
}

#[test]
fn shedding_keeps_goodput_at_capacity() {
    // One worker, a second of work, a call each 0.6 s, patience of 1.5 s: call k waits 0.4 k
    // seconds, so all but the first two come too late. With no room to wait every other call is
    // served at once.
    let arrivals: Vec<(u64, u32)> = (0..20).map(|k| (600 * k, BUY)).collect();
    let mut world = world(None, Some((1, 1_000)), 1_000, None, &arrivals);
    world.edges.get_mut(&SLOW).unwrap().timeout = Some(ms(1_500));
    assert_eq!(failed(&world, &Change::default()), 18);
    let change = Change { queue: Some(0), ..Change::default() };
    assert_eq!(failed(&world, &change), 10);
}

/// One worker, a second of work, patience of 1.5 s, one retry. Three calls at once: the first
/// is served; the others time out, are worked on in vain until 3 s, and repeated at 1.5 s; the
/// repeats time out at 3 s and are worked on in vain until 5 s, so that the call at 3.2 s times
/// out too, and so does its repeat.
fn storm() -> Landscape {
    let arrivals = [(0, BUY), (1, BUY), (2, BUY), (3_200, BUY)];
    let mut world = world(None, Some((1, 1_000)), 1_000, None, &arrivals);
    let edge = world.edges.get_mut(&SLOW).unwrap();
    edge.timeout = Some(ms(1_500));
    edge.attempts = 2;
    edge.repeated.insert(Cause::Timeout, 1.0);
    world
}

#[test]
fn a_retry_budget_takes_the_load_of_retries_away() {
    assert_eq!(failed(&storm(), &Change::default()), 3);
    let change = Change { budget: Some(0.0), ..Change::default() };
    assert_eq!(failed(&storm(), &change), 2);
}

#[test]
fn a_retry_budget_takes_repairs_away() {
    // The first attempts of both calls time out while the shop is busy with a third; without
    // other load their repeats would succeed.
    let mut world = storm();
    Arc::make_mut(&mut world.arrivals).truncate(2);
    world.edges.get_mut(&SLOW).unwrap().timeout = Some(ms(1_900));
    // The second call ends at 2 s, too late by 0.1 s; its repeat is served from 2 to 3 s.
    assert_eq!(failed(&world, &Change::default()), 0);
    let change = Change { budget: Some(0.0), ..Change::default() };
    assert_eq!(failed(&world, &change), 1);
}

#[test]
fn nothing_helps_where_the_call_is_required_and_fails_at_once() {
    let arrivals: Vec<(u64, u32)> = (0..50).map(|k| (100 * k, BUY)).collect();
    let world = world(None, None, 1, Some(Cause::Unreachable), &arrivals);
    for estimate in Baseline::new(&world).all(&[SLOW]) {
        assert!(estimate.saved.abs() < 1e-9, "{}", estimate.pattern.article.id);
    }
}

#[test]
fn no_estimate_exceeds_what_the_edge_can_have_caused() {
    for world in [held(), storm()] {
        let baseline = Baseline::new(&world);
        let reach = baseline.reach(SLOW);
        for estimate in baseline.all(&[SLOW]) {
            assert!(estimate.saved <= reach && estimate.high <= reach.max(estimate.saved));
            assert!(estimate.low <= estimate.saved && estimate.saved <= estimate.high);
        }
    }
}

#[test]
fn a_pattern_that_never_acts_changes_nothing() {
    let world = held();
    let idle = [
        Change { timeout: Some(ms(60_000)), ..Change::default() },
        Change { limit: Some(10), ..Change::default() },
        Change { budget: Some(0.1), ..Change::default() },
        Change { queue: Some(0), ..Change::default() },
    ];
    for change in idle {
        assert_eq!(replay(&change.made_in(&world, SLOW), 7), replay(&world, 7));
    }
}

#[test]
fn settings_come_from_the_reference() {
    let world = held();
    let derived: Vec<_> = ALL.iter().map(|p| (p.article.id, (p.derive)(&world, SLOW))).collect();
    let change = |id: &str| derived.iter().find(|d| d.0 == id).unwrap().1.clone();
    assert_eq!(change("timeout").unwrap().timeout, Some(ms(30_000)));
    // A third of two workers, but not less than two.
    assert_eq!(change("bulkhead").unwrap().limit, Some(2));
    assert!(change("retry_budget").is_none(), "nothing is repeated");
    assert!(change("load_shedding").is_none(), "the shop was never seen full");
}
