//! Reports over analyses made by hand: golden files, the JSON contract, and harmless output.

mod common;

use common::analyses::{
    FORBIDDEN, HOSTILE, incident, inconclusive, no_incident, two_causes, waterfall,
};
use common::golden::{body, golden};
use jiff::tz::{TimeZone, offset};
use serde_json::Value;
use tracefall::analysis::{Analysis, CascadeEdge, Coverage, GraphEdge};
use tracefall::model::{InputStats, LossKind, Nanos};
use tracefall::report::{ANALYSIS, Format, GRAPH, Options, TRACE, TraceUrl, redact, redact_trace};
use unicode_width::UnicodeWidthStr;

fn format<T>(formats: &'static [Format<T>], id: &str) -> &'static Format<T> {
    formats.iter().find(|format| format.id == id).unwrap()
}

fn written<T>(format: &Format<T>, analysis: &T, options: &Options) -> String {
    let mut out = Vec::new();
    format.write(analysis, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn all() -> [(&'static str, Analysis); 4] {
    [
        ("incident", incident()),
        ("no_incident", no_incident()),
        ("inconclusive", inconclusive()),
        ("two_causes", two_causes()),
    ]
}

fn plain(width: usize) -> Options {
    Options { width, ..Options::default() }
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
            let text = if format.id == "html" { body(&text) } else { text };
            golden(&format!("{}_{name}", format.id), &steady(&text));
        }
    }
    for format in GRAPH {
        let text = written(format, &incident(), &Options::default());
        golden(&format!("graph_{}", format.id), &steady(&text));
    }
    let text = written(format(TRACE, "terminal"), &waterfall(7, true), &plain(100));
    golden("trace_terminal", &steady(&text));
    let text = written(format(TRACE, "html"), &waterfall(7, true), &plain(100));
    golden("trace_html", &steady(&body(&text)));
}

#[test]
fn any_terminal_is_wide_enough() {
    let fits = |text: &str, width: usize| {
        for line in text.lines() {
            assert!(line.width() <= width, "too wide for {width}: {line}");
        }
    };
    for width in [60, 80, 140] {
        for (name, analysis) in all() {
            let text = written(format(ANALYSIS, "terminal"), &analysis, &plain(width));
            fits(&text, width);
            golden(&format!("terminal_{width}_{name}"), &text);
            let options = Options { explain: true, ..plain(width) };
            let text = written(format(ANALYSIS, "terminal"), &analysis, &options);
            fits(&text, width);
            golden(&format!("explained_{width}_{name}"), &steady(&text));
        }
        let text = written(format(TRACE, "terminal"), &waterfall(7, true), &plain(width));
        fits(&text, width);
        golden(&format!("trace_terminal_{width}"), &steady(&text));
    }
    let text = written(format(GRAPH, "table"), &incident(), &plain(60));
    fits(&text, 60);
    golden("graph_table_60", &text);
}

#[test]
fn the_first_screen_is_one_screen() {
    for (name, analysis) in all() {
        let text = written(format(ANALYSIS, "terminal"), &analysis, &plain(100));
        let lines = text.lines().count();
        assert!(lines <= 60, "{name} has {lines} lines");
        let head: Vec<&str> = text.lines().take(8).collect();
        let head = head.join("\n");
        assert!(head.starts_with("Verdict"), "{head}");
        if let Some(first) = analysis.candidates.first() {
            assert!(head.contains(&first.node.name), "{head}");
        }
    }
}

/// Who is let down twice hangs its callers where it was let down first, not where it is drawn first.
#[test]
fn times_in_the_tree_never_run_backwards() {
    let mut analysis = incident();
    let origin = analysis.candidates[0].node.name.clone();
    let base = analysis.cascade.edges[0].clone();
    let edge = |from: &str, to: &str, second: u64| {
        let onset = Nanos(base.onset.0 + second * 1_000_000_000);
        CascadeEdge { from: from.to_owned(), to: to.to_owned(), onset, ..base.clone() }
    };
    analysis.cascade.impacted.clear();
    analysis.cascade.edges = vec![
        edge(&origin, "early", 1),
        edge(&origin, "later", 2),
        edge("later", "shared", 3),
        edge("shared", "top", 4),
        edge("top", "shared", 5),
        edge("early", "shared", 9),
    ];
    let text = written(format(ANALYSIS, "terminal"), &analysis, &plain(100));
    let (_, tree) = text.split_once("HOW IT FELL").unwrap();
    let drawn = tree
        .lines()
        .filter(|line| line.contains('─'))
        .map(|line| line.split_whitespace().find(|word| word.is_ascii()).unwrap());
    let drawn: Vec<&str> = drawn.take(6).collect();
    assert_eq!(drawn, ["early", "shared", "later", "shared", "top", "shared"], "{tree}");
}

/// Links are for terminals that were asked for them, and only ids lead anywhere.
#[test]
fn traces_lead_to_where_they_can_be_opened() {
    let url = TraceUrl::parse("https://jaeger.example/trace/{trace_id}").unwrap();
    let options = Options { explain: true, trace_url: Some(url), ..plain(100) };
    let id = format!("{:032x}", 1);
    let address = format!("https://jaeger.example/trace/{id}");
    let text = |id: &str, options: &Options| written(format(ANALYSIS, id), &incident(), options);
    assert!(!text("terminal", &options).contains("jaeger"));
    let linked = Options { links: true, ..options.clone() };
    let osc = format!("\u{1b}]8;;{address}\u{1b}\\{id}\u{1b}]8;;\u{1b}\\");
    assert!(text("terminal", &linked).contains(&osc));
    let stripped = anstream::adapter::strip_str(&text("terminal", &linked)).to_string();
    assert_eq!(stripped, text("terminal", &options));
    assert!(text("markdown", &options).contains(&format!("[{id}]({address})")));
    assert!(text("html", &options).contains(&format!("href=\"{address}\"")));
    assert!(!text("html", &options).contains(&format!("trace/{HOSTILE}")));
}

#[test]
fn clocks_are_read_where_the_reader_is() {
    let options = Options { zone: TimeZone::fixed(offset(-5)), ..plain(100) };
    let text = written(format(ANALYSIS, "terminal"), &incident(), &options);
    assert!(text.contains("2026-01-01 22:04:05 -05:00"), "{text}");
    assert!(!text.contains("03:04:05"), "{text}");
    // Programs are told in one way.
    let json = |options: &Options| written(format(ANALYSIS, "json"), &incident(), options);
    assert_eq!(json(&options), json(&plain(100)));
}

#[test]
fn pages_hold_one_script_and_load_nothing() {
    for (name, analysis) in all() {
        let page = written(format(ANALYSIS, "html"), &analysis, &Options::default());
        assert_eq!(page.matches("<script").count(), 1, "{name}");
        assert_eq!(page.matches("<style").count(), 1, "{name}");
        for word in
            ["src=", "@import", "url(http", "onerror=", "onload=", "style=\"", "javascript:"]
        {
            assert!(!page.contains(word), "{name} holds {word}");
        }
        assert!(page.contains("default-src &#39;none&#39;"));
        assert!(page.len() < 1_000_000, "{name} has {} bytes", page.len());
    }
}

/// What is not involved collapses; what is stays.
#[test]
fn three_hundred_services_are_one_page_and_so_are_three() {
    let mut analysis = incident();
    let one = analysis.graph.nodes[0].clone();
    let call = analysis.graph.edges[0].clone();
    for i in analysis.graph.nodes.len()..300 {
        let mut node = one.clone();
        node.node.name = format!("bystander-{i}");
        node.node.namespace = format!("team-{}", i % 20);
        analysis.graph.nodes.push(node);
        for to in [i * 7 % 300, i * 13 % 300] {
            analysis.graph.edges.push(GraphEdge { from: i, to, ..call.clone() });
        }
    }
    for analysis in [analysis.clone(), Analysis { graph: analysis.graph, ..no_incident() }] {
        let page = written(format(ANALYSIS, "html"), &analysis, &Options::default());
        let nodes = page.matches("<g class=\"node ").count();
        assert!((10..=60).contains(&nodes), "{nodes}");
        assert!(page.contains("took no part and are not drawn") && page.len() < 1_000_000);
        for edge in &analysis.cascade.edges {
            for place in edge.places {
                assert!(page.contains(&format!("data-place=\"{place}\"")), "{place}");
            }
        }
    }
    let page = written(format(ANALYSIS, "html"), &two_causes(), &Options::default());
    assert_eq!(page.matches("<g class=\"node ").count(), 3);
}

/// Everything that a sender may choose, wherever it is shown.
#[test]
fn a_redacted_report_names_nobody() {
    let secrets = [
        "evil",
        "alert(1)",
        "pay\u{fffd}",
        "supply-chain",
        "route",
        "basic",
        "gateway",
        "batch",
        "orders",
        "legacy-erp",
        "node-7",
        "2.4.0-rc1",
        "POST /order",
        "支払い",
        "חיוב",
        "財務",
    ];
    for analysis in [incident(), two_causes()] {
        let told: String =
            ANALYSIS.iter().map(|f| written(f, &analysis, &Options::default())).collect();
        let known = secrets.iter().filter(|secret| told.contains(**secret)).count();
        assert!(known > 6, "only {known} of the secrets are told anyhow: is the test blind?");
        let shown = redact(&analysis);
        for format in ANALYSIS {
            for explain in [false, true] {
                let options = Options { explain, ..plain(200) };
                let text = written(format, &shown, &options);
                let text = if format.id == "html" { body(&text) } else { text };
                for secret in secrets {
                    let line = text.lines().find(|line| line.contains(secret));
                    assert_eq!(line, None, "{} tells {secret}", format.id);
                }
            }
        }
        assert_eq!(format!("{:?}", redact(&analysis)), format!("{shown:?}"));
    }
    let names = incident().names;
    let shown = redact_trace(&waterfall(7, true), &names);
    for format in TRACE {
        let text = written(format, &shown, &plain(100));
        assert!(!text.contains("gateway") && !text.contains("evil"), "{text}");
    }
    golden(
        "redacted_terminal",
        &written(format(ANALYSIS, "terminal"), &redact(&incident()), &plain(100)),
    );
}

/// A mechanism without plain words would be told as "began to fail".
#[test]
fn every_mechanism_has_plain_words() {
    let known: Vec<&str> = tracefall::cascade::articles().iter().map(|a| a.id).collect();
    let told: Vec<&str> = tracefall::report::plain::told().collect();
    for id in &known {
        assert!(told.contains(id), "src/report/plain.rs has no words for {id}");
    }
    for id in told {
        assert!(known.contains(&id), "there is no mechanism {id}");
    }
}

#[test]
fn spreadsheets_are_given_no_formula() {
    let mut analysis = incident();
    analysis.candidates[0].node.name = "=HYPERLINK(\"http://a.b\")".to_owned();
    let text = written(format(ANALYSIS, "csv"), &analysis, &plain(100));
    assert!(text.contains("\"'=HYPERLINK(\"\"http://a.b\"\")\""), "{text}");
    for id in ["csv", "edges-csv"] {
        let text = written(format(ANALYSIS, id), &analysis, &plain(100));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let columns = reader.headers().unwrap().len();
        assert!(reader.records().all(|row| row.unwrap().len() == columns));
    }
}

#[test]
fn colours_only_repeat_what_the_words_say() {
    for (_, analysis) in all() {
        let format = format(ANALYSIS, "terminal");
        let options = Options { color: true, links: true, ..plain(80) };
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
    assert!(text.contains("no span says whether any failed") || text.contains("5 of 12 unusual"));
}
