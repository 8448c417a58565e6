//! Random incidents: any kind of fault, anywhere in a random landscape, at any time.

use super::faults::{Effect, Fault, Target};
use super::incident::{Blame, Plan};
use super::landscape::{Landscape, Node, PeerKind};
use super::random::{self, Size};
use super::rng::Rng;
use super::telemetry::{millis, seconds};

/// A kind of incident: its name, how often it is drawn, and its maker. A maker returns
/// nothing when the landscape has no place for it.
type Kind = (&'static str, f64, fn(&mut Landscape, &mut Rng) -> Option<Strike>);

/// What a maker has chosen.
struct Strike {
    strikes: Vec<(Target, Effect)>,
    blame: Blame,
    mechanisms: Vec<&'static str>,
    /// Seconds that it lasts; `None` until the end.
    lasts: Option<f64>,
}

/// A kind that gets worse step by step.
const LEAK: &str = "leak";
/// Kinds with two causes: at the same time, and with calm between them.
const TWO_AT_ONCE: &str = "two-at-once";
const TWO_APART: &str = "two-apart";

/// The one kind by which users are made to wait but are served.
const SLOW_BUT_ALIVE: &str = "slow-but-alive";

const KINDS: &[Kind] = &[
    ("dead-service", 1.2, dead_service),
    ("instance-crash", 0.8, instance_crash),
    ("slow-service", 1.2, slow_service),
    ("throwing-service", 0.8, throwing_service),
    ("bad-version", 1.0, bad_version),
    ("slow-database", 1.2, |land, rng| slow_peer(land, PeerKind::Database, rng)),
    ("failing-database", 0.8, |land, rng| failing_peer(land, PeerKind::Database, rng)),
    ("third-party-outage", 0.8, |land, rng| failing_peer(land, PeerKind::External, rng)),
    ("third-party-slow", 0.5, |land, rng| slow_peer(land, PeerKind::External, rng)),
    ("cache-outage", 0.4, |land, rng| failing_peer(land, PeerKind::Cache, rng)),
    ("cold-cache", 0.4, cold_cache),
    ("consumer-stall", 0.6, consumer_stall),
    ("network-delay", 0.7, network_delay),
    ("bad-configuration", 0.7, bad_configuration),
    ("retry-storm", 0.8, retry_storm),
    (SLOW_BUT_ALIVE, 0.6, slow_but_alive),
    ("partition", 0.5, partition),
    ("gray-instance", 0.6, gray_instance),
    (LEAK, 0.5, leak),
    (TWO_AT_ONCE, 0.6, sudden),
    (TWO_APART, 0.6, sudden),
];

/// Draws an incident, or in one of eight cases a run in which nothing is wrong.
///
/// `index` chooses the kind when a whole series is drawn, so that every kind comes up.
pub fn draw(index: usize, rng: &mut Rng) -> Plan {
    // Enough must be left to see anything, so load grows as the sampled share falls.
    let sampling_bits = if rng.chance(0.25) { rng.whole(1, 2) as u32 } else { 0 };
    let rate = rng.between(1.2, 4.0) * f64::from(1u32 << sampling_bits);
    let size = Size { services: rng.whole(6, 18), entries: rng.whole(3, 7), replicas: 3, rate };
    let (mut land, _) = random::landscape(size, rng);
    let mut duration = rng.between(260.0, 460.0);
    let onset = duration * rng.between(0.42, 0.6);
    let bystander = rng.chance(0.3).then(|| add_bystander(&mut land, rng)).flatten();
    let quiet = index % 8 == 7;
    let (name, strike) = if quiet { ("quiet", None) } else { choose(index, &mut land, rng) };
    // The second cause of two: how long after the first, and what.
    let second = match name {
        TWO_AT_ONCE => Some((rng.between(0.0, 40.0), sudden(&mut land, rng))),
        TWO_APART => Some((rng.between(200.0, 260.0), sudden(&mut land, rng))),
        _ => None,
    };
    if name == TWO_APART {
        duration = onset + 400.0;
    }
    let mut plan = Plan::quiet(name, land, rate, duration);
    plan.bystanders.extend(bystander);
    if let Some(mut strike) = strike {
        if name == TWO_APART {
            strike.lasts = Some(rng.between(50.0, 90.0));
        }
        let steps = if name == LEAK { 12 } else { 1 };
        for step in 0..steps {
            strike_at(&mut plan, &strike, onset + 10.0 * f64::from(step));
        }
        plan.onset = Some(seconds(onset));
        plan.mechanisms = strike.mechanisms;
        plan.only_slow = name == SLOW_BUT_ALIVE;
        plan.blame = vec![strike.blame];
        if let Some((later, Some(other))) = second {
            strike_at(&mut plan, &other, onset + later);
            plan.blame.push(other.blame);
        }
    } else if rng.chance(0.5) {
        let factor = rng.between(1.5, 2.5);
        plan.traffic.ramp = Some((seconds(onset), seconds(onset + 50.0), factor));
    }
    add_decoys(&mut plan, rng);
    plan.losses.sampling_bits = sampling_bits;
    add_losses(&mut plan, rng);
    plan
}

fn strike_at(plan: &mut Plan, strike: &Strike, from: f64) {
    let end = plan.traffic.duration;
    let until = strike.lasts.map_or(end, |lasts| seconds(from + lasts).min(end));
    plan.faults.extend(strike.strikes.iter().map(|(target, effect)| Fault {
        target: *target,
        effect: effect.clone(),
        from: seconds(from),
        until,
    }));
}

fn choose(index: usize, land: &mut Landscape, rng: &mut Rng) -> (&'static str, Option<Strike>) {
    // A landscape may have no place for the kind whose turn it is; then another one is drawn.
    let turn = index - index / 8;
    let (name, _, make) = KINDS[turn % KINDS.len()];
    if let Some(strike) = make(land, rng) {
        return (name, Some(strike));
    }
    let total: f64 = KINDS.iter().map(|(_, weight, _)| weight).sum();
    loop {
        let mut point = rng.between(0.0, total);
        for (name, weight, make) in KINDS {
            point -= weight;
            if point < 0.0 {
                if let Some(strike) = make(land, rng) {
                    return (name, Some(strike));
                }
                break;
            }
        }
    }
}

/// A service that some users' requests pass, but not the gateway itself.
fn service(land: &Landscape, rng: &mut Rng) -> usize {
    let gateway = land.entries.first().map(|(entry, _)| land.operations[*entry].service);
    let called: Vec<usize> = land
        .edges
        .iter()
        .filter_map(|edge| match edge.to {
            Node::Service(service) => Some(service).filter(|service| Some(*service) != gateway),
            Node::Peer(_) => None,
        })
        .collect();
    *rng.pick(&called)
}

fn peer(land: &Landscape, kind: PeerKind, rng: &mut Rng) -> Option<usize> {
    let known = (0..land.peers.len()).filter(|&index| land.peers[index].kind == kind);
    let known: Vec<usize> = known.collect();
    (!known.is_empty()).then(|| *rng.pick(&known))
}

fn call_edge(land: &Landscape, rng: &mut Rng) -> usize {
    let edges = land.edges.iter().enumerate();
    let calls = edges.filter(|(_, edge)| matches!(edge.to, Node::Service(_)));
    let calls: Vec<usize> = calls.map(|(index, _)| index).collect();
    *rng.pick(&calls)
}

fn lasts(rng: &mut Rng) -> Option<f64> {
    rng.chance(0.7).then(|| rng.between(60.0, 150.0))
}

fn dead_service(land: &mut Landscape, rng: &mut Rng) -> Option<Strike> {
    let service = service(land, rng);
    Some(Strike {
        strikes: vec![(Target::Service(service), Effect::Dead)],
        blame: Blame::Node(Node::Service(service)),
        mechanisms: vec!["dead_service", "unavailable"],
        lasts: lasts(rng),
    })
}

fn instance_crash(land: &mut Landscape, rng: &mut Rng) -> Option<Strike> {
    let service = service(land, rng);
    let number = rng.below(land.services[service].replicas);
    Some(Strike {
        strikes: vec![(Target::Replica(service, number), Effect::Dead)],
        blame: Blame::Replica(service, number, false),
        mechanisms: vec!["dead_instance", "bad_instance", "unavailable"],
        lasts: lasts(rng),
    })
}

fn slow_service(land: &mut Landscape, rng: &mut Rng) -> Option<Strike> {
    let service = service(land, rng);
    Some(Strike {
        strikes: vec![(Target::Service(service), Effect::Slow(rng.between(40.0, 250.0)))],
        blame: Blame::Node(Node::Service(service)),
        mechanisms: vec!["slow_service", "caller_timeout", "queue_wait", "overload"],
        lasts: lasts(rng),
    })
}

fn throwing_service(land: &mut Landscape, rng: &mut Rng) -> Option<Strike> {
    let service = service(land, rng);
    Some(Strike {
        strikes: vec![(Target::Service(service), Effect::Fail(rng.between(0.3, 0.95)))],
        blame: Blame::Node(Node::Service(service)),
        mechanisms: vec!["internal_error"],
        lasts: lasts(rng),
    })
}

fn bad_version(land: &mut Landscape, rng: &mut Rng) -> Option<Strike> {
    let service = service(land, rng);
    let number = rng.below(land.services[service].replicas);
    let target = Target::Replica(service, number);
    let version = format!("{}.0.0-rc{}", rng.whole(8, 11), rng.whole(1, 4));
    let effect = match rng.below(3) {
        0 => Effect::Slow(rng.between(60.0, 250.0)),
        _ => Effect::Fail(rng.between(0.5, 1.0)),
    };
    Some(Strike {
        strikes: vec![(target, Effect::Rollout(version)), (target, effect)],
        blame: Blame::Replica(service, number, true),
        mechanisms: vec!["bad_version", "bad_instance", "internal_error"],
        lasts: None,
    })
}

fn slow_peer(land: &mut Landscape, kind: PeerKind, rng: &mut Rng) -> Option<Strike> {
    let peer = peer(land, kind, rng)?;
    let factor = rng.between(700.0, 4000.0) / land.peers[peer].mean;
    Some(Strike {
        strikes: vec![(Target::Peer(peer), Effect::Slow(factor))],
        blame: Blame::Node(Node::Peer(peer)),
        mechanisms: vec!["slow_dependency", "caller_timeout", "queue_wait"],
        lasts: lasts(rng),
    })
}

/// A slow database below callers that have patience and room.
fn slow_but_alive(land: &mut Landscape, rng: &mut Rng) -> Option<Strike> {
    let peer = peer(land, PeerKind::Database, rng)?;
    land.peers[peer].slots = 64;
    for edge in &mut land.edges {
        edge.timeout(30_000.0);
        edge.pool = None;
    }
    for service in &mut land.services {
        service.workers *= 8;
    }
    let factor = rng.between(700.0, 2000.0) / land.peers[peer].mean;
    Some(Strike {
        strikes: vec![(Target::Peer(peer), Effect::Slow(factor))],
        blame: Blame::Node(Node::Peer(peer)),
        mechanisms: vec!["slow_dependency"],
        lasts: None,
    })
}

fn failing_peer(land: &mut Landscape, kind: PeerKind, rng: &mut Rng) -> Option<Strike> {
    let peer = peer(land, kind, rng)?;
    let effect = match rng.below(3) {
        0 => Effect::Dead,
        1 => Effect::Hang(rng.between(0.4, 1.0)),
        _ => Effect::Fail(rng.between(0.4, 1.0)),
    };
    Some(Strike {
        strikes: vec![(Target::Peer(peer), effect)],
        blame: Blame::Node(Node::Peer(peer)),
        mechanisms: vec![
            "dependency_errors",
            "third_party_outage",
            "unavailable",
            "caller_timeout",
        ],
        lasts: lasts(rng),
    })
}

fn cold_cache(land: &mut Landscape, rng: &mut Rng) -> Option<Strike> {
    let cache = peer(land, PeerKind::Cache, rng)?;
    // The database behind it bears the few misses of a warm cache, one at a time.
    let owner = land.peers[cache].name.trim_end_matches("-cache").to_owned();
    let behind = land.peers.iter().position(|peer| peer.name == format!("{owner}-db"))?;
    land.peers[behind].mean = rng.between(500.0, 900.0);
    land.peers[behind].slots = 1;
    land.peers[cache].hit_rate = 0.97;
    Some(Strike {
        strikes: vec![(Target::Peer(cache), Effect::Cold)],
        blame: Blame::Node(Node::Peer(cache)),
        mechanisms: vec!["cold_cache", "overload", "queue_wait"],
        lasts: lasts(rng),
    })
}

fn consumer_stall(land: &mut Landscape, rng: &mut Rng) -> Option<Strike> {
    let topic = (!land.topics.is_empty()).then(|| rng.below(land.topics.len()))?;
    let service = land.operations[land.topics[topic].consumer].service;
    Some(Strike {
        strikes: vec![(Target::Service(service), Effect::Stalled)],
        blame: Blame::Consumer(service, topic),
        mechanisms: vec!["consumer_stall", "backlog"],
        lasts: lasts(rng),
    })
}

fn network_delay(land: &mut Landscape, rng: &mut Rng) -> Option<Strike> {
    let edge = call_edge(land, rng);
    let half = land.edges[edge].timeout as f64 / 2.0;
    let delay = (half * rng.between(0.9, 1.4)) as u64;
    Some(Strike {
        strikes: vec![(Target::Edge(edge), Effect::Delay(delay))],
        blame: Blame::Edge(edge),
        mechanisms: vec!["network_delay", "caller_timeout"],
        lasts: lasts(rng),
    })
}

/// Nothing gets through on one edge, in either direction.
fn partition(land: &mut Landscape, rng: &mut Rng) -> Option<Strike> {
    let edge = call_edge(land, rng);
    let never = land.edges[edge].timeout * 10;
    Some(Strike {
        strikes: vec![(Target::Edge(edge), Effect::Delay(never))],
        blame: Blame::Edge(edge),
        mechanisms: vec!["partition", "network_delay", "unavailable", "caller_timeout"],
        lasts: lasts(rng),
    })
}

/// One instance answers, but late or now and then wrongly; its siblings are well.
fn gray_instance(land: &mut Landscape, rng: &mut Rng) -> Option<Strike> {
    let service = service(land, rng);
    let number = rng.below(land.services[service].replicas);
    let effect = match rng.below(2) {
        0 => Effect::Slow(rng.between(40.0, 150.0)),
        _ => Effect::Fail(rng.between(0.4, 0.8)),
    };
    Some(Strike {
        strikes: vec![(Target::Replica(service, number), effect)],
        blame: Blame::Replica(service, number, false),
        mechanisms: vec!["bad_instance", "internal_error", "slow_service"],
        lasts: lasts(rng),
    })
}

/// One step of a slow leak; every further one makes work take longer still.
fn leak(land: &mut Landscape, rng: &mut Rng) -> Option<Strike> {
    let service = service(land, rng);
    Some(Strike {
        strikes: vec![(Target::Service(service), Effect::Slow(rng.between(1.5, 1.8)))],
        blame: Blame::Node(Node::Service(service)),
        mechanisms: vec!["slow_service", "overload", "caller_timeout"],
        lasts: None,
    })
}

/// Something that fails at once and plainly.
fn sudden(land: &mut Landscape, rng: &mut Rng) -> Option<Strike> {
    let mut strike = match rng.below(3) {
        0 => dead_service(land, rng),
        1 => throwing_service(land, rng),
        _ => failing_peer(land, PeerKind::Database, rng),
    }?;
    strike.lasts = Some(rng.between(70.0, 110.0));
    Some(strike)
}

fn bad_configuration(land: &mut Landscape, rng: &mut Rng) -> Option<Strike> {
    let edge = call_edge(land, rng);
    let caller = land.edges[edge].from;
    let mut strikes = vec![(Target::Edge(edge), Effect::Patience(millis(rng.between(3.0, 9.0))))];
    if rng.chance(0.6) {
        let version = format!("{}+cfg{}", land.services[caller].version, rng.whole(2, 9));
        strikes.push((Target::Service(caller), Effect::Rollout(version)));
    }
    Some(Strike {
        strikes,
        blame: Blame::Node(Node::Service(caller)),
        mechanisms: vec!["bad_configuration", "bad_version", "caller_timeout"],
        lasts: None,
    })
}

/// A short slowness at a service whose callers retry eagerly and which has little room.
fn retry_storm(land: &mut Landscape, rng: &mut Rng) -> Option<Strike> {
    let service = service(land, rng);
    for edge in &mut land.edges {
        if edge.to == Node::Service(service) {
            edge.retries = rng.whole(3, 5) as u32;
            edge.backoff = millis(rng.between(10.0, 60.0));
            edge.timeout = millis(rng.between(350.0, 700.0));
            edge.breaker = false;
            edge.fallback = false;
        }
    }
    land.services[service].workers = 1;
    land.services[service].backlog = 40;
    for operation in land.operations.iter_mut().filter(|operation| operation.service == service) {
        if let Some(super::landscape::Step::Work(mean, _)) = operation.steps.first_mut() {
            *mean = rng.between(120.0, 220.0);
        }
    }
    Some(Strike {
        strikes: vec![(Target::Service(service), Effect::Slow(rng.between(8.0, 15.0)))],
        blame: Blame::Node(Node::Service(service)),
        mechanisms: vec!["retry_amplification", "overload", "metastable"],
        lasts: Some(rng.between(15.0, 40.0)),
    })
}

/// Makes a service flaky behind callers that can do without it.
fn add_bystander(land: &mut Landscape, rng: &mut Rng) -> Option<String> {
    let flaky = service(land, rng);
    let callers = land.edges.iter().filter(|edge| edge.to == Node::Service(flaky)).count();
    if callers > 2 {
        return None;
    }
    for edge in land.edges.iter_mut().filter(|edge| edge.to == Node::Service(flaky)) {
        edge.fallback = true;
    }
    land.services[flaky].error_rate = rng.between(0.05, 0.25);
    Some(land.services[flaky].name.clone())
}

/// Harmless rollouts, so that a change alone proves nothing.
fn add_decoys(plan: &mut Plan, rng: &mut Rng) {
    for _ in 0..rng.below(3) {
        let service = service(&plan.landscape, rng);
        let struck = plan.faults.iter().any(|fault| match fault.target {
            Target::Service(other) | Target::Replica(other, _) => other == service,
            Target::Peer(_) | Target::Edge(_) => false,
        });
        if struck {
            continue;
        }
        let end = plan.traffic.duration;
        let from = (end as f64 * rng.between(0.1, 0.9)) as u64;
        let version = format!("{}-b{}", plan.landscape.services[service].version, rng.whole(2, 9));
        plan.faults.push(Fault {
            target: Target::Service(service),
            effect: Effect::Rollout(version),
            from,
            until: end,
        });
    }
}

fn add_losses(plan: &mut Plan, rng: &mut Rng) {
    if rng.chance(0.3) {
        plan.losses.skew = millis(rng.between(50.0, 1500.0));
    }
    if rng.chance(0.15) {
        plan.losses.dropped = rng.between(0.001, 0.02);
    }
    if rng.chance(0.12) {
        let roots: Vec<usize> = struck_services(plan);
        let blind = service(&plan.landscape, rng);
        if !roots.contains(&blind) {
            plan.landscape.services[blind].instrumented = false;
        }
    }
}

fn struck_services(plan: &Plan) -> Vec<usize> {
    let services = plan.blame.iter().map(|blame| match blame {
        Blame::Node(Node::Service(service)) => vec![*service],
        Blame::Node(Node::Peer(peer)) => {
            let callers = plan.landscape.edges.iter();
            callers.filter(|edge| edge.to == Node::Peer(*peer)).map(|edge| edge.from).collect()
        }
        Blame::Replica(service, ..) | Blame::Consumer(service, _) => vec![*service],
        Blame::Edge(edge) => vec![plan.landscape.edges[*edge].from],
    });
    services.flatten().collect()
}
