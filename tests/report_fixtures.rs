//! Reports of the fixtures, from exports to files: several formats at once, single traces, and
//! nothing told that was to be left out.

mod common;

use std::fs;

use assert_cmd::Command;
use common::{fixtures, pipeline};
use serde_json::Value;
use tracefall::analysis::{Harmed, Sort};
use tracefall::report::{ANALYSIS, Options, redact};

fn run(args: &[&str]) -> (i32, String, String) {
    let mut program = Command::cargo_bin("tracefall").unwrap();
    let output = program.current_dir(env!("CARGO_MANIFEST_DIR")).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn several_formats_go_to_a_folder_whole() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new/report");
    let ids: Vec<&str> = ANALYSIS.iter().map(|format| format.id).collect();
    let formats = ids.join(",");
    let args = [
        "analyze",
        "fixtures/dead-dependency",
        "--format",
        &formats,
        "--output",
        out.to_str().unwrap(),
    ];
    let (code, stdout, err) = run(&args);
    assert_eq!((code, stdout.as_str(), err.as_str()), (0, "", ""));
    let mut written: Vec<String> = fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    written.sort();
    let mut wanted: Vec<&str> = ANALYSIS.iter().map(|format| format.file).collect();
    wanted.sort_unstable();
    assert_eq!(written, wanted);
    // The same bytes as one at a time.
    let (_, alone, _) = run(&["analyze", "fixtures/dead-dependency", "--format", "html"]);
    assert_eq!(fs::read_to_string(out.join("report.html")).unwrap(), alone);
}

#[test]
fn a_trace_of_a_report_can_be_shown_by_itself() {
    let (_, json, _) = run(&["analyze", "fixtures/dead-dependency", "--format", "json"]);
    let report: Value = serde_json::from_str(&json).unwrap();
    let id = report["candidates"][0]["exemplars"][0].as_str();
    let id = id.or(report["candidates"][0]["evidence"][0]["exemplars"][0].as_str()).unwrap();
    let (code, text, err) = run(&["trace", &id.to_uppercase(), "fixtures/dead-dependency"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(text.contains("Harmed in  ledger") && text.contains('◀'), "{text}");
    let (code, page, _) = run(&["trace", id, "fixtures/dead-dependency", "--format", "html"]);
    assert!(code == 0 && page.contains("class=\"row failed critical blamed\""));
    let (code, out, err) = run(&["trace", &"0".repeat(32), "fixtures/dead-dependency"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("no such trace"), "{err}");
}

/// Every name in the input against every byte of every format.
#[test]
fn no_name_of_a_fixture_survives_redaction() {
    for name in ["dead-dependency", "bad-version", "two-causes", "pool-exhaustion"] {
        let analysis = pipeline::analyzed(&fixtures::root().join(name));
        let shown = redact(&analysis);
        let telling = [Sort::Service, Sort::Instance, Sort::Log, Sort::Host];
        let secrets: Vec<&String> = analysis
            .names
            .iter()
            .filter(|(sort, name)| telling.contains(sort) && name.len() > 5)
            .map(|(_, name)| name)
            .collect();
        assert!(secrets.len() > 20, "{name}");
        for format in ANALYSIS {
            for explain in [false, true] {
                let mut out = Vec::new();
                let options = Options { explain, width: 1_000, ..Options::default() };
                format.write(&shown, &options, &mut out).unwrap();
                let text = String::from_utf8(out).unwrap();
                for secret in &secrets {
                    let line = text.lines().find(|line| whole(line, secret));
                    assert_eq!(line, None, "{} of {name} tells {secret}", format.id);
                }
            }
        }
    }
}

/// Whether a name stands in a line as a word of its own.
fn whole(line: &str, name: &str) -> bool {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    line.match_indices(name).any(|(at, _)| {
        !word(line[..at].chars().next_back()) && !word(line[at + name.len()..].chars().next())
    })
}

/// What pictures are drawn from fits together, whatever the fixture.
#[test]
fn scenes_fit_the_incident() {
    for name in fixtures::names() {
        let analysis = pipeline::analyzed(&fixtures::root().join(&name));
        let Some(incident) = analysis.incidents.first() else {
            assert!(analysis.timeline.lanes.is_empty(), "{name}");
            continue;
        };
        let timeline = &analysis.timeline;
        assert!(timeline.from <= incident.onset && incident.onset <= timeline.to(), "{name}");
        assert!((1..=130).contains(&timeline.steps), "{name}: {}", timeline.steps);
        assert!(incident.harmed <= incident.requests, "{name}");
        let courses = timeline.lanes.iter().map(|lane| &lane.course);
        for course in courses.chain(analysis.cascade.edges.iter().map(|edge| &edge.course)) {
            assert_eq!(course.trouble.len(), timeline.steps, "{name}");
            assert!(course.trouble.iter().flatten().all(|s| (0.0..=1.0).contains(s)), "{name}");
        }
        for shift in &timeline.log_shifts {
            assert_eq!(shift.course.len(), timeline.steps, "{name}");
            let written = shift.course.iter().sum::<u64>();
            assert!(shift.during <= 0.0 || written > 0, "{name}: {}", shift.text);
        }
        for edge in &analysis.cascade.edges {
            let nodes = edge.places.map(|place| &analysis.graph.nodes[place].node.name);
            assert_eq!(nodes, [&edge.from, &edge.to], "{name}");
        }
        for candidate in &analysis.candidates {
            let place = candidate.place.expect("the accused took part");
            assert_eq!(analysis.graph.nodes[place].node, candidate.node, "{name}");
            assert!((0.0..=1.0).contains(&candidate.share), "{name}");
        }
        let first = &analysis.candidates[0];
        let pair = first.exemplar.as_ref().expect("somebody was blamed");
        let blamed: Vec<_> = pair.failing.bars.iter().filter(|bar| bar.blamed).collect();
        assert_eq!(blamed.len(), 1, "{name}");
        // Where a callee was moved the blame, its caller's span is the one to look at.
        let (service, node) = (&blamed[0].service, &first.node.name);
        let is = |place: usize, name: &str| analysis.graph.nodes[place].node.name == name;
        let calls = analysis.graph.edges.iter().any(|e| is(e.from, service) && is(e.to, node));
        assert!(service == node || calls, "{name}: {service}");
        assert!(pair.failing.bars.iter().any(|bar| bar.critical), "{name}");
        if incident.harm == Harmed::Failed {
            assert!(pair.failing.failed, "{name}");
        }
        let healthy = pair.healthy.as_ref().expect("most requests went well");
        assert!(!healthy.failed && healthy.bars.iter().all(|bar| !bar.blamed), "{name}");
        assert_eq!(healthy.operation, pair.failing.operation, "{name}");
    }
}
