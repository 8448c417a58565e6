//! The program as a whole on small exports: these need every room.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const EMPTY: &str = r#"{"resourceSpans":[]}"#;

struct Run {
    code: i32,
    out: String,
    err: String,
}

fn run_with(input: &str, args: &[&str]) -> Run {
    let mut command = Command::cargo_bin("tracefall").unwrap();
    let output = command.args(args).write_stdin(input).output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(args: &[&str]) -> Run {
    run_with("", args)
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}", run.err))
}

/// One healthy request through two services.
fn healthy() -> String {
    let span = |id: u8, parent: &str, kind: u8, times: [u64; 2]| {
        let [start, end] = times.map(|ms| 1_767_322_800_000_000_000 + ms * 1_000_000);
        format!(
            r#"{{"traceId":"{:032x}","spanId":"{id:016x}","parentSpanId":"{parent}","name":"GET /x","kind":{kind},"startTimeUnixNano":"{start}","endTimeUnixNano":"{end}"}}"#,
            7
        )
    };
    let resource = |service: &str, spans: &str| {
        format!(
            r#"{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{service}"}}}}]}},"scopeSpans":[{{"spans":[{spans}]}}]}}"#
        )
    };
    let gateway = [span(1, "", 2, [0, 100]), span(2, "0000000000000001", 3, [10, 90])].join(",");
    let orders = span(3, "0000000000000002", 2, [20, 80]);
    let parts = [resource("gateway", &gateway), resource("orders", &orders)].join(",");
    format!(r#"{{"resourceSpans":[{parts}]}}"#)
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        text_of(&path)
    }
}

fn text_of(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn an_empty_export_is_inconclusive_and_no_error() {
    let run = run_with(EMPTY, &["analyze", "-", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let report = json(&run);
    assert_eq!(report["verdict"], "inconclusive");
    assert_eq!(report["input"]["spans"], 0);
    assert!(report["input"]["from"].is_null());
}

#[test]
fn every_output_keeps_the_schema() {
    let schema = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for input in [EMPTY.to_owned(), healthy()] {
        let report = json(&run_with(&input, &["analyze", "-", "--format", "json"]));
        let errors: Vec<String> = validator.iter_errors(&report).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    let schema = serde_json::from_str(include_str!("../docs/graph.schema.json")).unwrap();
    let graph = json(&run_with(&healthy(), &["graph", "-", "--format", "json"]));
    jsonschema::validate(&schema, &graph).unwrap();
    assert_eq!(graph["edges"][0]["caller"], "gateway");
    assert_eq!(graph["edges"][0]["callee"], "orders");
}

#[test]
fn a_file_that_is_no_export_is_an_error_only_when_it_is_alone() {
    let folder = Folder::new();
    let wrong = folder.file("notes.txt", "not telemetry at all\n");
    let right = folder.file("traces.json", &healthy());
    let alone = run(&["analyze", &wrong]);
    assert_eq!((alone.code, alone.out.as_str()), (3, ""));
    assert!(alone.err.contains("notes.txt"));

    let both = run(&["analyze", &wrong, &right, "--format", "json"]);
    assert_eq!(both.code, 0, "{}", both.err);
    assert!(both.err.contains("notes.txt"));
    assert_eq!(json(&both)["input"]["losses"]["not_telemetry"], 1);

    let strict = run(&["analyze", &wrong, &right, "--format", "json", "--strict"]);
    assert_eq!(strict.code, 3);
    assert_eq!(strict.out, both.out, "the report is written all the same");
}

#[test]
fn what_is_lost_is_told_with_its_place() {
    let folder = Folder::new();
    let text = format!("{}\n{{\"broken\n{}\n", healthy(), EMPTY);
    let path = folder.file("traces.jsonl", &text);
    let run = run(&["analyze", &path]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("warning: lost while reading: bad_line 1"), "{}", run.err);
    assert!(run.err.contains("traces.jsonl:2: "), "{}", run.err);
}

#[test]
fn a_report_can_go_to_a_file_and_a_summary_stand_for_its_input() {
    let folder = Folder::new();
    let traces = folder.file("traces.json", &healthy());
    let summary = text_of(&folder.path("week.summary"));
    let made = run(&["summarize", &traces, "-o", &summary]);
    assert_eq!((made.code, made.out.as_str()), (0, ""), "{}", made.err);

    let report = text_of(&folder.path("report.json"));
    let written = run(&["analyze", &traces, "--format", "json", "--output", &report]);
    assert_eq!((written.code, written.out.as_str()), (0, ""), "{}", written.err);
    let direct = fs::read_to_string(&report).unwrap();
    let saved = run(&["analyze", &summary, "--format", "json"]);
    assert_eq!(saved.out, direct, "{}", saved.err);
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 3, "no drafts are left");
}

#[test]
fn a_damaged_summary_is_an_error_that_names_it() {
    let folder = Folder::new();
    let traces = folder.file("traces.json", &healthy());
    let summary = folder.path("week.summary");
    run(&["summarize", &traces, "-o", &text_of(&summary)]);
    let mut bytes = fs::read(&summary).unwrap();
    let half = bytes.len() / 2;
    bytes.truncate(half);
    fs::write(&summary, bytes).unwrap();
    let run = run(&["analyze", &text_of(&summary), &traces]);
    assert_eq!((run.code, run.out.as_str()), (3, ""));
    assert!(run.err.contains("week.summary"), "{}", run.err);
}

#[test]
fn a_baseline_is_reported_apart() {
    let folder = Folder::new();
    let traces = folder.file("traces.json", &healthy());
    let base = folder.file("base.json", &healthy());
    let run = run(&["analyze", &traces, "--baseline", &base, "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let report = json(&run);
    assert_eq!(report["input"]["spans"], 3);
    assert_eq!(report["baseline_input"]["spans"], 3);
}

#[test]
fn threads_do_not_change_the_report() {
    let folder = Folder::new();
    let traces = folder.file("traces.json", &healthy());
    let with = |threads| run(&["analyze", &traces, "--format", "json", "--threads", threads]).out;
    assert_eq!(with("1"), with("5"));
}

#[test]
fn colours_come_only_when_asked_for() {
    let plain = run_with(&healthy(), &["analyze", "-"]);
    assert_eq!(plain.code, 0, "{}", plain.err);
    assert!(!plain.out.contains('\u{1b}'));
    assert_eq!(plain.err, "", "nothing is said where nothing is wrong");
    let coloured = run_with(&healthy(), &["analyze", "-", "--color", "always"]);
    assert!(coloured.out.contains("\u{1b}["));
}

#[test]
fn every_article_is_listed_and_can_be_read() {
    let list = run(&["explain"]);
    assert_eq!(list.code, 0, "{}", list.err);
    let articles = [tracefall::rank::articles(), tracefall::cascade::articles()].concat();
    assert!(!articles.is_empty());
    for article in &articles {
        assert!(list.out.contains(article.id), "{} is not listed", article.id);
        let one = run(&["explain", article.id]);
        assert_eq!(one.code, 0);
        assert!(one.out.contains(article.title));
    }
    let id = articles[0].id;
    let typo = run(&["explain", &id[..id.len() - 1]]);
    assert_eq!(typo.code, 2);
    assert!(typo.err.contains(&format!("did you mean \"{id}\"")), "{}", typo.err);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = Folder::new();
    let traces = folder.file("traces.json", &healthy());
    let program = assert_cmd::cargo::cargo_bin("tracefall");
    let mut child = Process::new(program)
        .args(["graph", &traces, "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn bounds_do_not_reach_into_a_summary_and_that_is_said() {
    let folder = Folder::new();
    let traces = folder.file("traces.json", &healthy());
    let summary = text_of(&folder.path("week.summary"));
    run(&["summarize", &traces, "-o", &summary]);
    let bounded = run(&["analyze", &summary, "--from", "2026-01-02T04:00:00Z"]);
    assert_eq!(bounded.code, 0, "{}", bounded.err);
    assert!(bounded.err.contains("--from and --to"), "{}", bounded.err);
}

#[test]
fn whose_failure_a_404_is_can_be_chosen() {
    let span = |id: u8, parent: &str, kind: u8, service: &str| {
        format!(
            r#"{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{service}"}}}}]}},
            "scopeSpans":[{{"spans":[{{"traceId":"0000000000000000000000000000000a",
            "spanId":"000000000000000{id}","parentSpanId":"{parent}","name":"GET /it","kind":{kind},
            "startTimeUnixNano":"1767322800000000000","endTimeUnixNano":"1767322800010000000",
            "attributes":[{{"key":"http.response.status_code","value":{{"intValue":"404"}}}}]}}]}}]}}"#
        )
    };
    let spans = [
        span(1, "", 2, "shop"),
        span(2, "0000000000000001", 3, "shop"),
        span(3, "0000000000000002", 2, "stock"),
    ];
    let export = format!(r#"{{"resourceSpans":[{}]}}"#, spans.join(","));
    let failed = |whose: &str| {
        let graph =
            json(&run_with(&export, &["graph", "-", "--format", "json", "--errors-4xx", whose]));
        let nodes = graph["nodes"].as_array().unwrap().iter();
        nodes.map(|node| node["failed"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    // By name: shop, which serves the request, and stock, which shop calls.
    assert_eq!(failed("client"), [0, 1]);
    assert_eq!(failed("both"), [1, 1]);
    assert_eq!(failed("none"), [0, 0]);
}
