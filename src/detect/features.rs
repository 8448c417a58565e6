//! Behaviour as proportions: what usually follows what, which calls are usually made, how often
//! an operation is slow. What input can show that never says whether a request failed.

use std::collections::BTreeMap;

use crate::summary::{
    Catalog, Digest, EdgeKey, Histogram, NONE, NodeId, OpId, SLICE_SHIFT, Summary, TemplateId,
};

use super::Grid;

/// Something that may or may not happen in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// In an operation, the first template was followed by the second ([`NONE`]: the end).
    Follows(OpId, TemplateId, TemplateId),
    /// The operation made this call (or did this piece of work).
    Child(OpId, OpId),
    /// The operation itself took long.
    Own(OpId),
    /// Long passed between caller and callee.
    Gap(EdgeKey),
}

/// How often a feature could have happened and did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    /// Occasions.
    pub trials: f64,
    /// Of them, with the feature.
    pub events: f64,
}

impl Count {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { trials: self.trials + other.trials, events: self.events + other.events }
    }

    /// Share of occasions, 0 to 1.
    pub fn rate(self) -> f64 {
        if self.trials > 0.0 { self.events / self.trials } else { 0.0 }
    }
}

/// A feature over time.
#[derive(Clone, Debug)]
pub struct Series {
    /// Which.
    pub feature: Feature,
    /// Whose behaviour it is (of a gap: the callee's).
    pub node: NodeId,
    /// By block of the input.
    pub blocks: Vec<Count>,
    /// By block of the baseline.
    pub baseline: Vec<Count>,
}

/// Blocks of about equally many requests: enough of them to place a change, few enough that
/// each holds some occasions of most features.
#[derive(Clone, Debug)]
pub struct Blocks {
    /// First grid position of each block, and the end.
    pub bounds: Vec<usize>,
}

/// At most so many blocks.
const BLOCKS: usize = 24;

impl Blocks {
    /// Cuts the grid, and where a known window begins and ends.
    pub fn new(summary: &Summary, grid: &Grid, known: Option<(usize, usize)>) -> Self {
        let mut requests = vec![0_u64; grid.len()];
        for (_, bucket, r) in summary.entries.rows() {
            requests[grid.position(bucket >> SLICE_SHIFT)] += r.total;
        }
        let total: u64 = requests.iter().sum();
        let count = BLOCKS.min(grid.len()).max(1) as u64;
        let mut bounds = vec![0];
        let mut seen = 0;
        for (at, n) in requests.iter().enumerate() {
            seen += n;
            if seen * count >= total * bounds.len() as u64 {
                bounds.push(at + 1);
            }
        }
        if bounds.last() != Some(&grid.len()) {
            bounds.push(grid.len());
        }
        bounds.extend(known.into_iter().flat_map(|(from, to)| [from, to]));
        bounds.sort_unstable();
        bounds.dedup();
        Self { bounds }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    /// The block of a grid position.
    pub fn of(&self, position: usize) -> usize {
        (self.bounds.partition_point(|&b| b <= position) - 1).min(self.len() - 1)
    }
}

/// All features that both the input and its reference can show.
pub fn features(
    summary: &Summary,
    baseline: Option<&Summary>,
    grid: &Grid,
    blocks: &Blocks,
) -> Vec<Series> {
    let healthy = baseline.map(|b| {
        let grid = Grid::of(b);
        (Blocks::new(b, &grid, None), grid)
    });
    let lengths = [blocks.len(), healthy.as_ref().map_or(0, |h| h.0.len())];
    let mut table = Collector { lengths, by_feature: BTreeMap::new() };
    let usual = Limits::new(summary, baseline);
    table.see(summary, &Side { index: 0, blocks, grid }, &usual);
    if let (Some(baseline), Some((blocks, grid))) = (baseline, &healthy) {
        table.see(baseline, &Side { index: 1, blocks, grid }, &usual);
    }
    table.complete();
    let node = |feature: &Feature| match *feature {
        Feature::Follows(op, _, _) | Feature::Child(op, _) | Feature::Own(op) => {
            summary.catalog.node_of(op)
        }
        Feature::Gap(edge) => summary.catalog.node_of(edge.1),
    };
    table
        .by_feature
        .into_iter()
        .map(|(feature, [blocks, baseline])| Series {
            node: node(&feature),
            feature,
            blocks,
            baseline,
        })
        .collect()
}

/// The input, or the baseline.
struct Side<'a> {
    index: usize,
    blocks: &'a Blocks,
    grid: &'a Grid,
}

struct Collector {
    lengths: [usize; 2],
    by_feature: BTreeMap<Feature, [Vec<Count>; 2]>,
}

impl Collector {
    /// Every kept trace is one trial of each thing that it could have shown, however many calls
    /// it made: calls of one request share their fate.
    fn see(&mut self, summary: &Summary, side: &Side<'_>, usual: &Limits) {
        for digest in summary.digests.iter() {
            let position = side.grid.position(digest.slice).min(side.grid.len() - 1);
            let block = side.blocks.of(position);
            for (feature, share) in of_trace(digest, &summary.catalog, usual) {
                let count = &mut self.at(feature)[side.index][block];
                count.trials += 1.0;
                count.events += share;
            }
        }
    }

    fn at(&mut self, feature: Feature) -> &mut [Vec<Count>; 2] {
        let lengths = self.lengths;
        self.by_feature
            .entry(feature)
            .or_insert_with(|| lengths.map(|length| vec![Count::default(); length]))
    }

    /// A feature that a trace did not show still had its trial there: what could have followed
    /// a template, and what an operation could have called, is known only at the end. The trials
    /// of a feature are those of its occasion.
    fn complete(&mut self) {
        let occasions: BTreeMap<Feature, [Vec<Count>; 2]> = self
            .by_feature
            .iter()
            .filter(|(feature, _)| feature.occasion() == **feature)
            .map(|(feature, sides)| (*feature, sides.clone()))
            .collect();
        for (feature, sides) in &mut self.by_feature {
            let Some(occasion) = occasions.get(&feature.occasion()) else { continue };
            for (side, of) in sides.iter_mut().zip(occasion) {
                for (count, occasion) in side.iter_mut().zip(of) {
                    count.trials = occasion.trials;
                }
            }
        }
        self.by_feature.retain(|feature, _| {
            feature.occasion() != *feature || matches!(feature, Feature::Own(_) | Feature::Gap(_))
        });
    }
}

impl Feature {
    /// The operation in which it shows.
    pub const fn operation(self) -> OpId {
        match self {
            Self::Follows(op, ..) | Self::Child(op, _) | Self::Own(op) | Self::Gap((_, op)) => op,
        }
    }

    /// What must happen for the feature to be possible, as a feature of its own: that an
    /// operation ran ([`NONE`] called), that a template was written (anything followed).
    pub const fn occasion(self) -> Self {
        match self {
            Self::Follows(op, first, _) => Self::Follows(op, first, ANY),
            Self::Child(op, _) => Self::Child(op, ANY),
            Self::Own(_) | Self::Gap(_) => self,
        }
    }
}

/// Stands for anything.
const ANY: u32 = NONE - 1;

/// What one trace shows: 1, or for durations the share of its calls that took long, rounded.
pub fn of_trace(digest: &Digest, catalog: &Catalog, usual: &Limits) -> BTreeMap<Feature, f64> {
    let mut shown: BTreeMap<Feature, f64> = BTreeMap::new();
    let operation = |hop: u32| digest.hops[hop as usize].operation;
    let mut last = vec![NONE; digest.hops.len()];
    let mut follows = |op, first, then| {
        shown.insert(Feature::Follows(op, first, then), 1.0);
        shown.insert(Feature::Follows(op, first, ANY), 1.0);
    };
    for &(hop, template) in &digest.logs {
        follows(operation(hop), last[hop as usize], template);
        last[hop as usize] = template;
    }
    for (hop, &template) in last.iter().enumerate() {
        if template != NONE {
            follows(operation(hop as u32), template, END);
        }
    }
    let mut long: BTreeMap<Feature, (u32, u32)> = BTreeMap::new();
    for hop in &digest.hops {
        shown.insert(Feature::Child(hop.operation, ANY), 1.0);
        let mut caller = NONE;
        if hop.parent != NONE {
            let parent = operation(hop.parent);
            caller = catalog.node_of(parent);
            shown.insert(Feature::Child(parent, hop.operation), 1.0);
        }
        let own = (Feature::Own(hop.operation), hop.own);
        let gap = (Feature::Gap((caller, hop.operation)), hop.gap());
        for (feature, micros) in [own, gap] {
            if let Some(&limit) = usual.0.get(&feature).filter(|_| micros != NONE) {
                let count = long.entry(feature).or_default();
                count.0 += u32::from(u64::from(micros) * 1000 > limit);
                count.1 += 1;
            }
        }
    }
    for &(hop, local, _) in &digest.locals {
        shown.insert(Feature::Child(operation(hop), local), 1.0);
    }
    let mostly = |(bad, all): (u32, u32)| f64::from(u8::from(2 * bad > all));
    shown.extend(long.into_iter().map(|(feature, count)| (feature, mostly(count))));
    shown
}

/// From when on a duration is long: twice the 90th percentile of a healthy baseline (in input
/// that may be sick, four times the median), and never less than 5 ms more than usual, below
/// which nobody is hurt. Nanoseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits(BTreeMap<Feature, u64>);

impl Limits {
    /// The limits of every operation and connection.
    pub fn new(summary: &Summary, baseline: Option<&Summary>) -> Self {
        let mut durations: BTreeMap<Feature, Histogram> = BTreeMap::new();
        for ((caller, op), _, timings) in baseline.unwrap_or(summary).timings.rows() {
            durations.entry(Feature::Own(*op)).or_default().add(&timings.own);
            durations.entry(Feature::Gap((*caller, *op))).or_default().add(&timings.gap);
        }
        let (q, times) = if baseline.is_some() { (0.9, 2.0) } else { (0.5, 4.0) };
        let limit = |h: &Histogram| {
            h.quantile(q).map(|value| ((value as f64 * times) as u64).max(value + 5_000_000))
        };
        Self(durations.iter().filter_map(|(&feature, h)| Some((feature, limit(h)?))).collect())
    }
}

/// Where a template that ended a call would have gone on: not a place, but a word for reports.
pub const END: TemplateId = NONE;
