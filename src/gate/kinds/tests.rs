//! Every kind of rule passes, fails, and says when it cannot tell.

use crate::analysis::{Analysis, Settings, analyze};
use crate::compare::{self, Runs};
use crate::gate::judgement::Outcome;
use crate::gate::policy::{Consequence, Policy, Severity};
use crate::gate::{Run, State, Verdict, evaluate, read};
use crate::model::{Cause, Teams};
use crate::summary::small_world::{CACHE, SHOP, STOCK, STORE, call, healthy, request, summary};
use crate::summary::{DigestHop, NONE, Summary};

/// Requests a slice; a slice is about a second.
const LOAD: u64 = 10;

fn world(count: u64, hops: impl Fn(u64) -> Vec<DigestHop>) -> Summary {
    summary((0..count).map(|n| request(n, LOAD, hops(n))).collect())
}

fn well(count: u64) -> Summary {
    world(count, healthy)
}

/// One request in `each` fails, all the way from the store.
fn failing(count: u64, each: u64) -> Summary {
    world(count, |n| {
        let broken = |hop: DigestHop| match n % each {
            0 => hop.broken(Cause::Exception),
            _ => hop,
        };
        healthy(n).into_iter().map(broken).collect()
    })
}

fn analysis(summary: &Summary) -> Analysis {
    analyze(summary, None, &Settings { top: 1, ..Settings::default() })
}

fn policy(rule: &str) -> Policy {
    read("p.toml", &format!("[rule.it]\n{rule}")).unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn judged_with(rule: &str, run: &Summary, baselines: &[Summary]) -> Verdict {
    let analysis = analysis(run);
    let labelled =
        |summary: &Summary| compare::Run { label: "r".to_owned(), summary: summary.clone() };
    let baselines: Runs = baselines.iter().map(labelled).collect();
    let comparison =
        (!baselines.list.is_empty()).then(|| compare::compare(&baselines, &labelled(run)));
    let run = Run {
        summary: run,
        analysis: &analysis,
        baselines: &baselines,
        comparison: comparison.as_ref(),
        teams: &Teams::default(),
    };
    let today = jiff::civil::date(2026, 6, 15);
    evaluate(&policy(rule), &run, today).verdicts.remove(0)
}

fn judged(rule: &str, run: &Summary) -> Verdict {
    judged_with(rule, run, &[])
}

#[track_caller]
fn holds(rule: &str, run: &Summary, state: State) -> Verdict {
    let verdict = judged(rule, run);
    assert_eq!(verdict.state, state, "{rule}: {} {:#?}", verdict.reason, verdict.findings);
    verdict
}

#[test]
fn no_incident() {
    let rule = "kind = \"no_incident\"";
    holds(rule, &well(2_000), State::Passed);
    let outage = world(2_000, |n| {
        let hop = |hop: DigestHop| match (1_000..1_400).contains(&n) {
            true => hop.broken(Cause::Exception),
            false => hop,
        };
        healthy(n).into_iter().map(hop).collect()
    });
    let verdict = holds(rule, &outage, State::Failed);
    assert!(verdict.reason.contains("were harmed"), "{}", verdict.reason);
    let verdict = holds(rule, &well(20), State::Unevaluated);
    assert!(verdict.reason.starts_with("inconclusive"), "{}", verdict.reason);
}

#[test]
fn failed_requests() {
    let rule = "kind = \"failed_requests\"\nmax_percent = 1";
    holds(rule, &failing(1_000, 200), State::Passed);
    let verdict = holds(rule, &failing(1_000, 20), State::Failed);
    let found = &verdict.findings[0];
    assert_eq!((found.value, found.limit, found.calls), (Some(5.0), Some(1.0), 1_000));
    assert_eq!((found.subject.to_string(), found.exemplars.len()), ("shop run".to_owned(), 3));
    holds(rule, &failing(99, 10), State::Unevaluated);
    let verdict = holds(rule, &failing(1_000, 91), State::Unevaluated);
    assert!(verdict.reason.contains("may be chance"), "{}", verdict.reason);
    let mut blind = well(1_000);
    blind.coverage.stated = 0;
    holds(rule, &blind, State::Unevaluated);
    holds(&format!("{rule}\nservice = \"none\""), &well(1_000), State::Unevaluated);
}

#[test]
fn failed_calls() {
    let rule = "kind = \"failed_calls\"\nmax_percent = 5\nedge = \"stock -> *\"";
    holds(rule, &failing(1_000, 50), State::Passed);
    let verdict = holds(rule, &failing(1_000, 10), State::Failed);
    assert_eq!(verdict.findings[0].subject.to_string(), "stock → store");
    holds(rule, &failing(50, 10), State::Unevaluated);
}

#[test]
fn latency() {
    let slow = world(1_000, |n| {
        let millis = if n % 20 == 0 { 400 } else { 30 };
        vec![call(NONE, SHOP, [NONE, millis, 10]), call(0, STOCK, [20, 18, 8])]
    });
    let rule = "kind = \"latency\"\nmax_ms = 100";
    holds(rule, &well(1_000), State::Passed);
    let verdict = holds(rule, &slow, State::Failed);
    assert!(verdict.reason.contains("50 of 1000 took longer"), "{}", verdict.reason);
    let few = holds(rule, &well(499), State::Unevaluated);
    assert_eq!((few.too_few, few.judged), (1, 0), "p99 needs 500 calls");
    holds(&format!("{rule}\nquantile = 0.9"), &slow, State::Passed);
    let edge =
        "kind = \"latency\"\nof = \"edge\"\nmax_ms = 15\nquantile = 0.5\nedge = \"*->stock\"";
    holds(edge, &well(1_000), State::Failed);
    holds(&edge.replace("stock", "store"), &well(1_000), State::Passed);
}

/// The shop takes as long as `millis` says, which differs from request to request.
fn timed(count: u64, millis: u32) -> Summary {
    world(count, move |n| {
        let took = millis + (n * 7919 % 100) as u32 * millis / 100;
        vec![call(NONE, SHOP, [NONE, took, 10]), call(0, STOCK, [20, 18, 8])]
    })
}

#[test]
fn latency_increase() {
    let rule = "kind = \"latency_increase\"\nquantile = \"p50\"";
    let state = |run: &Summary, baselines: &[Summary]| judged_with(rule, run, baselines).state;
    let base = || [timed(4_000, 100)];
    assert_eq!(state(&timed(4_000, 100), &base()), State::Passed);
    assert_eq!(state(&timed(4_000, 70), &base()), State::Passed, "faster is well");
    let verdict = judged_with(rule, &timed(4_000, 140), &base());
    assert_eq!(verdict.state, State::Failed, "{}", verdict.reason);
    assert!(verdict.reason.contains("in the baseline"), "{}", verdict.reason);
    assert_eq!(state(&timed(4_000, 100), &[]), State::Unevaluated, "no baseline");
    assert_eq!(state(&timed(10, 100), &base()), State::Unevaluated, "too few");
}

#[test]
fn failure_increase() {
    let rule = "kind = \"failure_increase\"";
    let state = |run: &Summary, baselines: &[Summary]| judged_with(rule, run, baselines).state;
    assert_eq!(state(&well(2_000), &[well(2_000)]), State::Passed);
    assert_eq!(state(&failing(20_000, 100), &[failing(20_000, 100)]), State::Passed);
    let verdict = judged_with(rule, &failing(5_000, 20), &[failing(5_000, 100)]);
    assert_eq!(verdict.state, State::Failed, "{}", verdict.reason);
    assert_eq!(verdict.findings[0].value.map(f64::round), Some(4.0));
    assert_eq!(state(&failing(300, 50), &[failing(300, 100)]), State::Unevaluated, "too few");
    assert_eq!(state(&well(2_000), &[]), State::Unevaluated);
    let edge = format!("{rule}\nof = \"edge\"\nedge = \"stock -> *\"");
    let verdict = judged_with(&edge, &failing(5_000, 20), &[failing(5_000, 100)]);
    assert_eq!(verdict.findings[0].subject.to_string(), "stock → store run");
}

#[test]
fn call_increase() {
    let rule = "kind = \"call_increase\"";
    let querying = |queries: u64| {
        world(2_000, move |n| {
            let mut hops = healthy(n);
            hops.extend((1..queries).map(|_| call(1, STORE, [10, NONE, NONE])));
            hops
        })
    };
    let state = |run: &Summary, baselines: &[Summary]| judged_with(rule, run, baselines).state;
    assert_eq!(state(&querying(2), &[querying(2)]), State::Passed);
    let verdict = judged_with(rule, &querying(4), &[querying(2)]);
    assert_eq!(verdict.state, State::Failed, "{}", verdict.reason);
    assert_eq!(verdict.findings[0].value, Some(100.0));
    assert_eq!(state(&querying(2), &[]), State::Unevaluated);
    assert_eq!(state(&well(10), &[querying(2)]), State::Unevaluated, "too few");
}

#[test]
fn retries() {
    let retrying = |each: u64| {
        world(1_000, move |n| {
            let mut hops = healthy(n);
            if n % each == 0 {
                hops[2] = hops[2].failed(Cause::Timeout).with(DigestHop::REPAIRED);
                hops.push(call(1, STORE, [10, NONE, NONE]).with(DigestHop::RETRY));
            }
            hops
        })
    };
    let rule = "kind = \"retries\"\nmax_attempts = 1.2";
    holds(rule, &retrying(10), State::Passed);
    let verdict = holds(rule, &retrying(2), State::Failed);
    assert_eq!(verdict.findings[0].value, Some(1.5));
    holds(rule, &well(90), State::Passed);
    holds(rule, &well(40), State::Unevaluated);
}

#[test]
fn fan_out() {
    let wide = world(200, |n| {
        let mut hops = healthy(n);
        let queries = if n == 77 { 60 } else { 1 };
        hops.extend((0..queries).map(|_| call(1, STORE, [1, NONE, NONE])));
        // An attempt more is no call more.
        hops.push(call(1, STORE, [1, NONE, NONE]).with(DigestHop::RETRY));
        hops
    });
    let rule = "kind = \"fan_out\"\nmax = 50";
    holds(rule, &well(200), State::Passed);
    let verdict = holds(rule, &wide, State::Failed);
    let found = &verdict.findings[0];
    assert_eq!((found.value, found.subject.to_string()), (Some(61.0), "stock run".to_owned()));
    assert_eq!(found.exemplars, [request(77, LOAD, healthy(77)).trace().to_string()]);
    holds(rule, &well(50), State::Unevaluated);
}

#[test]
fn depth_and_synchronous_chain() {
    let message = world(200, |n| {
        let mut hops = healthy(n);
        hops.push(call(2, CACHE, [1, NONE, NONE]).with(DigestHop::ASYNC));
        hops
    });
    let depth = |max: u32| format!("kind = \"depth\"\nmax = {max}");
    let chain = |max: u32| format!("kind = \"synchronous_chain\"\nmax = {max}");
    holds(&depth(4), &message, State::Passed);
    let verdict = holds(&depth(3), &message, State::Failed);
    assert_eq!(verdict.findings[0].subject.to_string(), "shop → stock → store → cache");
    holds(&chain(3), &message, State::Passed);
    holds(&chain(2), &message, State::Failed);
    for rule in [depth(9), chain(9)] {
        holds(&rule, &well(50), State::Unevaluated);
        let mut thinned = well(500);
        thinned.digests = Default::default();
        holds(&rule, &thinned, State::Unevaluated);
    }
}

#[test]
fn timeout_order() {
    let rule = "kind = \"timeout_order\"";
    let world_of = |patience: u32, deadline: u32| {
        world(500, move |n| match n % 50 {
            0 => {
                let late = call(1, STORE, [deadline, NONE, NONE]).failed(Cause::Timeout);
                vec![
                    call(NONE, SHOP, [NONE, patience + 10, 10]).broken(Cause::Unknown),
                    call(0, STOCK, [patience, 2 * deadline, 20]).failed(Cause::Timeout),
                    late,
                    late.with(DigestHop::RETRY).after(deadline),
                ]
            }
            _ => healthy(n),
        })
    };
    holds(rule, &world_of(500, 200), State::Passed);
    let verdict = holds(rule, &world_of(500, 400), State::Failed);
    let found = &verdict.findings[0];
    assert_eq!((found.value, found.subject.to_string()), (Some(1.6), "shop → stock".to_owned()));
    holds(rule, &well(500), State::Unevaluated);
}

#[test]
fn service_cycle() {
    let rule = "kind = \"service_cycle\"";
    let back = |flag: u8| {
        world(200, move |n| {
            let mut hops = healthy(n);
            hops.push(call(2, SHOP, [1, 1, 1]).with(flag));
            hops
        })
    };
    holds(rule, &well(200), State::Passed);
    let verdict = holds(rule, &back(0), State::Failed);
    assert_eq!(verdict.findings[0].subject.to_string(), "shop → stock → store");
    holds(rule, &back(DigestHop::ASYNC), State::Passed);
    holds(rule, &well(20), State::Unevaluated);
    let alone = world(200, |_| vec![call(NONE, SHOP, [NONE, 3, 3])]);
    holds(rule, &alone, State::Unevaluated);
}

/// The shop is of one team, stock and store are of another.
fn teams(mut summary: Summary) -> Summary {
    for (node, team) in summary.catalog.nodes.iter_mut().zip(["web", "supply", "supply"]) {
        team.clone_into(&mut node.namespace);
    }
    summary
}

#[test]
fn team_edges() {
    let rule = "kind = \"team_edges\"";
    let alone = || teams(world(500, |_| vec![call(NONE, SHOP, [NONE, 3, 3])]));
    let run = teams(well(500));
    let state =
        |rule: &str, run: &Summary, baselines: &[Summary]| judged_with(rule, run, baselines).state;
    assert_eq!(state(rule, &run, &[teams(well(500))]), State::Passed);
    let verdict = judged_with(rule, &run, &[alone()]);
    assert_eq!(verdict.state, State::Failed);
    assert_eq!(verdict.findings.len(), 1, "within a team nothing is asked");
    assert_eq!(verdict.findings[0].subject.to_string(), "shop → stock");
    assert_eq!(state(rule, &run, &[]), State::Unevaluated, "there is nothing to compare with");
    assert_eq!(state(rule, &well(500), &[well(500)]), State::Unevaluated, "nobody has a team");
    for (allow, expected) in [("web -> supply", State::Passed), ("supply -> *", State::Failed)] {
        let listed = format!("{rule}\nallow = \"{allow}\"");
        assert_eq!(state(&listed, &run, &[]), expected, "{allow}");
    }
    let rare = teams(world(500, |n| match n {
        0 => healthy(0),
        _ => vec![call(NONE, SHOP, [NONE, 3, 3])],
    }));
    assert_eq!(state(rule, &rare, &[alone()]), State::Unevaluated, "once may be chance");
    let skipped = judged_with(&format!("{rule}\nonly_with_baseline = true"), &run, &[]);
    assert_eq!(skipped.state, State::Skipped);
}

#[test]
fn coverage() {
    let rule = "kind = \"coverage\"\nmin_percent = 90";
    let seen = |orphans: u64| {
        let mut summary = well(500);
        summary.input.spans = 1_500;
        summary.coverage.orphans = orphans;
        summary
    };
    holds(rule, &seen(100), State::Passed);
    let verdict = holds(rule, &seen(300), State::Failed);
    assert_eq!(verdict.findings[0].value, Some(80.0));
    assert!(verdict.reason.contains("1200 of 1500 spans have their parent"), "{}", verdict.reason);
    holds(rule, &well(20), State::Unevaluated);
    holds(rule, &Summary::default(), State::Unevaluated);
}

#[test]
fn what_is_rare_is_not_waited_for_and_what_is_not_judged_is_counted() {
    // Of 1,000 requests, 20 enter by stock.
    let mixed = world(1_000, |n| match n % 50 {
        0 => vec![call(NONE, STOCK, [NONE, 3, 3])],
        _ => healthy(n),
    });
    let rule = "kind = \"failed_requests\"";
    let verdict = holds(rule, &mixed, State::Passed);
    assert_eq!((verdict.judged, verdict.too_few), (1, 1));
    holds(&format!("{rule}\nservice = \"stock\""), &mixed, State::Unevaluated);
}

#[test]
fn severity_and_the_meaning_of_not_evaluated_are_the_policys() {
    let rule = "kind = \"failed_requests\"\n";
    let (bad, few) = (failing(1_000, 10), well(20));
    let warned = holds(&format!("{rule}severity = \"warn\""), &bad, State::Warned);
    assert!(warned.broken && warned.severity == Severity::Warn);
    let warned = holds(&format!("{rule}severity = \"warn\""), &few, State::Warned);
    assert!(!warned.broken, "not evaluated, and only told");
    for (word, consequence) in Consequence::ALL {
        let state = match consequence {
            Consequence::Error => State::Unevaluated,
            Consequence::Fail => State::Failed,
            Consequence::Warn => State::Warned,
            Consequence::Pass => State::Passed,
        };
        holds(&format!("{rule}on_unevaluated = \"{word}\""), &few, state);
        holds(&format!("{rule}on_unevaluated = \"{word}\""), &bad, State::Failed);
    }
}

#[test]
fn exceptions_hold_for_what_they_name_until_their_day() {
    let bad = failing(1_000, 10);
    let analysis = analysis(&bad);
    let run = Run {
        summary: &bad,
        analysis: &analysis,
        baselines: &Runs::default(),
        comparison: None,
        teams: &Teams::default(),
    };
    let checked = |exception: &str, today: (i16, i8, i8)| {
        let policy = policy(&format!(
            "kind = \"failed_requests\"\n[[exception]]\nrule = \"it\"\nreason = \"known\"\n{exception}"
        ));
        let gate = evaluate(&policy, &run, jiff::civil::date(today.0, today.1, today.2));
        let notices: Vec<String> = gate.notices.iter().map(|n| n.text.clone()).collect();
        (gate.state, gate.verdicts[0].excused.len(), notices.join("; "))
    };
    let until = "service = \"shop\"\nexpires = 2026-06-30";
    assert_eq!(checked(until, (2026, 6, 1)), (State::Passed, 1, String::new()));
    let (state, excused, told) = checked(until, (2026, 6, 30));
    assert_eq!((state, excused), (State::Passed, 1), "the last day counts");
    assert!(told.contains("expires on 2026-06-30"), "{told}");
    let (state, excused, told) = checked(until, (2026, 7, 1));
    assert_eq!((state, excused), (State::Failed, 0));
    assert!(told.contains("expired on 2026-06-30"), "{told}");
    let (state, _, told) = checked("service = \"stock\"", (2026, 6, 1));
    assert_eq!(state, State::Failed);
    assert!(told.contains("excuses nothing"), "{told}");
    assert_eq!(checked("", (2026, 6, 1)).0, State::Passed, "without a selection it is for all");
}

#[test]
fn the_worst_finding_comes_first() {
    let mixed = world(2_000, |n| {
        let hops = match n % 2 {
            0 => vec![call(NONE, STOCK, [NONE, 3, 3])],
            _ => healthy(n),
        };
        let bad = if n % 2 == 0 { n % 10 == 0 } else { n % 5 == 0 };
        hops.into_iter().map(|hop| if bad { hop.broken(Cause::Exception) } else { hop }).collect()
    });
    let verdict = holds("kind = \"failed_requests\"", &mixed, State::Failed);
    let outcomes: Vec<_> = verdict.findings.iter().map(|f| (f.outcome, f.value)).collect();
    assert_eq!(outcomes.len(), 2);
    assert!(outcomes.iter().all(|(outcome, _)| *outcome == Outcome::Broken));
    assert!(outcomes[0].1 >= outcomes[1].1, "{outcomes:?}");
    assert!(verdict.reason.ends_with("(and 1 more)"), "{}", verdict.reason);
}
