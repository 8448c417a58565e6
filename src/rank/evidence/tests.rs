//! Every evidence on a small world that shows it: of a shop, its stock and a store, one does
//! something else from one moment on.

use std::ops::RangeInclusive;

use super::*;
use crate::model::Cause;
use crate::rank::small_case::{CALM, blind, study, world};
use crate::summary::small_world::{
    BROKEN, SHOP, STOCK, STORE, TAKEN, TAKING, call, healthy, request, summary,
};
use crate::summary::{DigestHop, NONE, Summary};

struct Shown {
    id: &'static str,
    /// What happens.
    world: fn() -> Summary,
    /// Whom it is about.
    node: NodeId,
    /// What it adds to the score.
    adds: RangeInclusive<f64>,
    /// What it says, among other words.
    says: &'static str,
}

const SHOWN: &[Shown] = &[
    Shown {
        id: "blame_share",
        world: outage,
        node: STOCK,
        adds: 3.0..=9.0,
        says: "200 of 200 harmed requests",
    },
    Shown {
        id: "behaviour_change",
        world: || blind(healthy, &[TAKING, TAKEN], &[TAKING, BROKEN]),
        node: STOCK,
        adds: 3.0..=9.0,
        says: "\"taking\" was followed by \"shelf is broken\"",
    },
    Shown {
        id: "moved_blame",
        world: slow_store,
        node: STORE,
        adds: -0.7..=-0.1,
        says: "first seen at stock",
    },
    Shown {
        id: "independent",
        world: || {
            world(healthy, |n| if n.is_multiple_of(2) { stock_fails(n) } else { shop_fails(n) })
        },
        node: STOCK,
        adds: 1.0..=2.0,
        says: "no trouble at shop",
    },
    Shown {
        id: "onset_order",
        world: outage,
        node: STOCK,
        adds: 0.25..=0.5,
        says: "the first harm",
    },
    Shown {
        id: "silence",
        world: || world(healthy, stock_is_silent),
        node: STOCK,
        adds: 1.0..=1.0,
        says: "100 % of calls to it show no span of its own (before: 0 %)",
    },
    Shown {
        id: "concentration",
        world: || world(healthy, |n| if n % 4 == 2 { stock_fails(n) } else { healthy(n) }),
        node: STOCK,
        adds: 1.0..=1.0,
        says: "handled by instance stock-3",
    },
    Shown {
        id: "deployment",
        world: || {
            let old = |n| healthy(2 * n);
            world(old, |n| if n % 2 == 1 { stock_fails(n) } else { old(n) })
        },
        node: STOCK,
        adds: 0.5..=0.5,
        says: "version 1.1 appeared",
    },
    Shown {
        id: "error_logs",
        world: || {
            let told = |n, hops, logs| crate::summary::Digest { logs, ..request(n, 10, hops) };
            let calm = (0..CALM).map(|n| told(n, healthy(n), vec![(1, TAKEN)]));
            let bad = (CALM..2 * CALM).map(|n| told(n, stock_fails(n), vec![(1, BROKEN)]));
            summary(calm.chain(bad).collect())
        },
        node: STOCK,
        adds: 0.3..=0.3,
        says: "most of all \"shelf is broken\"",
    },
    Shown {
        id: "chronic",
        world: || {
            let flaky = |n: u64| if n.is_multiple_of(20) { stock_fails(n) } else { healthy(n) };
            world(flaky, move |n| if n % 4 == 1 { shop_fails(n) } else { flaky(n) })
        },
        node: STOCK,
        adds: -1.0..=-1.0,
        says: "of calls to it failed before",
    },
];

/// All calls to stock end in an exception.
fn outage() -> Summary {
    world(healthy, stock_fails)
}

fn stock_fails(n: u64) -> Vec<DigestHop> {
    let [shop, stock, store] = healthy(n)[..] else { unreachable!() };
    vec![shop.broken(Cause::Unknown), stock.broken(Cause::Exception), store]
}

fn shop_fails(n: u64) -> Vec<DigestHop> {
    let [shop, stock, store] = healthy(n)[..] else { unreachable!() };
    vec![shop.broken(Cause::Exception), stock, store]
}

fn stock_is_silent(_: u64) -> Vec<DigestHop> {
    let call_to_stock = call(0, STOCK, [1000, NONE, NONE]);
    vec![
        call(NONE, SHOP, [NONE, 1010, 10]).broken(Cause::Unknown),
        call_to_stock.failed(Cause::Timeout).with(DigestHop::UNPAIRED),
    ]
}

/// The store takes half a second, so that stock has no worker left for every other request.
fn slow_store() -> Summary {
    world(healthy, |n| {
        if n.is_multiple_of(2) {
            let shop = call(NONE, SHOP, [NONE, 12, 10]).broken(Cause::Unknown);
            return vec![shop, call(0, STOCK, [2, 1, 1]).broken(Cause::Rejected)];
        }
        vec![
            call(NONE, SHOP, [NONE, 530, 10]),
            call(0, STOCK, [520, 518, 8]),
            call(1, STORE, [500 + n as u32 % 3, NONE, NONE]),
        ]
    })
}

fn found(id: &str, world: &Summary, node: NodeId) -> Option<Finding> {
    let evidence = ALL.iter().find(|e| e.article.id == id).unwrap();
    study(world, |case| (evidence.weigh)(case, node))
}

#[test]
fn every_registered_evidence_is_shown_and_nothing_else() {
    let shown: Vec<&str> = SHOWN.iter().map(|shown| shown.id).collect();
    let registered: Vec<&str> = ALL.iter().map(|evidence| evidence.article.id).collect();
    assert_eq!(shown, registered);
}

#[test]
fn each_finds_what_its_world_shows() {
    for shown in SHOWN {
        let found = found(shown.id, &(shown.world)(), shown.node);
        let found = found.unwrap_or_else(|| panic!("{} found nothing", shown.id));
        assert!(shown.adds.contains(&found.contribution), "{}: {found:?}", shown.id);
        assert!(found.text.contains(shown.says), "{}: {found:?}", shown.id);
    }
}

#[test]
fn of_a_plain_outage_only_the_share_and_the_order_speak() {
    let world = outage();
    let speak = |e: &&&Evidence| found(e.article.id, &world, STOCK).is_some();
    let ids: Vec<&str> = ALL.iter().filter(speak).map(|e| e.article.id).collect();
    assert_eq!(ids, ["blame_share", "onset_order"]);
}

#[test]
fn what_began_long_after_the_harm_is_not_its_cause() {
    let late = world(healthy, |n| if n < 150 { shop_fails(n) } else { stock_fails(n) });
    let found = found("onset_order", &late, STOCK).unwrap();
    assert_eq!(found.contribution, -1.0);
}

#[test]
fn a_new_version_that_is_healthy_did_nothing() {
    // Instances of the new version answer; those of the old one fail.
    let world = world(
        |n| healthy(2 * n),
        |n| if n.is_multiple_of(2) { stock_fails(n) } else { healthy(n) },
    );
    assert_eq!(found("deployment", &world, STOCK), None);
}

#[test]
fn a_few_lost_spans_are_not_silence() {
    let lossy =
        world(healthy, |n| if n.is_multiple_of(5) { stock_is_silent(n) } else { healthy(n) });
    assert_eq!(found("silence", &lossy, STOCK), None);
}
