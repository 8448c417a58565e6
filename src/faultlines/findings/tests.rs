//! What each finding finds, on small summaries: a shop that calls stock, which asks a cache and a
//! store.

use crate::analysis::Settings;
use crate::faultlines::{Faultlines, IntegrationPoint, faultlines};
use crate::model::Cause;
use crate::summary::small_world::{CACHE, SHOP, STOCK, STORE, call, healthy, request, summary};
use crate::summary::{Digest, DigestHop, NONE};

fn study(traces: impl IntoIterator<Item = Vec<DigestHop>>) -> Faultlines {
    at_a_rate(4, traces)
}

/// So many requests a second, about.
fn at_a_rate(rate: u64, traces: impl IntoIterator<Item = Vec<DigestHop>>) -> Faultlines {
    let traces = (0..).zip(traces).map(|(n, hops)| request(n, rate, hops));
    let summary = summary(traces.collect::<Vec<Digest>>());
    faultlines(&summary, &Settings { top: 100, ..Settings::default() })
}

fn point<'a>(lines: &'a Faultlines, caller: &str, callee: &str) -> &'a IntegrationPoint {
    let edge = |p: &&IntegrationPoint| p.edge[0].name == caller && p.edge[1].name == callee;
    lines.points.iter().find(edge).unwrap_or_else(|| panic!("{caller} → {callee}: {lines:?}"))
}

fn ids(point: &IntegrationPoint) -> Vec<&'static str> {
    point.findings.iter().map(|f| f.id).collect()
}

#[test]
fn everybody_needs_the_store_and_half_the_cache() {
    let lines = study((0..400).map(|n| {
        let mut hops = healthy(n);
        if n.is_multiple_of(2) {
            hops.push(call(1, CACHE, [1, NONE, NONE]));
        }
        hops
    }));
    let (store, cache) = (point(&lines, "stock", "store"), point(&lines, "stock", "cache"));
    assert!((store.waiting - 1.0).abs() < 1e-9 && (cache.waiting - 0.5).abs() < 1e-9);
    assert!(store.risk > cache.risk && store.rank < cache.rank);
    assert!(ids(store).contains(&"many_need_it"));
    assert_eq!((store.need, store.need_seen), (0.9, 0.0));
    // Nothing failed: nothing was turned away either, and nobody can say whether it would be.
    assert!(!ids(store).contains(&"no_shedding"));
}

#[test]
fn who_does_without_loses_little() {
    let broken = |n: u64| {
        let mut hops = healthy(n);
        hops.push(call(1, CACHE, [1, NONE, NONE]));
        if n.is_multiple_of(8) {
            hops[3] = hops[3].broken(Cause::Exception);
        }
        hops
    };
    let lines = study((0..400).map(broken));
    let cache = point(&lines, "stock", "cache");
    assert!(cache.need < 0.1 && cache.losses.callee_fails < 0.1, "{cache:?}");
    assert!(ids(cache).contains(&"no_shedding") && !ids(cache).contains(&"many_need_it"));
}

#[test]
fn an_outer_timeout_shorter_than_the_inner_one_is_inverted() {
    // Stock gives up on the store after 900 ms; the shop on stock after 300 ms.
    let late = |n: u64| match n % 10 {
        0 => vec![
            call(NONE, SHOP, [NONE, 310, 10]).broken(Cause::Timeout),
            call(0, STOCK, [300, 950, 8]).failed(Cause::Timeout),
            call(1, STORE, [900, NONE, NONE]).failed(Cause::Timeout),
        ],
        _ => healthy(n),
    };
    let lines = study((0..400).map(late));
    let stock = point(&lines, "shop", "stock");
    let found = stock.findings.iter().find(|f| f.id == "inverted_timeouts").unwrap();
    assert!((found.value - 3.0).abs() < 0.1, "{found:?}");
    assert_eq!(found.pattern, "timeout");
    assert_eq!(stock.timeout, Some(300_000_000));
    let store = point(&lines, "stock", "store");
    assert!(!ids(store).contains(&"inverted_timeouts") && !ids(store).contains(&"no_timeout"));
}

#[test]
fn patience_shows_in_calls_that_took_long_and_were_not_given_up() {
    let slow = |n: u64| match n {
        7 => vec![
            call(NONE, SHOP, [NONE, 3_030, 10]),
            call(0, STOCK, [3_020, 3_018, 8]),
            call(1, STORE, [3_000, NONE, NONE]),
        ],
        n => healthy(n),
    };
    let lines = study((0..400).map(slow));
    let store = point(&lines, "stock", "store");
    let found = store.findings.iter().find(|f| f.id == "no_timeout").unwrap();
    assert!(found.value > 200.0 && found.text.contains("gave up none of 400 calls"), "{found:?}");
    assert!(!ids(point(&study((0..400).map(healthy)), "stock", "store")).contains(&"no_timeout"));
}

#[test]
fn retries_on_two_levels_multiply() {
    // Now and then the store fails, stock asks it again, and the shop asks stock again.
    let stormy = |n: u64| match n % 20 {
        0 => vec![
            call(NONE, SHOP, [NONE, 90, 10]),
            call(0, STOCK, [30, 28, 8]).broken(Cause::Exception).with(DigestHop::REPAIRED),
            call(0, STOCK, [30, 28, 8]).with(DigestHop::RETRY).after(40),
            call(1, STORE, [10, NONE, NONE]).failed(Cause::Exception),
            call(1, STORE, [10, NONE, NONE])
                .failed(Cause::Exception)
                .with(DigestHop::RETRY)
                .after(15),
            call(2, STORE, [10, NONE, NONE]).after(45),
        ],
        _ => healthy(n),
    };
    let lines = study((0..400).map(stormy));
    let store = point(&lines, "stock", "store");
    let found = store.findings.iter().find(|f| f.id == "stacked_retries").unwrap();
    assert_eq!((found.value, store.attempts), (4.0, 2));
    assert!(!ids(point(&lines, "shop", "stock")).contains(&"stacked_retries"));
}

#[test]
fn long_chains_are_counted_in_levels() {
    let deep = |n: u64| {
        let mut hops = healthy(n);
        // The store is given spans and calls stock back, which asks the cache.
        hops.push(call(2, STOCK, [5, 5, 1]));
        hops.push(call(3, CACHE, [1, NONE, NONE]));
        hops
    };
    let lines = study((0..200).map(deep));
    let stock = point(&lines, "shop", "stock");
    assert_eq!(stock.depth, 3);
    assert!(ids(stock).contains(&"deep_chain"));
}

#[test]
fn a_hang_holds_workers_of_those_who_need_nothing() {
    // Every other request asks the cache: when that hangs for two seconds each, stock's sixteen
    // workers are used up if twenty come in a second, and not if two do.
    let some = |n: u64| {
        let mut hops = healthy(n);
        if n.is_multiple_of(2) {
            hops.push(call(1, CACHE, [1, NONE, NONE]));
        }
        hops
    };
    let lines = at_a_rate(2, (0..400).map(some));
    let cache = point(&lines, "stock", "cache");
    assert!((cache.losses.edge_hangs - cache.losses.edge_fails).abs() < 1e-9, "{cache:?}");
    assert!(!ids(cache).contains(&"held_workers"));
    let lines = at_a_rate(40, (0..2000).map(some));
    let cache = point(&lines, "stock", "cache");
    assert!(cache.losses.edge_hangs > cache.losses.edge_fails + 0.05, "{cache:?}");
    assert!(ids(cache).contains(&"held_workers"));
}

#[test]
fn an_incident_is_left_out_and_said() {
    let outage = |n: u64| match n {
        600..800 => vec![
            call(NONE, SHOP, [NONE, 30, 10]).broken(Cause::Exception),
            call(0, STOCK, [20, 18, 8]).broken(Cause::Exception),
            call(1, STORE, [10, NONE, NONE]).failed(Cause::Unreachable),
        ],
        n => healthy(n),
    };
    let lines = study((0..800).map(outage));
    assert!(lines.reference.contains("before the incident"), "{}", lines.reference);
    assert!(lines.requests <= 604, "{}", lines.requests);
    // What the incident shows of who needs whom is not left out.
    assert!(point(&lines, "stock", "store").need_seen > 100.0);
}

#[test]
fn every_finding_names_a_pattern_that_exists() {
    for finding in super::ALL {
        let known = crate::contain::PATTERNS.iter().any(|p| p.article.id == finding.pattern);
        assert!(known, "{}: {}", finding.article.id, finding.pattern);
    }
}
