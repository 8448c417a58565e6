//! Who failed for reasons of its own: the shop, or stock.

use super::*;
use crate::model::Cause;
use crate::rank::small_case::{study, world};
use crate::summary::Summary;
use crate::summary::small_world::{SHOP, STOCK, healthy};

/// A request in which these of the two fail. That the shop fails of stock is stock's failure; if
/// stock's was made good, it is the shop's own.
fn request(n: u64, shop: bool, stock: bool) -> Vec<DigestHop> {
    let mut hops = healthy(n);
    if stock {
        hops[1] = hops[1].broken(Cause::Exception);
    }
    if stock && shop {
        hops[1] = hops[1].with(DigestHop::REPAIRED);
    }
    if stock || shop {
        hops[0] = hops[0].broken(Cause::Exception);
    }
    hops
}

fn independent(world: &Summary) -> bool {
    study(world, |case| {
        let both = case.independence.between(SHOP, STOCK);
        assert_eq!(both, case.independence.between(STOCK, SHOP));
        assert_eq!(both, case.independence.others(SHOP).any(|node| node == STOCK));
        both
    })
}

#[test]
fn requests_that_meet_one_trouble_only_show_two_causes() {
    let apart = world(healthy, |n| request(n, n.is_multiple_of(2), n % 2 == 1));
    assert!(independent(&apart));
}

#[test]
fn trouble_met_on_the_way_may_be_the_cause() {
    // Whenever the shop fails by itself, stock had failed just before.
    let together = world(healthy, |n| request(n, n.is_multiple_of(2), true));
    assert!(!independent(&together));
}

#[test]
fn a_handful_of_requests_says_nothing() {
    let thin = world(healthy, |n| request(n, n == 10, n % 2 == 1));
    assert!(!independent(&thin));
}
