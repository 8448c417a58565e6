//! A shop asks a service for a price, once a slice. What changes halfway is found, and whose it is.

use super::behaviour::{Change, search};
use super::{Feature, Grid};
use crate::model::PeerKind;
use crate::summary::small_world::call;
use crate::summary::{
    Catalog, Digest, DigestHop, Digests, NONE, NodeKey, Operation, Requests, Severity, Summary,
    Table, Template,
};

const SHOP: u32 = 0;
const PRICES: u32 = 1;
const BEGAN: u32 = 0;
const DONE: u32 = 1;
const NO_PRICE: u32 = 2;
const UNAVAILABLE: [u32; 2] = [3, 4];

fn catalog() -> Catalog {
    let node = |name: &str| NodeKey {
        name: name.to_owned(),
        namespace: String::new(),
        database: String::new(),
        kind: PeerKind::Service,
    };
    let template = |node, severity, text: &str| Template { node, severity, text: text.to_owned() };
    Catalog {
        nodes: vec![node("shop"), node("prices")],
        operations: vec![
            Operation { node: SHOP, name: "GET /cart".into() },
            Operation { node: PRICES, name: "quote".into() },
        ],
        templates: vec![
            template(PRICES, Severity::Info, "quoting"),
            template(PRICES, Severity::Info, "quoted"),
            template(PRICES, Severity::Error, "no price for <*>"),
            template(SHOP, Severity::Error, "no instance available"),
            template(PRICES, Severity::Error, "no instance available"),
        ],
        ..Catalog::default()
    }
}

/// A cart that took so many milliseconds by itself, and lost so many on the way to the prices,
/// which wrote these records.
fn cart(at: u64, own: u32, gap: u32, logs: &[u32]) -> Digest {
    let hop = |parent, operation, waited, worked, own| DigestHop {
        waited,
        worked,
        own,
        ..call(parent, operation, [NONE; 3])
    };
    let quote = 8_000 + at as u32 % 7 * 100;
    let outer = (own + gap) * 1000 + quote;
    Digest {
        id: (7, at),
        start: at,
        slice: at,
        stratum: (0, false),
        entry: 0,
        hops: vec![
            hop(NONE, 0, NONE, outer, own * 1000),
            hop(0, 1, gap * 1000 + quote, quote, quote),
        ],
        locals: Vec::new(),
        logs: logs.iter().map(|&template| (1, template)).collect(),
        cut: 0,
        tags: Vec::new(),
    }
}

fn summary(carts: Vec<Digest>) -> Summary {
    let one = Requests { total: 1, failed: 0 };
    Summary {
        catalog: catalog(),
        entries: Table::from_rows(carts.iter().map(|c| (0, c.slice << 4, one)).collect()),
        digests: Digests::keep(carts, usize::MAX),
        ..Summary::default()
    }
}

/// 48 carts; the last 16 are `sick`.
fn halfway(sick: impl Fn(u64) -> Digest) -> Vec<Change> {
    let well = |at| cart(at, 4, 2, &[BEGAN, DONE]);
    let summary = summary((0..48).map(|at| if at < 32 { well(at) } else { sick(at) }).collect());
    search(&summary, None, &Grid::of(&summary), None)
}

fn accused(changes: &[Change]) -> u32 {
    let nodes = &changes[0].nodes;
    *nodes.iter().max_by(|a, b| a.1.total_cmp(b.1)).expect("someone").0
}

#[test]
fn an_error_in_the_place_of_the_usual_record_is_found_where_it_began() {
    let changes = halfway(|at| cart(at, 4, 2, &[BEGAN, NO_PRICE]));
    assert_eq!(accused(&changes), PRICES);
    assert!(changes[0].p_value < 0.001, "{}", changes[0].p_value);
    assert_eq!((changes[0].from, changes[0].to), (32, 48));
    assert_eq!(changes[0].shifts[0].feature, Feature::Follows(1, BEGAN, NO_PRICE));
}

#[test]
fn a_record_that_no_longer_comes_is_missed_even_if_it_was_the_only_one() {
    let well = |at| cart(at, 4, 2, &[DONE]);
    let silent = |at| cart(at, 4, 2, &[]);
    let carts = (0..48).map(|at| if at < 32 { well(at) } else { silent(at) }).collect();
    let summary = summary(carts);
    let changes = search(&summary, None, &Grid::of(&summary), None);
    assert_eq!(accused(&changes), PRICES);
    assert!(changes[0].p_value < 0.001, "{}", changes[0].p_value);
}

#[test]
fn time_lost_on_the_way_accuses_the_callee_and_own_time_its_owner() {
    let network = halfway(|at| cart(at, 4, 1000, &[BEGAN, DONE]));
    assert_eq!((accused(&network), network[0].from), (PRICES, 32));
    let starved = halfway(|at| cart(at, 300, 2, &[BEGAN, DONE]));
    assert_eq!((accused(&starved), starved[0].from), (SHOP, 32));
    assert!(network[0].p_value < 0.001 && starved[0].p_value < 0.001);
}

#[test]
fn half_as_slow_again_is_drift_and_the_usual_is_nothing() {
    for own in [4, 6] {
        let changes = halfway(|at| cart(at, own, 2, &[BEGAN, DONE]));
        assert!(changes.iter().all(|c| c.p_value > 0.1), "{own} ms");
    }
}

#[test]
fn an_error_of_the_environment_explains_what_it_cuts_short() {
    // The baseline knows that instances are unavailable now and then, to both.
    let mut healthy: Vec<Digest> = (0..48).map(|at| cart(at, 4, 2, &[BEGAN, DONE])).collect();
    healthy[5].logs = vec![(0, UNAVAILABLE[0])];
    healthy[9].logs = vec![(1, UNAVAILABLE[1])];
    let baseline = summary(healthy);
    let carts = |sick: &[u32]| {
        let sick = |at| cart(at, 4, 2, sick);
        let well = |at| cart(at, 4, 2, &[BEGAN, DONE]);
        summary((0..48).map(|at| if at < 32 { well(at) } else { sick(at) }).collect())
    };
    let found = |input: &Summary| search(input, Some(&baseline), &Grid::of(input), None);
    assert!(found(&carts(&[BEGAN, UNAVAILABLE[1]])).iter().all(|c| c.p_value > 0.1));
    assert!(found(&carts(&[BEGAN, NO_PRICE]))[0].p_value < 0.001);
}

#[test]
fn a_trace_shows_the_change_or_does_not() {
    let changes = halfway(|at| cart(at, 4, 1000, &[BEGAN, NO_PRICE]));
    let shows = |digest: &Digest| !changes[0].shown_by(digest, &catalog()).is_empty();
    assert!(shows(&cart(90, 4, 2, &[BEGAN, NO_PRICE])));
    assert!(shows(&cart(90, 4, 900, &[BEGAN, DONE])));
    assert!(!shows(&cart(90, 4, 2, &[BEGAN, DONE])));
}
