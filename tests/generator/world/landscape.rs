//! The services of a system, what they do, and how they call one another: plain data.

use super::telemetry::{Nanos, millis, seconds};

/// How a service is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP with routes.
    Http,
    /// gRPC.
    Grpc,
}

/// The language of a service decides its scopes, and Python still speaks old conventions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Java.
    Java,
    /// Go.
    Go,
    /// Node.js.
    NodeJs,
    /// Python.
    Python,
}

impl Language {
    /// `telemetry.sdk.language`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Java => "java",
            Self::Go => "go",
            Self::NodeJs => "nodejs",
            Self::Python => "python",
        }
    }
}

/// A service and its capacity.
#[derive(Debug, Clone)]
pub struct Service {
    /// `service.name`.
    pub name: String,
    /// `service.namespace`, the team.
    pub team: String,
    /// Language.
    pub language: Language,
    /// How others call it.
    pub protocol: Protocol,
    /// `service.version`.
    pub version: String,
    /// Number of instances.
    pub replicas: usize,
    /// Requests that one instance works on at a time.
    pub workers: usize,
    /// Requests that may wait at one instance.
    pub backlog: usize,
    /// Chance of a request to fail for no reason at all.
    pub error_rate: f64,
    /// Whether it exports telemetry.
    pub instrumented: bool,
}

/// What a node without spans of its own is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerKind {
    /// PostgreSQL.
    Database,
    /// Redis.
    Cache,
    /// A third party on the internet.
    External,
}

/// A database, cache or third party.
#[derive(Debug, Clone)]
pub struct Peer {
    /// `server.address`.
    pub name: String,
    /// What it is.
    pub kind: PeerKind,
    /// `db.namespace`, empty when it has none.
    pub namespace: String,
    /// Requests that it works on at a time.
    pub slots: usize,
    /// Mean time of a request in milliseconds.
    pub mean: f64,
    /// Share of look-ups that a cache answers.
    pub hit_rate: f64,
}

/// A queue between services.
#[derive(Debug, Clone)]
pub struct Topic {
    /// `messaging.destination.name`.
    pub name: String,
    /// The operation that processes its messages.
    pub consumer: usize,
    /// Whether processing starts a trace of its own with a link, or goes on in the sender's.
    pub linked: bool,
}

/// Either end of a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// A service by index.
    Service(usize),
    /// A peer by index.
    Peer(usize),
}

/// How a service treats one of its dependencies.
#[derive(Debug, Clone)]
pub struct Edge {
    /// The calling service.
    pub from: usize,
    /// What it calls.
    pub to: Node,
    /// Patience for one attempt.
    pub timeout: Nanos,
    /// Further attempts after the first.
    pub retries: u32,
    /// Pause before the first retry; doubles with every further one.
    pub backoff: Nanos,
    /// Whether a breaker opens after consecutive failures.
    pub breaker: bool,
    /// Whether the caller can do without.
    pub fallback: bool,
    /// Connections of one instance, if limited.
    pub pool: Option<usize>,
    /// Whether a call without a connection fails at once instead of waiting for one.
    pub refuses: bool,
    /// Whether the callee is addressed by its cluster domain name.
    pub qualified: bool,
}

/// When a call is made at all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Chance {
    /// In this share of requests.
    Share(f64),
    /// When this cache (a peer) does not have the answer.
    Miss(usize),
}

/// What a call asks for.
#[derive(Debug, Clone)]
pub enum Request {
    /// An operation of a service, by index.
    Operation(usize),
    /// A statement, command or path at a peer, and a low-cardinality name for it.
    Statement {
        /// Span name.
        name: String,
        /// Query text or path.
        text: String,
    },
}

/// One call that an operation makes.
#[derive(Debug, Clone)]
pub struct Call {
    /// Index of the edge.
    pub edge: usize,
    /// What is asked for.
    pub request: Request,
    /// When it is made.
    pub chance: Chance,
}

/// One step of an operation.
#[derive(Debug, Clone)]
pub enum Step {
    /// Local work of this mean in milliseconds, in an INTERNAL span if it has a name.
    Work(f64, Option<String>),
    /// Calls made at once; the step ends with the last of them.
    Calls(Vec<Call>),
    /// A message sent to a topic, by index.
    Send(usize),
    /// Fails when the oldest message of the topic waits longer than this.
    Fresh(usize, Nanos),
}

/// How an operation is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// By a call with this method and route.
    Call {
        /// HTTP method, or the gRPC service.
        method: String,
        /// HTTP route, or the gRPC method.
        route: String,
    },
    /// By a message of this topic.
    Message(usize),
}

/// Something a service does.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Index of the service.
    pub service: usize,
    /// How it is reached.
    pub trigger: Trigger,
    /// What it does.
    pub steps: Vec<Step>,
    /// Template of its INFO log; see `logs`.
    pub log: String,
    /// Share of requests answered with 404.
    pub not_found: f64,
}

/// A whole system.
#[derive(Debug, Clone, Default)]
pub struct Landscape {
    /// Services.
    pub services: Vec<Service>,
    /// Operations of all services.
    pub operations: Vec<Operation>,
    /// Databases, caches and third parties.
    pub peers: Vec<Peer>,
    /// Queues.
    pub topics: Vec<Topic>,
    /// Dependencies.
    pub edges: Vec<Edge>,
    /// Operations that users call, and their weights.
    pub entries: Vec<(usize, f64)>,
}

impl Edge {
    fn new(from: usize, to: Node) -> Self {
        Self {
            from,
            to,
            timeout: seconds(2.0),
            retries: 0,
            backoff: millis(50.0),
            breaker: false,
            fallback: false,
            pool: None,
            refuses: false,
            qualified: false,
        }
    }

    /// Sets the patience in milliseconds.
    pub fn timeout(&mut self, milliseconds: f64) -> &mut Self {
        self.timeout = millis(milliseconds);
        self
    }

    /// Sets the number of retries and the first pause in milliseconds.
    pub fn retries(&mut self, count: u32, backoff: f64) -> &mut Self {
        self.retries = count;
        self.backoff = millis(backoff);
        self
    }
}

impl Landscape {
    /// The index of a service.
    pub fn service(&self, name: &str) -> usize {
        let found = self.services.iter().position(|service| service.name == name);
        found.unwrap_or_else(|| panic!("the landscape has no service {name}"))
    }

    /// The index of a peer.
    pub fn peer(&self, name: &str) -> usize {
        let found = self.peers.iter().position(|peer| peer.name == name);
        found.unwrap_or_else(|| panic!("the landscape has no peer {name}"))
    }

    /// The index of the edge between two nodes, added with ordinary settings when new.
    pub fn edge_between(&mut self, from: usize, to: Node) -> usize {
        let known = |edge: &Edge| edge.from == from && edge.to == to;
        self.edges.iter().position(known).unwrap_or_else(|| {
            self.edges.push(Edge::new(from, to));
            self.edges.len() - 1
        })
    }

    /// The settings of an edge between two named nodes.
    pub fn edge(&mut self, from: &str, to: &str) -> &mut Edge {
        let from = self.service(from);
        let peer = self.peers.iter().position(|peer| peer.name == to);
        let to = peer.map_or_else(|| Node::Service(self.service(to)), Node::Peer);
        let index = self.edge_between(from, to);
        &mut self.edges[index]
    }

    /// The name of a node.
    pub fn name(&self, node: Node) -> &str {
        match node {
            Node::Service(index) => &self.services[index].name,
            Node::Peer(index) => &self.peers[index].name,
        }
    }

    /// The span name of an operation on its serving side.
    pub fn span_name(&self, operation: usize) -> String {
        let operation = &self.operations[operation];
        match &operation.trigger {
            Trigger::Message(topic) => format!("process {}", self.topics[*topic].name),
            Trigger::Call { method, route } => match self.services[operation.service].protocol {
                Protocol::Http => format!("{method} {route}"),
                Protocol::Grpc => format!("{method}/{route}"),
            },
        }
    }
}
