//! A deterministic sample of whole traces, small enough to keep.

use serde::{Deserialize, Serialize};

use crate::model::{Cause, TraceId, stable_hash};

use super::catalog::{InstanceId, OpId, Renaming, TagId, TemplateId};

/// All digests together hold about so many items (hops, local work, log records and tags); every
/// stratum may go over its share by one trace.
///
/// At about ten bytes an item in the file this bounds the digests to a third of the 4 MB that a
/// summary may take, and keeps inputs of up to some 300,000 spans whole.
pub const BUDGET: usize = 160_000;
/// A single trace keeps at most so many hops; the rest is cut and the digest says so.
const MAX_HOPS: usize = 4_096;

/// (entry operation or [`super::NONE`], failed).
pub type Stratum = (OpId, bool);

/// One trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// High and low half of its id.
    pub id: (u64, u64),
    /// Corrected start, nanoseconds since the epoch.
    pub start: u64,
    /// The slice in which it started.
    pub slice: u64,
    /// Its entry operation and outcome.
    pub stratum: Stratum,
    /// Index of the entry hop.
    pub entry: u32,
    /// Hops, parents before children.
    pub hops: Vec<DigestHop>,
    /// (hop, operation, failed): work inside hops.
    pub locals: Vec<(u32, OpId, bool)>,
    /// (hop, template): log records in order of time.
    pub logs: Vec<(u32, TemplateId)>,
    /// Hops that were cut.
    pub cut: u32,
    /// (hop, tag): what spans inside hops say of themselves, sorted.
    #[serde(default)]
    pub tags: Vec<(u32, TagId)>,
}

/// One hop of a digest. Durations are in microseconds, rounded up, [`super::NONE`] for "none".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestHop {
    /// Index of the parent hop, or [`super::NONE`].
    pub parent: u32,
    /// Its operation.
    pub operation: OpId,
    /// The callee's instance, or [`super::NONE`].
    pub instance: InstanceId,
    /// Start after that of the trace, microseconds.
    pub offset: u32,
    /// How long after the caller's beginning the callee began, microseconds; 0 unless both were
    /// seen. A callee that takes up a call late begins after its caller gave up.
    pub delay: u32,
    /// As the caller saw it.
    pub waited: u32,
    /// As the callee saw it.
    pub worked: u32,
    /// Of that, not spent waiting for others.
    pub own: u32,
    /// Failed for the caller / at the callee, retry, repaired, asynchronous: see the constants.
    pub flags: u8,
    /// Why it failed.
    pub cause: Cause,
}

impl DigestHop {
    /// It failed for whoever made the call.
    pub const FAILED: u8 = 1;
    /// The callee itself saw it fail.
    pub const CALLEE_FAILED: u8 = 1 << 1;
    /// It repeats an earlier attempt.
    pub const RETRY: u8 = 1 << 2;
    /// It failed, and a later attempt did not.
    pub const REPAIRED: u8 = 1 << 3;
    /// A message.
    pub const ASYNC: u8 = 1 << 4;
    /// The callee has no span here, though it emits spans.
    pub const UNPAIRED: u8 = 1 << 5;

    /// Whether a flag is set.
    pub const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// What passed between caller and callee; [`super::NONE`] unless both were seen.
    pub const fn gap(&self) -> u32 {
        if self.waited == super::NONE || self.worked == super::NONE || self.has(Self::ASYNC) {
            super::NONE
        } else {
            self.waited.saturating_sub(self.worked)
        }
    }

    /// How long the call took for whoever made it, microseconds.
    pub const fn took(&self) -> u32 {
        if self.waited != super::NONE {
            self.waited
        } else if self.worked != super::NONE {
            self.worked
        } else {
            0
        }
    }

    /// When the call ended, microseconds from the start of its trace: whoever ends first says so
    /// first, a caller whose deadline passed or a callee.
    pub fn ended(&self) -> u64 {
        let lasted = self.waited.min(self.worked);
        u64::from(self.offset) + if lasted == super::NONE { 0 } else { u64::from(lasted) }
    }
}

impl Digest {
    /// The order in which traces are kept.
    pub const fn hash(&self) -> u64 {
        stable_hash(self.id.0, self.id.1)
    }

    /// The trace's id.
    pub const fn trace(&self) -> TraceId {
        TraceId::from_halves(self.id.0, self.id.1)
    }

    /// How much of the budget it takes.
    pub fn items(&self) -> usize {
        1 + self.hops.len() + self.locals.len() + self.logs.len() + self.tags.len()
    }

    /// Cuts what is beyond the cap for one trace.
    pub fn cap(&mut self) {
        if self.hops.len() > MAX_HOPS {
            self.cut = (self.hops.len() - MAX_HOPS) as u32;
            self.hops.truncate(MAX_HOPS);
        }
        self.locals.retain(|l| (l.0 as usize) < MAX_HOPS);
        self.logs.retain(|l| (l.0 as usize) < MAX_HOPS);
        self.locals.truncate(MAX_HOPS);
        self.logs.truncate(MAX_HOPS);
        self.tags.retain(|t| (t.0 as usize) < MAX_HOPS);
        self.tags.truncate(MAX_HOPS);
    }

    fn key(&self) -> (u64, Stratum) {
        (self.slice, self.stratum)
    }
}

/// The kept traces: within every stratum (slice, entry, failed or not) the first in order of
/// hash, up to as many items as the budget allows every stratum alike.
///
/// A prefix of a union needs only prefixes of its parts, and a part never allows a stratum less
/// than the whole does: so keeping, then merging, then keeping again is exact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// By slice, stratum and hash.
    kept: Vec<Digest>,
}

impl Digests {
    /// Keeps what the budget allows of these traces.
    pub fn keep(mut traces: Vec<Digest>, budget: usize) -> Self {
        traces.sort_by_cached_key(|d| (d.key(), d.hash(), d.id));
        traces.dedup_by_key(|d| d.id);
        let sizes: Vec<usize> = traces
            .chunk_by(|a, b| a.key() == b.key())
            .map(|stratum| stratum.iter().map(Digest::items).sum())
            .collect();
        let share = share(sizes, budget);
        let (mut key, mut used) = (None, 0);
        traces.retain(|d| {
            if key != Some(d.key()) {
                key = Some(d.key());
                used = 0;
            }
            // The trace that crosses the share is kept: a stratum cut short of it would look
            // smaller than it is to the next thinning.
            let keep = used < share;
            used += d.items();
            keep
        });
        Self { kept: traces }
    }

    /// Adds others, within the budget.
    #[must_use]
    pub fn merge(mut self, other: Self, budget: usize) -> Self {
        self.kept.extend(other.kept);
        Self::keep(self.kept, budget)
    }

    /// The traces, by slice, stratum and hash.
    pub fn iter(&self) -> std::slice::Iter<'_, Digest> {
        self.kept.iter()
    }

    /// How many traces.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// With ids renamed and slices coarsened.
    #[must_use]
    pub fn remap(self, names: &Renaming, shift: u32) -> Self {
        let kept = self.kept.into_iter().map(|mut d| {
            d.slice >>= shift;
            d.stratum.0 = names.operation(d.stratum.0);
            for hop in &mut d.hops {
                hop.operation = names.operation(hop.operation);
                hop.instance = names.instance(hop.instance);
            }
            d.locals.iter_mut().for_each(|l| l.1 = names.operation(l.1));
            d.logs.iter_mut().for_each(|l| l.1 = names.template(l.1));
            d.tags.iter_mut().for_each(|t| t.1 = names.tag(t.1));
            d
        });
        Self { kept: kept.collect() }
    }
}

/// The largest share so that strata cut to it fit the budget together (water filling).
fn share(mut sizes: Vec<usize>, budget: usize) -> usize {
    sizes.sort_unstable();
    let mut left = budget;
    for (i, &size) in sizes.iter().enumerate() {
        let even = left / (sizes.len() - i);
        if size > even {
            return even;
        }
        left -= size;
    }
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(low: u64, slice: u64, failed: bool, hops: usize) -> Digest {
        let hop = DigestHop {
            parent: super::super::NONE,
            operation: 0,
            instance: 0,
            offset: 0,
            delay: 0,
            waited: 0,
            worked: 0,
            own: 0,
            flags: 0,
            cause: Cause::Unknown,
        };
        Digest {
            id: (1, low),
            start: 0,
            slice,
            stratum: (0, failed),
            entry: 0,
            hops: vec![hop; hops],
            locals: Vec::new(),
            logs: Vec::new(),
            cut: 0,
            tags: Vec::new(),
        }
    }

    fn many() -> Vec<Digest> {
        (0..400).map(|i| trace(i, i % 5, i % 11 == 0, 3 + (i % 7) as usize)).collect()
    }

    #[test]
    fn small_strata_are_kept_whole_and_the_budget_holds() {
        let all = Digests::keep(many(), usize::MAX);
        assert_eq!(all.len(), 400);
        let some = Digests::keep(many(), 900);
        let items: usize = some.iter().map(Digest::items).sum();
        // Ten strata may each go over by one trace of at most ten items.
        assert!(items <= 900 + 10 * 10 && items > 600, "{items}");
        for slice in 0..5 {
            assert!(some.iter().any(|d| d.slice == slice && d.stratum.1));
        }
    }

    #[test]
    fn thinning_again_and_again_is_thinning_once() {
        for (budget, parts) in [(300, 5), (700, 11), (1500, 3)] {
            let whole = Digests::keep(many(), budget);
            let mut merged = Digests::default();
            for part in 0..parts {
                let traces = many().into_iter().filter(|d| d.id.1 % parts == part).collect();
                merged = Digests::keep(traces, budget).merge(merged, budget);
            }
            assert_eq!(merged, whole);
        }
    }

    #[test]
    fn keeping_parts_and_merging_them_is_keeping_the_whole() {
        let whole = Digests::keep(many(), 900);
        for parts in [2, 3, 7] {
            let merged = (0..parts)
                .map(|p| {
                    let part = many().into_iter().filter(|d| d.id.1 % parts == p).collect();
                    Digests::keep(part, 900)
                })
                .fold(Digests::default(), |a, b| a.merge(b, 900));
            assert_eq!(merged, whole);
        }
    }
}
