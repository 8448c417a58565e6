//! The whole run, from files to an analysis, in spans and megabytes a second.
//!
//! ```text
//! cargo bench --bench whole_run
//! TRACEFALL_BENCH_SPANS=1000000 cargo bench --bench whole_run
//! ```

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tracefall::analysis::{Settings, analyze, summarize};
use tracefall::ingest::load;

use bulk::Format;

#[path = "../tests/generator/bulk.rs"]
mod bulk;
#[path = "../tests/generator/proto.rs"]
mod proto;
#[expect(dead_code, reason = "bulk data needs a part of the simulated world")]
#[path = "../tests/generator/world/mod.rs"]
mod world;

/// Enough that fixed costs do not count, little enough to wait for.
const SPANS: u64 = 200_000;
/// The fastest of so many runs is told: whatever else the machine does only slows a run.
const RUNS: usize = 3;
/// As the command line does.
const PARTS_PER_THREAD: usize = 16;

fn main() -> Result<(), Box<dyn Error>> {
    let spans = match std::env::var("TRACEFALL_BENCH_SPANS") {
        Ok(text) => text.parse()?,
        Err(_) => SPANS,
    };
    let folder = tempfile::tempdir()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{spans} spans, the fastest of {RUNS} runs")?;
    writeln!(
        out,
        "{:<8}{:>8}{:>10}{:>12}{:>8}{:>8}{:>8}{:>8}",
        "format", "threads", "seconds", "spans/s", "MB/s", "read", "fold", "rest"
    )?;
    for (name, format) in [("json", Format::Json), ("proto", Format::Proto)] {
        let file = generated(folder.path(), name, format, spans)?;
        let bytes = fs::metadata(&file)?.len();
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
            let runs = (0..RUNS).map(|_| pool.install(|| run(&file, spans)));
            let phases = runs.min_by_key(|phases| phases.iter().sum::<Duration>());
            let [read, fold, rest] = phases.unwrap_or_default().map(|phase| phase.as_secs_f64());
            let seconds = read + fold + rest;
            let rate = spans as f64 / seconds;
            let megabytes = bytes as f64 / 1e6 / seconds;
            write!(out, "{name:<8}{threads:>8}{seconds:>10.2}{rate:>12.0}{megabytes:>8.0}")?;
            writeln!(out, "{read:>8.2}{fold:>8.2}{rest:>8.2}")?;
        }
    }
    Ok(())
}

fn generated(
    folder: &Path,
    name: &str,
    format: Format,
    spans: u64,
) -> Result<PathBuf, Box<dyn Error>> {
    let file = folder.join(name);
    bulk::run(&bulk::Options { spans, format, seed: 1, out: file.clone(), logs: None })?;
    Ok(file)
}

/// How long reading, summarising and analysing took.
fn run(file: &Path, spans: u64) -> [Duration; 3] {
    let settings = Settings { top: 10, ..Settings::default() };
    let parts = rayon::current_num_threads() * PARTS_PER_THREAD;
    let begun = Instant::now();
    let loaded = load(&[file.to_owned()], parts, &()).expect("a path and threads are given");
    let read = begun.elapsed();
    assert_eq!(loaded.telemetry.stats.spans, spans, "what was generated is read");
    let summary = summarize(loaded.telemetry, &settings).expect("nothing was spilled");
    let folded = begun.elapsed();
    let analysis = analyze(&summary, None, &settings);
    let done = begun.elapsed();
    assert_eq!(analysis.input.spans, spans);
    [read, folded - read, done - folded]
}
