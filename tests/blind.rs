//! The fixtures once more, as exporters write them that never say how a span ended.

mod common;

use std::fs;

use common::{fixtures, pipeline};
use serde_json::Value;

/// Attributes that tell an outcome.
const OUTCOMES: [&str; 6] = [
    "http.response.status_code",
    "http.status_code",
    "rpc.response.status_code",
    "rpc.grpc.status_code",
    "db.response.status_code",
    "error.type",
];

/// Takes out every status, code and exception.
fn blind(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("status");
            members.remove("events");
            if let Some(Value::Array(attributes)) = members.get_mut("attributes") {
                attributes.retain(|a| !OUTCOMES.iter().any(|o| a["key"] == *o));
            }
            members.values_mut().for_each(blind);
        }
        Value::Array(values) => values.iter_mut().for_each(blind),
        _ => {}
    }
}

/// The verdict on a blinded fixture and the names of its candidates.
fn analyzed(name: &str) -> (String, Vec<String>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let lines = |text: &str| -> String {
        let one = |line: &str| {
            let mut value: Value = serde_json::from_str(line).expect("a line of OTLP");
            blind(&mut value);
            format!("{value}\n")
        };
        text.lines().map(one).collect()
    };
    let spans = fixtures::stored(name, "traces.jsonl");
    fs::write(folder.path().join("traces.jsonl"), lines(&spans)).expect("spans");
    let logs = fixtures::stored(name, "logs.jsonl");
    fs::write(folder.path().join("logs.jsonl"), logs).expect("log records");
    let analysis = pipeline::analyzed(folder.path());
    let names = analysis.candidates.iter().map(|c| c.node.name.clone()).collect();
    (analysis.verdict.as_str().to_owned(), names)
}

#[test]
fn behaviour_alone_shows_where_it_began() {
    for (name, root) in [
        ("dead-dependency", "ledger"),
        ("network-delay", "payments"),
        ("pool-exhaustion", "orders"),
        ("retry-storm", "inventory"),
        ("slow-but-alive", "ledger-db"),
        ("slow-database", "ledger-db"),
    ] {
        let (verdict, candidates) = analyzed(name);
        assert_eq!(verdict, "incident", "{name}");
        assert_eq!(candidates.first().map(String::as_str), Some(root), "{name}: {candidates:?}");
    }
}

#[test]
fn noise_and_load_are_no_incidents() {
    for name in ["healthy-noise", "load-ramp"] {
        assert_eq!(analyzed(name), ("no_incident".to_owned(), Vec::new()), "{name}");
    }
}
