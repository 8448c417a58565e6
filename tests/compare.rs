//! Comparisons of runs with known differences: see `tests/power/` for the full experiment.

#[path = "power/pair.rs"]
#[allow(dead_code, reason = "the experiment needs more of it")]
mod pair;
#[path = "generator/world/rng.rs"]
#[expect(dead_code, reason = "simulated systems need more of it")]
mod rng;
#[path = "power/runs.rs"]
#[expect(dead_code, reason = "the experiment needs more of it")]
mod runs;

use pair::{Tally, alarmed, found, pair};
use proptest::prelude::*;
use runs::{Change, Noise, System};
use tracefall::compare::{Comparison, Judgement, Run, Runs, compare};
use tracefall::gate::State;

/// Pairs a test of chance draws: the full experiment has 1,000.
const PAIRS: u64 = 20;

#[test]
fn equal_runs_show_no_change_for_the_worse() {
    let alarms = (1..=PAIRS)
        .filter(|&seed| {
            alarmed(&pair(seed, 1, 400, 0.005, Change::None, Noise::default()).compared())
        })
        .count();
    // One in a hundred pairs may: two in twenty is less likely than 2 %.
    assert!(alarms <= 1, "{alarms} of {PAIRS}");
}

#[test]
fn planted_changes_are_found_under_their_own_name() {
    for (change, measure) in
        [(Change::All(1.2), "p50"), (Change::Errors(0.06), "error_rate"), (Change::All(1.2), "p95")]
    {
        let hits = (1..=4)
            .filter(|&seed| {
                let pair = pair(seed, 1, 3_000, 0.002, change, Noise::default());
                found(&pair.compared(), measure)
            })
            .count();
        assert!(hits >= 3, "{measure}: {hits} of 4");
    }
}

#[test]
fn the_gate_passes_equal_runs_and_fails_planted_changes_by_the_rule_that_asks() {
    let judged = |change, requests, pairs: u64| {
        let verdict = |seed| pair(seed, 1, requests, 0.005, change, Noise::default()).verdict();
        Tally((1..=pairs).map(verdict).collect())
    };
    let equal = judged(Change::None, 2_000, PAIRS);
    assert!(equal.ended(State::Failed) <= 1, "{equal}");
    assert_eq!(equal.ended(State::Unevaluated), 0, "{equal}");
    for (change, requests, rule) in [
        (Change::Slower(1.2), 3_000, "latency-increase"),
        (Change::Failing(0.05), 1_000, "failure-increase"),
        (Change::Errors(0.6), 1_000, "retry-amplification"),
    ] {
        let tally = judged(change, requests, 4);
        assert!(tally.broke(rule) >= 3, "{rule}: {tally}");
    }
}

#[test]
fn what_equal_runs_differ_by_is_not_called_a_change() {
    let noise = Noise { speed: 0.15, ..Noise::default() };
    let seeds = || 1..=12_u64;
    let alarms = |references| {
        let calm = |&seed: &u64| {
            alarmed(&pair(seed, references, 1_000, 0.005, Change::None, noise).compared())
        };
        seeds().filter(calm).count()
    };
    // Runs that differ by 15 % in speed: a single one of reference knows nothing of that.
    let (single, several) = (alarms(1), alarms(5));
    assert!(single >= 2 && several <= 1, "{single} and {several} of 12");
}

fn ends(comparison: &Comparison) -> Vec<(String, Option<f64>, Option<f64>, Judgement)> {
    let measured = comparison.measured.iter();
    measured
        .map(|m| (format!("{} {:?}", m.measure.id, m.subject), m.before, m.after, m.judgement))
        .collect()
}

const fn turned(judgement: Judgement) -> Judgement {
    match judgement {
        Judgement::Worse => Judgement::Better,
        Judgement::Better => Judgement::Worse,
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_does_not_differ_from_itself(seed in 1..1_000_u64, requests in 0..600_usize) {
        let run = System::draw(seed, 0.02).run(seed, requests, Change::None, Noise::default());
        let same = compare(&Runs::one(run.clone()), &run);
        prop_assert!(same.is_empty());
        prop_assert!(same.measured.iter().all(|m| m.judgement == Judgement::Same));
        prop_assert!(same.measured.iter().all(|m| m.before == m.after));
    }

    #[test]
    fn swapping_the_sides_turns_every_judgement_round(seed in 1..1_000_u64) {
        let system = System::draw(seed, 0.02);
        let run = |at, change| system.run(seed * 10 + at, 800, change, Noise::default());
        let (a, b): (Run, Run) = (run(1, Change::None), run(2, Change::All(1.5)));
        let there = compare(&Runs::one(a.clone()), &b);
        let back = compare(&Runs::one(b), &a);
        let round: Vec<_> = ends(&back)
            .into_iter()
            .map(|(what, before, after, judgement)| (what, after, before, turned(judgement)))
            .collect();
        prop_assert_eq!(ends(&there), round);
        prop_assert!(there.judged(Judgement::Worse).len() > 1);
    }
}
