//! Each stage by itself: which of them a change made faster or slower.
//!
//! ```text
//! cargo bench --bench stages
//! cargo bench --bench stages -- fold
//! ```

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use divan::{Bencher, counter::ItemsCount};
use tempfile::TempDir;
use tracefall::analysis::{Settings, analyze};
use tracefall::detect::detect;
use tracefall::ingest::{Loaded, load};
use tracefall::model::Telemetry;
use tracefall::report::{ANALYSIS, Options};
use tracefall::summary::{Rules, Summary, build, fold_part, merge, plan_of, read, write};

use bulk::Format;

#[path = "../tests/generator/bulk.rs"]
mod bulk;
#[path = "../tests/generator/proto.rs"]
mod proto;
#[expect(dead_code, reason = "bulk data needs a part of the simulated world")]
#[path = "../tests/generator/world/mod.rs"]
mod world;

/// Enough to fill the tables of counts, little enough for many runs.
const SPANS: u64 = 50_000;
/// As the command line does for one thread.
const PARTS: usize = 16;

fn main() {
    divan::main();
}

/// The input in one format.
struct Input(TempDir);

impl Input {
    fn new(format: Format) -> Self {
        let folder = tempfile::tempdir().expect("a folder to write to");
        let out = folder.path().join("spans");
        let options = bulk::Options { spans: SPANS, format, seed: 1, out, logs: None };
        bulk::run(&options).expect("spans are generated");
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("spans")
    }

    fn load(&self) -> Loaded {
        load(&[self.path()], PARTS, &()).expect("a path and threads are given")
    }
}

static TELEMETRY: LazyLock<Telemetry> =
    LazyLock::new(|| Input::new(Format::Proto).load().telemetry);
static SUMMARY: LazyLock<Summary> =
    LazyLock::new(|| build(TELEMETRY.clone(), Rules::default()).expect("nothing was spilled"));

fn settings() -> Settings {
    Settings { top: 10, ..Settings::default() }
}

/// Reading: unpacking aside, from bytes to records in partitions.
#[divan::bench(args = ["json", "proto"], sample_count = 10)]
fn ingest(bencher: Bencher<'_, '_>, format: &str) {
    let input = Input::new(if format == "json" { Format::Json } else { Format::Proto });
    let bytes = fs::metadata(input.path()).expect("it was written").len();
    let bencher = bencher.counter(ItemsCount::new(SPANS));
    bencher.counter(divan::counter::BytesCount::new(bytes)).bench(|| input.load());
}

/// The first visit: sorting, joining, and the plan.
#[divan::bench(sample_count = 10)]
fn survey(bencher: Bencher<'_, '_>) {
    let bencher = bencher.counter(ItemsCount::new(SPANS));
    bencher
        .with_inputs(|| TELEMETRY.clone())
        .bench_values(|mut telemetry| plan_of(&mut telemetry, Rules::default()));
}

/// The second visit: assembling and counting.
#[divan::bench(sample_count = 10)]
fn fold(bencher: Bencher<'_, '_>) {
    let mut telemetry = TELEMETRY.clone();
    let plan = plan_of(&mut telemetry, Rules::default());
    let bencher = bencher.counter(ItemsCount::new(SPANS));
    bencher
        .with_inputs(|| telemetry.partitions.clone())
        .bench_values(|partitions| fold_part(partitions, &telemetry.tables, &plan));
}

/// Summaries of two parts into one.
#[divan::bench(name = "merge", sample_count = 10)]
fn merging(bencher: Bencher<'_, '_>) {
    bencher
        .with_inputs(|| (SUMMARY.clone(), SUMMARY.clone()))
        .bench_values(|(one, other)| merge(one, other));
}

/// A summary into its file.
#[divan::bench(sample_count = 10)]
fn save(bencher: Bencher<'_, '_>) {
    bencher.bench(|| write(&SUMMARY).expect("memory suffices"));
}

/// A summary out of its file.
#[divan::bench(sample_count = 10)]
fn restore(bencher: Bencher<'_, '_>) {
    let bytes = write(&SUMMARY).expect("memory suffices");
    bencher.bench(|| read(&bytes).expect("it was just written"));
}

/// Whether anything was wrong, and when.
#[divan::bench(name = "detect", sample_count = 10)]
fn detecting(bencher: Bencher<'_, '_>) {
    bencher.bench(|| detect(&SUMMARY, None, None));
}

/// Everything after the summary, detection included.
#[divan::bench(name = "analyze", sample_count = 10)]
fn analyzing(bencher: Bencher<'_, '_>) {
    bencher.bench(|| analyze(&SUMMARY, None, &settings()));
}

/// An analysis in every format.
#[divan::bench(sample_count = 10)]
fn report(bencher: Bencher<'_, '_>) {
    let analysis = analyze(&SUMMARY, None, &settings());
    bencher.bench(|| {
        let mut out = Vec::new();
        for format in ANALYSIS {
            let done = format.write(&analysis, &Options::default(), &mut out);
            done.expect("a vector takes everything");
        }
        out
    });
}
