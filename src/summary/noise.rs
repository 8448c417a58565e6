//! Traces that nobody asked for: health checks, probes, scrapes of metrics.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::assemble::TraceRecords;
use crate::model::{OperationGlob, SpanFlags, SpanRecord, Tables};

/// Entry operations that are no requests of anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noise {
    /// Those whose traces are left out …
    pub operations: Vec<OperationGlob>,
    /// … but for these.
    pub keep: Vec<OperationGlob>,
}

/// Operations that check health, readiness or liveness, or collect metrics, as frameworks and
/// platforms call them. Only whole paths: a route of the business that ends in `/health` stays.
///
/// Sources: Kubernetes ("Kubernetes API health endpoints", and its manual of probes), the gRPC
/// health checking protocol, MicroProfile Health, Spring Boot Actuator, Quarkus, Prometheus'
/// management API, Mozilla's Dockerflow.
pub const NOISE: [&str; 24] = [
    "/health",
    "/health/live",
    "/health/ready",
    "/health/started",
    "/healthz",
    "/healthz/*",
    "/livez",
    "/livez/*",
    "/readyz",
    "/readyz/*",
    "/startupz",
    "/healthcheck",
    "/health-check",
    "/_health",
    "/actuator/health",
    "/actuator/health/*",
    "/actuator/prometheus",
    "/q/health*",
    "/q/metrics*",
    "/-/healthy",
    "/-/ready",
    "/__heartbeat__",
    "/__lbheartbeat__",
    "/metrics",
];

/// The methods of the gRPC health checking protocol, as instrumentations write them.
const GRPC_HEALTH: &str = "*grpc.health.v1.Health/*";

impl Noise {
    /// What is left out unless told otherwise: [`NOISE`], with a method before the path or
    /// without one, and the gRPC health checking protocol, of every service.
    pub fn usual() -> Self {
        let paths = NOISE.iter().flat_map(|path| [format!("* {path}"), format!("* * {path}")]);
        let all = paths.chain([format!("* {GRPC_HEALTH}")]);
        Self {
            operations: all.filter_map(|text| OperationGlob::parse(&text).ok()).collect(),
            keep: Vec::new(),
        }
    }
}

/// By what a trace is noise. The first that holds is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoiseBy {
    /// Its entry operation.
    Operation,
    /// Its entry says that the caller is synthetic.
    Synthetic,
    /// The user agent of its entry.
    UserAgent,
}

/// [`Noise`] for the names of one input.
#[derive(Debug, Default)]
pub struct Sieve {
    noise: Noise,
    /// By symbol: whether an operation of this name may be noise. Few names begin many traces.
    names: Vec<AtomicU8>,
}

const UNKNOWN: u8 = 0;
const NEVER: u8 = 1;
const PERHAPS: u8 = 2;

impl Sieve {
    /// A sieve for records with these tables.
    pub fn new(noise: &Noise, tables: &Tables) -> Self {
        let names = if noise.operations.is_empty() { 0 } else { tables.symbols.len() };
        Self { noise: noise.clone(), names: (0..names).map(|_| AtomicU8::new(UNKNOWN)).collect() }
    }

    /// Whether a trace is noise, and by what: its entry is. Its spans are sorted by time.
    pub fn holds_back(&self, records: &TraceRecords<'_>, tables: &Tables) -> Option<NoiseBy> {
        let span = entry(records)?;
        let by = if self.is_noise(span, tables) {
            NoiseBy::Operation
        } else if span.flags.has(SpanFlags::SYNTHETIC) {
            NoiseBy::Synthetic
        } else if span.flags.has(SpanFlags::PROBE) {
            NoiseBy::UserAgent
        } else {
            return None;
        };
        (!chosen(&self.noise.keep, span, tables)).then_some(by)
    }

    fn is_noise(&self, span: &SpanRecord, tables: &Tables) -> bool {
        if self.noise.operations.is_empty() {
            return false;
        }
        let name = tables.symbols.get(span.name);
        let known = &self.names[span.name.0 as usize];
        let mut says = known.load(Ordering::Relaxed);
        if says == UNKNOWN {
            // Whoever comes first: all find the same.
            let any = self.noise.operations.iter().any(|glob| glob.matches_operation(name));
            says = if any { PERHAPS } else { NEVER };
            known.store(says, Ordering::Relaxed);
        }
        says == PERHAPS && chosen(&self.noise.operations, span, tables)
    }
}

fn chosen(globs: &[OperationGlob], span: &SpanRecord, tables: &Tables) -> bool {
    let resource = tables.resources.get(span.resource.0);
    let text = |sym| tables.symbols.get(sym);
    let (namespace, service) = (text(resource.namespace), text(resource.name));
    globs.iter().any(|glob| glob.matches(namespace, service, text(span.name)))
}

/// The span that the request came in with: the first that names no parent, else the first whose
/// parent is not there.
fn entry<'a>(records: &TraceRecords<'a>) -> Option<&'a SpanRecord> {
    let spans = records.spans;
    spans
        .iter()
        .find(|span| span.parent.is_none())
        .or_else(|| spans.iter().find(|span| !spans.iter().any(|other| other.id == span.parent)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Resource, ResourceId, SpanId, TraceId};

    fn left_out(noise: &Noise, service: &str, names: &[(u64, u64, &str)]) -> bool {
        let mut tables = Tables::default();
        let name = tables.symbols.intern(service);
        let resource =
            ResourceId(tables.resources.intern(Resource { name, ..Resource::default() }));
        let span = |&(id, parent, name): &(u64, u64, &str)| SpanRecord {
            id: SpanId::new(id),
            parent: SpanId::new(parent),
            name: tables.symbols.intern(name),
            resource,
            ..SpanRecord::default()
        };
        let spans: Vec<SpanRecord> = names.iter().map(span).collect();
        let records =
            TraceRecords { id: TraceId::from_halves(0, 1), spans: &spans, logs: &[], links: &[] };
        let sieve = Sieve::new(noise, &tables);
        let says = sieve.holds_back(&records, &tables);
        assert_eq!(sieve.holds_back(&records, &tables), says, "asked again");
        says.is_some()
    }

    #[test]
    fn all_usual_patterns_are_patterns() {
        assert_eq!(Noise::usual().operations.len(), 2 * NOISE.len() + 1);
    }

    #[test]
    fn what_begins_with_a_check_is_left_out_as_a_whole() {
        let noise = Noise::usual();
        for name in ["GET /healthz", "/health", "HTTP GET /actuator/health/liveness"] {
            assert!(left_out(&noise, "cart", &[(1, 0, name), (2, 1, "SELECT 1")]), "{name}");
        }
        for name in ["grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"] {
            assert!(left_out(&noise, "cart", &[(1, 0, name)]), "{name}");
        }
        for name in ["GET /patients/{id}/health", "GET /health/advice", "healthz", "GET"] {
            assert!(!left_out(&noise, "cart", &[(1, 0, name)]), "{name}");
        }
        assert!(!left_out(&noise, "cart", &[(1, 0, "GET /"), (2, 1, "GET /healthz")]));
        assert!(left_out(&noise, "cart", &[(3, 9, "GET /healthz"), (4, 3, "GET /")]), "an orphan");
        assert!(!left_out(&Noise::default(), "cart", &[(1, 0, "GET /healthz")]));
    }

    #[test]
    fn some_are_kept_and_others_added() {
        let parse = |text| vec![OperationGlob::parse(text).unwrap()];
        let mut noise = Noise { keep: parse("lab GET /health*"), ..Noise::usual() };
        assert!(!left_out(&noise, "lab", &[(1, 0, "GET /healthz")]));
        assert!(left_out(&noise, "cart", &[(1, 0, "GET /healthz")]));
        noise.operations.extend(parse("prober"));
        assert!(left_out(&noise, "prober", &[(1, 0, "checkout journey")]));
    }
}
