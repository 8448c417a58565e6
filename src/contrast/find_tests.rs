//! What failing requests of the small world have in common.

use super::*;
use crate::model::{Cause, stable_hash};
use crate::rank::rank;
use crate::rank::small_case::{study, world};
use crate::summary::small_world::{SHOP, STOCK, STORE, call, healthy};
use crate::summary::{DigestHop, Summary};

/// A request that stock fails on one of its instances.
fn fails_on(instance: u64) -> Vec<DigestHop> {
    let [shop, stock, store] = healthy(instance)[..] else { unreachable!() };
    vec![shop.broken(Cause::Unknown), stock.broken(Cause::Exception), store]
}

fn found(world: &Summary) -> Contrasts {
    study(world, |case| {
        let slices = |slice| slice < case.window.from;
        contrasts(case, &rank(case), &Reference { slices: &slices, baseline: None })
    })
}

fn told(distinction: &Distinction) -> Vec<(&str, &str)> {
    distinction.traits.iter().map(|t| (t.key.as_str(), t.value.as_str())).collect()
}

#[test]
fn a_bad_version_comes_before_its_instances() {
    // Version 1.1 runs on the second and the fourth; one in five of its calls goes well.
    let bad = |n: u64| n % 2 == 1 && !n.is_multiple_of(5);
    let found = found(&world(healthy, |n| if bad(n) { fails_on(n) } else { healthy(n) }));
    let first = &found.list[0];
    assert_eq!((first.scope, first.compared), (Scope::Candidate(0), Compared::SameTime));
    assert_eq!(told(first), [(VERSION, "1.1")]);
    assert_eq!(first.traits[0].node, Some(STOCK));
    assert_eq!((first.failing.with, first.failing.known), (80, 80));
    assert_eq!((first.healthy.with, first.healthy.known), (20, 120));
    assert!((first.healthy.share - 20.0 / 120.0).abs() < 1e-9);
    assert!(first.odds_ratio.is_none() && first.q < 1e-9 && !first.symptom);
    // Zones have as much of it as chance gives them.
    assert!(found.list.iter().all(|d| d.traits.iter().all(|t| t.key != ZONE)));
}

#[test]
fn what_the_same_requests_carry_is_one_finding() {
    // The third instance is the only one of version 1.0 that anybody calls.
    let place = |n: u64| if n.is_multiple_of(3) { 2 } else { 1 };
    let world = world(healthy, |n| if place(n) == 2 { fails_on(2) } else { healthy(place(n)) });
    let found = found(&world);
    let own: Vec<_> = found.list.iter().filter(|d| d.scope == Scope::Candidate(0)).collect();
    assert_eq!(own.len(), 1);
    assert_eq!(told(own[0]), [(VERSION, "1.0"), (ZONE, "south"), (INSTANCE, "stock-3")]);
}

#[test]
fn with_nothing_healthy_at_the_time_requests_of_before_are_compared() {
    let world = world(|n| healthy(n / 2 * 2), |n| fails_on(n / 2 * 2 + 1));
    let found = found(&world);
    let first = &found.list[0];
    assert_eq!(first.compared, Compared::Before);
    assert_eq!(told(first), [(VERSION, "1.1")]);
    assert_eq!((first.failing.with, first.healthy.with), (first.failing.known, 0));
}

#[test]
fn a_version_that_all_calls_meet_is_compared_with_before() {
    // Rolled out everywhere at once; one call in ten still goes well, on the new version as well.
    let after = |n: u64| if n.is_multiple_of(10) { healthy(n | 1) } else { fails_on(n | 1) };
    let found = found(&world(|n| healthy(n & !1), after));
    let own: Vec<_> = found.list.iter().filter(|d| d.scope == Scope::Candidate(0)).collect();
    assert_eq!(own.len(), 1, "instances came with it, and are left to the time itself");
    assert_eq!((told(own[0]), own[0].compared), (vec![(VERSION, "1.1")], Compared::Before));
    assert_eq!(own[0].failing.with, own[0].failing.known);
    assert!(own[0].healthy.with > 0 && own[0].healthy.share < 0.2);
}

#[test]
fn a_call_that_others_let_down_is_on_no_side() {
    // Of three requests one fails at stock's version 1.1, one below it, and one not at all.
    let below = |n: u64| {
        let [shop, stock, store] = healthy(n)[..] else { unreachable!() };
        let (shop, stock) = (shop.broken(Cause::Unknown), stock.broken(Cause::Exception));
        vec![shop, stock, store.failed(Cause::Exception)]
    };
    let during = |n: u64| match n % 3 {
        0 => below(n / 3),
        1 => fails_on(n | 1),
        _ => healthy(n & !1),
    };
    let found = found(&world(healthy, during));
    let of_stock = |d: &&Distinction| d.traits[0].node == Some(STOCK) && d.scope != Scope::Incident;
    let own = found.list.iter().find(of_stock).unwrap();
    assert_eq!(told(own)[0], (VERSION, "1.1"));
    assert!(own.failing.known.abs_diff(own.healthy.known) <= 1, "{own:?}");
    assert_eq!((own.failing.with, own.healthy.with), (own.failing.known, 0));
}

#[test]
fn a_call_that_left_no_trace_at_the_callee_is_on_no_side() {
    let lost = |n: u64| {
        let stock = call(0, STOCK, [20, NONE, NONE]).failed(Cause::Timeout);
        vec![call(NONE, SHOP, [NONE, 30, 10]).broken(Cause::Unknown), stock.after(n as u32 % 2)]
    };
    let found = found(&world(healthy, |n| if n % 2 == 1 { lost(n) } else { healthy(n) }));
    assert!(found.list.iter().all(|d| d.traits.iter().all(|t| t.node != Some(STOCK))));
}

#[test]
fn requests_that_repeat_calls_do_not_carry_more() {
    // The store fails half of the requests, and stock is asked three times, elsewhere each time.
    let again = |n: u64| {
        let mut hops = vec![call(NONE, SHOP, [NONE, 90, 10]).broken(Cause::Unknown)];
        for attempt in 0..3 {
            let at = hops.len() as u32;
            let stock = call(0, STOCK, [20, 18, 8]).on((n + attempt) % 4);
            hops.push(stock.broken(Cause::Exception).after(attempt as u32 * 30));
            let store = call(at, STORE, [10, NONE, NONE]).failed(Cause::Exception);
            hops.push(store.after(attempt as u32 * 30 + 5));
        }
        hops
    };
    let half = |n: u64| stable_hash(n, 5).is_multiple_of(2);
    let found = found(&world(healthy, |n| if half(n) { again(n) } else { healthy(n) }));
    assert!(found.tested > 0);
    assert_eq!(found.list, []);
}

/// Failures are dealt out by chance, at rates that change with time, while the share of each
/// instance changes with time too: within a stratum nothing goes together.
#[test]
fn chance_is_found_in_no_more_runs_than_stated() {
    const RUNS: u64 = 400;
    let chance = |seed: u64, n: u64, salt: u64| {
        (stable_hash(stable_hash(seed, n), salt) >> 11) as f64 / (1_u64 << 53) as f64
    };
    let run = |seed: u64| {
        world(healthy, |n| {
            // Five slices of ten requests.
            let phase = (n / 50) as f64;
            let old = chance(seed, n, 1) < 0.8 - 0.2 * phase;
            let instance = (n % 2) * 2 + u64::from(!old);
            let fails = chance(seed, n, 2) < 0.1 + 0.2 * phase;
            if fails { fails_on(instance) } else { healthy(instance) }
        })
    };
    let wrong = (0..RUNS).filter(|seed| !found(&run(*seed)).list.is_empty()).count();
    // At 1 % four are due; more than ten would happen once in three hundred such experiments.
    assert!(wrong <= 10, "{wrong} of {RUNS}");
    let pooled = (0..50).filter(|seed| {
        // The same without strata would find the version nearly always.
        let world = run(*seed);
        let mut table = super::super::exact::Stratum::default();
        for digest in world.digests.iter().filter(|d| d.slice >= 20) {
            let new = u32::from(digest.hops[1].instance % 2 == 1);
            if digest.stratum.1 {
                (table.failing, table.failing_with) = (table.failing + 1, table.failing_with + new);
            } else {
                (table.healthy, table.healthy_with) = (table.healthy + 1, table.healthy_with + new);
            }
        }
        enrichment(&[table]).p < LEVEL
    });
    assert!(pooled.count() > 25);
}
