//! What is there on one side only: nodes, edges, reasons to fail, errors in the logs.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Cause;
use crate::summary::{NONE, NodeId};

use super::comparison::{Side, Sides};
use super::draft::Draft;
use super::measures::{CAUSE, Measure, PRESENCE, TEMPLATE};
use super::profile::Profile;
use super::stats::{Sample, Tested, rare};
use super::subjects::{node, operation};
use super::view::Subject;

/// Adds everything that was seen on one side and not on the other.
pub fn measure(sides: &Sides, drafts: &mut Vec<Draft>) {
    let catalog = &sides.catalog;
    one_sided(
        sides,
        &PRESENCE,
        |profile| profile.nodes.clone(),
        |&id| Some(Subject::Node(node(catalog, id)?)),
        drafts,
    );
    let pairs = |profile: &Profile| {
        let mut pairs: BTreeMap<(NodeId, NodeId), Vec<u64>> = BTreeMap::new();
        for (key, series) in profile.edges.iter().filter(|(key, _)| key.0 != NONE) {
            let list = pairs.entry((key.0, catalog.node_of(key.1))).or_default();
            add(list, &series.calls.iter().map(|calls| calls.total).collect::<Vec<_>>());
        }
        pairs
    };
    let edge = |&(caller, callee): &(NodeId, NodeId)| {
        Some(Subject::Edge {
            caller: node(catalog, caller)?,
            callee: node(catalog, callee)?,
            operation: None,
        })
    };
    one_sided(sides, &PRESENCE, pairs, edge, drafts);
    // Operations of edges that both sides have: those of a new edge are new with it.
    let known = |side: &Side| pairs(&side.profile).into_keys().collect::<BTreeSet<_>>();
    let old: BTreeSet<_> = sides.old.iter().flat_map(known).collect();
    let both: BTreeSet<_> = known(&sides.new).intersection(&old).copied().collect();
    let operations = |profile: &Profile| {
        let shared =
            profile.edges.iter().filter(|(key, _)| both.contains(&(key.0, catalog.node_of(key.1))));
        shared.map(|(&key, series)| (key, series.calls.iter().map(|c| c.total).collect())).collect()
    };
    one_sided(sides, &PRESENCE, operations, |&key| super::subjects::edge(catalog, key), drafts);
    let failure = |&(id, reason): &(u32, Cause)| {
        let (service, operation) = operation(catalog, id)?;
        Some(Subject::Failure { service, operation, cause: cause(reason) })
    };
    one_sided(sides, &CAUSE, |profile| profile.causes.clone(), failure, drafts);
    let log = |&id: &u32| {
        let template = catalog.templates.get(id as usize)?;
        Some(Subject::Log {
            service: node(catalog, template.node)?,
            severity: "error",
            text: template.text.clone(),
        })
    };
    one_sided(sides, &TEMPLATE, |profile| profile.errors.clone(), log, drafts);
}

/// Adds every key that one side has and the other has not, as events per entry request.
fn one_sided<K: Ord>(
    sides: &Sides,
    measure: &'static Measure,
    counts: impl Fn(&Profile) -> BTreeMap<K, Vec<u64>>,
    subject: impl Fn(&K) -> Option<Subject>,
    drafts: &mut Vec<Draft>,
) {
    let old: Vec<BTreeMap<K, Vec<u64>>> =
        sides.old.iter().map(|side| counts(&side.profile)).collect();
    let new = counts(&sides.new.profile);
    let old_requests: u64 = sides.old.iter().map(|side| side.profile.total()).sum();
    let new_requests = sides.new.profile.total();
    let came = new.iter().filter(|(key, _)| old.iter().all(|run| !run.contains_key(*key)));
    for (key, blocks) in came {
        let events = effective(blocks, &sides.new.profile.requests);
        let p = rare((0.0, old_requests as f64), (events, new_requests as f64));
        let rate = blocks.iter().sum::<u64>() as f64 / new_requests.max(1) as f64;
        let observations = [0, blocks.iter().sum()];
        let tested = (old_requests > 0 && new_requests > 0).then_some(Tested { p, error: 0.0 });
        drafts.extend(subject(key).map(|subject| Draft {
            subject,
            measure,
            before: None,
            after: Some(rate),
            half: None,
            observations,
            tested,
        }));
    }
    let keys: BTreeSet<&K> =
        old.iter().flat_map(BTreeMap::keys).filter(|key| !new.contains_key(*key)).collect();
    for key in keys {
        let (mut events, mut total) = (0.0, 0_u64);
        for (run, side) in old.iter().zip(&sides.old) {
            let Some(blocks) = run.get(key) else { continue };
            events += effective(blocks, &side.profile.requests);
            total += blocks.iter().sum::<u64>();
        }
        let p = rare((events, old_requests as f64), (0.0, new_requests as f64));
        let tested = (old_requests > 0 && new_requests > 0).then_some(Tested { p, error: 0.0 });
        drafts.extend(subject(key).map(|subject| Draft {
            subject,
            measure,
            before: Some(total as f64 / old_requests.max(1) as f64),
            after: None,
            half: None,
            observations: [total, 0],
            tested,
        }));
    }
}

/// How many independent events would say as much: those of one burst count as few.
fn effective(events: &[u64], requests: &[u64]) -> f64 {
    let of = |at: usize| events.get(at).copied().unwrap_or(0);
    let total: u64 = requests.iter().sum();
    let all: u64 = events.iter().sum();
    // Of events that are more than the requests no share can be made: all are scaled alike.
    let scale = (all * 2).div_ceil(total.max(1)).max(1);
    let blocks = requests.iter().enumerate().map(|(at, &n)| (of(at), n * scale));
    let sample = Sample::new(blocks);
    sample.events / sample.dispersion.max(1.0)
}

fn add(list: &mut Vec<u64>, more: &[u64]) {
    list.resize(list.len().max(more.len()), 0);
    list.iter_mut().zip(more).for_each(|(a, b)| *a += b);
}

/// The id of a cause in JSON.
const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Unknown => "unknown",
        Cause::Exception => "exception",
        Cause::Timeout => "timeout",
        Cause::Rejected => "rejected",
        Cause::ShortCircuited => "short_circuited",
        Cause::Unreachable => "unreachable",
        Cause::Cancelled => "cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_one_event_or_two_and_a_steady_flow_is_many() {
        let requests = [100; 20];
        assert_eq!(effective(&[5; 20], &requests), 100.0);
        let mut burst = [0; 20];
        burst[7] = 100;
        assert!(effective(&burst, &requests) < 7.0);
        assert!((effective(&[300; 20], &requests) - 6_000.0).abs() < 1e-6);
    }
}
