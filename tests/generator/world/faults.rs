//! What goes wrong, where and when.

use super::telemetry::Nanos;

/// Where a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Every instance of a service.
    Service(usize),
    /// One instance of a service.
    Replica(usize, usize),
    /// A database, cache or third party.
    Peer(usize),
    /// One dependency, on its caller's side.
    Edge(usize),
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// The process is gone: connections are refused, work in progress is lost.
    Dead,
    /// Work takes this many times longer.
    Slow(f64),
    /// Requests fail with this probability: an exception in a service, an error of a peer.
    Fail(f64),
    /// Requests get no answer at all with this probability.
    Hang(f64),
    /// From now on the instance runs this version, in a new pod.
    Rollout(String),
    /// The network takes this much longer, each way.
    Delay(Nanos),
    /// The caller's patience is set to this.
    Patience(Nanos),
    /// The caller's connections are limited to this.
    Pool(usize),
    /// The cache has forgotten everything.
    Cold,
    /// Consumers take no further messages.
    Stalled,
}

/// A fault: an effect at a place for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Where.
    pub target: Target,
    /// What.
    pub effect: Effect,
    /// Start.
    pub from: Nanos,
    /// End; a rollout or a retry storm may outlast it.
    pub until: Nanos,
}

/// All faults of a run. There are few, so every look-up walks the list.
#[derive(Debug, Clone, Copy)]
pub struct Faults<'a>(pub &'a [Fault]);

impl<'a> Faults<'a> {
    fn active(self, now: Nanos) -> impl Iterator<Item = &'a Fault> {
        self.0.iter().filter(move |fault| fault.from <= now && now < fault.until)
    }

    fn at_replica(
        self,
        service: usize,
        replica: usize,
        now: Nanos,
    ) -> impl Iterator<Item = &'a Effect> {
        let hit = move |fault: &&Fault| {
            fault.target == Target::Service(service)
                || fault.target == Target::Replica(service, replica)
        };
        self.active(now).filter(hit).map(|fault| &fault.effect)
    }

    fn at_peer(self, peer: usize, now: Nanos) -> impl Iterator<Item = &'a Effect> {
        let hit = move |fault: &&Fault| fault.target == Target::Peer(peer);
        self.active(now).filter(hit).map(|fault| &fault.effect)
    }

    fn at_edge(self, edge: usize, now: Nanos) -> impl Iterator<Item = &'a Effect> {
        let hit = move |fault: &&Fault| fault.target == Target::Edge(edge);
        self.active(now).filter(hit).map(|fault| &fault.effect)
    }

    /// Whether an instance is down.
    pub fn dead(self, service: usize, replica: usize, now: Nanos) -> bool {
        self.at_replica(service, replica, now).any(|effect| *effect == Effect::Dead)
    }

    /// Whether an instance takes no messages.
    pub fn stalled(self, service: usize, replica: usize, now: Nanos) -> bool {
        self.at_replica(service, replica, now)
            .any(|effect| matches!(effect, Effect::Stalled | Effect::Dead))
    }

    /// How many times longer work takes at an instance.
    pub fn slowness(self, service: usize, replica: usize, now: Nanos) -> f64 {
        product(self.at_replica(service, replica, now))
    }

    /// How likely a request at an instance throws.
    pub fn throws(self, service: usize, replica: usize, now: Nanos) -> f64 {
        largest(self.at_replica(service, replica, now), failing)
    }

    /// How many times longer a peer takes.
    pub fn peer_slowness(self, peer: usize, now: Nanos) -> f64 {
        product(self.at_peer(peer, now))
    }

    /// How likely a peer answers with an error.
    pub fn peer_fails(self, peer: usize, now: Nanos) -> f64 {
        largest(self.at_peer(peer, now), failing)
    }

    /// How likely a peer never answers.
    pub fn peer_hangs(self, peer: usize, now: Nanos) -> f64 {
        largest(self.at_peer(peer, now), |effect| match effect {
            Effect::Hang(chance) => *chance,
            _ => 0.0,
        })
    }

    /// Whether a peer refuses connections.
    pub fn peer_dead(self, peer: usize, now: Nanos) -> bool {
        self.at_peer(peer, now).any(|effect| *effect == Effect::Dead)
    }

    /// Whether a cache is cold.
    pub fn cold(self, peer: usize, now: Nanos) -> bool {
        self.at_peer(peer, now).any(|effect| *effect == Effect::Cold)
    }

    /// What the network adds to an edge, each way.
    pub fn delay(self, edge: usize, now: Nanos) -> Nanos {
        let delay = |effect: &Effect| match effect {
            Effect::Delay(extra) => *extra,
            _ => 0,
        };
        self.at_edge(edge, now).map(delay).sum()
    }

    /// The patience that a bad configuration sets on an edge.
    pub fn patience(self, edge: usize, now: Nanos) -> Option<Nanos> {
        self.at_edge(edge, now).find_map(|effect| match effect {
            Effect::Patience(timeout) => Some(*timeout),
            _ => None,
        })
    }

    /// The connections that a bad configuration leaves on an edge.
    pub fn pool(self, edge: usize, now: Nanos) -> Option<usize> {
        self.at_edge(edge, now).find_map(|effect| match effect {
            Effect::Pool(size) => Some(*size),
            _ => None,
        })
    }
}

fn failing(effect: &Effect) -> f64 {
    match effect {
        Effect::Fail(chance) => *chance,
        _ => 0.0,
    }
}

fn product<'a>(effects: impl Iterator<Item = &'a Effect>) -> f64 {
    effects
        .map(|effect| match effect {
            Effect::Slow(factor) => *factor,
            _ => 1.0,
        })
        .product()
}

fn largest<'a>(effects: impl Iterator<Item = &'a Effect>, chance: impl Fn(&Effect) -> f64) -> f64 {
    effects.map(chance).fold(0.0, f64::max)
}
