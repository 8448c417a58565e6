//! Analyses made by hand, one for each verdict, with names as a hostile sender would choose them.

use tracefall::analysis::{
    Analysis, Bar, BlastRadius, Boundaries, Boundary, Candidate, Cascade, CascadeEdge, Change,
    Changes, Containment, Contrast, Contrasts, Course, Coverage, Crossing, Deployment, Entered,
    EntryImpact, Evidence, Exemplar, Factor, GraphEdge, GraphNode, Harmed, Hop, Impacted, Incident,
    Independent, IntegrationPoint, Lane, LogShift, NodeName, NoiseBy, ServiceGraph, Share,
    SkewedClock, Sort, Timeline, Told, Verdict, Waterfall,
};
use tracefall::model::{InputStats, Loss, LossKind, Nanos, PeerKind, Place};

/// Drives a terminal, and is a table row, a mention and a script besides.
pub const HOSTILE: &str = "\u{1b}[31mevil\u{1b}]0;title\u{7}|`<script>alert(1)</script>`@team";
/// Reorders the rest of the line in a naive viewer.
pub const REVERSED: &str = "pay\u{202e}tnem\u{2066}[x](http://a.b)";

/// Names what every report must defuse.
pub const FORBIDDEN: [char; 5] = ['\u{1b}', '\u{7}', '\u{202e}', '\u{2066}', '\u{9b}'];

fn at(time: &str) -> Nanos {
    Nanos::parse(&format!("2026-01-02T{time}Z")).unwrap()
}

fn node(name: &str, namespace: &str, kind: PeerKind) -> NodeName {
    NodeName { name: name.to_owned(), namespace: namespace.to_owned(), kind }
}

fn input() -> InputStats {
    InputStats {
        files: 2,
        bytes: 1_234_567,
        spans: 11_300,
        log_records: 5_900,
        from: at("03:00:00"),
        to: at("03:14:05.12"),
        ..InputStats::default()
    }
}

fn trace(n: u8) -> String {
    format!("{n:032x}")
}

/// A quiet night.
pub fn no_incident() -> Analysis {
    Analysis {
        input: input(),
        traces: 157,
        baseline_input: None,
        coverage: Coverage {
            orphan_spans: 1,
            sampling: "all".to_owned(),
            digest_traces: 157,
            ..Coverage::default()
        },
        verdict: Verdict::NoIncident,
        verdict_reason: "No entry failed or slowed down by more than 1 % beyond chance.".to_owned(),
        incidents: Vec::new(),
        impact: Vec::new(),
        candidates: Vec::new(),
        tie_note: None,
        independent: Vec::new(),
        contrasts: Contrasts::default(),
        changes: Changes::default(),
        cascade: Cascade::default(),
        boundaries: Boundaries::default(),
        containment: Vec::new(),
        containment_note: None,
        graph: graph(),
        timeline: Timeline::default(),
        names: names(),
    }
}

/// Nothing says whether anything failed.
pub fn inconclusive() -> Analysis {
    let mut weak = candidate(1, node("geo", "", PeerKind::Service), 0.31);
    weak.blast_radius = BlastRadius::default();
    weak.onset = None;
    weak.path.clear();
    weak.evidence.truncate(1);
    weak.evidence[0].value = f64::NAN;
    weak.evidence[0].contribution = f64::NEG_INFINITY;
    Analysis {
        verdict: Verdict::Inconclusive,
        verdict_reason: "Latency rose, but the input is too short for a reference.".to_owned(),
        coverage: Coverage {
            status_blind: true,
            sampling: "unknown".to_owned(),
            digest_traces: 40,
            ..Coverage::default()
        },
        incidents: vec![Incident {
            id: 1,
            onset: at("03:13:00"),
            onset_earliest: at("03:13:00"),
            onset_latest: at("03:13:00"),
            end: None,
            reference: "none usable".to_owned(),
            requests: 12,
            failed: None,
            harm: Harmed::Unusual,
            harmed: 5,
            usual: 0.0,
        }],
        impact: vec![EntryImpact {
            service: "frontend".to_owned(),
            operation: "GET /".to_owned(),
            requests: 12,
            requests_estimated: None,
            failed: None,
            failed_before: None,
            unusual: Some(5),
            p50_before: None,
            p50_during: Some(340_000_000),
            p99_before: None,
            p99_during: Some(2_100_000_000),
        }],
        candidates: vec![weak],
        ..no_incident()
    }
}

/// An outage with three candidates, losses, clocks that are off and names from hell.
pub fn incident() -> Analysis {
    let mut losing = input();
    losing.losses = [(LossKind::BadLine, 2), (LossKind::TruncatedTail, 1)].into();
    losing.examples = vec![Loss {
        file: "traces.jsonl".to_owned(),
        place: Place::Line(7),
        kind: LossKind::BadLine,
        reason: "expected value at column 1".to_owned(),
    }];
    losing.files_skipped = 3;
    losing.metrics = 12;
    Analysis {
        input: losing,
        baseline_input: Some(InputStats {
            files: 1,
            bytes: 900,
            spans: 400,
            losses: [(LossKind::BadFrame, 1)].into(),
            ..InputStats::default()
        }),
        coverage: coverage(),
        verdict: Verdict::Incident,
        verdict_reason: "Failures of gateway POST /order rose from 0.1 % to 41.3 %; by chance \
                         that happens less than once in 100 runs."
            .to_owned(),
        incidents: incidents(),
        impact: impact(),
        candidates: candidates(),
        tie_note: Some("Logs of route at DEBUG would tell the first two apart.".to_owned()),
        independent: vec![Independent {
            candidates: ["route".to_owned(), "station".to_owned()],
            text: "route and station failed independently of each other.".to_owned(),
        }],
        contrasts: contrasts(),
        changes: changes(),
        cascade: cascade(),
        boundaries: boundaries(),
        containment: vec![Containment {
            pattern: "circuit_breaker",
            edge: ["basic".to_owned(), "route".to_owned()],
            saved_share: 0.62,
            low: 0.48,
            high: 0.77,
            assumption: "basic answers from a fallback while the breaker is open".to_owned(),
            settings: vec![("open_after_failures".to_owned(), "5".to_owned())],
            configurations: vec![("envoy".to_owned(), "name: route\n".to_owned())],
        }],
        timeline: timeline(),
        ..no_incident()
    }
}

/// Two causes that act at once, each with names that read from right to left or are wide.
pub fn two_causes() -> Analysis {
    let mut first = candidate(1, node("支払い", "財務", PeerKind::Service), 0.96);
    first.mechanism = "overload";
    first.mechanism_title = "overload";
    first.share = 0.73;
    first.place = Some(1);
    let mut second = candidate(2, node("חיוב", "", PeerKind::Database), 0.58);
    second.mechanism = "slow_dependency";
    second.mechanism_title = "slow dependency";
    second.share = 0.27;
    second.place = Some(2);
    for (candidate, name) in [(&mut first, "支払い"), (&mut second, "חיוב")] {
        candidate.path = vec![Hop { from: name.to_owned(), to: "gateway".to_owned(), lag_ms: 12 }];
    }
    let mut graph = graph();
    graph.nodes.truncate(3);
    graph.nodes[1].node = first.node.clone();
    graph.nodes[2].node = second.node.clone();
    graph.edges.retain(|e| e.to < 3 && e.from == 0);
    let fell = |name: &str, place, onset| CascadeEdge {
        from: name.to_owned(),
        to: "gateway".to_owned(),
        onset: at(onset),
        lag_ms: 0,
        failure_rate: 0.5,
        before: 0.0,
        places: [place, 0],
        course: course(),
    };
    Analysis {
        cascade: Cascade {
            edges: vec![fell("支払い", 1, "03:04:05.7"), fell("חיוב", 2, "03:04:30")],
            ..Cascade::default()
        },
        independent: vec![Independent {
            candidates: ["支払い".to_owned(), "חיוב".to_owned()],
            text: "支払い and חיוב failed independently of each other.".to_owned(),
        }],
        candidates: vec![first, second],
        tie_note: None,
        contrasts: Contrasts::default(),
        changes: Changes::default(),
        containment: Vec::new(),
        containment_note: Some("None of the patterns would have helped.".to_owned()),
        timeline: Timeline { lanes: Vec::new(), ..timeline() },
        names: [
            (Sort::Service, "支払い"),
            (Sort::Service, "חיוב"),
            (Sort::Service, "gateway"),
            (Sort::Service, HOSTILE),
            (Sort::Namespace, "財務"),
            (Sort::Operation, "POST /order"),
        ]
        .map(|(sort, name)| (sort, name.to_owned()))
        .to_vec(),
        graph,
        ..incident()
    }
}

fn told(service: Option<&str>, dimension: &str, value: &str) -> Told {
    let service = service.map(str::to_owned);
    Told { service, dimension: dimension.to_owned(), value: value.to_owned() }
}

fn contrasts() -> Contrasts {
    let version = told(Some("route"), "service.version", "2.4.0-rc1");
    let side = |known, with: u64| Share { known, with, share: with as f64 / known as f64 };
    let of_route = Contrast {
        incident_id: 1,
        candidate: Some(1),
        service: Some("route".to_owned()),
        traits: vec![version, told(Some("route"), "service.instance.id", HOSTILE)],
        symptom: false,
        failing: side(90, 90),
        healthy: side(200, 8),
        difference: 0.94,
        odds_ratio: None,
        p_value: 1e-40,
        q_value: 2e-38,
        same_time: true,
        text: format!("version 2.4.0-rc1 of route: carried by all, with instance {HOSTILE}"),
    };
    let of_requests = Contrast {
        candidate: None,
        service: None,
        traits: vec![told(None, "tenant", REVERSED)],
        odds_ratio: Some(7.5),
        q_value: 0.004,
        same_time: false,
        text: format!("tenant {REVERSED}: carried by 40 % of the failed requests"),
        ..of_route.clone()
    };
    let symptom = Contrast {
        traits: vec![told(Some("basic"), "log.template", "no route to <*>")],
        symptom: true,
        text: "basic writes \"no route to <*>\": in all of the failed requests".to_owned(),
        ..of_requests.clone()
    };
    Contrasts { list: vec![of_route, of_requests, symptom], tested: 31, left_out: 2 }
}

fn changes() -> Changes {
    let came = Change {
        incident_id: 1,
        at: at("03:04:00"),
        lead_ms: 5_678,
        came: true,
        traits: vec![told(Some("route"), "service.version", "2.4.0-rc1")],
        instances: 2,
        touches_candidate: true,
        carried: Some(0.98),
        text: "version 2.4.0-rc1 of route came, on 2 instances".to_owned(),
    };
    let went = Change {
        lead_ms: -4_000,
        came: false,
        traits: vec![told(None, &format!("feature_flag:{HOSTILE}"), "on")],
        touches_candidate: false,
        carried: None,
        text: format!("flag {HOSTILE} = on went"),
        ..came.clone()
    };
    Changes { list: vec![came, went], left_out: 3 }
}

fn coverage() -> Coverage {
    Coverage {
        unpaired_client_spans: 12,
        orphan_spans: 3,
        logs_without_trace: 1,
        noise_traces: 8,
        noise_by: NoiseBy { operation: 5, user_agent: 2, synthetic: 1 },
        uninstrumented: vec!["legacy-erp".to_owned(), HOSTILE.to_owned()],
        skewed_clocks: vec![SkewedClock { clock: "node-7".to_owned(), ahead_ns: -1_500_000_000 }],
        sampling: "head:0.1".to_owned(),
        digest_traces: 100,
        ..Coverage::default()
    }
}

fn incidents() -> Vec<Incident> {
    let first = Incident {
        id: 1,
        onset: at("03:04:05.678"),
        onset_earliest: at("03:04:05.1"),
        onset_latest: at("03:04:06.2"),
        end: None,
        reference: "the 4 minutes before it, in which no series departs from the rest".to_owned(),
        requests: 980,
        failed: Some(405),
        harm: Harmed::Failed,
        harmed: 405,
        usual: 0.001,
    };
    let second = Incident {
        id: 2,
        onset: at("03:01:00"),
        onset_earliest: at("03:00:58"),
        onset_latest: at("03:01:01"),
        end: Some(at("03:01:30")),
        requests: 40,
        failed: Some(6),
        harmed: 6,
        ..first.clone()
    };
    vec![first, second]
}

fn impact() -> Vec<EntryImpact> {
    let first = EntryImpact {
        service: "gateway".to_owned(),
        operation: "POST /order".to_owned(),
        requests: 980,
        requests_estimated: Some(9_800.0),
        failed: Some(405),
        failed_before: Some(0.001),
        unusual: None,
        p50_before: Some(12_300_000),
        p50_during: Some(340_000_000),
        p99_before: Some(48_000_000),
        p99_during: Some(5_000_000_000),
    };
    let hostile = EntryImpact {
        service: HOSTILE.to_owned(),
        operation: "x".repeat(10_000),
        requests: 3,
        requests_estimated: None,
        failed: Some(1),
        failed_before: None,
        unusual: None,
        ..first.clone()
    };
    vec![first, hostile]
}

fn candidate(rank: u32, node: NodeName, score: f64) -> Candidate {
    Candidate {
        rank,
        incident_id: 1,
        summary: format!(
            "{} began to fail first, and the failing requests of its callers end there.",
            node.name
        ),
        node,
        edge: None,
        operation: None,
        instance: None,
        version: None,
        zone: None,
        score,
        prior: -2.1,
        mechanism: "dead_service",
        mechanism_title: "Dead service",
        mechanism_rationale: "Its callers cannot reach it, and its own spans stopped.",
        share: 0.93,
        place: Some(0),
        onset: Some(at("03:04:05.678")),
        evidence: vec![
            Evidence {
                id: "blame",
                title: "Deepest failure",
                value: 0.93,
                unit: "share",
                contribution: 2.4,
                text: "In 93 % of the failed requests nothing below it failed.".to_owned(),
                exemplars: vec![trace(1)],
            },
            Evidence {
                id: "absence",
                title: "Silence",
                value: 0.2,
                unit: "share",
                contribution: -0.35,
                text: "It still answered some calls.".to_owned(),
                exemplars: Vec::new(),
            },
        ],
        path: vec![
            Hop { from: "route".to_owned(), to: "basic".to_owned(), lag_ms: 120 },
            Hop { from: "basic".to_owned(), to: "gateway".to_owned(), lag_ms: -4 },
        ],
        blast_radius: BlastRadius { services: 2, failed_requests: 377 },
        exemplars: (1..=5).map(trace).collect(),
        exemplar: None,
    }
}

fn candidates() -> Vec<Candidate> {
    let mut first = candidate(1, node("route", "supply-chain", PeerKind::Service), 0.934);
    first.version = Some("2.4.0-rc1".to_owned());
    first.place = Some(3);
    first.exemplar =
        Some(Exemplar { failing: waterfall(1, true), healthy: Some(waterfall(2, false)) });
    let mut second = candidate(2, node("orders", "", PeerKind::Database), 0.41);
    second.edge = Some(["basic".to_owned(), "orders".to_owned()]);
    second.mechanism = "pool_wait";
    second.mechanism_title = "Pool or queue wait";
    second.onset = Some(at("03:04:06.9"));
    let mut third = candidate(3, node(HOSTILE, REVERSED, PeerKind::External), 0.004);
    third.operation = Some(REVERSED.to_owned());
    third.instance = Some("i".repeat(10_000));
    third.summary = format!("{REVERSED}\nfailed; {}", "z".repeat(10_000));
    third.exemplars = vec![HOSTILE.to_owned()];
    vec![first, second, third]
}

fn cascade() -> Cascade {
    let edge = |from: &str, to: &str, onset, lag_ms, failure_rate| CascadeEdge {
        from: from.to_owned(),
        to: to.to_owned(),
        onset: at(onset),
        lag_ms,
        failure_rate,
        before: 0.000_4,
        places: [place(from), place(to)],
        course: course(),
    };
    let impacted =
        |service: &str, onset| Impacted { service: service.to_owned(), onset: at(onset) };
    Cascade {
        edges: vec![
            edge("route", "basic", "03:04:05.798", 120, 0.88),
            edge("route", HOSTILE, "03:04:05.9", 222, 0.5),
            edge("basic", "gateway", "03:04:05.794", -4, 0.41),
            edge("basic", "batch", "03:04:07.798", 2_000, 1.0),
            // Calls in a circle must not draw forever.
            edge("gateway", "route", "03:04:09", 3_000, 0.02),
            edge("orders", "basic", "03:04:06.9", 0, 0.1),
        ],
        impacted: vec![
            impacted("route", "03:04:05.678"),
            impacted("basic", "03:04:05.798"),
            impacted("gateway", "03:04:05.794"),
        ],
        factors: vec![Factor {
            id: "retry_storm",
            title: "retries multiplied the load",
            edge: ["gateway".to_owned(), HOSTILE.to_owned()],
            value: 2.8,
            unit: "attempts per call",
            text: "gateway made 2.8 attempts for each call".to_owned(),
        }],
    }
}

/// Two teams with plain names, and one with a name from hell.
fn boundaries() -> Boundaries {
    let crossing = |calls, failed, onset: Option<&str>| Crossing {
        calls,
        failed,
        failed_before: Some(0.001),
        repeated: failed / 2,
        abandoned: 3,
        attempts: Some(1.5),
        attempts_before: Some(1.0),
        lost_ns: Some(94_500_000_000),
        onset: onset.map(at),
    };
    let boundary = |teams: [&str; 2], edge: [&str; 2], crossing: Crossing| Boundary {
        teams: teams.map(str::to_owned),
        crossing: crossing.clone(),
        points: vec![IntegrationPoint { edge: edge.map(str::to_owned), crossing }],
    };
    Boundaries {
        teams: vec!["shop".to_owned(), "supply-chain".to_owned(), REVERSED.to_owned()],
        unassigned: vec!["batch".to_owned()],
        began_in: Some("supply-chain".to_owned()),
        entered: vec![Entered {
            team: "shop".to_owned(),
            from: "supply-chain".to_owned(),
            edge: ["gateway".to_owned(), "basic".to_owned()],
            at: at("03:04:06.2"),
        }],
        list: vec![
            boundary(
                ["shop", "supply-chain"],
                ["gateway", "basic"],
                crossing(950, 380, Some("03:04:06.2")),
            ),
            boundary(["shop", REVERSED], ["gateway", HOSTILE], crossing(900, 0, None)),
        ],
    }
}

fn graph() -> ServiceGraph {
    let graph_node = |name: &str, namespace, kind, calls, failed| GraphNode {
        node: node(name, namespace, kind),
        instrumented: kind == PeerKind::Service,
        calls,
        failed,
        instances: 2,
        versions: vec!["1.0".to_owned(), "1.1".to_owned()],
        entry: name == "gateway",
        team: (!namespace.is_empty()).then(|| namespace.to_owned()),
    };
    let edge = |from, to, calls, failed| GraphEdge {
        from,
        to,
        asynchronous: to == 2,
        calls,
        failed,
        retries: failed / 2,
        p50: Some(12_000_000),
        p99: (calls > 10).then_some(150_000_000),
    };
    ServiceGraph {
        nodes: vec![
            graph_node("gateway", "", PeerKind::Service, 1_200, 31),
            graph_node(HOSTILE, REVERSED, PeerKind::Database, 900, 0),
            graph_node("line\nbreak \"quoted\\\"", "", PeerKind::Messaging, 7, 7),
            graph_node("route", "supply-chain", PeerKind::Service, 800, 390),
            graph_node("basic", "supply-chain", PeerKind::Service, 950, 380),
            graph_node("batch", "", PeerKind::Service, 3, 3),
            graph_node("orders", "", PeerKind::Database, 500, 40),
        ],
        edges: vec![
            edge(0, 1, 900, 12),
            edge(0, 2, 7, 0),
            edge(0, 4, 950, 380),
            edge(1, 3, 20, 10),
            edge(3, 0, 2, 0),
            edge(4, 3, 800, 390),
            edge(4, 6, 500, 40),
            edge(5, 4, 3, 3),
        ],
    }
}

/// Where a node of the cascade is in [`graph`].
fn place(name: &str) -> usize {
    graph().nodes.iter().position(|n| n.node.name == name).unwrap()
}

fn course() -> Course {
    let shares = [Some(0.0), Some(0.01), None, Some(0.4), Some(1.0), Some(0.88)];
    Course {
        trouble: shares.to_vec(),
        p95: shares.iter().map(|s| s.map(|s| 12_000_000 + (s * 1e9) as u64)).collect(),
    }
}

fn timeline() -> Timeline {
    let lane = |name: &str, onset| Lane {
        node: place(name),
        onset: Some(at(onset)),
        course: course(),
        bad_logs: vec![0, 1, 0, 14, 90, 3],
    };
    Timeline {
        from: at("03:03:30"),
        step: 20_000_000_000,
        steps: 6,
        lanes: vec![
            lane("route", "03:04:05.678"),
            lane("gateway", "03:04:05.794"),
            lane(HOSTILE, "03:04:06"),
        ],
        deployments: vec![Deployment {
            service: "route".to_owned(),
            version: HOSTILE.to_owned(),
            at: at("03:04:00"),
        }],
        log_shifts: vec![
            LogShift {
                service: "basic".to_owned(),
                severity: "error",
                text: format!("no route to <*> {HOSTILE}"),
                before: 0.0,
                during: 92.5,
                course: (0..6).map(|step| u64::from(step > 2) * 9).collect(),
            },
            LogShift {
                service: REVERSED.to_owned(),
                severity: "info",
                text: "z".repeat(10_000),
                before: 30.0,
                during: 0.0,
                course: (0..6).map(|step| u64::from(step < 3) * 4).collect(),
            },
        ],
    }
}

/// A request from the gateway through a hostile name to where it failed.
pub fn waterfall(id: u8, failed: bool) -> Waterfall {
    let bar = |depth: usize, service: &str, offset: u64, took: u64| Bar {
        depth,
        service: service.to_owned(),
        kind: PeerKind::Service,
        operation: "POST /order".to_owned(),
        offset: offset * 1_000_000,
        took: took * 1_000_000,
        worked: Some((offset * 1_000_000 + 1_000_000, (took - 2) * 1_000_000)),
        failed,
        repaired: false,
        retry: false,
        asynchronous: false,
        critical: true,
        blamed: false,
        cause: if failed { "timeout" } else { "" },
        logs: Vec::new(),
    };
    let mut aside = bar(1, HOSTILE, 4, 30);
    (aside.failed, aside.critical, aside.cause) = (false, false, "");
    aside.operation = "x".repeat(10_000);
    let mut last = bar(2, "route", 60, 300);
    (last.blamed, last.worked) = (failed, None);
    last.logs = vec![("error", format!("gave up on {REVERSED}"))];
    Waterfall {
        id: trace(id),
        service: "gateway".to_owned(),
        operation: "POST /order".to_owned(),
        start: at("03:04:05.5"),
        took: 400_000_000,
        failed,
        bars: vec![bar(0, "gateway", 0, 400), aside, bar(1, "basic", 50, 320), last],
        left_out: 3,
    }
}

fn names() -> Vec<(Sort, String)> {
    let graph = graph();
    let mut names: Vec<(Sort, String)> =
        graph.nodes.iter().map(|n| (Sort::Service, n.node.name.clone())).collect();
    names.push((Sort::Service, "batch".to_owned()));
    names.push((Sort::Namespace, REVERSED.to_owned()));
    names.push((Sort::Namespace, "supply-chain".to_owned()));
    names.push((Sort::Operation, "POST /order".to_owned()));
    names.push((Sort::Version, "2.4.0-rc1".to_owned()));
    names.sort();
    names
}
