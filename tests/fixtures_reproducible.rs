//! Fixtures are what the generator makes of their seeds, and their truth can be recounted.

#[expect(dead_code, reason = "the simulated world has more to offer than these tests need")]
#[path = "generator/world/mod.rs"]
mod world;

mod common;

use std::collections::BTreeMap;

use common::fixtures::{self, stored};
use serde_json::Value;

use world::scenarios::SCENARIOS;
use world::truth::{Entry, Truth};

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
    let mut names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
    names.sort_unstable();
    assert_eq!(fixtures::names(), names);
}

/// Durations of the requests of one entry operation before the onset, and since, with failures.
#[derive(Default)]
struct Requests {
    before: Vec<u64>,
    since: Vec<u64>,
    failed: usize,
}

/// Entry requests by operation, counted in the traces; all are "since" if there is no onset.
fn recount(truth: &Truth) -> BTreeMap<String, Requests> {
    let onset = truth.onset.as_deref().map_or(0, |onset| {
        let onset: jiff::Timestamp = onset.parse().expect("an RFC 3339 onset");
        onset.as_nanosecond() as u64
    });
    let mut counted: BTreeMap<String, Requests> = BTreeMap::new();
    for line in stored(&truth.scenario, "traces.jsonl").lines() {
        let request: Value = serde_json::from_str(line).expect("a line of JSON");
        each_span(&request, &mut |span| {
            if span["kind"] != 2 || !span["parentSpanId"].is_null() {
                return;
            }
            let [start, end] = ["startTimeUnixNano", "endTimeUnixNano"].map(|key| {
                let text = span[key].as_str().expect("a time as text");
                text.parse::<u64>().expect("nanoseconds")
            });
            let name = span["name"].as_str().unwrap_or_default().to_owned();
            let requests = counted.entry(name).or_default();
            if start < onset {
                requests.before.push(end - start);
            } else {
                requests.since.push(end - start);
                requests.failed += usize::from(span["status"]["code"] == 2);
            }
        });
    }
    counted
}

#[test]
fn entry_requests_of_the_truth_are_those_of_the_traces() {
    for scenario in SCENARIOS {
        let truth = truth(scenario.name);
        let recounted: Vec<Entry> = recount(&truth)
            .into_iter()
            .map(|(operation, found)| {
                let (requests, failed) = (found.since.len(), found.failed);
                Entry { operation, requests, failed }
            })
            .collect();
        assert_eq!(truth.entries, recounted, "entries of {}", scenario.name);
    }
}

#[test]
fn entries_that_are_said_to_be_slower_are() {
    let median = |durations: &mut Vec<u64>| {
        durations.sort_unstable();
        durations[durations.len() / 2]
    };
    let mut told = 0;
    for scenario in SCENARIOS {
        let truth = truth(scenario.name);
        let mut counted = recount(&truth);
        for operation in &truth.slower {
            let found = counted.get_mut(operation).expect("an entry operation");
            let (before, since) = (median(&mut found.before), median(&mut found.since));
            assert!(since > 2 * before, "{}: {operation} {before} {since}", scenario.name);
            told += 1;
        }
    }
    assert!(told > 0, "no scenario has slower entries");
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
                let failing = failed >= 20 && rate > 0.05;
                let slow = !truth.slower.is_empty() && rate < 0.04;
                assert!(failing || slow, "{}: {failed} failed", scenario.name);
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
