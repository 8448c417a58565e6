//! From the plan of an incident to its files and its truth, tried until it does what it says.

use super::attributes::Dialect;
use super::faults::{Fault, Faults};
use super::fleet::Fleet;
use super::landscape::{Landscape, Node, PeerKind};
use super::otlp::Exporter;
use super::recording::{self, Files, Losses, Recording};
use super::remedies::{self, Remedy};
use super::rng::Rng;
use super::simulate::{Simulation, Traffic, World};
use super::telemetry::{Kind, Nanos, SECOND};
use super::truth::{self, Contained, Harm, Root, Truth};

/// Attempts with other sub-seeds before a plan is given up.
const ATTEMPTS: u64 = 40;

/// So many runs tell what a remedy does.
pub const AGAIN: usize = 5;

/// What is to blame.
#[derive(Debug, Clone)]
pub enum Blame {
    /// A service or peer.
    Node(Node),
    /// One instance of a service, and whether its version is the reason.
    Replica(usize, usize, bool),
    /// A dependency.
    Edge(usize),
    /// A service that consumes a topic; naming the topic is right as well.
    Consumer(usize, usize),
}

/// All that defines a run but its random numbers.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Name of the scenario.
    pub name: String,
    /// The services.
    pub landscape: Landscape,
    /// What goes wrong; also faults that do no harm.
    pub faults: Vec<Fault>,
    /// The load.
    pub traffic: Traffic,
    /// What collection loses.
    pub losses: Losses,
    /// When the cause sets in; none when nothing is wrong.
    pub onset: Option<Nanos>,
    /// What is to blame.
    pub blame: Vec<Blame>,
    /// Services that are sick all the time.
    pub bystanders: Vec<String>,
    /// Mechanisms that describe it.
    pub mechanisms: Vec<&'static str>,
    /// Whether users wait longer, but are served.
    pub only_slow: bool,
    /// What is tried to contain it.
    pub remedies: Vec<Remedy>,
}

impl Plan {
    /// A plan in which nothing happens.
    pub fn quiet(name: &str, landscape: Landscape, rate: f64, duration: f64) -> Self {
        Self {
            name: name.into(),
            landscape,
            faults: Vec::new(),
            traffic: Traffic { rate, ramp: None, duration: (duration * SECOND as f64) as Nanos },
            losses: Losses::NONE,
            onset: None,
            blame: Vec::new(),
            bystanders: Vec::new(),
            mechanisms: Vec::new(),
            only_slow: false,
            remedies: Vec::new(),
        }
    }
}

/// A run that did what its plan says.
#[derive(Debug)]
pub struct Produced {
    /// The export.
    pub files: Files,
    /// What is true of it.
    pub truth: Truth,
    /// How much it hurt.
    pub harm: Harm,
    /// Exported spans.
    pub spans: usize,
}

/// Runs plans drawn from `seed` until one is an incident, or calm, as it says.
pub fn produce(seed: u64, mut draw: impl FnMut(&mut Rng) -> Plan) -> Result<Produced, String> {
    let mut last = String::new();
    for attempt in 0..ATTEMPTS {
        let mut rng = Rng::new(seed.wrapping_mul(1_000_003).wrapping_add(attempt));
        let plan = draw(&mut rng);
        let produced = run(&plan, seed, &mut rng);
        let harm = produced.harm;
        let wanted = match plan.onset {
            Some(_) if plan.only_slow => harm.is_slowness(&produced.truth.slower),
            Some(_) => harm.is_incident(),
            None => harm.is_calm(),
        };
        if wanted {
            return Ok(produced);
        }
        last = format!("{}: {harm:?}", plan.name);
    }
    Err(format!("no run out of {ATTEMPTS} did what was planned; the last was {last}"))
}

fn run(plan: &Plan, seed: u64, rng: &mut Rng) -> Produced {
    let landscape = &plan.landscape;
    let fleet = Fleet::new(landscape, &plan.faults, rng);
    let world = World {
        landscape,
        fleet: &fleet,
        faults: Faults(&plan.faults),
        traffic: plan.traffic,
        dialect: Dialect::Terse,
    };
    let chance = Rng::new(rng.bits());
    let simulation = Simulation::new(world, chance.clone(), Recording::default());
    let mut recording = simulation.run(|_| false);
    let containment = contain(plan, world, &chance, &recording);
    plan.losses.apply(&mut recording, rng);
    let exporter = recording::exporter(landscape, &fleet, &plan.losses, rng);
    let middle = plan.traffic.duration / 2;
    Produced {
        truth: Truth { containment, ..tell(plan, seed, &fleet, &recording, &exporter) },
        harm: Harm::count(&recording.spans, plan.onset.unwrap_or(middle)),
        files: recording::write(&recording, &exporter),
        spans: recording.spans.len(),
    }
}

/// Runs the plan again, with each of its remedies in place and without any. A storm tips over or
/// not by chance, so that is done several times, each time with the same users and chance.
fn contain(
    plan: &Plan,
    world: World<'_>,
    chance: &Rng,
    recording: &Recording<'_>,
) -> Vec<Contained> {
    let Some(onset) = plan.onset.filter(|_| !plan.remedies.is_empty()) else { return Vec::new() };
    let failed = |landscape: &Landscape| -> usize {
        let mut chance = chance.clone();
        let runs = (0..AGAIN).map(|_| {
            let world = World { landscape, ..world };
            let simulation = Simulation::new(world, Rng::new(chance.bits()), Recording::default());
            let simulation = simulation.after_the_users_of(&recording.facts);
            remedies::failed(&simulation.run(|_| false), onset)
        });
        runs.sum()
    };
    let before = failed(&plan.landscape);
    let healthy: Vec<_> = recording.spans.iter().filter(|span| span.end < onset).collect();
    let tried = plan.remedies.iter().map(|remedy| {
        let mut landscape = plan.landscape.clone();
        let setting = remedy.apply(&mut landscape, &healthy);
        remedy.contained(setting, before, failed(&landscape))
    });
    tried.collect()
}

fn tell(
    plan: &Plan,
    seed: u64,
    fleet: &Fleet,
    recording: &Recording<'_>,
    exporter: &Exporter,
) -> Truth {
    let impacted = plan.onset.map(|onset| match plan.only_slow {
        true => truth::slower(&recording.spans, onset, |span| {
            let service = fleet.resources[span.resource].service;
            (span.kind == Kind::Server).then(|| plan.landscape.services[service].name.as_str())
        }),
        false => truth::impacted(recording, &plan.landscape, onset),
    });
    let slower = plan.onset.map(|onset| {
        truth::slower(&recording.spans, onset, |span| {
            truth::is_entry(span).then_some(span.name.as_ref())
        })
    });
    Truth {
        scenario: plan.name.clone(),
        seed,
        verdict: if plan.onset.is_some() { "incident" } else { "no_incident" }.into(),
        roots: plan.blame.iter().map(|blame| root(blame, plan, fleet)).collect(),
        onset: plan.onset.map(|onset| truth::rfc3339(exporter, onset)),
        bystanders: plan.bystanders.clone(),
        impacted: impacted.unwrap_or_default(),
        entries: truth::entries(&recording.spans, exporter, plan.onset.unwrap_or(0)),
        slower: slower.unwrap_or_default(),
        mechanisms: plan.mechanisms.iter().map(|&name| name.into()).collect(),
        containment: Vec::new(),
    }
}

fn root(blame: &Blame, plan: &Plan, fleet: &Fleet) -> Root {
    let landscape = &plan.landscape;
    match blame {
        Blame::Node(node) => node_root(*node, landscape),
        Blame::Replica(service, number, versioned) => {
            let replica = fleet.of_service[*service][*number];
            let resource = &fleet.resources[fleet.resource(replica, Nanos::MAX)];
            Root {
                version: versioned.then(|| resource.version.clone()),
                instance: Some(resource.instance.clone()),
                ..node_root(Node::Service(*service), landscape)
            }
        }
        Blame::Edge(edge) => {
            let edge = &landscape.edges[*edge];
            let names =
                [Node::Service(edge.from), edge.to].map(|node| landscape.name(node).to_owned());
            Root {
                kind: "edge".into(),
                accept: names.to_vec(),
                edge: Some(names),
                ..node_root(edge.to, landscape)
            }
        }
        Blame::Consumer(service, topic) => {
            let mut root = node_root(Node::Service(*service), landscape);
            root.accept.push(landscape.topics[*topic].name.clone());
            root
        }
    }
}

fn node_root(node: Node, landscape: &Landscape) -> Root {
    let (kind, namespace) = match node {
        Node::Service(service) => ("service", Some(landscape.services[service].team.clone())),
        Node::Peer(peer) => match landscape.peers[peer].kind {
            PeerKind::Database => ("database", None),
            PeerKind::Cache => ("cache", None),
            PeerKind::External => ("external", None),
        },
    };
    let name = landscape.name(node).to_owned();
    Root {
        kind: kind.into(),
        accept: vec![name.clone()],
        name,
        namespace,
        edge: None,
        version: None,
        instance: None,
    }
}
