//! Scenarios of which it is known what contains them: one for each pattern.
//!
//! Most happen in a shop whose `orders` answers two kinds of requests with the same workers:
//! baskets, which need `orders-db` only, and orders, for which `fulfilment` is asked.

use super::compose::{self, ask, call};
use super::faults::{Effect, Target};
use super::incident::{Blame, Plan};
use super::landscape::{Landscape, Node, Step};
use super::remedies::{Pattern, Remedy};
use super::rng::Rng;
use super::scenarios::incident;
use super::shop::shop;
use super::telemetry::seconds;

use Pattern::{Bulkhead, CircuitBreaker, LoadShedding, RetryBudget};

/// A timeout as healthy calls suggest it.
const TIMEOUT: Pattern = Pattern::Timeout(None);

/// The shop with baskets; so many of a hundred requests are for orders and for baskets.
fn counter(orders: f64, baskets: f64) -> Landscape {
    let mut shop = shop();
    shop.add_operation(
        "orders",
        ("GET", "/baskets/{customer}"),
        "Basket of customer {order} loaded",
        &[
            compose::Plan::Work(8.0),
            ask("orders-db", "SELECT sku, amount FROM baskets WHERE customer = $1"),
            compose::Plan::Work(3.0),
        ],
    );
    let basket = shop.add_operation(
        "storefront",
        ("GET", "/basket/{customer}"),
        "request completed route=/basket/:customer customer={order} duration={ms}ms",
        &[
            compose::Plan::Work(4.0),
            call("orders", "/baskets/{customer}"),
            compose::Plan::Work(2.0),
        ],
    );
    let rest = (100.0 - orders - baskets) / 2.0;
    for (entry, weight) in shop.entries.iter_mut().zip([rest, rest, orders]) {
        entry.1 = weight;
    }
    shop.entries.push((basket, baskets));
    // That shipments may be stale is another story.
    for operation in &mut shop.operations {
        operation.steps.retain(|step| !matches!(step, Step::Fresh(..)));
    }
    let fulfilment = shop.service("fulfilment");
    shop.services[fulfilment].workers = 20;
    let storefront = shop.service("storefront");
    shop.services[storefront].workers = 40;
    shop
}

/// The same traffic and moments for all, so that the exports stay small.
fn brief(plan: &mut Plan, rate: f64, lasts: f64) {
    plan.traffic.rate = rate;
    let onset = seconds(90.0);
    plan.traffic.duration = onset + seconds(lasts + 20.0);
    for fault in &mut plan.faults {
        fault.from = onset;
        fault.until = onset + seconds(lasts);
    }
    plan.onset = Some(onset);
}

/// What is tried around the counter.
fn tried() -> Vec<Remedy> {
    let three = [TIMEOUT, CircuitBreaker, Bulkhead];
    let above = [TIMEOUT, CircuitBreaker, Bulkhead, LoadShedding];
    let below = Remedy::on("orders", "fulfilment", &three);
    let lowest = Remedy::on("fulfilment", "fulfilment-db", &three);
    below.chain(lowest).chain(Remedy::on("storefront", "orders", &above)).collect()
}

/// Half of the queries hang while everybody above has patience.
pub fn hanging_queries(name: &str, rng: &mut Rng) -> Plan {
    let mut shop = counter(40.0, 50.0);
    let database = shop.peer("fulfilment-db");
    shop.edge("fulfilment", "fulfilment-db").timeout(14_000.0);
    shop.edge("orders", "fulfilment").timeout(15_000.0);
    shop.edge("storefront", "orders").timeout(18_000.0);
    let strikes = [(Target::Peer(database), Effect::Hang(0.5))];
    let mut plan = incident(name, shop, rng, 60.0, &strikes);
    brief(&mut plan, 5.0, 80.0);
    plan.blame = vec![Blame::Node(Node::Peer(database))];
    plan.mechanisms = vec!["slow_dependency", "caller_timeout", "queue_wait"];
    plan.remedies = tried();
    plan
}

/// No query is answered, and healthy ones take so long that a timeout comes late.
pub fn silent_database(name: &str, rng: &mut Rng) -> Plan {
    let mut shop = counter(25.0, 73.0);
    let orders = shop.service("orders");
    shop.services[orders].workers = 3;
    shop.services[orders].backlog = 4;
    // Baskets need a worker of each instance most of the time.
    let busy = shop.peer("orders-db");
    shop.peers[busy].mean = 550.0;
    shop.peers[busy].slots = 32;
    let database = shop.peer("fulfilment-db");
    shop.peers[database].mean = 900.0;
    shop.peers[database].slots = 32;
    shop.edge("fulfilment", "fulfilment-db").timeout(5_000.0);
    shop.edge("orders", "fulfilment").timeout(5_500.0);
    shop.edge("storefront", "orders").timeout(9_000.0);
    let strikes = [(Target::Peer(database), Effect::Hang(1.0))];
    let mut plan = incident(name, shop, rng, 60.0, &strikes);
    brief(&mut plan, 4.6, 90.0);
    plan.blame = vec![Blame::Node(Node::Peer(database))];
    plan.mechanisms = vec!["slow_dependency", "caller_timeout", "queue_wait"];
    plan.remedies = tried();
    plan
}

/// Queries take seconds, which their callers would wait for if they had workers left.
pub fn slow_lane(name: &str, rng: &mut Rng) -> Plan {
    let mut shop = counter(28.0, 68.0);
    let orders = shop.service("orders");
    shop.services[orders].workers = 3;
    let database = shop.peer("fulfilment-db");
    shop.peers[database].slots = 32;
    shop.edge("fulfilment", "fulfilment-db").timeout(8_000.0);
    shop.edge("orders", "fulfilment").timeout(8_500.0);
    shop.edge("storefront", "orders").timeout(6_000.0);
    let factor = rng.between(3200.0, 3600.0) / shop.peers[database].mean;
    let strikes = [(Target::Peer(database), Effect::Slow(factor))];
    let mut plan = incident(name, shop, rng, 60.0, &strikes);
    brief(&mut plan, 8.5, 55.0);
    plan.blame = vec![Blame::Node(Node::Peer(database))];
    plan.mechanisms = vec!["slow_dependency", "queue_wait", "overload"];
    plan.remedies = tried();
    plan
}

/// `catalog` works slower than requests come, and does so for callers who have left.
pub fn deep_queue(name: &str, rng: &mut Rng) -> Plan {
    let mut shop = shop();
    let catalog = shop.service("catalog");
    shop.services[catalog].workers = 3;
    shop.services[catalog].backlog = 300;
    for operation in shop.operations.iter_mut().filter(|operation| operation.service == catalog) {
        if let Some(Step::Work(mean, _)) = operation.steps.first_mut() {
            *mean = 500.0;
        }
    }
    for (entry, weight) in shop.entries.iter_mut().zip([94.0, 3.0, 3.0]) {
        entry.1 = weight;
    }
    shop.edge("storefront", "catalog").timeout(5_000.0).retries(0, 0.0);
    let storefront = shop.service("storefront");
    shop.services[storefront].workers = 40;
    let strikes = [(Target::Service(catalog), Effect::Slow(3.6))];
    let mut plan = incident(name, shop, rng, 60.0, &strikes);
    brief(&mut plan, 4.9, 80.0);
    plan.blame = vec![Blame::Node(Node::Service(catalog))];
    plan.mechanisms = vec!["slow_service", "overload", "queue_wait", "caller_timeout"];
    let patterns = [LoadShedding, TIMEOUT, CircuitBreaker, Bulkhead];
    plan.remedies = Remedy::on("storefront", "catalog", &patterns).collect();
    plan
}

/// Retries without a pause keep `catalog` overloaded long after it was slow for a while.
pub fn eager_retries(name: &str, rng: &mut Rng) -> Plan {
    let mut shop = shop();
    let catalog = shop.service("catalog");
    shop.services[catalog].workers = 2;
    shop.services[catalog].backlog = 20;
    for operation in shop.operations.iter_mut().filter(|operation| operation.service == catalog) {
        if let Some(Step::Work(mean, _)) = operation.steps.first_mut() {
            *mean = 400.0;
        }
    }
    for (entry, weight) in shop.entries.iter_mut().zip([92.0, 4.0, 4.0]) {
        entry.1 = weight;
    }
    shop.edge("storefront", "catalog").timeout(1_400.0).retries(3, 5.0);
    let storefront = shop.service("storefront");
    shop.services[storefront].workers = 40;
    let strikes = [(Target::Service(catalog), Effect::Slow(6.0))];
    let mut plan = incident(name, shop, rng, 60.0, &strikes);
    brief(&mut plan, 3.4, 60.0);
    for fault in &mut plan.faults {
        fault.until = fault.from + seconds(12.0);
    }
    plan.blame = vec![Blame::Node(Node::Service(catalog))];
    plan.mechanisms = vec!["retry_amplification", "overload", "metastable"];
    let patterns = [RetryBudget, TIMEOUT, CircuitBreaker, Bulkhead, LoadShedding];
    plan.remedies = Remedy::on("storefront", "catalog", &patterns).collect();
    plan
}

/// The card processor is slow and most callers wait long enough; a shorter timeout, which is
/// what comes to mind, fails those too.
pub fn patience_pays(name: &str, rng: &mut Rng) -> Plan {
    let mut shop = shop();
    let cards = shop.peer("api.cardbridge.example");
    for (entry, weight) in shop.entries.iter_mut().zip([15.0, 70.0, 15.0]) {
        entry.1 = weight;
    }
    let strikes = [(Target::Peer(cards), Effect::Slow(8.0))];
    let mut plan = incident(name, shop, rng, 60.0, &strikes);
    brief(&mut plan, 2.0, 90.0);
    plan.blame = vec![Blame::Node(Node::Peer(cards))];
    plan.mechanisms = vec!["third_party_outage", "slow_dependency", "caller_timeout"];
    // Bulkheads are left out: no workers are short, so no export tells how large one would be.
    let patterns = [TIMEOUT, CircuitBreaker];
    let lowest = Remedy::on("payments", "api.cardbridge.example", &patterns);
    let below = Remedy::on("checkout", "payments", &patterns);
    let above = Remedy::on("storefront", "checkout", &patterns);
    plan.remedies = lowest.chain(below).chain(above).collect();
    plan
}

/// What is tried against a `ledger` that is dead: nobody can do without it.
pub fn against_death() -> Vec<Remedy> {
    let patterns = [TIMEOUT, CircuitBreaker, Bulkhead];
    let below = Remedy::on("payments", "ledger", &patterns);
    let above = Remedy::on("checkout", "payments", &patterns);
    below.chain(above).chain(Remedy::on("storefront", "checkout", &patterns)).collect()
}
