//! Reasons to doubt that runs can be compared.

use std::collections::{BTreeMap, BTreeSet};

use crate::summary::{OpId, Summary, overlap};

use super::comparison::{Side, Sides};
use super::runs::{Run, Runs};
use super::stats::Sample;
use super::subjects::operation;
use super::view::Warning;

/// Mixes that differ by so much of the requests are not the same load: total variation distance.
const MIX: f64 = 0.1;
/// Loads or durations that differ by this factor put a system into another state.
const FACTOR: f64 = 1.5;
/// Failures vary so many times as much over a run as independent ones would: something happened in
/// a part of it, and that is no property of the whole.
const BURSTS: f64 = 5.0;
/// Fewer failures than this share of the requests are no incident, however they come.
const NOTABLE: f64 = 0.01;
/// Parts of a whole that are named before the rest is counted.
const NAMED: usize = 3;

/// All there are, most misleading first.
pub fn warnings(reference: &Runs, new: &Run, sides: &Sides) -> Vec<Warning> {
    let old: Vec<&Summary> = reference.list.iter().map(|run| &run.summary).collect();
    let checks = [
        twice(reference, new),
        bursts(sides),
        settings(&old, &new.summary),
        sampling(&old, &new.summary),
        mix(sides),
        load(&old, &new.summary),
        duration(&old, &new.summary),
        services(&old, &new.summary),
        lost(reference, new),
        noise(reference),
    ];
    checks.into_iter().flatten().collect()
}

const fn warning(id: &'static str, text: String) -> Option<Warning> {
    Some(Warning { id, text })
}

fn twice(reference: &Runs, new: &Run) -> Option<Warning> {
    let twice = |run: &&Run| overlap(&run.summary, &new.summary) > 0;
    let shared = reference.list.iter().filter(twice).count();
    let text = || {
        format!(
            "{shared} of the reference runs hold traces that the new run holds too: what they \
             share cannot differ"
        )
    };
    if shared == 0 { None } else { warning("overlap", text()) }
}

/// Entries that failed in one part of a run and not in the others: an incident, which one run has
/// and its equal has not.
fn bursts(sides: &Sides) -> Option<Warning> {
    let mut named = BTreeSet::new();
    for side in sides.all() {
        for (&entry, series) in &side.profile.entries {
            let failed = Sample::new(series.calls.iter().map(|calls| (calls.failed, calls.total)));
            if failed.dispersion >= BURSTS && failed.share() >= NOTABLE {
                let (service, operation) = operation(&sides.catalog, entry)?;
                named.insert(format!("{} {operation}", service.name));
            }
        }
    }
    if named.is_empty() {
        return None;
    }
    let text = format!(
        "requests failed in bursts ({}): an incident, rather than a change, counts as few events. \
         tracefall analyze tells what happened",
        list(&named.iter().collect::<Vec<_>>())
    );
    warning("bursts", text)
}

/// The first of some names, and how many more there are.
fn list(names: &[&String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let named: Vec<&str> = names.iter().take(NAMED).map(|name| name.as_str()).collect();
    if more > 0 { format!("{} and {more} more", named.join(", ")) } else { named.join(", ") }
}

fn settings(old: &[&Summary], new: &Summary) -> Option<Warning> {
    // Files of earlier formats do not say: nothing is known to differ.
    let differs = |key: &str, value| {
        let others = old.iter().filter_map(|s| s.made.settings.get(key));
        others.into_iter().any(|other| other != value)
    };
    let settings = new.made.settings.iter();
    let differ: Vec<&str> =
        settings.filter(|(key, value)| differs(key, *value)).map(|(key, _)| key.as_str()).collect();
    let text = || format!("they were counted with other settings: {}", differ.join(", "));
    if differ.is_empty() { None } else { warning("settings", text()) }
}

/// The mean number of requests that a sampled one stands for; `None` if unknown.
fn thinning(s: &Summary) -> Option<f64> {
    let (mut raw, mut all) = (0.0, 0.0);
    for &((_, threshold), _, count) in s.sampled.rows() {
        raw += count as f64;
        all += count as f64 * threshold.adjusted_count()?;
    }
    (raw > 0.0).then(|| all / raw)
}

fn sampling(old: &[&Summary], new: &Summary) -> Option<Warning> {
    let new = thinning(new);
    let told =
        |t: Option<f64>| t.map_or_else(|| "unknown".to_owned(), |t| format!("one in {t:.1}"));
    let other = old.iter().map(|s| thinning(s)).find(|&old| match (old, new) {
        (Some(a), Some(b)) => apart(a, b, 1.1),
        (a, b) => a.is_some() != b.is_some(),
    })?;
    let text = format!(
        "their sampling differs ({}, then {}): sampling by outcome or latency changes shares and \
         quantiles by itself",
        told(other),
        told(new)
    );
    warning("sampling", text)
}

fn apart(a: f64, b: f64, factor: f64) -> bool {
    a.max(b) > factor * a.min(b)
}

fn mix(sides: &Sides) -> Option<Warning> {
    let shares = |side: &Side| -> BTreeMap<OpId, f64> {
        let total = side.profile.total().max(1) as f64;
        side.profile.entries.iter().map(|(&id, s)| (id, s.total() as f64 / total)).collect()
    };
    let runs = sides.old.len().max(1) as f64;
    let mut differences = shares(&sides.new);
    for side in &sides.old {
        for (entry, share) in shares(side) {
            *differences.entry(entry).or_default() -= share / runs;
        }
    }
    let distance = differences.values().map(|d| d.abs()).sum::<f64>() / 2.0;
    if distance < MIX || sides.old.is_empty() {
        return None;
    }
    let mut ranked: Vec<(OpId, f64)> = differences.into_iter().collect();
    ranked.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
    let named = ranked.iter().take(NAMED).filter_map(|&(id, difference)| {
        let (service, operation) = operation(&sides.catalog, id)?;
        Some(format!("{} {operation} {:+.0} points", service.name, 100.0 * difference))
    });
    let text = format!(
        "another mix of requests: {:.0} % of them would have to be others ({}). Calls per request \
         are compared within each entry; latency and failures of an edge may follow the mix",
        100.0 * distance,
        named.collect::<Vec<_>>().join(", ")
    );
    warning("mix", text)
}

fn seconds(s: &Summary) -> f64 {
    s.input.to.0.saturating_sub(s.input.from.0) as f64 / 1e9
}

fn rate(s: &Summary) -> f64 {
    let requests: u64 = s.entries.rows().iter().map(|row| row.2.total).sum();
    requests as f64 / seconds(s).max(1e-9)
}

/// The mean of the reference runs where the new one is far from it.
fn far(old: &[&Summary], new: &Summary, of: fn(&Summary) -> f64) -> Option<(f64, f64)> {
    let mean = old.iter().map(|s| of(s)).sum::<f64>() / old.len().max(1) as f64;
    let value = of(new);
    (mean > 0.0 && apart(mean, value, FACTOR)).then_some((mean, value))
}

fn load(old: &[&Summary], new: &Summary) -> Option<Warning> {
    let (before, after) = far(old, new, rate)?;
    let text = format!(
        "another load: {before:.1} requests a second, then {after:.1}. Latency follows load"
    );
    warning("load", text)
}

fn duration(old: &[&Summary], new: &Summary) -> Option<Warning> {
    let (before, after) = far(old, new, seconds)?;
    let text = format!(
        "another duration: {before:.0} s, then {after:.0} s. A longer run sees more rare things and less of \
         the start"
    );
    warning("duration", text)
}

fn services(old: &[&Summary], new: &Summary) -> Option<Warning> {
    let emitters = |s: &Summary| -> BTreeSet<String> {
        s.instrumented
            .iter()
            .filter_map(|&id| Some(s.catalog.nodes.get(id as usize)?.name.clone()))
            .collect()
    };
    let before: BTreeSet<String> = old.iter().flat_map(|s| emitters(s)).collect();
    let after = emitters(new);
    let came: Vec<&String> = after.difference(&before).collect();
    let went: Vec<&String> = before.difference(&after).collect();
    let mut parts = Vec::new();
    if !came.is_empty() {
        parts.push(format!("only the new run has spans of {}", list(&came)));
    }
    if !went.is_empty() {
        parts.push(format!("only the reference has spans of {}", list(&went)));
    }
    if parts.is_empty() { None } else { warning("services", parts.join("; ")) }
}

fn lost(reference: &Runs, new: &Run) -> Option<Warning> {
    let lossy = |run: &&Run| run.summary.input.lost() > 0;
    let old = reference.list.iter().filter(lossy).count();
    let which = match (old, lossy(&new)) {
        (0, false) => return None,
        (0, true) => "the new run".to_owned(),
        (old, false) => format!("{old} of the reference runs"),
        (old, true) => format!("the new run and {old} of the reference runs"),
    };
    warning("losses", format!("records were lost while reading {which}"))
}

fn noise(reference: &Runs) -> Option<Warning> {
    if reference.list.len() > 1 {
        return None;
    }
    let text = "one reference run: how much equal runs differ among themselves is unknown, only \
                what varies within them is accounted for. Two or more (--baseline RUN…) tell";
    warning("noise_unknown", text.to_owned())
}
