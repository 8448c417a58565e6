//! The main job as a library call, from paths to the bytes of a report.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tracefall::analysis::{Analysis, Settings, analyze, summarize};
use tracefall::ingest::{Loaded, load};
use tracefall::report::{ANALYSIS, Options};
use tracefall::summary::{Rules, Summary, plan_of};

/// Traces are spread over so many parts unless a test says otherwise.
pub const PARTITIONS: usize = 4;

/// What the command line sets when it is told nothing.
pub fn settings() -> Settings {
    Settings { top: 10, ..Settings::default() }
}

/// Reads files and folders.
pub fn read(paths: &[PathBuf], partitions: usize) -> Loaded {
    load(paths, partitions, &()).expect("there are paths and threads")
}

/// Reads files and folders into their summary.
pub fn summary(paths: &[PathBuf]) -> Summary {
    summarize(read(paths, PARTITIONS).telemetry, &settings()).expect("nothing was spilled")
}

/// Telemetry that is sorted, and its plan: ready to be folded in parts.
pub fn planned(loaded: Loaded) -> (tracefall::model::Telemetry, tracefall::summary::Plan) {
    let mut telemetry = loaded.telemetry;
    let plan = plan_of(&mut telemetry, Rules::default());
    (telemetry, plan)
}

/// Analyses what a folder holds.
pub fn analyzed(folder: &Path) -> Analysis {
    analyze(&summary(&[folder.to_owned()]), None, &settings())
}

/// The JSON report of a summary.
pub fn report(summary: &Summary) -> String {
    let json = ANALYSIS.iter().find(|format| format.id == "json").expect("a registered format");
    let mut out = Vec::new();
    json.write(&analyze(summary, None, &settings()), &Options::default(), &mut out)
        .expect("memory takes every byte");
    String::from_utf8(out).expect("JSON is UTF-8")
}

/// The same, to look into.
pub fn report_value(summary: &Summary) -> Value {
    serde_json::from_str(&report(summary)).expect("a report is JSON")
}
