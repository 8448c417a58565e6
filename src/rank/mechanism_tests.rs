//! Every mechanism on a small world that shows it: of a shop, its stock, a store and a cache, one
//! does something else from one moment on.

use super::rank;
use super::small_case::{blind, study, surge, world};
use crate::cascade::articles;
use crate::model::Cause;
use crate::summary::small_world::{
    BROKEN, CACHE, SHOP, STOCK, STORE, TAKEN, TAKING, call, healthy, request, summary,
};
use crate::summary::{DigestHop, NONE, NodeId, Summary};

struct Shown {
    id: &'static str,
    /// What happens.
    world: fn() -> Summary,
    /// Who is accused.
    node: NodeId,
}

const SHOWN: &[Shown] = &[
    Shown { id: "cold_cache", world: emptied_cache, node: CACHE },
    Shown {
        id: "bad_version",
        world: || world(healthy, |n| if n % 2 == 1 { stock_fails(n) } else { healthy(n) }),
        node: STOCK,
    },
    Shown {
        id: "bad_zone",
        world: || world(healthy, |n| if n % 4 < 2 { stock_fails(n) } else { healthy(n) }),
        node: STOCK,
    },
    Shown {
        id: "bad_instance",
        world: || world(healthy, |n| if n.is_multiple_of(4) { stock_fails(n) } else { healthy(n) }),
        node: STOCK,
    },
    Shown { id: "metastable", world: tail_of_a_peak, node: STOCK },
    Shown {
        id: "retry_amplification",
        world: || {
            let refused = |n| refused(n)[1];
            world(healthy, move |n| {
                let again = refused(n).with(DigestHop::RETRY);
                vec![shop_failing(20), refused(n), again.after(5), again.after(10)]
            })
        },
        node: STOCK,
    },
    Shown { id: "traffic_peak", world: || surge(healthy, 3, refused), node: STOCK },
    Shown { id: "dead_service", world: || world(healthy, |_| unreachable(true)), node: STOCK },
    Shown {
        id: "unreachable",
        world: || {
            world(healthy, |n| if n.is_multiple_of(3) { unreachable(true) } else { healthy(n) })
        },
        node: STOCK,
    },
    Shown {
        id: "impatient_caller",
        world: || {
            world(healthy, |n| {
                let [_, stock, store] = healthy(n)[..] else { unreachable!() };
                let early = DigestHop { waited: 5_000, ..stock }.failed(Cause::Timeout);
                vec![shop_failing(15), early, store]
            })
        },
        node: SHOP,
    },
    Shown {
        id: "pool_wait",
        // The queue only grows: each call waits longer than the one before.
        world: || world(healthy, |n| waited(n, 500 + 100 * n as u32)),
        node: STOCK,
    },
    Shown {
        id: "network_delay",
        // A second, give or take what depends on nothing.
        world: || world(healthy, |n| waited(n, 1000 + (n * 7 % 11) as u32)),
        node: STOCK,
    },
    Shown {
        id: "async_backlog",
        world: || {
            let message = |n: u64| {
                let [shop, stock, store] = healthy(n)[..] else { unreachable!() };
                vec![shop.with(DigestHop::ASYNC), stock, store]
            };
            world(message, |_| {
                let stuck = call(NONE, SHOP, [NONE, 900, 900]).broken(Cause::Timeout);
                vec![stuck.with(DigestHop::ASYNC)]
            })
        },
        node: SHOP,
    },
    Shown {
        id: "slow_dependency",
        world: || {
            world(healthy, |_| {
                vec![
                    shop_failing(1010),
                    call(0, STOCK, [1000, 998, 8]).failed(Cause::Timeout),
                    call(1, STORE, [990, NONE, NONE]),
                ]
            })
        },
        node: STORE,
    },
    Shown { id: "overload", world: || world(healthy, refused), node: STOCK },
    Shown { id: "slow_service", world: || world(healthy, slow), node: STOCK },
    Shown {
        id: "changed_behaviour",
        world: || blind(healthy, &[TAKING, TAKEN], &[TAKING, BROKEN]),
        node: STOCK,
    },
    Shown { id: "service_errors", world: || world(healthy, stock_fails), node: STOCK },
];

fn shop_failing(worked: u32) -> DigestHop {
    call(NONE, SHOP, [NONE, worked, 10]).broken(Cause::Unknown)
}

fn stock_fails(n: u64) -> Vec<DigestHop> {
    let [_, stock, store] = healthy(n)[..] else { unreachable!() };
    vec![shop_failing(30), stock.broken(Cause::Exception), store]
}

fn refused(n: u64) -> Vec<DigestHop> {
    vec![shop_failing(12), call(0, STOCK, [2, 1, 1]).on(n % 4).broken(Cause::Rejected)]
}

fn slow(n: u64) -> Vec<DigestHop> {
    vec![
        shop_failing(1010),
        call(0, STOCK, [1000, 998, 988]).on(n % 4).failed(Cause::Timeout),
        call(1, STORE, [10, NONE, NONE]),
    ]
}

/// Stock works as ever, but its caller waits so much longer.
fn waited(n: u64, gap: u32) -> Vec<DigestHop> {
    let [_, stock, store] = healthy(n)[..] else { unreachable!() };
    let late = DigestHop { waited: stock.worked + gap * 1000, ..stock };
    vec![shop_failing(gap + 30), late.failed(Cause::Timeout), store]
}

/// Nobody answers at stock, which usually emits spans.
fn unreachable(silent: bool) -> Vec<DigestHop> {
    let flags = if silent { DigestHop::UNPAIRED } else { 0 };
    let refused = call(0, STOCK, [1, NONE, NONE]).failed(Cause::Unreachable);
    vec![shop_failing(12), refused.with(flags)]
}

/// Stock asks the store for one request in ten, until the cache is empty: then for every one, and
/// the store cannot keep up.
fn emptied_cache() -> Summary {
    let asks = |n: u64, store: Option<u32>| {
        let [shop, stock, _] = healthy(n)[..] else { unreachable!() };
        let mut hops = vec![shop, stock, call(1, CACHE, [1, NONE, NONE])];
        hops.extend(store.map(|took| call(1, STORE, [took, NONE, NONE])));
        hops
    };
    world(
        move |n| asks(n, (n % 10 == 0).then_some(10)),
        move |n| {
            let mut hops = asks(n, Some(990));
            hops[0] = shop_failing(1010);
            hops[1] = call(0, STOCK, [1000, 998, 8]).failed(Cause::Timeout);
            hops
        },
    )
}

/// Three times the usual traffic for half of the incident, then the usual; stock refuses through
/// both.
fn tail_of_a_peak() -> Summary {
    let calm = (0..200).map(|n| request(n, 10, healthy(n)));
    let peak = (600..900).map(|n| request(n, 30, refused(n)));
    let tail = (300..400).map(|n| request(n, 10, refused(n)));
    summary(calm.chain(peak).chain(tail).collect())
}

#[test]
fn every_registered_mechanism_is_shown_and_nothing_else() {
    let shown: Vec<&str> = SHOWN.iter().map(|shown| shown.id).collect();
    let registered: Vec<&str> = articles().iter().map(|article| article.id).collect();
    assert_eq!(shown, registered);
}

#[test]
fn each_is_recognised_at_the_accused() {
    for shown in SHOWN {
        let first = study(&(shown.world)(), |case| {
            let scored = rank(case);
            scored.first().map(|first| (first.node, first.mechanism.article.id))
        });
        assert_eq!(first, Some((shown.node, shown.id)));
    }
}

#[test]
fn one_bad_instance_does_not_accuse_its_version_or_zone() {
    let bad = world(healthy, |n| if n % 4 == 2 { stock_fails(n) } else { healthy(n) });
    study(&bad, |case| {
        let scored = rank(case);
        assert_eq!(scored[0].instance.as_ref().unwrap().value, "stock-3");
        assert!(scored[0].version.is_none() && scored[0].zone.is_none());
    });
}
