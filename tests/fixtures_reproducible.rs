//! Fixtures are what the generator makes of their seeds, and their truth can be recounted.

#[expect(dead_code, reason = "the simulated world has more to offer than these tests need")]
#[path = "generator/world/mod.rs"]
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::Value;

use world::scenarios::SCENARIOS;
use world::truth::{Entry, Truth};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The text of a fixture's file, however it is stored.
fn stored(scenario: &str, name: &str) -> String {
    let folder = fixtures().join(scenario);
    let read = |suffix: &str| fs::read(folder.join(format!("{name}{suffix}"))).ok();
    let bytes = if let Some(packed) = read(".zst") {
        zstd::decode_all(packed.as_slice()).expect("valid Zstandard")
    } else if let Some(packed) = read(".gz") {
        let mut bytes = Vec::new();
        GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("valid gzip");
        bytes
    } else {
        read("").unwrap_or_else(|| panic!("{scenario} has no {name}; run the generator"))
    };
    String::from_utf8(bytes).expect("fixtures are UTF-8")
}

fn truth(scenario: &str) -> Truth {
    let text = stored(scenario, "truth.json");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("truth of {scenario}: {error}"))
}

/// Regenerating all would take a debug build long; these cover messages, versions,
/// retries, sampling and skew.
#[test]
fn a_seed_gives_the_committed_bytes() {
    for name in ["bad-version", "retry-storm", "consumer-stall", "skewed-clocks"] {
        let scenario = SCENARIOS.iter().find(|scenario| scenario.name == name);
        let scenario = scenario.expect("the scenario is in the table");
        let produced = scenario.produce(truth(name).seed).expect("the seed still works");
        assert!(produced.files.traces == stored(name, "traces.jsonl"), "traces of {name} differ");
        assert!(produced.files.logs == stored(name, "logs.jsonl"), "logs of {name} differ");
        let told = serde_json::to_string_pretty(&produced.truth).expect("truth is plain data");
        assert_eq!(told + "\n", stored(name, "truth.json"), "truth of {name}");
    }
}

#[test]
fn every_scenario_has_its_fixture_and_no_fixture_is_left_over() {
    let mut folders: Vec<String> = fs::read_dir(fixtures())
        .expect("the repository has fixtures")
        .filter_map(|entry| entry.ok().filter(|entry| entry.path().is_dir()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let mut names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
    folders.sort();
    names.sort_unstable();
    assert_eq!(folders, names);
}

#[test]
fn entry_requests_of_the_truth_are_those_of_the_traces() {
    for scenario in SCENARIOS {
        let truth = truth(scenario.name);
        let onset = truth.onset.as_deref().map_or(i128::MIN, |onset| {
            onset.parse::<jiff::Timestamp>().expect("an RFC 3339 onset").as_nanosecond()
        });
        let mut counted: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for line in stored(scenario.name, "traces.jsonl").lines() {
            let request: Value = serde_json::from_str(line).expect("a line of JSON");
            each_span(&request, &mut |span| {
                let start = span["startTimeUnixNano"].as_str().and_then(|text| text.parse().ok());
                let entry = span["kind"] == 2 && span["parentSpanId"].is_null();
                if entry && start.is_some_and(|start: i128| start >= onset) {
                    let name = span["name"].as_str().unwrap_or_default().to_owned();
                    let (requests, failed) = counted.entry(name).or_default();
                    *requests += 1;
                    *failed += usize::from(span["status"]["code"] == 2);
                }
            });
        }
        let recounted: Vec<Entry> = counted
            .into_iter()
            .map(|(operation, (requests, failed))| Entry { operation, requests, failed })
            .collect();
        assert_eq!(truth.entries, recounted, "entries of {}", scenario.name);
    }
}

#[test]
fn verdicts_match_the_harm_that_was_done() {
    for scenario in SCENARIOS {
        let truth = truth(scenario.name);
        let failed: usize = truth.entries.iter().map(|entry| entry.failed).sum();
        let requests: usize = truth.entries.iter().map(|entry| entry.requests).sum();
        let rate = failed as f64 / requests as f64;
        match truth.verdict.as_str() {
            "incident" => {
                assert!(failed >= 20 && rate > 0.05, "{}: {failed} failed", scenario.name);
                assert!(!truth.roots.is_empty() && truth.onset.is_some(), "{}", scenario.name);
            }
            "no_incident" => {
                assert!(rate < 0.04, "{}: {failed} failed", scenario.name);
                assert!(truth.roots.is_empty() && truth.onset.is_none(), "{}", scenario.name);
            }
            other => panic!("{} has the verdict {other}", scenario.name),
        }
    }
}

fn each_span(request: &Value, visit: &mut impl FnMut(&Value)) {
    for resource in request["resourceSpans"].as_array().into_iter().flatten() {
        for scope in resource["scopeSpans"].as_array().into_iter().flatten() {
            scope["spans"].as_array().into_iter().flatten().for_each(&mut *visit);
        }
    }
}
