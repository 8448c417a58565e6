//! What ingest reads is what was written: exports are built with the generated OTLP types,
//! written as protobuf by prost and as JSON by serde, and read back.

use std::path::PathBuf;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngCore, SeedableRng};
use tracefall::ingest::{Loaded, load};
use tracefall::model::{Cause, LinkRecord, PeerKind, SpanRecord};

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn int(key: &str, value: i64) -> KeyValue {
    attribute(key, Value::IntValue(value))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

fn id(random: &mut StdRng, bytes: usize) -> Vec<u8> {
    let mut id = vec![0; bytes];
    random.fill_bytes(&mut id);
    id
}

fn resource(random: &mut StdRng) -> Option<Resource> {
    let name = ["cart", "pay", "unknown_service:go"].choose(random).unwrap();
    Some(Resource {
        attributes: vec![
            text("service.name", name),
            text("service.namespace", "shop"),
            text("host.name", "h1"),
            text("service.version", "1.2"),
        ],
        ..Resource::default()
    })
}

fn span(random: &mut StdRng) -> Span {
    let start = random.random_range(1..u64::MAX / 2);
    let mut attributes = vec![
        int("http.response.status_code", random.random_range(100..600)),
        text("server.address", "pay:80"),
        attribute("thread.id", Value::DoubleValue(1.5)),
        attribute("odd", Value::BytesValue(vec![1, 2, 255])),
    ];
    match random.random_range(0..4) {
        0 => attributes.push(text("db.system", "redis")),
        1 => attributes.push(text("messaging.destination.name", "orders")),
        2 => attributes.push(text("error.type", "timeout")),
        _ => attributes.push(int("http.request.resend_count", 3)),
    }
    let exception = Event {
        name: "exception".to_owned(),
        attributes: vec![
            text("exception.type", "java.lang.Boom"),
            text("exception.message", "quote \" and \n line"),
        ],
        ..Event::default()
    };
    let link = Link { trace_id: id(random, 16), span_id: id(random, 8), ..Link::default() };
    Span {
        trace_id: id(random, 16),
        span_id: id(random, 8),
        parent_span_id: if random.random() { id(random, 8) } else { vec![] },
        trace_state: ["", "ot=th:c", "a=b,ot=p:2"].choose(random).unwrap().to_string(),
        flags: [0, 0x101, 0x301].choose(random).copied().unwrap(),
        name: format!("GET /é/{}?q=\\", random.random_range(0..1000)),
        kind: random.random_range(0..6),
        start_time_unix_nano: start,
        end_time_unix_nano: start + random.random_range(0..1_000_000),
        attributes,
        events: if random.random() { vec![exception] } else { vec![] },
        links: if random.random() { vec![link] } else { vec![] },
        status: random.random::<bool>().then(|| Status {
            message: "connection refused".to_owned(),
            code: random.random_range(0..3),
        }),
        ..Span::default()
    }
}

fn log(random: &mut StdRng) -> LogRecord {
    let body = match random.random_range(0..3) {
        0 => Some(Value::StringValue("order \"8\" took 5 ms".to_owned())),
        1 => Some(Value::IntValue(7)),
        _ => None,
    };
    LogRecord {
        time_unix_nano: random.random_range(0..2) * 1_000,
        observed_time_unix_nano: 2_000,
        severity_number: random.random_range(0..25),
        severity_text: "ERROR".to_owned(),
        body: Some(AnyValue { value: body }),
        attributes: vec![text("exception.type", "Boom")],
        trace_id: if random.random() { id(random, 16) } else { vec![] },
        span_id: if random.random() { id(random, 8) } else { vec![] },
        ..LogRecord::default()
    }
}

fn traces(random: &mut StdRng) -> ExportTraceServiceRequest {
    let resource_spans = (0..3).map(|_| ResourceSpans {
        resource: resource(random),
        scope_spans: vec![ScopeSpans {
            spans: (0..20).map(|_| span(random)).collect(),
            ..ScopeSpans::default()
        }],
        ..ResourceSpans::default()
    });
    ExportTraceServiceRequest { resource_spans: resource_spans.collect() }
}

fn logs(random: &mut StdRng) -> ExportLogsServiceRequest {
    let resource_logs = (0..3).map(|_| ResourceLogs {
        resource: resource(random),
        scope_logs: vec![ScopeLogs {
            log_records: (0..20).map(|_| log(random)).collect(),
            ..ScopeLogs::default()
        }],
        ..ResourceLogs::default()
    });
    ExportLogsServiceRequest { resource_logs: resource_logs.collect() }
}

fn read(bytes: &[u8]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("export");
    std::fs::write(&path, bytes).unwrap();
    load(&[path], 4, &()).unwrap()
}

/// Everything about the records, with names in place of symbols.
fn told(loaded: &Loaded) -> Vec<String> {
    let tables = &loaded.telemetry.tables;
    let name = |sym| tables.symbols.get(sym).to_owned();
    let resource = |id: tracefall::model::ResourceId| {
        let r = tables.resources.get(id.0);
        let names = [r.namespace, r.name, r.instance, r.version, r.clock, r.zone].map(name);
        format!("{names:?} {}", r.unnamed)
    };
    let mut lines = Vec::new();
    for (index, partition) in loaded.telemetry.partitions.iter().enumerate() {
        for span in &partition.spans {
            let peer = tables.peers.get(span.peer.0);
            let names = [peer.name, peer.namespace, peer.database, peer.system].map(name);
            let bare = SpanRecord {
                resource: Default::default(),
                name: Default::default(),
                peer: Default::default(),
                error: Default::default(),
                ..*span
            };
            lines.push(format!(
                "{index} {bare:?} {} {:?} {names:?} {} {}",
                resource(span.resource),
                peer.kind,
                name(span.name),
                name(span.error),
            ));
        }
        for log in &partition.logs {
            lines.push(format!(
                "{index} {} {} {} {} {} {}",
                log.trace,
                log.span,
                log.time.0,
                log.severity,
                resource(log.resource),
                name(log.body),
            ));
        }
        lines.extend(partition.links.iter().map(|link| format!("{index} {link:?}")));
    }
    lines.sort();
    lines
}

#[test]
fn protobuf_and_json_tell_the_same() {
    for seed in 0..20 {
        let random = &mut StdRng::seed_from_u64(seed);
        let spans = traces(random);
        let protobuf = read(&spans.encode_to_vec());
        let json = read(&serde_json::to_vec(&spans).unwrap());
        let pretty = read(&serde_json::to_vec_pretty(&spans).unwrap());
        assert_eq!(protobuf.telemetry.stats.spans, 60);
        assert_eq!(told(&protobuf), told(&json));
        assert_eq!(told(&protobuf), told(&pretty));
        let records = logs(random);
        let protobuf = read(&records.encode_to_vec());
        let json = read(&serde_json::to_vec(&records).unwrap());
        assert_eq!(protobuf.telemetry.stats.log_records, 60);
        assert_eq!(told(&protobuf), told(&json));
        assert_eq!(told(&protobuf).len(), 60);
    }
}

/// The fields that need no interpretation, straight from what was written.
#[test]
fn every_span_is_read_as_written() {
    let random = &mut StdRng::seed_from_u64(7);
    let written = traces(random);
    let loaded = read(&written.encode_to_vec());
    let mut spans: Vec<SpanRecord> = Vec::new();
    let mut links: Vec<LinkRecord> = Vec::new();
    for partition in &loaded.telemetry.partitions {
        spans.extend(&partition.spans);
        links.extend(&partition.links);
    }
    let all = written.resource_spans.iter().flat_map(|r| &r.scope_spans);
    for want in all.flat_map(|scope| &scope.spans) {
        let id = u64::from_be_bytes(want.span_id.as_slice().try_into().unwrap());
        let got = spans.iter().find(|span| span.id.get() == id).unwrap();
        assert_eq!(got.trace, tracefall::model::TraceId::from_bytes(&want.trace_id).unwrap());
        assert_eq!(got.parent.is_none(), want.parent_span_id.is_empty());
        assert_eq!(got.start.0, want.start_time_unix_nano);
        assert_eq!(got.end.0, want.end_time_unix_nano);
        assert_eq!(got.kind as i32, want.kind);
        let status = want.status.as_ref().map_or(0, |status| status.code);
        assert_eq!(got.status as i32, status);
        let linked = links.iter().filter(|link| link.span == got.id).count();
        assert_eq!(linked, want.links.len());
    }
}

#[test]
fn meaning_survives_the_way_through_a_file() {
    let random = &mut StdRng::seed_from_u64(1);
    let mut call = span(random);
    call.name = "GET".to_owned();
    call.kind = 3;
    call.events.clear();
    call.attributes = vec![
        text("server.address", "redis-0.cache.svc:6379"),
        text("db.system.name", "redis"),
        text("error.type", "java.net.SocketTimeoutException"),
    ];
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: resource(random),
            scope_spans: vec![ScopeSpans { spans: vec![call], ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }],
    };
    let loaded = read(&serde_json::to_vec(&request).unwrap());
    let mut spans = loaded.telemetry.partitions.iter().flat_map(|p| &p.spans);
    let span = spans.next().unwrap();
    let tables = &loaded.telemetry.tables;
    let peer = tables.peers.get(span.peer.0);
    assert_eq!(peer.kind, PeerKind::Cache);
    assert_eq!(tables.symbols.get(peer.name), "redis-0.cache.svc");
    assert_eq!(span.cause, Cause::Timeout);
    assert_eq!(tables.symbols.get(span.name), "GET");
}
