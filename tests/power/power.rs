//! How often chance is taken for a change, and changes for chance: run by hand.
//!
//! ```text
//! cargo run --release --example power -- null 1000
//! cargo run --release --example power -- noisy 200
//! cargo run --release --example power -- planted 100
//! cargo run --release --example power -- curve 40
//! ```

mod runs;

use std::env;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use runs::{Change, Noise, alarmed, found, pair};

/// (what is planted, its measure, error rate of the edge before, calls on the edge).
type Row = (&'static str, Change, &'static str, f64, usize);

const PLANTED: [Row; 7] = [
    ("p50 +20 %", Change::All(1.2), "p50", 0.005, 3_000),
    ("p95 +20 %", Change::Tail { from: 0.9, times: 1.2 }, "p95", 0.005, 8_000),
    ("p99 +20 %", Change::Tail { from: 0.98, times: 1.2 }, "p99", 0.005, 25_000),
    ("errors +1 point, from 0.1 %", Change::Errors(0.01), "error_rate", 0.001, 10_000),
    ("errors +1 point, from 1 %", Change::Errors(0.01), "error_rate", 0.01, 10_000),
    ("errors +5 points, from 0.1 %", Change::Errors(0.05), "error_rate", 0.001, 1_000),
    ("errors +5 points, from 1 %", Change::Errors(0.05), "error_rate", 0.01, 1_000),
];

const CURVE: [f64; 5] = [0.1, 0.3, 1.0, 2.0, 4.0];

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let pairs: u64 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(100);
    let mut out = io::stdout().lock();
    match what.as_str() {
        "null" => {
            let sizes = [500, 1_000, 2_000, 5_000];
            let alarms = count(pairs, |seed| {
                let requests = sizes[seed as usize % sizes.len()];
                alarmed(&pair(seed, 1, requests, 0.005, Change::None, Noise::default()))
            });
            writeln!(out, "equal pairs called worse: {alarms} of {pairs}")
        }
        "noisy" => {
            let noise = Noise { speed: 0.03, load: 0.2, bursts: 2 };
            for references in [1, 3, 5] {
                let alarms = count(pairs, |seed| {
                    alarmed(&pair(seed, references, 2_000, 0.005, Change::None, noise))
                });
                writeln!(
                    out,
                    "noisy runs, {references} of reference: {alarms} of {pairs} called worse"
                )?;
            }
            Ok(())
        }
        "planted" => PLANTED.iter().try_for_each(|row| {
            let hits = planted(row, row.4, pairs);
            writeln!(out, "{}: {} calls: {hits} of {pairs} found", row.0, row.4)
        }),
        "curve" => PLANTED.iter().try_for_each(|row| {
            write!(out, "{}", row.0)?;
            for factor in CURVE {
                let calls = (factor * row.4 as f64) as usize;
                let hits = planted(row, calls, pairs);
                write!(out, " | {calls}: {:.0} %", 100.0 * hits as f64 / pairs as f64)?;
                out.flush()?;
            }
            writeln!(out)
        }),
        _ => {
            writeln!(out, "null, noisy, planted or curve, and how many pairs")
        }
    }
}

fn planted(row: &Row, calls: usize, pairs: u64) -> usize {
    let (_, change, measure, errors, _) = *row;
    count(pairs, |seed| found(&pair(seed, 1, calls, errors, change, Noise::default()), measure))
}

/// On threads of its own: what one pair waits for must not begin the next inside it.
fn count(pairs: u64, holds: impl Fn(u64) -> bool + Sync) -> usize {
    let (next, held) = (AtomicU64::new(1), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > pairs {
                        return;
                    }
                    held.fetch_add(usize::from(holds(seed)), Ordering::Relaxed);
                }
            });
        }
    });
    held.into_inner()
}
