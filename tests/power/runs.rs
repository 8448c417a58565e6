//! Runs of a small system, drawn straight into records: pairs with known differences.
//!
//! An edge is a gateway's call to one of its services, which work by themselves or ask a store.
//! Times are log-normal, failures are retried once, requests come at random. What the generator
//! of incidents simulates (queues, pools, breakers) is left out here: the question is not whether
//! a cascade is understood but how often chance is taken for a change.

use tracefall::compare::Run;
use tracefall::model::{
    Cause, Nanos, Partition, Peer, PeerId, PeerKind, Resource, ResourceId, SpanFlags, SpanId,
    SpanKind, SpanRecord, SpanStatus, Sym, Tables, Telemetry, TraceId,
};
use tracefall::summary::{Rules, build};

use super::rng::Rng;

/// Services behind the gateway.
const SERVICES: usize = 4;
/// The service whose edge is changed: it works by itself, so that its latency is its own.
pub const CHANGED: usize = 1;
/// Requests a second.
const RATE: f64 = 50.0;

/// How a system behaves.
#[derive(Clone, Debug)]
pub struct System {
    services: Vec<Service>,
}

#[derive(Clone, Debug)]
struct Service {
    /// Logarithm of the median of its own time in nanoseconds.
    median: f64,
    /// Standard deviation of the logarithm.
    spread: f64,
    error_rate: f64,
    /// Whether each of its calls asks the store.
    stores: bool,
}

/// What is different in the new run, on the edge to [`CHANGED`] or for all requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// Nothing.
    None,
    /// All calls take so many times as long.
    All(f64),
    /// Those beyond this quantile take so many times as long, those before it nearly as before.
    Tail {
        /// Where the stretching begins, 0 to 1.
        from: f64,
        /// How much from the quantile half-way to the end on.
        times: f64,
    },
    /// So many more of all calls fail.
    Errors(f64),
    /// All services take so many times as long.
    Slower(f64),
    /// So large a share of the requests fails at the gateway.
    Failing(f64),
    /// The same in a tenth of the run, past its middle.
    Incident(f64),
}

/// How runs differ though nothing was changed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Noise {
    /// Standard deviation of the logarithm of a run's speed: another machine, another neighbour.
    pub speed: f64,
    /// The same of its load.
    pub load: f64,
    /// At most so many bursts a run: for a fiftieth of it calls take half as long again, and
    /// one in twenty fails.
    pub bursts: usize,
}

/// A run as it was drawn.
struct Weather {
    speed: f64,
    rate: f64,
    bursts: Vec<f64>,
}

impl Noise {
    fn draw(&self, rng: &mut Rng) -> Weather {
        let speed = (self.speed * normal(rng)).exp();
        let rate = RATE * (self.load * normal(rng)).exp();
        let bursts = (0..rng.below(self.bursts + 1)).map(|_| rng.unit()).collect();
        Weather { speed, rate, bursts }
    }
}

/// Standard normal, by Box and Muller.
fn normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.unit()).cos()
}

impl System {
    /// A system with usual times and error rates; the changed edge has this one.
    pub fn draw(seed: u64, error_rate: f64) -> Self {
        let mut rng = Rng::new(seed);
        let services = (0..SERVICES).map(|at| Service {
            median: rng.between(2e6, 30e6).ln(),
            spread: rng.between(0.3, 0.6),
            error_rate: if at == CHANGED { error_rate } else { rng.between(0.0, 0.01) },
            stores: at != CHANGED && rng.chance(0.7),
        });
        Self { services: services.collect() }
    }

    /// A run of so many requests, each of which calls every service.
    pub fn run(&self, seed: u64, requests: usize, change: Change, noise: Noise) -> Run {
        let mut rng = Rng::new(seed ^ 0x5EED);
        let weather = noise.draw(&mut rng);
        let mut recorder = Recorder::new();
        let length = requests as f64 / weather.rate;
        let mut at = 0.0;
        for request in 0..requests {
            // Exponential pauses.
            at += -(1.0 - rng.unit()).ln() / weather.rate;
            let during = |start: &f64| (start..&(start + 0.02)).contains(&&(at / length));
            let burst = weather.bursts.iter().any(during);
            recorder.trace(seed, request as u64, at);
            let failing = match change {
                Change::Failing(share) => share,
                Change::Incident(share) if (0.6..0.7).contains(&(at / length)) => share,
                _ => 0.0,
            };
            let failing = failing > 0.0 && rng.chance(failing);
            self.request(&mut rng, &mut recorder, change, weather.speed, burst, failing);
        }
        let summary = build(recorder.finish(), Rules::default()).expect("nothing was spilled");
        Run { label: format!("run {seed}"), summary }
    }

    fn request(
        &self,
        rng: &mut Rng,
        recorder: &mut Recorder,
        change: Change,
        speed: f64,
        burst: bool,
        failing: bool,
    ) {
        let root = recorder.open(SpanId::NONE, SpanKind::Server, 0, 0, "GET /shop");
        recorder.pass(0.2e6);
        let mut failed = failing;
        for at in 0..self.services.len() {
            failed |= (0..2)
                .all(|attempt| !self.call(rng, recorder, root, at, change, speed, burst, attempt));
        }
        recorder.pass(0.2e6);
        recorder.close(root, failed);
    }

    /// Whether it succeeded.
    #[expect(clippy::too_many_arguments, reason = "the whole state of one call")]
    fn call(
        &self,
        rng: &mut Rng,
        recorder: &mut Recorder,
        parent: usize,
        at: usize,
        change: Change,
        speed: f64,
        burst: bool,
        attempt: u8,
    ) -> bool {
        let service = &self.services[at];
        let changed = match change {
            Change::Slower(times) => Change::All(times),
            _ if at == CHANGED => change,
            _ => Change::None,
        };
        let mut deviation = normal(rng);
        let mut errors = service.error_rate;
        let mut times = speed * if burst { 1.5 } else { 1.0 };
        match changed {
            Change::None | Change::Slower(_) | Change::Failing(_) | Change::Incident(_) => {}
            Change::All(factor) => times *= factor,
            Change::Tail { from, times: factor } => {
                // A ramp in the deviation up to where half of the tail is fully stretched.
                let (low, high) = (quantile(from), quantile(f64::midpoint(from, 1.0)));
                let ramp = ((deviation - low) / (high - low)).clamp(0.0, 1.0);
                deviation += ramp * factor.ln() / service.spread;
            }
            Change::Errors(more) => errors += more,
        }
        if burst {
            errors += 0.05;
        }
        let own = (service.median + service.spread * deviation).exp() * times;
        let id = recorder.id(parent);
        let client = recorder.open(id, SpanKind::Client, 0, attempt, NAMES[at]);
        recorder.pass(0.1e6);
        let server = recorder.open(recorder.id(client), SpanKind::Server, at + 1, 0, NAMES[at]);
        recorder.pass(own / 2.0);
        if service.stores {
            let query = recorder.open(recorder.id(server), SpanKind::Client, at + 1, 0, "SELECT");
            recorder.pass((14.0 + 0.3 * normal(rng)).exp() * speed);
            recorder.close(query, false);
        }
        recorder.pass(own / 2.0);
        let failed = rng.chance(errors);
        recorder.close(server, failed);
        recorder.pass(0.1e6);
        recorder.close(client, failed);
        !failed
    }
}

const NAMES: [&str; SERVICES] = ["GET /cart", "GET /price", "POST /stock", "GET /ads"];
/// Who emits spans, the gateway first.
pub const EMITTERS: [&str; SERVICES + 1] = ["gateway", "cart", "price", "stock", "ads"];

/// A standard normal's quantile, by bisection: it is needed twice a call at most.
fn quantile(p: f64) -> f64 {
    use std::sync::OnceLock;
    static TABLE: OnceLock<Vec<f64>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        use statrs::distribution::{ContinuousCDF as _, Normal};
        (0..=10_000).map(|at| Normal::standard().inverse_cdf(f64::from(at) / 10_000.0)).collect()
    });
    table[(p * 10_000.0) as usize]
}

/// Writes spans as time passes.
struct Recorder {
    tables: Tables,
    spans: Vec<SpanRecord>,
    resources: Vec<ResourceId>,
    store: PeerId,
    trace: TraceId,
    now: f64,
    next: u64,
}

impl Recorder {
    fn new() -> Self {
        let mut tables = Tables::default();
        let resources = EMITTERS.map(|name| {
            let name = tables.symbols.intern(name);
            let version = tables.symbols.intern("1.0");
            let resource =
                Resource { name, instance: name, clock: name, version, ..Resource::default() };
            ResourceId(tables.resources.intern(resource))
        });
        let name = tables.symbols.intern("store");
        let store = Peer { kind: PeerKind::Database, name, ..Peer::default() };
        let store = PeerId(tables.peers.intern(store));
        let resources = resources.to_vec();
        Self {
            tables,
            spans: Vec::new(),
            resources,
            store,
            trace: TraceId::NONE,
            now: 0.0,
            next: 1,
        }
    }

    fn trace(&mut self, seed: u64, request: u64, at: f64) {
        self.trace = TraceId::from_halves(seed + 1, request + 1);
        self.now = 1.7e18 + at * 1e9;
    }

    fn pass(&mut self, nanos: f64) {
        self.now += nanos;
    }

    fn id(&self, span: usize) -> SpanId {
        self.spans[span].id
    }

    fn open(
        &mut self,
        parent: SpanId,
        kind: SpanKind,
        emitter: usize,
        resend: u8,
        name: &str,
    ) -> usize {
        let name: Sym = self.tables.symbols.intern(name);
        let start = Nanos(self.now as u64);
        let queries = kind == SpanKind::Client && emitter > 0;
        self.spans.push(SpanRecord {
            trace: self.trace,
            id: SpanId::new(self.next),
            parent,
            start,
            end: start,
            resource: self.resources[emitter],
            name,
            peer: if queries { self.store } else { PeerId::NONE },
            kind,
            resend,
            flags: SpanFlags::default(),
            ..SpanRecord::default()
        });
        self.next += 1;
        self.spans.len() - 1
    }

    fn close(&mut self, span: usize, failed: bool) {
        let span = &mut self.spans[span];
        span.end = Nanos(self.now as u64);
        span.status = if failed { SpanStatus::Error } else { SpanStatus::Ok };
        span.cause = if failed { Cause::Exception } else { Cause::Unknown };
    }

    fn finish(self) -> Telemetry {
        let partition = Partition { spans: self.spans, ..Partition::default() };
        let mut telemetry =
            Telemetry { tables: self.tables, partitions: vec![partition], ..Telemetry::default() };
        let spans = &telemetry.partitions[0].spans;
        telemetry.stats.spans = spans.len() as u64;
        for span in spans {
            telemetry.stats.see(span.start);
            telemetry.stats.see(span.end);
        }
        telemetry
    }
}
