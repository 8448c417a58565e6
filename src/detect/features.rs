//! Behaviour, call by call: what follows what, which calls are made, how long things take. What
//! input can show that never says whether a request failed.

use std::collections::{BTreeMap, BTreeSet};

use crate::summary::{
    Catalog, Digest, DigestHop, EdgeKey, NONE, NodeId, OpId, Summary, TemplateId,
};

use super::Grid;
use super::background::Background;
use super::blocks::Blocks;
use super::shares::{Count, Shares};
use super::times::Times;

/// Something that may or may not happen in a call, or that takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// In an operation, the first template ([`NONE`]: the beginning) was followed by the second
    /// ([`END`]: nothing).
    Follows(OpId, TemplateId, TemplateId),
    /// The operation made this call (or did this piece of work).
    Child(OpId, OpId),
    /// The operation called this node and ...
    Calls(OpId, NodeId),
    /// ... got no answer: the callee emits spans, but none of this call.
    Unanswered(OpId, NodeId),
    /// The time that the operation itself took; of a callee without spans, as its caller saw it.
    Own(OpId),
    /// The time that passed between caller and callee.
    Gap(EdgeKey),
}

/// Stands for anything.
const ANY: u32 = NONE - 1;
/// Stands for the template after the last one.
pub const END: TemplateId = NONE;

impl Feature {
    /// The operation in which it shows.
    pub const fn operation(self) -> OpId {
        match self {
            Self::Follows(op, ..)
            | Self::Child(op, _)
            | Self::Calls(op, _)
            | Self::Unanswered(op, _)
            | Self::Own(op)
            | Self::Gap((_, op)) => op,
        }
    }

    /// The node that it accuses, as far as one feature can tell.
    pub fn node(self, catalog: &Catalog) -> NodeId {
        match self {
            Self::Calls(_, callee) | Self::Unanswered(_, callee) => callee,
            _ => catalog.node_of(self.operation()),
        }
    }

    /// What must happen for the feature to be possible, as a feature of its own: that an
    /// operation ran (`ANY` called), that a template was written (anything followed).
    pub const fn occasion(self) -> Self {
        match self {
            Self::Follows(op, first, _) => Self::Follows(op, first, ANY),
            Self::Child(op, _) => Self::Child(op, ANY),
            Self::Unanswered(op, callee) => Self::Calls(op, callee),
            Self::Calls(..) | Self::Own(_) | Self::Gap(_) => self,
        }
    }
}

/// What traces showed, block by block: of the input first, then of the baseline.
pub struct Observed {
    /// What happened how often.
    pub shares: BTreeMap<Feature, Shares>,
    /// What took how long.
    pub times: BTreeMap<Feature, Times>,
}

/// All features of the kept traces. Every trace is one observation of each thing that it could
/// have shown, however many calls it made: calls of one request share their fate.
pub fn observe(
    summary: &Summary,
    baseline: Option<&Summary>,
    (grid, blocks): (&Grid, &Blocks),
    background: &Background,
) -> Observed {
    let healthy = baseline.map(|b| {
        let grid = Grid::of(b);
        (b, Blocks::new(b, &grid, None), grid)
    });
    let length = blocks.len() + healthy.as_ref().map_or(0, |h| h.1.len());
    let mut observed = Observed { shares: BTreeMap::new(), times: BTreeMap::new() };
    let mut occasions: BTreeMap<Feature, Vec<f64>> = BTreeMap::new();
    let sides = [Some((summary, blocks, grid, 0))]
        .into_iter()
        .chain([healthy.as_ref().map(|(b, blocks_of, grid)| (*b, blocks_of, grid, blocks.len()))]);
    for (side, of, grid, first) in sides.flatten() {
        for digest in side.digests.iter().filter(|_| !grid.is_empty()) {
            let block = first + of.of(grid.position(digest.slice).min(grid.len() - 1));
            for feature in shown(digest, &summary.catalog, background) {
                if feature == feature.occasion() {
                    occasions.entry(feature).or_insert_with(|| vec![0.0; length])[block] += 1.0;
                } else {
                    let new = || Shares::new(length);
                    observed.shares.entry(feature).or_insert_with(new).blocks[block].events += 1.0;
                }
            }
            for (feature, micros) in took(digest, &summary.catalog) {
                let times = observed.times.entry(feature).or_insert_with(|| Times::new(length));
                times.add(block, micros);
            }
        }
    }
    // What a trace did not show still had its occasion there: known only at the end.
    for (feature, shares) in &mut observed.shares {
        let trials = &occasions[&feature.occasion()];
        let with = |(count, trials): (&mut Count, &f64)| count.trials = *trials;
        shares.blocks.iter_mut().zip(trials).for_each(with);
    }
    observed
}

/// What happened in a trace, with the occasions. A call that ran into the background's errors
/// says nothing: it ended where it did for a reason that is known.
pub fn shown(digest: &Digest, catalog: &Catalog, background: &Background) -> BTreeSet<Feature> {
    let operation = |hop: u32| digest.hops[hop as usize].operation;
    let disturbed: BTreeSet<u32> = digest
        .logs
        .iter()
        .filter(|(_, template)| background.errors.contains(template))
        .map(|&(hop, _)| hop)
        .collect();
    let mut shown = BTreeSet::new();
    let mut show = |feature: Feature| {
        shown.insert(feature);
        shown.insert(feature.occasion());
    };
    let mut last = vec![NONE; digest.hops.len()];
    for &(hop, template) in digest.logs.iter().filter(|(hop, _)| !disturbed.contains(hop)) {
        show(Feature::Follows(operation(hop), last[hop as usize], template));
        last[hop as usize] = template;
    }
    for (at, hop) in digest.hops.iter().enumerate() {
        if !disturbed.contains(&(at as u32)) {
            show(Feature::Child(hop.operation, ANY));
            if background.writers.contains(&hop.operation) {
                show(Feature::Follows(hop.operation, last[at], END));
            }
        }
        if hop.parent != NONE && !disturbed.contains(&hop.parent) {
            let (caller, callee) = (operation(hop.parent), catalog.node_of(hop.operation));
            show(Feature::Child(caller, hop.operation));
            show(Feature::Calls(caller, callee));
            if hop.has(DigestHop::UNPAIRED) {
                show(Feature::Unanswered(caller, callee));
            }
        }
    }
    for &(hop, local, _) in digest.locals.iter().filter(|(hop, ..)| !disturbed.contains(hop)) {
        show(Feature::Child(operation(hop), local));
    }
    shown
}

/// What took how long in a trace, microseconds: the median where it happened several times.
pub fn took(digest: &Digest, catalog: &Catalog) -> BTreeMap<Feature, u32> {
    let mut all: BTreeMap<Feature, Vec<u32>> = BTreeMap::new();
    for hop in &digest.hops {
        let caller = digest.hops.get(hop.parent as usize);
        let caller = caller.map_or(NONE, |p| catalog.node_of(p.operation));
        let unseen = hop.worked == NONE && !hop.has(DigestHop::UNPAIRED | DigestHop::ASYNC);
        let own = (Feature::Own(hop.operation), if unseen { hop.waited } else { hop.own });
        let gap = (Feature::Gap((caller, hop.operation)), hop.gap());
        for (feature, micros) in [own, gap].into_iter().filter(|(_, micros)| *micros != NONE) {
            all.entry(feature).or_default().push(micros);
        }
    }
    let median = |mut times: Vec<u32>| {
        times.sort_unstable();
        times[times.len() / 2]
    };
    all.into_iter().map(|(feature, times)| (feature, median(times))).collect()
}
