//! The running instances of a landscape and the resources that they export under.

use super::faults::{Effect, Fault, Target};
use super::landscape::Landscape;
use super::rng::Rng;
use super::telemetry::{Attributes, Nanos};

/// One process: what its telemetry says about where it comes from.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Index of the service.
    pub service: usize,
    /// `service.version`.
    pub version: String,
    /// `service.instance.id`.
    pub instance: String,
    /// `k8s.pod.name`.
    pub pod: String,
    /// Index of the host.
    pub host: usize,
}

/// One instance; a rollout replaces its process.
#[derive(Debug, Clone)]
pub struct Replica {
    /// Index of the service.
    pub service: usize,
    /// Which of the service's instances it is.
    pub number: usize,
    /// Its processes in order, each with its start.
    pub processes: Vec<(Nanos, usize)>,
}

/// All instances.
#[derive(Debug, Clone, Default)]
pub struct Fleet {
    /// Processes.
    pub resources: Vec<Resource>,
    /// Instances.
    pub replicas: Vec<Replica>,
    /// Instances of each service.
    pub of_service: Vec<Vec<usize>>,
    /// Names of the hosts.
    pub hosts: Vec<String>,
}

impl Fleet {
    /// Starts every instance; rollouts among the faults add processes.
    pub fn new(landscape: &Landscape, faults: &[Fault], rng: &mut Rng) -> Self {
        let hosts = (0..3 + landscape.services.len() / 4).map(|_| format!("node-{}", code(rng, 5)));
        let mut fleet = Self { hosts: hosts.collect(), ..Self::default() };
        for (index, service) in landscape.services.iter().enumerate() {
            let set = code(rng, 9);
            let mut replicas = Vec::new();
            for number in 0..service.replicas {
                let first = fleet.start(index, &service.name, &service.version, &set, rng);
                let mut processes = vec![(0, first)];
                for fault in faults {
                    let here = fault.target == Target::Replica(index, number)
                        || fault.target == Target::Service(index);
                    if let (Effect::Rollout(version), true) = (&fault.effect, here) {
                        let next = fleet.start(index, &service.name, version, &code(rng, 9), rng);
                        processes.push((fault.from, next));
                    }
                }
                replicas.push(fleet.replicas.len());
                fleet.replicas.push(Replica { service: index, number, processes });
            }
            fleet.of_service.push(replicas);
        }
        fleet
    }

    /// The resource under which an instance exports at a time.
    pub fn resource(&self, replica: usize, now: Nanos) -> usize {
        let processes = &self.replicas[replica].processes;
        let current = processes.iter().rev().find(|(start, _)| *start <= now);
        current.unwrap_or(&processes[0]).1
    }

    /// The attributes of a resource.
    pub fn attributes<'a>(&'a self, resource: usize, landscape: &'a Landscape) -> Attributes<'a> {
        let resource = &self.resources[resource];
        let service = &landscape.services[resource.service];
        vec![
            ("service.name", service.name.as_str().into()),
            ("service.namespace", service.team.as_str().into()),
            ("service.version", resource.version.as_str().into()),
            ("service.instance.id", resource.instance.as_str().into()),
            ("k8s.pod.name", resource.pod.as_str().into()),
            ("k8s.namespace.name", service.team.as_str().into()),
            ("host.name", self.hosts[resource.host].as_str().into()),
            ("deployment.environment.name", "production".into()),
            ("telemetry.sdk.name", "opentelemetry".into()),
            ("telemetry.sdk.language", service.language.id().into()),
        ]
    }

    fn start(
        &mut self,
        service: usize,
        name: &str,
        version: &str,
        set: &str,
        rng: &mut Rng,
    ) -> usize {
        let (high, low) = (rng.bits(), rng.bits());
        let instance = format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        );
        self.resources.push(Resource {
            service,
            version: version.into(),
            instance,
            pod: format!("{name}-{set}-{}", code(rng, 5)),
            host: rng.below(self.hosts.len()),
        });
        self.resources.len() - 1
    }
}

/// A random suffix as Kubernetes writes it.
fn code(rng: &mut Rng, length: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    (0..length).map(|_| char::from(*rng.pick(LETTERS))).collect()
}
