//! Telemetry with holes: the same cause, with less confidence, and the report says why.

mod common;

use std::fs;

use common::{fixtures, pipeline};
use serde_json::Value;
use tracefall::analysis::Analysis;

/// Takes out every `nth` span.
fn drop_spans(value: &mut Value, nth: u64, seen: &mut u64) {
    match value {
        Value::Object(members) => {
            if let Some(Value::Array(spans)) = members.get_mut("spans") {
                spans.retain(|_| {
                    *seen += 1;
                    !seen.is_multiple_of(nth)
                });
            }
            members.values_mut().for_each(|v| drop_spans(v, nth, seen));
        }
        Value::Array(values) => values.iter_mut().for_each(|v| drop_spans(v, nth, seen)),
        _ => {}
    }
}

fn with_holes(name: &str, nth: u64) -> Analysis {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut seen = 0;
    let mut text = String::new();
    for line in fixtures::stored(name, "traces.jsonl").lines() {
        let mut value: Value = serde_json::from_str(line).expect("a line of OTLP");
        drop_spans(&mut value, nth, &mut seen);
        text += &format!("{value}\n");
    }
    fs::write(folder.path().join("traces.jsonl"), text).expect("spans");
    let logs = fixtures::stored(name, "logs.jsonl");
    fs::write(folder.path().join("logs.jsonl"), logs).expect("log records");
    pipeline::analyzed(folder.path())
}

#[test]
fn holes_cost_confidence_and_are_told() {
    for name in ["slow-database", "dead-dependency", "retry-storm"] {
        let whole = pipeline::analyzed(&fixtures::root().join(name));
        let holes = with_holes(name, 10);
        let (clean, worn) = (&whole.candidates[0], &holes.candidates[0]);
        assert_eq!(clean.node.name, worn.node.name, "{name}");
        assert!(worn.score < clean.score, "{name}: {} is no less than {}", worn.score, clean.score);
        assert!(holes.coverage.orphan_spans > 100 && whole.coverage.orphan_spans == 0, "{name}");
    }
}
