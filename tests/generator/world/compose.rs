//! Composing a landscape by names, callees before callers.

use super::landscape::{
    Call, Chance, Landscape, Language, Node, Operation, Peer, PeerKind, Protocol, Request, Service,
    Step, Topic, Trigger,
};
use super::telemetry::seconds;

/// A step whose callees are still names.
#[derive(Debug, Clone)]
pub enum Plan {
    /// Local work in milliseconds.
    Work(f64),
    /// Local work in an INTERNAL span of this name.
    Inner(&'static str, f64),
    /// A call to a service's operation by route.
    Call(String, String),
    /// Several at once.
    Together(Vec<Plan>),
    /// A call in a share of requests.
    Sometimes(f64, Box<Plan>),
    /// A look-up in a cache and, when it misses, a call.
    Cached(String, Box<Plan>),
    /// A statement at a database, a command at a cache, or a request to a third party.
    Ask(String, String),
    /// A message to a topic.
    Send(String),
    /// Refuses when the topic lags more than these seconds.
    Fresh(String, f64),
}

/// A call to `service` at `route`.
pub fn call(service: &str, route: &str) -> Plan {
    Plan::Call(service.into(), route.into())
}

/// A request to a peer.
pub fn ask(peer: &str, text: &str) -> Plan {
    Plan::Ask(peer.into(), text.into())
}

/// What a new service looks like apart from its name and team.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Language.
    pub language: Language,
    /// Protocol.
    pub protocol: Protocol,
    /// Instances.
    pub replicas: usize,
    /// Workers of an instance.
    pub workers: usize,
    /// Length of an instance's queue.
    pub backlog: usize,
}

impl Landscape {
    /// Adds a service.
    pub fn add_service(&mut self, name: &str, team: &str, shape: Shape) -> usize {
        let count = self.services.len();
        self.services.push(Service {
            name: name.into(),
            team: team.into(),
            language: shape.language,
            protocol: shape.protocol,
            version: format!("{}.{}.{}", 1 + count % 4, (count * 7) % 23, count % 5),
            replicas: shape.replicas,
            workers: shape.workers,
            backlog: shape.backlog,
            error_rate: 0.0015,
            instrumented: true,
        });
        count
    }

    /// Adds a peer with room for `slots` requests of `mean` milliseconds each.
    pub fn add_peer(&mut self, name: &str, kind: PeerKind, slots: usize, mean: f64) -> usize {
        let namespace = match kind {
            PeerKind::Database => name.trim_end_matches("-db").replace('-', "_"),
            PeerKind::Cache => "0".into(),
            PeerKind::External => String::new(),
        };
        self.peers.push(Peer {
            name: name.into(),
            kind,
            namespace,
            slots,
            mean,
            hit_rate: if kind == PeerKind::Cache { 0.85 } else { 1.0 },
        });
        self.peers.len() - 1
    }

    /// Adds a topic and the operation that consumes it.
    pub fn add_topic(&mut self, name: &str, consumer: &str, linked: bool, plans: &[Plan]) {
        let topic = self.topics.len();
        let consumer = self.service(consumer);
        // The topic must exist before its own operation is resolved.
        self.topics.push(Topic { name: name.into(), consumer: self.operations.len(), linked });
        let log = "Processed message for order {order} from partition {small} in {ms} ms";
        self.push_operation(consumer, Trigger::Message(topic), log, plans);
    }

    /// Adds an operation that answers calls.
    pub fn add_operation(
        &mut self,
        service: &str,
        (method, route): (&str, &str),
        log: &str,
        plans: &[Plan],
    ) -> usize {
        let trigger = Trigger::Call { method: method.into(), route: route.into() };
        let service = self.service(service);
        self.push_operation(service, trigger, log, plans)
    }

    fn push_operation(
        &mut self,
        service: usize,
        trigger: Trigger,
        log: &str,
        plans: &[Plan],
    ) -> usize {
        let steps = plans.iter().flat_map(|plan| self.resolve(service, plan)).collect();
        self.operations.push(Operation {
            service,
            trigger,
            steps,
            log: log.into(),
            not_found: 0.0,
        });
        self.operations.len() - 1
    }

    fn resolve(&mut self, from: usize, plan: &Plan) -> Vec<Step> {
        match plan {
            Plan::Work(mean) => vec![Step::Work(*mean, None)],
            Plan::Inner(name, mean) => vec![Step::Work(*mean, Some((*name).into()))],
            Plan::Send(topic) => vec![Step::Send(self.topic(topic))],
            Plan::Fresh(topic, limit) => vec![Step::Fresh(self.topic(topic), seconds(*limit))],
            Plan::Cached(cache, otherwise) => {
                let lookup = self.resolve_call(from, &ask(cache, "GET {key}"), 1.0);
                let mut fetch = self.resolve_call(from, otherwise, 1.0);
                fetch.chance = Chance::Miss(self.peer(cache));
                vec![Step::Calls(vec![lookup]), Step::Calls(vec![fetch])]
            }
            Plan::Together(plans) => {
                let calls = plans.iter().map(|plan| self.resolve_call(from, plan, 1.0));
                vec![Step::Calls(calls.collect())]
            }
            single => vec![Step::Calls(vec![self.resolve_call(from, single, 1.0)])],
        }
    }

    fn resolve_call(&mut self, from: usize, plan: &Plan, share: f64) -> Call {
        let (to, request) = match plan {
            Plan::Sometimes(share, inner) => return self.resolve_call(from, inner, *share),
            Plan::Call(service, route) => {
                let service = self.service(service);
                let matches = |operation: &Operation| {
                    operation.service == service
                        && matches!(&operation.trigger, Trigger::Call { route: known, .. } if known == route)
                };
                let found = self.operations.iter().position(matches);
                let operation = found.unwrap_or_else(|| panic!("no operation answers {route}"));
                (Node::Service(service), Request::Operation(operation))
            }
            Plan::Ask(peer, text) => {
                let peer = self.peer(peer);
                let name = statement_name(&self.peers[peer], text);
                let text = text.clone();
                (Node::Peer(peer), Request::Statement { name, text })
            }
            other => panic!("{other:?} is not a call"),
        };
        Call { edge: self.edge_between(from, to), request, chance: Chance::Share(share) }
    }

    fn topic(&self, name: &str) -> usize {
        let found = self.topics.iter().position(|topic| topic.name == name);
        found.unwrap_or_else(|| panic!("the landscape has no topic {name}"))
    }
}

/// `SELECT orders` for a query, the command for a cache, the method for a third party.
fn statement_name(peer: &Peer, text: &str) -> String {
    let mut words = text.split_whitespace();
    let verb = words.next().unwrap_or("GET");
    match peer.kind {
        PeerKind::Database => {
            let table =
                words.skip_while(|word| !matches!(*word, "FROM" | "INTO" | "UPDATE")).nth(1);
            match table.or_else(|| text.split_whitespace().nth(1)) {
                Some(table) => format!("{verb} {table}"),
                None => verb.to_owned(),
            }
        }
        PeerKind::Cache | PeerKind::External => verb.to_owned(),
    }
}
