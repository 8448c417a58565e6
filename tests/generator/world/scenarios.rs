//! The table of scenarios behind `fixtures/`: what happens in each, and how it is told.

use super::contained;
use super::faults::{Effect, Fault, Target};
use super::incident::{Blame, Plan, Produced, produce};
use super::landscape::{Landscape, Node};
use super::recording::Losses;
use super::rng::Rng;
use super::shop::shop;
use super::telemetry::{Nanos, SECOND, millis, seconds};

/// A scenario of the shop.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Name and folder.
    pub name: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// How its files are stored.
    pub storage: Storage,
    /// Draws a plan.
    pub draw: fn(&str, &mut Rng) -> Plan,
}

/// How the files of a fixture are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// As they are.
    Plain,
    /// gzip.
    Gzip,
    /// Zstandard, as small as it gets.
    Zstd,
    /// Zstandard, as fast as it gets.
    Fast,
}

/// All scenarios.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "dead-dependency",
        about: "Every instance of `ledger` dies: its SERVER spans stop and only `payments` sees refused connections.",
        storage: Storage::Zstd,
        draw: dead_dependency,
    },
    Scenario {
        name: "slow-database",
        about: "`ledger-db` slows down behind `ledger` and `payments`; the failures are timeouts, two services up.",
        storage: Storage::Zstd,
        draw: slow_database,
    },
    Scenario {
        name: "slow-but-alive",
        about: "`ledger-db` slows down and everyone above has patience: no request fails, checkout takes far longer.",
        storage: Storage::Zstd,
        draw: slow_but_alive,
    },
    Scenario {
        name: "bad-version",
        about: "One instance of `checkout` is rolled to a version that throws; the other instance is healthy.",
        storage: Storage::Gzip,
        draw: bad_version,
    },
    Scenario {
        name: "retry-storm",
        about: "`inventory` is slow for twenty seconds; the retries of its callers keep it overloaded long after.",
        storage: Storage::Zstd,
        draw: retry_storm,
    },
    Scenario {
        name: "third-party-outage",
        about: "The card processor answers with errors or not at all; it has no spans, only `payments` does.",
        storage: Storage::Zstd,
        draw: third_party_outage,
    },
    Scenario {
        name: "consumer-stall",
        about: "`fulfilment` stops consuming `orders.placed`; ordering works, but order status grows stale and fails.",
        storage: Storage::Gzip,
        draw: consumer_stall,
    },
    Scenario {
        name: "flaky-bystander",
        about: "`recommendations` fails all the time behind a fallback; what breaks the shop is `catalog-db`.",
        storage: Storage::Zstd,
        draw: flaky_bystander,
    },
    Scenario {
        name: "healthy-noise",
        about: "Nothing is wrong: background errors, pauses, a flaky service behind a fallback and a harmless rollout.",
        storage: Storage::Plain,
        draw: healthy_noise,
    },
    Scenario {
        name: "load-ramp",
        about: "Nothing is wrong: traffic triples within a minute, and there is room for it.",
        storage: Storage::Zstd,
        draw: load_ramp,
    },
    Scenario {
        name: "skewed-clocks",
        about: "`pricing` is slow; clocks of hosts differ by up to 1.2 s and head sampling keeps a quarter of the traces.",
        storage: Storage::Gzip,
        draw: skewed_clocks,
    },
    Scenario {
        name: "pool-exhaustion",
        about: "`orders` is left with a single connection to `orders-db`, slow queries hold it, the others queue for it.",
        storage: Storage::Zstd,
        draw: pool_exhaustion,
    },
    Scenario {
        name: "network-delay",
        about: "The network between `checkout` and `payments` delays every packet; both ends are healthy.",
        storage: Storage::Zstd,
        draw: network_delay,
    },
    Scenario {
        name: "instance-crash",
        about: "One of two instances of `catalog` crashes and stays in the load balancer.",
        storage: Storage::Gzip,
        draw: instance_crash,
    },
    Scenario {
        name: "bad-configuration",
        about: "`orders` is given a patience of a few milliseconds for `fulfilment`; the callee answers every call in time.",
        storage: Storage::Zstd,
        draw: bad_configuration,
    },
    Scenario {
        name: "two-causes",
        about: "The card processor fails, and a minute later `catalog` throws for a reason of its own.",
        storage: Storage::Zstd,
        draw: two_causes,
    },
    Scenario {
        name: "hanging-queries",
        about: "Half of the queries at `fulfilment-db` hang and everybody above waits for them; baskets starve with orders. A timeout contains it.",
        storage: Storage::Zstd,
        draw: contained::hanging_queries,
    },
    Scenario {
        name: "silent-database",
        about: "`fulfilment-db` answers nothing; calls that wait for it hold the workers that baskets need. A circuit breaker contains it.",
        storage: Storage::Zstd,
        draw: contained::silent_database,
    },
    Scenario {
        name: "slow-lane",
        about: "`fulfilment-db` takes seconds; orders could wait for it, but hold the workers that baskets need. A bulkhead contains it.",
        storage: Storage::Zstd,
        draw: contained::slow_lane,
    },
    Scenario {
        name: "deep-queue",
        about: "`catalog` is slow and lets hundreds wait: it works for callers who have left. Load shedding contains it.",
        storage: Storage::Zstd,
        draw: contained::deep_queue,
    },
    Scenario {
        name: "eager-retries",
        about: "`catalog` is slow for a few seconds; retries without a pause keep it overloaded. A retry budget contains it.",
        storage: Storage::Zstd,
        draw: contained::eager_retries,
    },
    Scenario {
        name: "patience-pays",
        about: "The card processor is slow, and most calls end in time all the same: a shorter timeout would fail those too.",
        storage: Storage::Zstd,
        draw: contained::patience_pays,
    },
];

impl Scenario {
    /// The run of this scenario with a seed.
    pub fn produce(&self, seed: u64) -> Result<Produced, String> {
        // The name is part of the seed, or all scenarios would share their random numbers.
        let named = self
            .name
            .bytes()
            .fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut produced = produce(named, |rng| (self.draw)(self.name, rng))?;
        produced.truth.seed = seed;
        Ok(produced)
    }
}

/// Length of a run and moment of the fault, in seconds.
fn timing(rng: &mut Rng) -> (f64, f64) {
    let duration = rng.between(270.0, 330.0);
    (duration, duration * rng.between(0.46, 0.54))
}

fn fault(target: Target, effect: Effect, from: f64, until: f64) -> Fault {
    Fault { target, effect, from: seconds(from), until: seconds(until) }
}

/// An incident of the shop: the fault starts at the drawn moment and lasts for `lasts` seconds.
pub fn incident(
    name: &str,
    shop: Landscape,
    rng: &mut Rng,
    lasts: f64,
    strikes: &[(Target, Effect)],
) -> Plan {
    let (duration, onset) = timing(rng);
    let mut plan = Plan::quiet(name, shop, 1.7, duration);
    let until = (onset + lasts).min(duration);
    plan.faults = strikes
        .iter()
        .map(|(target, effect)| fault(*target, effect.clone(), onset, until))
        .collect();
    plan.onset = Some(seconds(onset));
    plan
}

fn dead_dependency(name: &str, rng: &mut Rng) -> Plan {
    let shop = shop();
    let ledger = shop.service("ledger");
    let mut plan = incident(name, shop, rng, 100.0, &[(Target::Service(ledger), Effect::Dead)]);
    plan.blame = vec![Blame::Node(Node::Service(ledger))];
    plan.mechanisms = vec!["dead_service", "unavailable"];
    plan.remedies = contained::against_death();
    plan
}

fn slow_database(name: &str, rng: &mut Rng) -> Plan {
    let shop = shop();
    let database = shop.peer("ledger-db");
    let factor = rng.between(220.0, 320.0);
    let strikes = [(Target::Peer(database), Effect::Slow(factor))];
    let mut plan = incident(name, shop, rng, 110.0, &strikes);
    plan.blame = vec![Blame::Node(Node::Peer(database))];
    plan.mechanisms = vec!["slow_dependency", "caller_timeout", "queue_wait"];
    plan
}

fn slow_but_alive(name: &str, rng: &mut Rng) -> Plan {
    let mut shop = shop();
    let database = shop.peer("ledger-db");
    shop.peers[database].slots = 16;
    for edge in &mut shop.edges {
        edge.timeout(20_000.0);
    }
    let factor = rng.between(1200.0, 1600.0) / shop.peers[database].mean;
    let strikes = [(Target::Peer(database), Effect::Slow(factor))];
    let mut plan = incident(name, shop, rng, 130.0, &strikes);
    plan.blame = vec![Blame::Node(Node::Peer(database))];
    plan.mechanisms = vec!["slow_dependency"];
    plan.only_slow = true;
    plan
}

fn bad_version(name: &str, rng: &mut Rng) -> Plan {
    let shop = shop();
    let checkout = shop.service("checkout");
    let number = rng.below(2);
    let target = Target::Replica(checkout, number);
    let strikes = [(target, Effect::Rollout("4.0.0".into())), (target, Effect::Fail(0.85))];
    let mut plan = incident(name, shop, rng, 400.0, &strikes);
    plan.blame = vec![Blame::Replica(checkout, number, true)];
    plan.mechanisms = vec!["bad_version", "bad_instance", "internal_error"];
    plan
}

fn retry_storm(name: &str, rng: &mut Rng) -> Plan {
    let mut shop = shop();
    let inventory = shop.service("inventory");
    // Two workers of 650 ms answer three calls a second, and the shop needs 0.6.
    shop.services[inventory].workers = 1;
    shop.services[inventory].backlog = 25;
    let reserve = shop.operations.iter_mut().find(|operation| operation.service == inventory);
    if let Some(super::landscape::Step::Work(mean, _)) = reserve.and_then(|op| op.steps.first_mut())
    {
        *mean = 650.0;
    }
    shop.edge("checkout", "inventory").timeout(1900.0).retries(4, 60.0);
    shop.edge("storefront", "checkout").timeout(6000.0).retries(2, 100.0);
    shop.edge("checkout", "pricing").timeout(900.0);
    let strikes = [(Target::Service(inventory), Effect::Slow(9.0))];
    let mut plan = incident(name, shop, rng, 20.0, &strikes);
    plan.blame = vec![Blame::Node(Node::Service(inventory))];
    plan.mechanisms = vec!["retry_amplification", "overload", "metastable"];
    plan
}

fn third_party_outage(name: &str, rng: &mut Rng) -> Plan {
    let shop = shop();
    let cards = shop.peer("api.cardbridge.example");
    let strikes =
        [(Target::Peer(cards), Effect::Fail(0.75)), (Target::Peer(cards), Effect::Hang(0.3))];
    let mut plan = incident(name, shop, rng, 90.0, &strikes);
    plan.blame = vec![Blame::Node(Node::Peer(cards))];
    plan.mechanisms = vec!["third_party_outage", "unavailable", "caller_timeout"];
    plan
}

fn consumer_stall(name: &str, rng: &mut Rng) -> Plan {
    let shop = shop();
    let fulfilment = shop.service("fulfilment");
    let strikes = [(Target::Service(fulfilment), Effect::Stalled)];
    let mut plan = incident(name, shop, rng, 120.0, &strikes);
    plan.traffic.rate = 2.2;
    plan.blame = vec![Blame::Consumer(fulfilment, 0)];
    plan.mechanisms = vec!["consumer_stall", "backlog"];
    plan
}

fn flaky_bystander(name: &str, rng: &mut Rng) -> Plan {
    let mut shop = shop();
    let flaky = shop.service("recommendations");
    shop.services[flaky].error_rate = 0.22;
    let database = shop.peer("catalog-db");
    let cache = shop.peer("catalog-cache");
    shop.peers[cache].hit_rate = 0.3;
    let strikes = [(Target::Peer(database), Effect::Fail(0.9))];
    let mut plan = incident(name, shop, rng, 90.0, &strikes);
    plan.blame = vec![Blame::Node(Node::Peer(database))];
    plan.bystanders = vec!["recommendations".into()];
    plan.mechanisms = vec!["dependency_errors", "unavailable"];
    plan
}

fn healthy_noise(name: &str, rng: &mut Rng) -> Plan {
    let mut shop = shop();
    let flaky = shop.service("recommendations");
    shop.services[flaky].error_rate = 0.12;
    let pricing = shop.service("pricing");
    // It is stored as it is, so it is kept small.
    for service in &mut shop.services {
        service.replicas = 1;
    }
    let (duration, moment) = timing(rng);
    let mut plan = Plan::quiet(name, shop, 0.6, duration);
    let rollout = Effect::Rollout("2.6.0".into());
    plan.faults = vec![fault(Target::Service(pricing), rollout, moment, duration)];
    plan.bystanders = vec!["recommendations".into()];
    plan
}

fn load_ramp(name: &str, rng: &mut Rng) -> Plan {
    let (duration, moment) = timing(rng);
    let mut plan = Plan::quiet(name, shop(), 0.9, duration);
    plan.traffic.ramp = Some((seconds(moment), seconds(moment + 60.0), 3.0));
    plan
}

fn skewed_clocks(name: &str, rng: &mut Rng) -> Plan {
    let shop = shop();
    let pricing = shop.service("pricing");
    let strikes = [(Target::Service(pricing), Effect::Slow(150.0))];
    let mut plan = incident(name, shop, rng, 110.0, &strikes);
    plan.traffic.rate = 2.7;
    plan.losses = Losses { sampling_bits: 2, dropped: 0.0, skew: millis(1200.0) };
    plan.blame = vec![Blame::Node(Node::Service(pricing))];
    plan.mechanisms = vec!["slow_service", "caller_timeout", "queue_wait"];
    plan
}

fn pool_exhaustion(name: &str, rng: &mut Rng) -> Plan {
    let mut shop = shop();
    let orders = shop.service("orders");
    let database = shop.peer("orders-db");
    let edge = shop.edge_between(orders, Node::Peer(database));
    shop.edges[edge].pool = Some(8);
    shop.peers[database].mean = 620.0;
    shop.entries[2].1 = 2.6;
    let mut plan = incident(name, shop, rng, 110.0, &[(Target::Edge(edge), Effect::Pool(1))]);
    plan.traffic.rate = 2.5;
    plan.traffic.duration = seconds(240.0);
    let onset = rng.between(105.0, 120.0);
    plan.faults[0].from = seconds(onset);
    plan.faults[0].until = seconds(onset + 90.0);
    plan.onset = Some(plan.faults[0].from);
    plan.blame = vec![Blame::Node(Node::Service(orders))];
    plan.mechanisms = vec!["pool_exhaustion", "queue_wait", "bad_configuration"];
    plan
}

fn network_delay(name: &str, rng: &mut Rng) -> Plan {
    let mut shop = shop();
    let (checkout, payments) = (shop.service("checkout"), shop.service("payments"));
    let edge = shop.edge_between(checkout, Node::Service(payments));
    let delay: Nanos = rng.whole(1150, 1350) as Nanos * SECOND / 1000;
    let mut plan = incident(name, shop, rng, 100.0, &[(Target::Edge(edge), Effect::Delay(delay))]);
    plan.blame = vec![Blame::Edge(edge)];
    plan.mechanisms = vec!["network_delay", "caller_timeout"];
    plan
}

fn instance_crash(name: &str, rng: &mut Rng) -> Plan {
    let mut shop = shop();
    shop.edge("storefront", "catalog").retries(0, 0.0);
    let catalog = shop.service("catalog");
    let number = rng.below(2);
    let strikes = [(Target::Replica(catalog, number), Effect::Dead)];
    let mut plan = incident(name, shop, rng, 110.0, &strikes);
    plan.blame = vec![Blame::Replica(catalog, number, false)];
    plan.mechanisms = vec!["dead_instance", "bad_instance", "unavailable"];
    plan
}

fn bad_configuration(name: &str, rng: &mut Rng) -> Plan {
    let mut shop = shop();
    let (orders, fulfilment) = (shop.service("orders"), shop.service("fulfilment"));
    let edge = shop.edge_between(orders, Node::Service(fulfilment));
    let patience = millis(rng.between(11.0, 14.0));
    let strikes = [
        (Target::Edge(edge), Effect::Patience(patience)),
        (Target::Service(orders), Effect::Rollout("2.12.1-hotfix".into())),
    ];
    let mut plan = incident(name, shop, rng, 400.0, &strikes);
    plan.blame = vec![Blame::Node(Node::Service(orders))];
    plan.mechanisms = vec!["bad_configuration", "bad_version", "caller_timeout"];
    plan
}

fn two_causes(name: &str, rng: &mut Rng) -> Plan {
    let shop = shop();
    let cards = shop.peer("api.cardbridge.example");
    let catalog = shop.service("catalog");
    let strikes = [(Target::Peer(cards), Effect::Fail(0.9))];
    let mut plan = incident(name, shop, rng, 60.0, &strikes);
    let second = plan.faults[0].from + 60 * SECOND;
    plan.faults.push(Fault {
        target: Target::Service(catalog),
        effect: Effect::Fail(0.6),
        from: second,
        until: second + 50 * SECOND,
    });
    plan.blame = vec![Blame::Node(Node::Peer(cards)), Blame::Node(Node::Service(catalog))];
    plan.mechanisms = vec!["third_party_outage", "internal_error"];
    plan
}
