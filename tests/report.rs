//! Reports over analyses made by hand: golden files, the JSON contract, and harmless output.

mod common;

use common::analyses::{FORBIDDEN, incident, inconclusive, no_incident};
use serde_json::Value;
use tracefall::analysis::{Analysis, Coverage};
use tracefall::model::{InputStats, LossKind};
use tracefall::report::{ANALYSIS, Format, GRAPH, Options};

fn format(formats: &'static [Format], id: &str) -> &'static Format {
    formats.iter().find(|format| format.id == id).unwrap()
}

fn written(format: &Format, analysis: &Analysis, options: &Options) -> String {
    let mut out = Vec::new();
    format.write(analysis, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn all() -> [(&'static str, Analysis); 3] {
    [("incident", incident()), ("no_incident", no_incident()), ("inconclusive", inconclusive())]
}

fn golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn plain(width: usize) -> Options {
    Options { width, color: false }
}

/// Without what would make golden files change with every release, or unreadable.
fn steady(text: &str) -> String {
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let mut text = text.replace(&version, "\"version\": \"0.0.0\"");
    for letter in ["x", "i", "z"] {
        text = text.replace(&letter.repeat(10_000), &format!("{letter} 10,000 times"));
    }
    text
}

#[test]
fn reports_read_as_before() {
    for (name, analysis) in all() {
        for format in ANALYSIS {
            let text = written(format, &analysis, &Options::default());
            golden(&format!("{}_{name}", format.id), &steady(&text));
        }
    }
    for format in GRAPH {
        let text = written(format, &incident(), &Options::default());
        golden(&format!("graph_{}", format.id), &steady(&text));
    }
}

#[test]
fn a_narrow_terminal_is_enough() {
    for (name, analysis) in all() {
        let text = written(format(ANALYSIS, "terminal"), &analysis, &plain(60));
        for line in text.lines() {
            assert!(line.chars().count() <= 60, "too wide: {line}");
        }
        golden(&format!("terminal_60_{name}"), &text);
    }
    let text = written(format(GRAPH, "table"), &incident(), &plain(60));
    assert!(text.lines().all(|line| line.chars().count() <= 60));
    golden("graph_table_60", &text);
}

#[test]
fn colours_only_repeat_what_the_words_say() {
    for (_, analysis) in all() {
        let format = format(ANALYSIS, "terminal");
        let options = Options { color: true, ..plain(80) };
        let coloured = written(format, &analysis, &options);
        assert!(coloured.contains("\u{1b}["));
        let stripped = anstream::adapter::strip_str(&coloured).to_string();
        assert_eq!(stripped, written(format, &analysis, &plain(80)));
    }
}

#[test]
fn no_format_lets_a_name_act() {
    for format in ANALYSIS.iter().chain(GRAPH) {
        for (name, analysis) in all() {
            let text = written(format, &analysis, &Options::default());
            assert!(!text.contains(FORBIDDEN), "{} of {name}", format.id);
        }
    }
    let markdown = written(format(ANALYSIS, "markdown"), &incident(), &plain(100));
    for (in_code, part) in markdown.split("```").enumerate() {
        assert!(in_code % 2 == 1 || !part.contains("<script"));
        assert!(in_code % 2 == 1 || !part.contains('`'));
    }
    assert!(!markdown.contains(&"x".repeat(200)));
}

#[test]
fn every_report_keeps_the_contract() {
    let empty = Analysis {
        input: InputStats::default(),
        traces: 0,
        coverage: Coverage::default(),
        ..no_incident()
    };
    let all = all().map(|(_, analysis)| analysis);
    for (formats, schema) in [
        (ANALYSIS, include_str!("../docs/report.schema.json")),
        (GRAPH, include_str!("../docs/graph.schema.json")),
    ] {
        let schema: Value = serde_json::from_str(schema).unwrap();
        jsonschema::meta::validate(&schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for analysis in all.iter().chain([&empty]) {
            let text = written(format(formats, "json"), analysis, &Options::default());
            let report: Value = serde_json::from_str(&text).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&report)
                .map(|e| format!("{}: {e}", e.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
    }
}

/// A schema that allows anything would prove nothing.
#[test]
fn the_schema_knows_every_field_and_refuses_others() {
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let text = written(format(ANALYSIS, "json"), &incident(), &Options::default());
    let report: Value = serde_json::from_str(&text).unwrap();
    for key in report.as_object().unwrap().keys() {
        assert!(schema["properties"].get(key).is_some(), "{key} is not in the schema");
        let mut without = report.clone();
        without.as_object_mut().unwrap().remove(key);
        assert!(!validator.is_valid(&without), "{key} is not required");
    }
    let mut wrong = report;
    wrong["verdict"] = "maybe".into();
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn json_says_what_is_unknown_and_what_is_zero() {
    let text = written(format(ANALYSIS, "json"), &inconclusive(), &Options::default());
    let report: Value = serde_json::from_str(&text).unwrap();
    assert!(report["impact"]["entries"][0]["failed"].is_null());
    assert!(report["incident"]["failed"].is_null());
    assert!(report["candidates"][0]["evidence"][0]["contribution"].is_null());
    let losses = report["input"]["losses"].as_object().unwrap();
    for kind in LossKind::ALL {
        assert_eq!(losses[kind.as_str()], 0);
    }
    let text = written(format(ANALYSIS, "terminal"), &inconclusive(), &plain(100));
    assert!(text.contains("unknown number of 12 entry requests failed"));
}
