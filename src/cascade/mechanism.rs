//! By which mechanism a node failed its callers.

use crate::model::Article;

use super::Symptom;

/// What is known of a candidate when its mechanism is to be named.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// How the blamed calls misbehaved, mostly.
    pub symptom: Symptom,
    /// It emits spans of its own.
    pub instrumented: bool,
    /// Its own spans all but stopped while its callers went on calling.
    pub silent: bool,
    /// Share of attempts that repeat an earlier one, during the incident, 0 to 1.
    pub retries: f64,
    /// The same in the reference.
    pub retries_before: f64,
    /// Entry requests per second during the incident, over the reference's.
    pub load: f64,
    /// Failures concentrate on one version.
    pub version: bool,
    /// Failures concentrate on one zone.
    pub zone: bool,
    /// Failures concentrate on one instance.
    pub instance: bool,
    /// Calls wait for it the longer, the more are under way.
    pub queues: bool,
    /// Harm went on after the peak of traffic that set it off.
    pub outlived: bool,
    /// It is a cache, and the stores behind it are asked far more often than usual.
    pub cold: bool,
    /// It is fed by messages.
    pub asynchronous: bool,
}

/// A registered mechanism.
pub struct Mechanism {
    /// What it says about itself.
    pub article: Article,
    /// Whether the facts show it.
    pub shows: fn(&Facts) -> bool,
}

/// Retries are an amplifier when at least this share of attempts repeats an earlier one.
const AMPLIFIED: f64 = 0.25;
/// Load counts as a peak from so many times the usual on.
pub(super) const PEAK: f64 = 1.5;

/// The mechanisms, most specific first: the first that shows is named.
pub static MECHANISMS: [Mechanism; 18] = [
    Mechanism {
        article: Article {
            id: "cold_cache",
            title: "cold cache",
            unit: "",
            rationale: "The cache answers and holds nothing: its callers ask the store behind it \
                        for every request, and the store is not made for that. Warm the cache, or \
                        shed load until it is warm.",
            limits: "Seen only if calls to the cache and to the store have spans; a new kind of \
                     request that passes the cache by looks alike.",
            source: "SRE book, chapter 22: cold caching",
        },
        shows: |f| f.cold,
    },
    Mechanism {
        article: Article {
            id: "bad_version",
            title: "bad version",
            unit: "",
            rationale: "Failures concentrate on one service.version that others of the same \
                        service do not share: roll it back.",
            limits: "A version that took over completely cannot be compared with another at the \
                     same time; then it is compared with the one before.",
            source: "Datadog Watchdog's state-change root causes; OpenTelemetry resource \
                     conventions",
        },
        shows: |f| f.version && !matches!(f.symptom, Symptom::Unreachable),
    },
    Mechanism {
        article: Article {
            id: "bad_zone",
            title: "bad zone",
            unit: "",
            rationale: "Failures concentrate on the instances of one availability zone, all of \
                        them alike, while those of other zones are healthy: take the zone out.",
            limits: "Needs cloud.availability_zone, and two instances in the zone; versions \
                     rolled out zone by zone look alike, and are named instead.",
            source: "OpenTelemetry resource conventions; zonal failures in Huang et al., Gray \
                     Failure, HotOS 2017",
        },
        shows: |f| f.zone && !matches!(f.symptom, Symptom::Unreachable),
    },
    Mechanism {
        article: Article {
            id: "bad_instance",
            title: "bad instance",
            unit: "",
            rationale: "Failures concentrate on one instance while its siblings are healthy: \
                        eject or restart it.",
            limits: "Needs service.instance.id or a pod name, and at least two instances.",
            source: "Huang et al., Gray Failure, HotOS 2017",
        },
        shows: |f| f.instance,
    },
    Mechanism {
        article: Article {
            id: "metastable",
            title: "metastable overload",
            unit: "",
            rationale: "A peak of traffic is over, and requests go on failing at the usual load: \
                        what the peak left behind (retries, queues, cold caches) keeps capacity \
                        busy. Shed load or turn retries off; waiting does not help.",
            limits: "Seen only if the trigger was a peak of entry requests: whether another \
                     trigger has cleared, traces do not say.",
            source: "Bronson et al., Metastable Failures, HotOS 2021; Huang et al., OSDI 2022",
        },
        shows: |f| f.outlived && overloaded(f),
    },
    Mechanism {
        article: Article {
            id: "retry_amplification",
            title: "retry amplification",
            unit: "",
            rationale: "Callers repeat failed calls, so that an overloaded callee is asked more \
                        often the less it can answer.",
            limits: "Retries are told from repeated calls to one callee within one request; \
                     hedged requests look alike.",
            source: "Bronson et al., Metastable Failures, HotOS 2021; SRE book, chapter 22",
        },
        shows: |f| f.retries >= AMPLIFIED && f.retries >= 2.0 * f.retries_before && overloaded(f),
    },
    Mechanism {
        article: Article {
            id: "traffic_peak",
            title: "traffic peak on a bottleneck",
            unit: "",
            rationale: "More requests than usual came in, and this is where capacity ran out \
                        first. The peak is the trigger, the bottleneck the place to widen or \
                        to protect.",
            limits: "Retries raise the load too; where they dominate, retry amplification is \
                     named instead.",
            source: "SRE book, chapter 22",
        },
        shows: |f| f.load >= PEAK && overloaded(f),
    },
    Mechanism {
        article: Article {
            id: "dead_service",
            title: "dead service",
            unit: "",
            rationale: "Its callers cannot reach it, and its own spans stopped.",
            limits: "A network partition looks the same from the callers' side.",
            source: "Kibana #183216; field practice",
        },
        shows: |f| f.symptom == Symptom::Unreachable && (f.silent || !f.instrumented),
    },
    Mechanism {
        article: Article {
            id: "unreachable",
            title: "unreachable",
            unit: "",
            rationale: "Connections to it are refused, reset or not resolved, while some calls \
                        still get through: part of it is down, or the way to it.",
            limits: "",
            source: "field practice",
        },
        shows: |f| f.symptom == Symptom::Unreachable,
    },
    Mechanism {
        article: Article {
            id: "impatient_caller",
            title: "timeout below the usual latency",
            unit: "",
            rationale: "It gives up on its callee sooner than such calls usually take: its own \
                        timeout was lowered, or set below what the callee needs.",
            limits: "Needs a reference with at least 30 calls between the two.",
            source: "SRE book, chapter 22: deadlines",
        },
        shows: |f| f.symptom == Symptom::GaveUpEarly,
    },
    Mechanism {
        article: Article {
            id: "pool_wait",
            title: "pool or queue wait",
            unit: "",
            rationale: "Time passes between caller and callee, and the more calls are under way, \
                        the longer it is: calls queue for a connection or for a worker. Bound \
                        the queue, or isolate the pool.",
            limits: "Needs both sides' spans and most traces: a sample hides how many calls were \
                     under way. The caller's pool and the callee's accept queue look alike.",
            source: "Little's law (1961); rank correlation (Spearman 1904)",
        },
        shows: |f| f.symptom == Symptom::Gap && f.queues,
    },
    Mechanism {
        article: Article {
            id: "network_delay",
            title: "network delay",
            unit: "",
            rationale: "Time passes between caller and callee, however many calls are under way: \
                        the client span is long and the server span is not. On one caller's \
                        calls only, it is the network between them; on all callers', the way to \
                        the callee.",
            limits: "Needs both sides' spans. In sampled input a queue looks alike.",
            source: "Google SRE; Little's law",
        },
        shows: |f| f.symptom == Symptom::Gap,
    },
    Mechanism {
        article: Article {
            id: "async_backlog",
            title: "asynchronous backlog",
            unit: "",
            rationale: "Messages are worked on more slowly than they come.",
            limits: "The backlog itself is seen only if producer and consumer spans are linked.",
            source: "OpenTelemetry messaging conventions",
        },
        shows: |f| f.asynchronous && overloaded(f),
    },
    Mechanism {
        article: Article {
            id: "slow_dependency",
            title: "slow dependency",
            unit: "",
            rationale: "A store or peer that emits no spans of its own answers far later than \
                        usual; its callers' workers wait.",
            limits: "Seen only through its callers' client spans.",
            source: "Little's law",
        },
        shows: |f| f.symptom == Symptom::SlowPeer && !f.instrumented,
    },
    Mechanism {
        article: Article {
            id: "overload",
            title: "overload",
            unit: "",
            rationale: "It turns calls away, or stops to answer: workers, connections or a \
                        queue ran out.",
            limits: "What filled it may be itself slow; then blame moves there.",
            source: "SRE book, chapter 22",
        },
        shows: |f| {
            matches!(f.symptom, Symptom::Rejected | Symptom::NoAnswer | Symptom::ShortCircuited)
        },
    },
    Mechanism {
        article: Article {
            id: "slow_service",
            title: "slow service",
            unit: "",
            rationale: "Its own work, which no call further down covers, takes far longer than \
                        usual: computation, locks, garbage collection, a leaking pool.",
            limits: "Calls without client spans look like own work.",
            source: "self time of a span",
        },
        shows: |f| matches!(f.symptom, Symptom::SlowOwn | Symptom::SlowPeer),
    },
    Mechanism {
        article: Article {
            id: "changed_behaviour",
            title: "changed behaviour",
            unit: "",
            rationale: "It writes errors that it did not write, ends early or leaves out calls \
                        that it used to make, though no span says that anything failed.",
            limits: "Another mix of requests may look alike.",
            source: "Nezha, FSE 2023",
        },
        shows: |f| f.symptom == Symptom::Deviation,
    },
    Mechanism {
        article: Article {
            id: "service_errors",
            title: "errors of its own",
            unit: "",
            rationale: "It fails by itself: nothing it called had failed.",
            limits: "A callee without client spans cannot be seen.",
            source: "CRISP, USENIX ATC 2022: error origins",
        },
        shows: |_| true,
    },
];

fn overloaded(f: &Facts) -> bool {
    matches!(
        f.symptom,
        Symptom::Rejected
            | Symptom::NoAnswer
            | Symptom::SlowOwn
            | Symptom::SlowPeer
            | Symptom::Gap
            | Symptom::ShortCircuited
    )
}

/// Names the mechanism that the facts show.
pub fn recognise(facts: &Facts) -> &'static Mechanism {
    let last = &MECHANISMS[MECHANISMS.len() - 1];
    MECHANISMS.iter().find(|m| (m.shows)(facts)).unwrap_or(last)
}

/// What each registered mechanism says about itself, in order of the registry.
pub fn articles() -> Vec<Article> {
    MECHANISMS.iter().map(|m| m.article).collect()
}
