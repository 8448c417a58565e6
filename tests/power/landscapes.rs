//! Pairs of runs from the simulator of incidents, in which nothing goes wrong: random landscapes of
//! services, stores, caches, third parties and queues, with pools, retries, breakers, fallbacks,
//! pauses, background errors, and users who come at random. Their exports are read as files are.

use std::fs;

use tracefall::analysis::{Settings, summarize};
use tracefall::compare::{Run, Runs};
use tracefall::ingest::load;

use crate::pair::Pair;
use crate::world::attributes::Dialect;
use crate::world::faults::{Effect, Fault, Faults, Target};
use crate::world::fleet::Fleet;
use crate::world::landscape::Landscape;
use crate::world::random::{self, Size};
use crate::world::recording::{self, Losses, Recording};
use crate::world::rng::Rng;
use crate::world::simulate::{Simulation, Traffic, World};
use crate::world::telemetry::{Nanos, SECOND};

/// How long a run lasts.
const DURATION: Nanos = 300 * SECOND;

/// What is different in the new run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Planted {
    /// Nothing.
    Nothing,
    /// Every service and whatever it asks takes so many times as long.
    Slower(f64),
    /// The gateway fails so large a share of its requests.
    Failing(f64),
}

/// A reference of so many runs of one landscape, and a new run of it.
pub fn pair(seed: u64, references: usize, planted: Planted) -> Pair {
    let mut rng = Rng::new(seed.wrapping_mul(1_000_003));
    let rate = rng.between(4.0, 12.0);
    let size = Size { services: rng.whole(6, 18), entries: rng.whole(3, 7), replicas: 3, rate };
    let (land, _) = random::landscape(size, &mut rng);
    let mut run = |faults: &[Fault]| Run {
        label: "a run".to_owned(),
        summary: run(&land, faults, rate, &mut rng),
    };
    let reference: Runs = (0..references).map(|_| run(&[])).collect();
    Pair { reference, new: run(&faults(&land, planted)) }
}

fn faults(land: &Landscape, planted: Planted) -> Vec<Fault> {
    let throughout = |target, effect: &Effect| Fault {
        target,
        effect: effect.clone(),
        from: 0,
        until: Nanos::MAX,
    };
    match planted {
        Planted::Nothing => Vec::new(),
        Planted::Slower(times) => {
            let services = (0..land.services.len()).map(Target::Service);
            let all = services.chain((0..land.peers.len()).map(Target::Peer));
            all.map(|target| throughout(target, &Effect::Slow(times))).collect()
        }
        Planted::Failing(share) => {
            let gateway = land.operations[land.entries[0].0].service;
            vec![throughout(Target::Service(gateway), &Effect::Fail(share))]
        }
    }
}

/// A run, from users to a summary. Each starts its processes anew.
fn run(
    land: &Landscape,
    faults: &[Fault],
    rate: f64,
    rng: &mut Rng,
) -> tracefall::summary::Summary {
    let fleet = Fleet::new(land, faults, rng);
    let world = World {
        landscape: land,
        fleet: &fleet,
        faults: Faults(faults),
        traffic: Traffic { rate, ramp: None, duration: DURATION },
        dialect: Dialect::Terse,
    };
    let chance = Rng::new(rng.bits());
    let recording = Simulation::new(world, chance, Recording::default()).run(|_| false);
    let exporter = recording::exporter(land, &fleet, &Losses::NONE, rng);
    let files = recording::write(&recording, &exporter);
    let folder = tempfile::tempdir().expect("a folder for the export");
    let [traces, logs] = ["traces.jsonl", "logs.jsonl"].map(|name| folder.path().join(name));
    fs::write(&traces, files.traces).expect("room for the export");
    fs::write(&logs, files.logs).expect("room for the export");
    let loaded = load(&[traces, logs], 4, &()).expect("there are paths and threads");
    summarize(loaded.telemetry, &Settings::default()).expect("nothing was spilled")
}
