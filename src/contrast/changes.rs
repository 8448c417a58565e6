//! What came or went about when requests began to fail.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Nanos;
use crate::rank::{Case, Scored};
use crate::summary::{NONE, NodeId, Summary};

use super::find::Trait;
use super::population::{Reference, of_incident};
use super::tally::{INSTANCE, Tally, VERSION, told};

/// Changes within so many seconds of the onset are told: as many as a rollout may take.
const WITHIN: f64 = 600.0;
/// At most so many, the nearest.
const MOST: usize = 12;
/// Fewer calls without a value say nothing of its absence.
const CALLS: u64 = 20;
/// A value that takes its share of calls is missing among so many others by chance at most so often.
const CHANCE: f64 = 0.001;
/// At least this share of the harmed requests carries what "touches" them.
const TOUCHES: f64 = 0.5;

/// Something that came or went.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What: the first names it, the others came or went with it.
    pub traits: Vec<Trait>,
    /// It came; otherwise it went.
    pub came: bool,
    /// Of a version: instances that came or went with it.
    pub instances: usize,
    /// When it was first seen (of what went: when it was last), to the slice.
    pub at: Nanos,
    /// So long before the onset, nanoseconds; negative after it.
    pub lead: i64,
    /// It is the first candidate's own, and of what came some harmed requests carry it; or, of the request as a whole, most harmed ones carry it.
    pub touches: bool,
    /// Of harmed requests of which it is known, the share that carries what came, 0 to 1.
    pub carried: Option<f64>,
}

/// The nearest changes, and how many others there were.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// By distance from the onset.
    pub list: Vec<Change>,
    /// Not told.
    pub left_out: usize,
}

/// Calls that show one value, slice by slice.
#[derive(Default)]
struct Course {
    calls: BTreeMap<u64, u64>,
    instances: BTreeSet<u32>,
}

/// Values by what they are values of.
type Courses<'a> = BTreeMap<(NodeId, &'a str), BTreeMap<&'a str, Course>>;

/// What came or went near the onset.
pub fn changes(case: &Case<'_>, scored: &[Scored], reference: &Reference<'_>) -> Changes {
    let population = of_incident(case, reference);
    let harmed = Tally::of(case.catalog(), &population, None);
    let accused = scored.first().map(|first| first.node);
    let onset = case.window.onset.0;
    let log2 = case.summary.slice_log2();
    let mut found: Vec<(Change, BTreeSet<u32>)> = Vec::new();
    for ((node, key), values) in courses(case.summary) {
        let total = values.values().fold(BTreeMap::new(), |mut total, course| {
            course.calls.iter().for_each(|(slice, n)| *total.entry(*slice).or_insert(0) += n);
            total
        });
        for (value, course) in values {
            for came in [true, false] {
                let Some(slice) = turned(&course.calls, &total, came) else { continue };
                let at = slice << log2;
                let lead = i64::try_from(i128::from(onset) - i128::from(at)).unwrap_or(i64::MAX);
                if (lead as f64 / 1e9).abs() > WITHIN {
                    continue;
                }
                let carried = harmed.0.get(&(node, key)).and_then(|known| {
                    let all = known.all.weights[1];
                    let with = known.values.get(value).map_or(0.0, |c| c.weights[1]);
                    (came && all > 0.0).then(|| (with / all).clamp(0.0, 1.0))
                });
                let touches = match node {
                    NONE => carried.is_some_and(|carried| carried >= TOUCHES),
                    node => accused == Some(node) && carried.is_none_or(|carried| carried > 0.0),
                };
                let named = Trait {
                    node: (node != NONE).then_some(node),
                    key: key.to_owned(),
                    value: value.to_owned(),
                };
                let (traits, instances) = (vec![named], course.instances.len());
                let at = Nanos(at);
                let change = Change { traits, came, instances, at, lead, touches, carried };
                found.push((change, course.instances.clone()));
            }
        }
    }
    nearest(folded(found))
}

/// Calls by value: of instances exactly, of what requests carry as far as their traces were kept.
fn courses(summary: &Summary) -> Courses<'_> {
    let mut courses = Courses::new();
    for (id, slice, work) in summary.instances.rows() {
        let Some(instance) = summary.catalog.instances.get(*id as usize) else { continue };
        for (key, value) in told(instance) {
            let values = courses.entry((instance.node, key)).or_default();
            let course = values.entry(value).or_default();
            *course.calls.entry(*slice).or_default() += work.calls;
            course.instances.insert(*id);
        }
    }
    for digest in summary.digests.iter() {
        let mut tags: Vec<u32> = digest.tags.iter().map(|tag| tag.1).collect();
        tags.sort_unstable();
        tags.dedup();
        for tag in tags.iter().map(|tag| &summary.catalog.tags[*tag as usize]) {
            // Which tenants and routes come and go says nothing; a flag is turned by somebody.
            if tag.key.starts_with("feature_flag:") && !tag.value.is_empty() {
                let values = courses.entry((NONE, tag.key.as_str())).or_default();
                let course = values.entry(tag.value.as_str()).or_default();
                *course.calls.entry(digest.slice).or_default() += 1;
            }
        }
    }
    courses
}

/// The slice in which a value came or went, unless chance may have kept it away.
fn turned(own: &BTreeMap<u64, u64>, total: &BTreeMap<u64, u64>, came: bool) -> Option<u64> {
    let mut busy = own.iter().filter(|(_, n)| **n > 0).map(|(slice, _)| *slice);
    let slice = if came { busy.next()? } else { busy.next_back()? };
    let there = |at: u64| if came { at >= slice } else { at <= slice };
    let (mut with, mut without) = (0, 0);
    for (at, n) in total {
        *(if there(*at) { &mut with } else { &mut without }) += n;
    }
    let share = own.values().sum::<u64>() as f64 / (with as f64).max(1.0);
    let missed = (1.0 - share.min(1.0)).powf(without as f64);
    (without >= CALLS && missed <= CHANCE).then_some(slice)
}

/// Instances and hosts under the version that came or went with them, and what is said of the same instances
/// as one.
fn folded(mut found: Vec<(Change, BTreeSet<u32>)>) -> Vec<Change> {
    // Versions first, then whatever is wider.
    found.sort_by_key(|(change, of)| (change.traits[0].key != VERSION, usize::MAX - of.len()));
    let mut kept: Vec<(Change, BTreeSet<u32>)> = Vec::new();
    for (change, of) in found {
        let own = &change.traits[0];
        let alike = |(other, _): &&mut (Change, _)| {
            own.node.is_some() && other.traits[0].node == own.node && other.came == change.came
        };
        let same = kept.iter_mut().filter(alike).find(|(other, with)| {
            let part = other.traits[0].key == VERSION && [INSTANCE, "host"].contains(&&*own.key);
            (*with == of && other.at == change.at) || (part && with.is_superset(&of))
        });
        match same {
            Some((other, with)) if *with == of => other.traits.extend(change.traits),
            Some(_) => {}
            None => kept.push((change, of)),
        }
    }
    kept.into_iter().map(|(change, _)| change).collect()
}

fn nearest(mut list: Vec<Change>) -> Changes {
    list.sort_by(|a, b| {
        let key = |c: &Change| (c.lead.unsigned_abs(), c.lead < 0, !c.touches, !c.came);
        let name = |c: &Change| (c.traits[0].node, c.traits[0].key.clone());
        (key(a), name(a), &a.traits[0].value).cmp(&(key(b), name(b), &b.traits[0].value))
    });
    let left_out = list.len().saturating_sub(MOST);
    list.truncate(MOST);
    Changes { list, left_out }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(slices: std::ops::Range<u64>, calls: u64) -> BTreeMap<u64, u64> {
        slices.map(|slice| (slice, calls)).collect()
    }

    #[test]
    fn what_takes_half_of_the_calls_comes_and_goes_and_what_is_rare_does_not() {
        let total = course(0..100, 10);
        assert_eq!(turned(&course(40..100, 5), &total, true), Some(40));
        assert_eq!(turned(&course(40..100, 5), &total, false), None);
        assert_eq!(turned(&course(0..70, 5), &total, false), Some(70 - 1));
        // One call in fifty: not seen in the first forty slices is not absent for certain.
        let rare: BTreeMap<u64, u64> = [(41, 1), (60, 1), (88, 1)].into();
        assert_eq!(turned(&rare, &course(0..100, 1), true), None);
        // Nobody called before: no telling who was there.
        assert_eq!(turned(&course(40..100, 5), &course(39..100, 10), true), None);
    }
}
