//! What must not change the result: order, threads, partitions, duplicates, the calendar.

mod common;

use common::difference::same;
use common::exports::{Exports, dealt, later, lines};
use common::pipeline::{PARTITIONS, planned, read, report, report_value, settings, summary};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::Value;
use tracefall::analysis::summarize;
use tracefall::model::Nanos;
use tracefall::summary::{self, Summary, fold_part, merge};

/// A small one with an incident, and one with clocks that differ and sampled traces.
const SUBJECTS: [&str; 2] = ["two-causes", "skewed-clocks"];

fn bytes(summary: &Summary) -> Vec<u8> {
    summary::write(summary).expect("memory takes every byte")
}

/// How the input was stored is told, but is no result.
fn without_storage(mut report: Value) -> Value {
    for key in ["files", "bytes"] {
        report["input"][key] = Value::Null;
    }
    report
}

#[test]
fn order_of_files_and_lines_changes_nothing() {
    for subject in SUBJECTS {
        let lines = lines(subject);
        let whole = summary(&Exports::of_lines(std::slice::from_ref(&lines)).paths);
        let expected = without_storage(report_value(&whole));
        for seed in 0..4 {
            let mut random = StdRng::seed_from_u64(seed);
            let mut exports = Exports::of_lines(&dealt(lines.clone(), 5, &mut random));
            exports.paths.shuffle(&mut random);
            let mut shuffled = summary(&exports.paths);
            let found = without_storage(report_value(&shuffled));
            same(&found, &expected, &format!("{subject}, seed {seed}"));
            shuffled.input = whole.input.clone();
            assert!(bytes(&shuffled) == bytes(&whole), "{subject}, seed {seed}");
        }
    }
}

#[test]
fn threads_and_partitions_change_nothing() {
    for subject in SUBJECTS {
        let exports = Exports::of_lines(&[lines(subject)]);
        let run = |threads, partitions| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let summary = summarize(read(&exports.paths, partitions).telemetry, &settings());
                let summary = summary.expect("nothing was spilled");
                (bytes(&summary), report(&summary))
            })
        };
        let expected = run(1, 1);
        for (threads, partitions) in [(1, 7), (2, 1), (2, 3), (2, 64)] {
            assert!(run(threads, partitions) == expected, "{subject}: {threads}, {partitions}");
        }
    }
}

#[test]
fn parts_of_one_plan_merge_to_the_whole() {
    for subject in SUBJECTS {
        let exports = Exports::of_lines(&[lines(subject)]);
        let (telemetry, plan) = planned(read(&exports.paths, 6));
        let whole = fold_part(&telemetry.partitions, &telemetry.tables, &plan);
        for seed in 0..4 {
            let mut parts: Vec<Summary> = telemetry
                .partitions
                .chunks(seed as usize % 3 + 1)
                .map(|part| fold_part(part, &telemetry.tables, &plan))
                .collect();
            parts.shuffle(&mut StdRng::seed_from_u64(seed));
            // Both a chain and a tree: merging is associative.
            while parts.len() > 1 {
                let last = parts.pop().expect("there are two");
                let at = if seed % 2 == 0 { 0 } else { parts.len() / 2 };
                let other = parts.remove(at);
                parts.push(merge(last, other));
            }
            assert!(bytes(&parts[0]) == bytes(&whole), "{subject}, seed {seed}");
            assert_eq!(report(&parts[0]), report(&whole), "{subject}, seed {seed}");
        }
    }
}

#[test]
fn a_saved_summary_stands_for_its_export() {
    for subject in SUBJECTS {
        let exports = Exports::of_lines(&[lines(subject)]);
        let direct = summary(&exports.paths);
        let saved = summary::read(&bytes(&direct)).expect("just written");
        assert_eq!(saved, direct, "{subject}");
        assert_eq!(report(&saved), report(&direct), "{subject}");

        // The same by way of a file.
        let path = exports.free("week.summary");
        std::fs::write(&path, bytes(&direct)).unwrap();
        let loaded = read(&[path], PARTITIONS);
        let [(_, stored)] = loaded.summaries.as_slice() else {
            panic!("{} summaries were recognised", loaded.summaries.len());
        };
        assert_eq!(summary::read(stored).expect("as it was written"), direct, "{subject}");
    }
}

#[test]
fn what_is_given_twice_counts_once() {
    /// All that may differ: how much was read, and how much of that was a copy.
    fn told_once(mut report: Value) -> Value {
        report["input"] = Value::Null;
        report["coverage"]["duplicate_spans"] = Value::Null;
        report["coverage"]["duplicate_logs"] = Value::Null;
        report
    }
    for subject in SUBJECTS {
        let lines = lines(subject);
        let once = Exports::of_lines(std::slice::from_ref(&lines));
        let once = report_value(&summary(&once.paths));
        let doubled = Exports::of_lines(&[lines.iter().chain(&lines).cloned().collect()]);
        let copied = Exports::of_lines(&[lines.clone(), lines]);
        for twice in [doubled, copied] {
            let twice = report_value(&summary(&twice.paths));
            let spans = |report: &Value| report["input"]["spans"].as_u64().unwrap();
            assert_eq!(spans(&twice), 2 * spans(&once), "{subject}");
            let copies = |report: &Value| report["coverage"]["duplicate_spans"].as_u64().unwrap();
            assert_eq!(copies(&twice), copies(&once) + spans(&once), "{subject}");
            same(&told_once(twice), &told_once(once.clone()), subject);
        }
    }
}

/// Replaces every time by its distance from the first record.
fn relative(mut report: Value) -> Value {
    let text = report["input"]["from"].as_str().expect("there are records").to_owned();
    let from = Nanos::parse(&text).expect("a report holds RFC 3339").0;
    walk(&mut report, from);
    report
}

fn walk(value: &mut Value, from: u64) {
    match value {
        Value::String(text) => {
            let words = text.split(' ').map(|word| told_relative(word, from));
            *text = words.collect::<Vec<_>>().join(" ");
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, from)),
        Value::Object(fields) => fields.values_mut().for_each(|field| walk(field, from)),
        _ => {}
    }
}

fn told_relative(word: &str, from: u64) -> String {
    let bare = word.trim_end_matches([';', ',', '.']);
    // A time of day in a sentence has lost its date; the field beside it is compared exactly.
    if bare.len() == 8 && bare.split(':').all(|part| part.parse::<u8>().is_ok()) {
        return "a time of day".to_owned();
    }
    match Nanos::parse(bare) {
        Ok(time) => format!("{:+}{}", time.0 as i64 - from as i64, &word[bare.len()..]),
        Err(_) => word.to_owned(),
    }
}

#[test]
fn another_day_gives_the_same_result() {
    for subject in SUBJECTS {
        let lines = lines(subject);
        let today = summary(&Exports::of_lines(std::slice::from_ref(&lines)).paths);
        let expected = relative(report_value(&today));
        for slices in [1, 7, 40_000] {
            let lines = later(&lines, slices << today.slice_log2());
            let other_day = summary(&Exports::of_lines(&[lines]).paths);
            let found = relative(report_value(&other_day));
            same(&found, &expected, &format!("{subject}, {slices} slices later"));
        }
    }
}
