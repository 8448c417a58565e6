//! What faults at each dependency of a healthy landscape would do to its users: the truth that a
//! ranking of integration points is checked against.

use serde::Serialize;

use super::attributes::Dialect;
use super::faults::{Effect, Fault, Faults, Target};
use super::fleet::Fleet;
use super::landscape::{Landscape, Node};
use super::random::{self, Size};
use super::recording::{self, Losses, Recording};
use super::remedies;
use super::rng::Rng;
use super::simulate::{Simulation, Traffic, World};
use super::telemetry::{Fact, Nanos, SECOND};

/// How long the healthy export is.
const HEALTHY: Nanos = 300 * SECOND;
/// A fault is tried on the users of so long a time …
const TRIED: Nanos = 150 * SECOND;
/// … and lasts from here …
const FROM: Nanos = 40 * SECOND;
/// … to here.
const UNTIL: Nanos = 130 * SECOND;

/// A dependency and what became of users when it failed.
#[derive(Debug, Serialize)]
pub struct Point {
    /// Caller and callee.
    pub edge: [String; 2],
    /// By kind of fault: requests that failed beyond those that did without.
    pub harm: Vec<(&'static str, i64)>,
}

/// All dependencies of a landscape.
#[derive(Debug, Serialize)]
pub struct Harm {
    /// Requests in each run since the fault began.
    pub requests: usize,
    /// The dependencies.
    pub points: Vec<Point>,
}

/// A kind of fault: its name, and where and what it is for an edge.
type Kind = (&'static str, fn(&Landscape, usize) -> (Target, Effect));

/// On the way, and at the callee for everybody; at once, and by silence or lateness.
const KINDS: [Kind; 5] = [
    // Nothing comes back before the caller's patience ends.
    ("edge_hangs", |land, edge| (Target::Edge(edge), Effect::Delay(land.edges[edge].timeout * 10))),
    // Answers come, but late: within the caller's patience, and hardly.
    ("edge_late", |land, edge| {
        (Target::Edge(edge), Effect::Delay(land.edges[edge].timeout * 2 / 5))
    }),
    ("callee_dead", |land, edge| (callee(land, edge), Effect::Dead)),
    ("callee_failing", |land, edge| (callee(land, edge), Effect::Fail(0.8))),
    ("callee_slow", |land, edge| {
        let slow = match land.edges[edge].to {
            Node::Service(_) => 120.0,
            Node::Peer(peer) => 2000.0 / land.peers[peer].mean,
        };
        (callee(land, edge), Effect::Slow(slow))
    }),
];

fn callee(land: &Landscape, edge: usize) -> Target {
    match land.edges[edge].to {
        Node::Service(service) => Target::Service(service),
        Node::Peer(peer) => Target::Peer(peer),
    }
}

/// The traces of a healthy run of a random landscape, and the harm of each fault there, each
/// with the same users.
pub fn probe(seed: u64) -> (String, Harm) {
    let mut rng = Rng::new(seed.wrapping_mul(1_000_003));
    let rate = rng.between(1.5, 4.0);
    let size = Size { services: rng.whole(6, 18), entries: rng.whole(3, 7), replicas: 3, rate };
    let (land, _) = random::landscape(size, &mut rng);
    let fleet = Fleet::new(&land, &[], &mut rng);
    let world = World {
        landscape: &land,
        fleet: &fleet,
        faults: Faults(&[]),
        traffic: Traffic { rate, ramp: None, duration: HEALTHY },
        dialect: Dialect::Terse,
    };
    let chance = Rng::new(rng.bits());
    let healthy = Simulation::new(world, chance.clone(), Recording::default()).run(|_| false);
    let exporter = recording::exporter(&land, &fleet, &Losses::NONE, &mut rng);
    let traces = recording::write(&healthy, &exporter).traces;

    let early = |fact: &&Fact| matches!(fact, Fact::Came { at, .. } if *at < TRIED);
    let users: Vec<Fact> = healthy.facts.iter().filter(early).copied().collect();
    let since = |fact: &&Fact| matches!(fact, Fact::Came { at, .. } if *at >= FROM);
    let requests = users.iter().filter(since).count();
    let failed = |faults: &[Fault]| -> i64 {
        let traffic = Traffic { duration: TRIED, ..world.traffic };
        let world = World { faults: Faults(faults), traffic, ..world };
        let simulation = Simulation::new(world, chance.clone(), Recording::default());
        let recording = simulation.after_the_users_of(&users).run(|_| false);
        remedies::failed(&recording, FROM) as i64
    };
    let without = failed(&[]);
    let mut known: Vec<(Target, Effect, i64)> = Vec::new();
    let mut harm_of = |target: Target, effect: Effect| {
        let same = known.iter().find(|(t, e, _)| *t == target && *e == effect);
        if let Some((_, _, harm)) = same {
            return *harm;
        }
        let fault = Fault { target, effect: effect.clone(), from: FROM, until: UNTIL };
        let harm = failed(&[fault]) - without;
        known.push((target, effect, harm));
        harm
    };
    let points = land.edges.iter().enumerate().map(|(index, edge)| {
        let harm = KINDS.iter().map(|(name, place)| {
            let (target, effect) = place(&land, index);
            (*name, harm_of(target, effect))
        });
        let names = [Node::Service(edge.from), edge.to].map(|node| land.name(node).to_owned());
        Point { edge: names, harm: harm.collect() }
    });
    let points = points.collect();
    (traces, Harm { requests, points })
}
