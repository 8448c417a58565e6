//! Fault lines and boundaries between teams, through the program.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use common::golden::{body, golden};
use serde_json::Value;
use tempfile::TempDir;

struct Run {
    code: i32,
    out: String,
    err: String,
}

fn run(args: &[&str]) -> Run {
    let mut command = Command::cargo_bin("tracefall").unwrap();
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).args(args).output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn ran(args: &[&str]) -> String {
    let run = run(args);
    assert_eq!(run.code, 0, "{args:?}: {}", run.err);
    run.out
}

fn json(args: &[&str]) -> Value {
    let mut all = args.to_vec();
    all.extend(["--format", "json"]);
    serde_json::from_str(&ran(&all)).unwrap()
}

const HEALTHY: &str = "fixtures/healthy-noise";
const INCIDENT: &str = "fixtures/dead-dependency";

#[test]
fn fault_lines_read_as_before() {
    for format in ["terminal", "json", "markdown", "csv"] {
        let text = ran(&["faultlines", HEALTHY, "--top", "4", "--format", format]);
        let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
        golden(&format!("faultlines_{format}"), &text.replace(&version, "\"version\": \"0.0.0\""));
    }
    let narrow = ran(&["faultlines", HEALTHY, "--top", "4", "--width", "60"]);
    golden("faultlines_terminal_60", &narrow);
    let page = ran(&["faultlines", HEALTHY, "--top", "4", "--format", "html"]);
    golden("faultlines_html", &body(&page).replace(env!("CARGO_PKG_VERSION"), "0.0.0"));
}

#[test]
fn the_schema_holds() {
    let schema = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faultlines.schema.json"),
    );
    let schema: Value = serde_json::from_str(&schema.unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for input in [HEALTHY, INCIDENT, "fixtures/eager-retries"] {
        let report = json(&["faultlines", input]);
        let problems: Vec<String> =
            validator.iter_errors(&report).map(|e| format!("{input}: {e}")).collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}

/// Files in another order, other numbers of threads, and a saved summary in the export's stead.
#[test]
fn the_way_in_does_not_matter() {
    let file = |name: &str| format!("{HEALTHY}/{name}.jsonl");
    let (traces, logs) = (file("traces"), file("logs"));
    let at_once = |more: &[&str]| {
        let mut args = vec!["faultlines", "--format", "json"];
        args.extend(more);
        ran(&args)
    };
    let first = at_once(&[&traces, &logs]);
    assert_eq!(first, at_once(&[&logs, &traces, "--threads", "1"]));
    let folder = TempDir::new().unwrap();
    let saved = folder.path().join("healthy.summary");
    let saved = saved.to_str().unwrap();
    ran(&["summarize", &traces, &logs, "-o", saved]);
    assert_eq!(first, at_once(&[saved, "--threads", "2"]));
}

#[test]
fn nothing_of_the_house_gets_out() {
    let open = json(&["faultlines", HEALTHY, "--top", "100"]);
    let mut secrets: Vec<String> = Vec::new();
    for point in open["integration_points"].as_array().unwrap() {
        let lists = ["edge", "namespaces", "teams", "exemplars"];
        let values = lists.iter().flat_map(|list| point[*list].as_array().unwrap());
        secrets.extend(values.filter_map(|v| v.as_str()).map(str::to_owned));
    }
    assert!(secrets.len() > 40, "{secrets:?}");
    for format in ["terminal", "json", "html", "markdown", "csv"] {
        let args = ["faultlines", HEALTHY, "--top", "100", "--redact", "--format", format];
        let text = ran(&args);
        let words: Vec<&str> =
            text.split(|c: char| !(c.is_alphanumeric() || "-.".contains(c))).collect();
        // A page's own words are style and script, not telemetry.
        let words = if format == "html" { Vec::new() } else { words };
        for secret in &secrets {
            assert!(!words.contains(&secret.as_str()), "{format} tells {secret}");
        }
    }
}

#[test]
fn an_incident_in_the_input_is_left_out() {
    let report = json(&["faultlines", INCIDENT]);
    assert!(report["reference"].as_str().unwrap().contains("before the incident"));
    let all = json(&["faultlines", HEALTHY]);
    assert!(all["reference"].as_str().unwrap().contains("no incident"));
}

#[test]
fn an_empty_export_is_no_error() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("empty.json");
    fs::write(&path, r#"{"resourceSpans":[]}"#).unwrap();
    let text = ran(&["faultlines", path.to_str().unwrap()]);
    assert!(text.contains("no integration point"), "{text}");
}

fn teams_file(text: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("teams.toml");
    fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn teams_come_from_a_file_and_else_from_namespaces() {
    let text = "[teams]\n\"ledger*\" = \"bookkeepers\"\n\"*-db\" = \"keepers\"\n";
    let (_folder, path) = teams_file(text);
    let report = json(&["faultlines", HEALTHY, "--top", "100", "--teams", path.to_str().unwrap()]);
    let points = report["integration_points"].as_array().unwrap();
    let teams: BTreeMap<String, &Value> = points
        .iter()
        .map(|p| (format!("{}>{}", p["edge"][0], p["edge"][1]).replace('"', ""), &p["teams"]))
        .collect();
    assert_eq!(teams["payments>ledger"], &serde_json::json!(["finance", "bookkeepers"]));
    // The first rule wins.
    assert_eq!(teams["ledger>ledger-db"], &serde_json::json!(["bookkeepers", "bookkeepers"]));
    assert_eq!(teams["orders>orders-db"], &serde_json::json!(["commerce", "keepers"]));
    assert_eq!(teams["catalog>catalog-cache"], &serde_json::json!(["discovery", null]));
}

#[test]
fn a_wrong_file_of_teams_is_told_with_its_place() {
    for (text, told) in [
        ("[teams]\n\"[x\" = \"a\"\n", "teams.toml:2:1: "),
        ("ledger = 3\n", "teams.toml:1:10: `ledger` must be text in quotes"),
    ] {
        let (_folder, path) = teams_file(text);
        let run = run(&["analyze", HEALTHY, "--teams", path.to_str().unwrap()]);
        assert_eq!(run.code, 2);
        assert!(run.err.contains(told) && run.out.is_empty(), "{}", run.err);
    }
    let run_idle = {
        let (_folder, path) = teams_file("leger = \"finance\"\n");
        run(&["faultlines", HEALTHY, "--teams", path.to_str().unwrap()])
    };
    assert_eq!(run_idle.code, 0);
    assert!(run_idle.err.contains("no service is chosen by \"leger\""), "{}", run_idle.err);
    assert_eq!(run(&["analyze", HEALTHY, "--teams", "none-such.toml"]).code, 2);
}

/// In that fixture `ledger` (finance) dies; `checkout` (commerce) and `storefront` (web) fall.
#[test]
fn the_report_says_whose_domain_it_entered() {
    let report = json(&["analyze", INCIDENT]);
    let boundaries = &report["boundaries"];
    assert_eq!(boundaries["began_in"], "finance");
    let entered = boundaries["entered"].as_array().unwrap();
    let told: Vec<(&str, &str)> = entered
        .iter()
        .map(|e| (e["team"].as_str().unwrap(), e["edge"][0].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("commerce", "checkout"), ("web", "storefront")]);
    let first = &boundaries["list"][0];
    assert!(first["failed"].as_u64().unwrap() > 20 && first["onset"].is_string(), "{first}");
    for format in ["terminal", "markdown", "html"] {
        let text = ran(&["analyze", INCIDENT, "--format", format, "--width", "200"]);
        assert!(text.contains("entered") && text.contains("commerce"), "{format}");
    }
    let hidden = ran(&["analyze", INCIDENT, "--format", "json", "--redact"]);
    assert!(!hidden.contains("\"finance\"") && !hidden.contains("\"commerce\""));
}

#[test]
fn findings_are_explained() {
    for finding in tracefall::faultlines::FINDINGS {
        let text = ran(&["explain", finding.article.id]);
        assert!(text.contains(finding.article.title), "{text}");
    }
}

/// Edges on which the caller gives up before the callee: as fault lines have it, and the gate.
fn inversions(fixture: &str, policy: &str) -> [BTreeSet<(String, String)>; 2] {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let lines = json(&["faultlines", fixture, "--top", "1000"]);
    let points = lines["integration_points"].as_array().unwrap().iter().filter(|point| {
        let findings = point["findings"].as_array().unwrap();
        findings.iter().any(|finding| finding["id"] == "inverted_timeouts")
    });
    let listed = points.map(|p| (text(&p["edge"][0]), text(&p["edge"][1]))).collect();
    let gate = run(&["check", fixture, "--policy", policy, "--format", "json"]);
    let gate: Value = serde_json::from_str(&gate.out).unwrap();
    let findings = gate["rules"][0]["findings"].as_array().unwrap().iter();
    let broken = findings.map(|f| &f["services"]);
    [listed, broken.map(|s| (text(&s[0]["service"]), text(&s[1]["service"]))).collect()]
}

#[test]
fn the_gate_names_the_inversions_that_fault_lines_name() {
    let folder = TempDir::new().unwrap();
    let policy = folder.path().join("policy.toml");
    fs::write(&policy, "[rule.order]\nkind = \"timeout_order\"\n").unwrap();
    let mut all = BTreeSet::new();
    for fixture in ["slow-database", "retry-storm", "hanging-queries", "bad-configuration"] {
        let fixture = format!("fixtures/{fixture}");
        let [listed, broken] = inversions(&fixture, policy.to_str().unwrap());
        assert_eq!(listed, broken, "{fixture}");
        all.extend(listed);
    }
    assert!(!all.is_empty(), "none of these fixtures shows an inversion");
}
