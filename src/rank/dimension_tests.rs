//! On which instance, version or zone of stock trouble sits.

use super::*;
use crate::model::Cause;
use crate::rank::small_case::{study, world};
use crate::summary::Summary;
use crate::summary::small_world::{STOCK, healthy};

fn fails(n: u64) -> Vec<DigestHop> {
    let [shop, stock, store] = healthy(n)[..] else { unreachable!() };
    vec![shop.broken(Cause::Unknown), stock.broken(Cause::Exception), store]
}

fn of(world: &Summary, dimension: Dimension) -> Option<String> {
    study(world, |case| concentration(case, STOCK, dimension)).map(|found| found.value)
}

#[test]
fn trouble_everywhere_is_on_nothing() {
    let all = world(healthy, fails);
    for dimension in [Dimension::Version, Dimension::Zone, Dimension::Instance] {
        assert_eq!(of(&all, dimension), None);
    }
}

#[test]
fn two_failures_single_out_nobody() {
    let two = world(healthy, |n| if n == 4 || n == 8 { fails(n) } else { healthy(n) });
    assert_eq!(of(&two, Dimension::Instance), None);
}

#[test]
fn a_version_that_took_over_is_compared_with_the_one_before() {
    // Even instances run 1.0, odd ones 1.1.
    let rolled = world(|n| healthy(2 * n), |n| fails(2 * n + 1));
    let found = study(&rolled, |case| concentration(case, STOCK, Dimension::Version)).unwrap();
    assert_eq!((found.value.as_str(), found.new), ("1.1", true));
    assert!(found.with > 0.99 && found.without < 0.01);
}

#[test]
fn failures_of_a_call_further_down_are_not_an_instances_own() {
    let let_down = |n: u64| {
        let [shop, stock, store] = healthy(n)[..] else { unreachable!() };
        let store = store.failed(Cause::Exception);
        vec![shop.broken(Cause::Unknown), stock.broken(Cause::Unknown), store]
    };
    let below = world(healthy, |n| if n.is_multiple_of(4) { let_down(n) } else { healthy(n) });
    assert_eq!(of(&below, Dimension::Instance), None);
}
