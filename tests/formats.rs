//! What other tracing systems write is read like OTLP: fixtures converted to it give the same first
//! candidate, and a plain walk through the JSON finds the same spans.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use common::exports::Exports;
use common::fixtures::stored;
use common::pipeline::{PARTITIONS, read};
use serde_json::Value;
use tempfile::TempDir;
use tracefall::ingest::Loaded;

const FORMATS: [&str; 3] = ["jaeger", "zipkin", "zipkin-shared"];

/// A fixture as plain files.
fn plain(scenario: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["traces.jsonl", "logs.jsonl"] {
        fs::write(folder.path().join(name), stored(scenario, name)).unwrap();
    }
    folder
}

fn converted(format: &str, from: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/convert.py");
    let files = ["traces.jsonl", "logs.jsonl"].map(|name| from.join(name));
    let mut python = Command::new("python3");
    let done = python.arg(script).arg(format).args(files).arg(folder.path()).status().unwrap();
    assert!(done.success());
    folder
}

fn report(path: &Path) -> Value {
    let mut run = Command::new(cargo_bin("tracefall"));
    let output = run.args(["analyze", "--strict", "--format", "json"]).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What must not depend on the format.
fn outcome(report: &Value) -> Value {
    let first = &report["candidates"][0];
    let read = ["spans", "log_records", "traces"].map(|key| report["input"][key].clone());
    let named = ["service", "namespace", "kind", "edge"].map(|key| first[key].clone());
    serde_json::json!([report["verdict"], named, read])
}

#[test]
fn converted_incidents_have_the_same_first_candidate() {
    for scenario in ["dead-dependency", "slow-database"] {
        let otlp = plain(scenario);
        let want = outcome(&report(otlp.path()));
        assert_eq!(want[0], "incident");
        for format in FORMATS {
            let other = converted(format, otlp.path());
            assert_eq!(outcome(&report(other.path())), want, "{scenario} as {format}");
        }
    }
}

/// Trace, span, parent, start and end in nanoseconds, name of the service.
type Told = (String, u64, u64, u64, u64, String);

fn id(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap_or("0"), 16).unwrap()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn trace_of(span: &Value, key: &str) -> String {
    format!("{:0>32}", span[key].as_str().unwrap())
}

fn jaeger(reply: &Value) -> Vec<Told> {
    let traces = list(&reply["data"]);
    let spans = traces.flat_map(|trace| list(&trace["spans"]).map(move |span| (trace, span)));
    let told = |(trace, span): (&Value, &Value)| {
        let start = span["startTime"].as_u64().unwrap();
        let end = start + span["duration"].as_u64().unwrap();
        let parent = list(&span["references"]).find(|r| r["refType"] == "CHILD_OF");
        let process = &trace["processes"][span["processID"].as_str().unwrap()];
        let service = process["serviceName"].as_str().unwrap().to_owned();
        let parent = parent.map_or(0, |r| id(&r["spanID"]));
        let of = trace_of(span, "traceID");
        (of, id(&span["spanID"]), parent, start * 1000, end * 1000, service)
    };
    spans.map(told).collect()
}

fn zipkin(reply: &Value) -> Vec<Told> {
    let told = |span: &Value| {
        let start = span["timestamp"].as_u64().unwrap();
        let end = start + span["duration"].as_u64().unwrap();
        let service = span["localEndpoint"]["serviceName"].as_str().unwrap().to_owned();
        let of = trace_of(span, "traceId");
        (of, id(&span["id"]), id(&span["parentId"]), start * 1000, end * 1000, service)
    };
    list(reply).flat_map(list).map(told).collect()
}

fn loaded(loaded: &Loaded) -> Vec<Told> {
    let tables = &loaded.telemetry.tables;
    let spans = loaded.telemetry.partitions.iter().flat_map(|p| &p.spans);
    let told = |span: &tracefall::model::SpanRecord| {
        let service = tables.symbols.get(tables.resources.get(span.resource.0).name).to_owned();
        let ids = (span.trace.to_string(), span.id.get(), span.parent.get());
        (ids.0, ids.1, ids.2, span.start.0, span.end.0, service)
    };
    spans.map(told).collect()
}

#[test]
fn a_plain_walk_finds_the_same_spans() {
    let otlp = plain("two-causes");
    for format in FORMATS {
        let other = converted(format, otlp.path());
        let path = other.path().join("traces.json");
        let reply: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let walk = if format == "jaeger" { jaeger } else { zipkin };
        let mut want = walk(&reply);
        let got = read(&[path], PARTITIONS);
        assert_eq!(got.telemetry.stats.losses, [].into(), "{:?}", got.telemetry.stats.examples);
        let mut got = loaded(&got);
        want.sort();
        got.sort();
        assert!(want.len() > 1000, "{} spans tell little", want.len());
        assert_eq!(got.len(), want.len(), "{format}");
        assert!(got == want, "{format}");
    }
}

/// Files of hostile or broken makers: each is used or refused, and nothing panics.
#[test]
fn hostile_files_are_used_or_refused() {
    let deep = |open: &str, close: &str, times| open.repeat(times) + &close.repeat(times);
    let jaeger = |span: &str| format!(r#"{{"traceID":"1","spans":[{span}],"processes":{{}}}}"#);
    let zipkin = |rest: &str| {
        format!(
            r#"[{{"traceId":"1","id":"2","localEndpoint":{{}},"timestamp":5,"duration":5,{rest}}}]"#
        )
    };
    let digits = "9".repeat(400);
    let files = [
        jaeger(&deep("{\"process\":", "}", 100_000)),
        jaeger(&format!(r#"{{"tags":{}}}"#, deep("[", "]", 100_000))),
        format!(r#"{{"data":[{}]}}"#, deep("{\"data\":[", "]}", 50_000)),
        jaeger(&format!(r#"{{"traceID":"{digits}","spanID":"{digits}","startTime":{digits}}}"#)),
        jaeger(&format!(r#"{{"spanID":"1","traceID":"1","startTime":{digits},"duration":1e999}}"#)),
        r#"{"traceID":"1","traceID":"2","spans":[],"spans":[{"spanID":"1","spanID":"2"}]}"#
            .to_owned(),
        r#"{"traceID":[],"spans":{"a":[]},"processes":[{"p1":1}]}"#.to_owned(),
        zipkin(&format!(r#""tags":{}"#, deep("{\"a\":", "1}", 100_000))),
        zipkin(&format!(r#""id":{digits},"traceId":null,"annotations":[{{"value":{digits}}}]"#)),
        zipkin(&format!(r#""annotations":[{{"value":"\"exception\":{}"}}]"#, "[".repeat(100_000))),
        deep("[", "]", 200_000),
        format!(r#"[{}"#, r#"{"traceId":"1","id":"2","shared":true},"#.repeat(1000)),
    ];
    for (number, file) in files.into_iter().enumerate() {
        let exports = Exports::of_bytes([file.clone().into_bytes()]);
        let loaded = read(&exports.paths, PARTITIONS);
        let told = loaded.recognised > 0 || !loaded.named_failures.is_empty();
        assert!(told, "file {number} is neither used nor refused");
    }
}

/// Runs the program on one file and gives its exit code and outputs.
fn run(text: &str, flags: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("reply.json");
    fs::write(&path, text).unwrap();
    let mut program = Command::new(cargo_bin("tracefall"));
    let run = program.arg("analyze").arg(&path).args(flags).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (run.status.code().unwrap(), text(&run.stdout), text(&run.stderr))
}

/// Of a trace that was kept by a known share, the report says so, as for OTLP's thresholds.
#[test]
fn samplers_of_jaeger_are_told() {
    let trace = |id: u64, tags: &str| {
        format!(
            r#"{{"traceID":"{id}","spans":[
            {{"traceID":"{id}","spanID":"1","operationName":"GET /","startTime":{id}000000,"duration":5,
              "tags":[{{"key":"span.kind","value":"server"}}{tags}],"processID":"p1"}},
            {{"traceID":"{id}","spanID":"2","references":[{{"refType":"CHILD_OF","traceID":"{id}",
              "spanID":"1"}}],"operationName":"inner","startTime":{id}000000,"duration":4,
              "processID":"p1"}}],"processes":{{"p1":{{"serviceName":"shop"}}}}}}"#
        )
    };
    let sampler = |kind: &str, param: &str| {
        format!(
            r#",{{"key":"sampler.type","type":"string","value":"{kind}"}},
            {{"key":"sampler.param","type":"float64","value":{param}}}"#
        )
    };
    let sampling = |tags: &[String]| {
        let traces: Vec<String> = (1..).zip(tags).map(|(id, tags)| trace(id, tags)).collect();
        let reply = format!(r#"{{"data":[{}]}}"#, traces.join(","));
        let (code, out, err) = run(&reply, &["--format", "json"]);
        assert_eq!(code, 0, "{err}");
        let report: Value = serde_json::from_str(&out).unwrap();
        report["coverage"]["sampling"].as_str().unwrap().to_owned()
    };
    let quarter = sampler("probabilistic", "0.25");
    assert_eq!(sampling(&[quarter.clone(), quarter.clone()]), "head:0.2500");
    assert_eq!(sampling(&[sampler("const", "true")]), "all");
    assert_eq!(sampling(&[sampler("ratelimiting", "2")]), "unknown");
    // What one of them leaves open is open for all.
    assert_eq!(sampling(&[quarter, String::new()]), "unknown");
}

/// That a backend has more of a trace than it gave is told, and is a loss under --strict.
#[test]
fn a_partial_reply_of_tempo_is_told() {
    let span = r#"{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002",
        "name":"GET /","kind":2,"startTimeUnixNano":"1","endTimeUnixNano":"2"}"#;
    let reply = format!(
        r#"{{"trace":{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}},
        "status":"PARTIAL","message":"trace exceeds max size"}}"#
    );
    let (code, out, err) = run(&reply, &["--strict"]);
    assert_eq!(code, 3, "{err}");
    assert!(out.contains("1 partial trace"), "{out}");
    assert!(err.contains("partial_trace") && err.contains("reply.json"), "{err}");
    let (code, out, _) = run(&reply, &["--format", "json"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["input"]["losses"]["partial_trace"]), (0, &1.into()));
    assert_eq!(run(&reply.replace("PARTIAL", "COMPLETE"), &["--strict"]).0, 0);
}

#[test]
fn refused_replies_are_named_by_the_program() {
    for (text, name) in [
        (r#"{"traces":[{"traceID":"1","rootServiceName":"cart"}]}"#, "Grafana Tempo's search"),
        (r#"{"data":["cart"],"total":1,"limit":0,"offset":0,"errors":null}"#, "names of services"),
        (r#"[{"traceId":"1","id":"2","binaryAnnotations":[]}]"#, "Zipkin JSON of version 1"),
        (
            r#"{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}"#,
            "an error of Jaeger's",
        ),
    ] {
        let (code, _, said) = run(text, &[]);
        assert_eq!(code, 3);
        assert!(said.contains(name) && said.contains("reply.json"), "{said}");
    }
}
