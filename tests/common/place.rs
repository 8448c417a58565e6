//! A folder with a small export and perhaps settings, in which the program runs.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with an export, in which the program runs.
pub struct Place(TempDir);

/// A span: (trace, id, parent), service, kind, name, and its attributes.
pub type Span<'a> = ((u64, u64, u64), &'a str, u64, &'a str, &'a [(&'a str, Value)]);

/// A server span.
pub const SERVER: u64 = 2;
/// A client span.
pub const CLIENT: u64 = 3;
/// The id of the first trace.
pub const ONE: &str = "00000000000000000000000000000001";

impl Place {
    pub fn new(spans: &[Span<'_>]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let spans: Vec<Value> = spans.iter().map(resource_spans).collect();
        place.write("traces.json", &json!({ "resourceSpans": spans }).to_string());
        place
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn settings(self, text: &str) -> Self {
        self.write("tracefall.toml", text);
        self
    }

    pub fn run_in(&self, folder: &str, args: &[&str]) -> (i32, String, String) {
        let mut program = Command::cargo_bin("tracefall").unwrap();
        let output = program.current_dir(self.0.path().join(folder)).args(args).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    pub fn run(&self, args: &[&str]) -> (i32, String, String) {
        self.run_in("", args)
    }

    pub fn out(&self, args: &[&str]) -> String {
        let (code, out, err) = self.run(args);
        assert_eq!(code, 0, "{err}");
        out
    }

    pub fn graph(&self, flags: &[&str]) -> Value {
        let args = [&["graph", "traces.json", "--format", "json"], flags].concat();
        serde_json::from_str(&self.out(&args)).unwrap()
    }

    /// Failed calls of the nodes with this name.
    pub fn failed(&self, service: &str, flags: &[&str]) -> u64 {
        node(&self.graph(flags), service)["failed"].as_u64().unwrap()
    }

    /// What the JSON report says of a file.
    pub fn report(&self, file: &str, flags: &[&str]) -> Value {
        let args = [&["analyze", file, "--format", "json"], flags].concat();
        serde_json::from_str(&self.out(&args)).unwrap()
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

fn resource_spans(&((trace, id, parent), service, kind, name, attributes): &Span<'_>) -> Value {
    let attribute = |key: &str, value: &Value| {
        let value = match value {
            Value::String(text) => json!({ "stringValue": text }),
            number => json!({ "intValue": number.to_string() }),
        };
        json!({ "key": key, "value": value })
    };
    let at = 1_700_000_000_000_000_000 + trace * 1_000_000_000 + id * 1_000_000;
    let error = attributes.iter().any(|(key, _)| *key == "error.type");
    let status = if error { json!({ "code": 2 }) } else { json!({}) };
    let attributes: Vec<Value> = attributes.iter().map(|(k, v)| attribute(k, v)).collect();
    json!({
        "resource": { "attributes": [attribute("service.name", &json!(service))] },
        "scopeSpans": [{ "spans": [{
            "traceId": format!("{trace:032x}"), "spanId": format!("{id:016x}"),
            "parentSpanId": if parent == 0 { String::new() } else { format!("{parent:016x}") },
            "name": name, "kind": kind, "attributes": attributes, "status": status,
            "startTimeUnixNano": at.to_string(),
            "endTimeUnixNano": (at + 500_000_000 / id).to_string(),
        }] }],
    })
}

pub fn node<'a>(graph: &'a Value, service: &str) -> &'a Value {
    let nodes = graph["nodes"].as_array().unwrap();
    let found = nodes.iter().find(|node| node["service"] == service);
    found.unwrap_or_else(|| panic!("no {service} in {graph:#}"))
}

pub fn services(graph: &Value) -> Vec<&str> {
    let nodes = graph["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["service"].as_str().unwrap()).collect()
}
