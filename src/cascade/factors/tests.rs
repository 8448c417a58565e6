//! Every factor on a small world that shows it: of a shop, its stock and a store, one does
//! something else from one moment on.

use super::*;
use crate::detect::{Aggregate, Contrast, detect};
use crate::model::{Cause, Nanos};
use crate::summary::small_world::{SHOP, STOCK, STORE, call, healthy, request, summary};
use crate::summary::{DigestHop, NONE, NodeId};

struct Shown {
    id: &'static str,
    /// What happens.
    during: fn(u64) -> Vec<DigestHop>,
    /// Between whom it is found.
    edge: (NodeId, NodeId),
    value: f64,
    /// What it says, among other words.
    says: &'static str,
}

const SHOWN: &[Shown] = &[
    Shown {
        id: "retry_storm",
        during: |_| {
            let refused = call(0, STOCK, [50, 49, 49]).broken(Cause::Exception);
            let again = refused.with(DigestHop::RETRY);
            let shop = call(NONE, SHOP, [NONE, 160, 10]).broken(Cause::Unknown);
            vec![shop, refused, again.after(50), again.after(100)]
        },
        edge: (SHOP, STOCK),
        value: 3.0,
        says: "shop made 3.0 attempts for each call to stock (usually 1.0)",
    },
    Shown {
        id: "timeout_inversion",
        during: |_| {
            let late = call(1, STORE, [400, NONE, NONE]).failed(Cause::Timeout);
            vec![
                call(NONE, SHOP, [NONE, 510, 10]).broken(Cause::Unknown),
                call(0, STOCK, [500, 820, 20]).failed(Cause::Timeout),
                late,
                late.with(DigestHop::RETRY).after(400),
            ]
        },
        edge: (SHOP, STOCK),
        value: 1.6,
        says: "shop gives up on stock after 500 ms, but stock allows its calls to store 2 × 400 ms",
    },
    Shown {
        id: "caller_timeout",
        during: |n| if n.is_multiple_of(2) { given_up(n) } else { healthy(n) },
        edge: (SHOP, STOCK),
        value: 0.5,
        says: "ended with the caller's deadline (about 500 ms)",
    },
    Shown {
        id: "ignored_deadline",
        during: |n| if n.is_multiple_of(2) { given_up(n) } else { healthy(n) },
        edge: (SHOP, STOCK),
        value: 0.5,
        says: "200 ms of work for nobody",
    },
    Shown {
        id: "fail_fast",
        during: |_| {
            let shop = call(NONE, SHOP, [NONE, 12, 10]).broken(Cause::Unknown);
            vec![shop, call(0, STOCK, [2, NONE, NONE]).failed(Cause::Rejected)]
        },
        edge: (SHOP, STOCK),
        value: 1.0,
        says: "were refused within 2 ms",
    },
    Shown {
        id: "masked_errors",
        during: |n| {
            let [shop, stock, store] = healthy(n)[..] else { unreachable!() };
            let failed = stock.broken(Cause::Exception).with(DigestHop::REPAIRED);
            vec![shop, failed, store, stock.with(DigestHop::RETRY).after(20)]
        },
        edge: (SHOP, STOCK),
        value: 1.0,
        says: "were made good (100 % of these by a repeat), at a cost of 20 ms each",
    },
];

/// The shop gives up after half a second; stock goes on for 400 ms.
fn given_up(_: u64) -> Vec<DigestHop> {
    vec![
        call(NONE, SHOP, [NONE, 510, 10]).broken(Cause::Unknown),
        call(0, STOCK, [500, 900, 890]).failed(Cause::Timeout),
        call(1, STORE, [10, NONE, NONE]),
    ]
}

/// Twenty slices of health, then twenty of something else.
fn found(during: fn(u64) -> Vec<DigestHop>) -> Vec<Aggravation> {
    let calm = (0..200).map(|n| request(n, 10, healthy(n)));
    let world = summary(calm.chain((200..400).map(|n| request(n, 10, during(n)))).collect());
    let at = |slice: u64| Nanos(slice << world.slice_log2());
    let detection = detect(&world, None, Some((at(20), Nanos(at(40).0 - 1))));
    let window = &detection.incidents[0];
    let contrast = Contrast {
        before: Aggregate::of(&world, |slice| slice < window.from),
        during: Aggregate::of(&world, |slice| window.contains(slice)),
    };
    aggravations(&world, &contrast, window)
}

#[test]
fn every_registered_factor_is_shown_and_nothing_else() {
    let shown: Vec<&str> = SHOWN.iter().map(|shown| shown.id).collect();
    let registered: Vec<&str> = ALL.iter().map(|factor| factor.article.id).collect();
    assert_eq!(shown, registered);
}

#[test]
fn each_is_found_where_it_is() {
    for shown in SHOWN {
        let found = found(shown.during);
        let at = found.iter().find(|f| f.article.id == shown.id);
        let Some(at) = at else { panic!("{} is not among {found:?}", shown.id) };
        assert_eq!((at.caller, at.callee), shown.edge, "{}", shown.id);
        assert!((at.found.value - shown.value).abs() < 0.01, "{}: {:?}", shown.id, at.found);
        assert!(at.found.text.contains(shown.says), "{}: {:?}", shown.id, at.found);
    }
}

#[test]
fn a_healthy_world_has_none() {
    assert!(found(healthy).is_empty());
}

#[test]
fn deadlines_in_the_right_order_are_no_inversion() {
    let found = found(|_| {
        vec![
            call(NONE, SHOP, [NONE, 910, 10]).broken(Cause::Unknown),
            call(0, STOCK, [900, 950, 20]).failed(Cause::Timeout),
            call(1, STORE, [400, NONE, NONE]).failed(Cause::Timeout),
        ]
    });
    assert!(found.iter().all(|f| f.article.id != "timeout_inversion"), "{found:?}");
}
