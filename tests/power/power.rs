//! How often chance is taken for a change, and changes for chance: run by hand.
//!
//! ```text
//! cargo run --release --example power -- null 1000         equal pairs of a small system
//! cargo run --release --example power -- noisy 200         equal but for noise between runs
//! cargo run --release --example power -- planted 100       changes on an edge, for diff
//! cargo run --release --example power -- curve 40          the same with fewer and more calls
//! cargo run --release --example power -- gate 100          changes of requests, for check
//! cargo run --release --example power -- simulated 1000    equal pairs of simulated landscapes
//! cargo run --release --example power -- struck 100        the same with planted changes
//! ```
//!
//! A third number is that of the reference runs, where one is not said to be enough.

mod landscapes;
mod pair;
mod runs;

#[expect(dead_code, reason = "the simulated world has more to offer than this needs")]
#[path = "../generator/world/mod.rs"]
mod world;

use std::env;
use std::io::{self, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use landscapes::Planted;
use pair::{Tally, alarmed, found, pair};
use runs::{Change, Noise};
use tracefall::gate::State;
use world::rng;

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

/// Times the calls above.
const CURVE: [f64; 5] = [0.1, 0.3, 1.0, 2.0, 4.0];

/// (what is planted, the built-in rule that is to see it, requests).
const GATE: [(&str, Change, &str, [usize; 4]); 6] = [
    ("requests 20 % slower", Change::Slower(1.2), "latency-increase", [500, 1_000, 3_000, 8_000]),
    (
        "1 point more of requests fails",
        Change::Failing(0.01),
        "failure-increase",
        [1_000, 3_000, 5_000, 10_000],
    ),
    (
        "5 points more of requests fail",
        Change::Failing(0.05),
        "failure-increase",
        [300, 500, 1_000, 2_000],
    ),
    ("3 % of requests fail", Change::Failing(0.03), "failed-requests", [300, 500, 1_000, 2_000]),
    (
        "6 of 10 calls on an edge are repeated",
        Change::Errors(0.6),
        "retry-amplification",
        [100, 300, 1_000, 2_000],
    ),
    (
        "half of the requests fail in a tenth of the run",
        Change::Incident(0.5),
        "no-incident",
        [1_000, 2_000, 5_000, 10_000],
    ),
];

/// (what is planted, the rule that is to see it).
const STRUCK: [(&str, Planted, &str); 2] = [
    ("everything takes half as long again", Planted::Slower(1.5), "latency-increase"),
    ("the gateway fails 5 % of its requests", Planted::Failing(0.05), "failure-increase"),
];

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let mut number = |preset| arguments.next().and_then(|n| n.parse().ok()).unwrap_or(preset);
    let (pairs, references) = (number(100), number(1) as usize);
    let mut out = io::stdout().lock();
    match what.as_str() {
        "null" => {
            let sizes = [500, 1_000, 2_000, 5_000];
            let said = each(pairs, |seed| {
                let requests = sizes[seed as usize % sizes.len()];
                pair(seed, references, requests, 0.005, Change::None, Noise::default()).verdict()
            });
            write!(out, "equal pairs\n{}", Tally(said))
        }
        "noisy" => {
            let noise = Noise { speed: 0.03, load: 0.2, bursts: 2 };
            [1, 3, 5].into_iter().try_for_each(|references| {
                let alarms = count(pairs, |seed| {
                    alarmed(&pair(seed, references, 2_000, 0.005, Change::None, noise).compared())
                });
                writeln!(
                    out,
                    "noisy runs, {references} of reference: {alarms} of {pairs} called worse"
                )
            })
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
        "gate" => GATE.iter().try_for_each(|(title, change, rule, sizes)| {
            sizes.iter().try_for_each(|&requests| {
                let pair =
                    |seed| pair(seed, references, requests, 0.005, *change, Noise::default());
                let tally = Tally(each(pairs, |seed| pair(seed).verdict()));
                seen(&mut out, &format!("{title}, {requests} requests"), rule, &tally)
            })
        }),
        "simulated" => {
            let (tally, left_out) = simulated(pairs, references, Planted::Nothing);
            writeln!(
                out,
                "equal pairs of simulated landscapes; {left_out} more had a reference that does not \
                 pass itself"
            )?;
            write!(out, "{tally}")
        }
        "struck" => STRUCK.iter().try_for_each(|(title, planted, rule)| {
            seen(&mut out, title, rule, &simulated(pairs, references, *planted).0)
        }),
        _ => {
            writeln!(out, "null, noisy, planted, curve, gate, simulated or struck, how many pairs")
        }
    }
}

/// What is said of so many pairs whose reference is sound, and how many others were met.
fn simulated(pairs: u64, references: usize, planted: Planted) -> (Tally, usize) {
    let said = each(pairs, |seed| {
        let pair = landscapes::pair(seed, references, planted);
        pair.is_sound().then(|| pair.verdict())
    });
    let sound: Vec<_> = said.into_iter().flatten().collect();
    let left_out = pairs as usize - sound.len();
    (Tally(sound), left_out)
}

fn seen(out: &mut impl io::Write, title: &str, rule: &str, tally: &Tally) -> io::Result<()> {
    let [failed, broke] = [tally.ended(State::Failed), tally.broke(rule)];
    let pairs = tally.0.len();
    writeln!(out, "{title}: {failed} of {pairs} fail the gate, {broke} by {rule}")?;
    out.flush()
}

fn planted(row: &Row, calls: usize, pairs: u64) -> usize {
    let (_, change, measure, errors, _) = *row;
    let compared = |seed| pair(seed, 1, calls, errors, change, Noise::default()).compared();
    count(pairs, |seed| found(&compared(seed), measure))
}

fn count(pairs: u64, holds: impl Fn(u64) -> bool + Sync) -> usize {
    each(pairs, holds).into_iter().filter(|holds| *holds).count()
}

/// One result a seed, in their order. On threads of its own: what one pair waits for must not begin
/// the next inside it.
fn each<T: Send>(pairs: u64, of: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let (next, done) = (AtomicU64::new(1), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > pairs {
                        return;
                    }
                    let one = of(seed);
                    done.lock().expect("no thread panics while it holds it").push((seed, one));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no thread panics while it holds it");
    done.sort_by_key(|(seed, _)| *seed);
    done.into_iter().map(|(_, one)| one).collect()
}
