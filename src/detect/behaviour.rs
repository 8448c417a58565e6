//! The window in which behaviour changed, and whose did.

use std::collections::{BTreeMap, BTreeSet};

use statrs::distribution::{ContinuousCDF as _, Normal};

use crate::summary::{Catalog, Digest, NodeId, Severity, Summary};

use super::Grid;
use super::features::{Blocks, Count, END, Feature, Limits, Series, features, of_trace};

/// A feature that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// Which.
    pub feature: Feature,
    /// Whose it is.
    pub node: NodeId,
    /// In the reference.
    pub before: Count,
    /// In the window.
    pub during: Count,
    /// Log likelihood ratio of "changed" over "did not", divided by the reference's dispersion.
    pub strength: f64,
}

/// A window with everything that changed in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// First grid position.
    pub from: usize,
    /// One past the last.
    pub to: usize,
    /// The position from which it may have begun: a change within a block shows from its end on.
    pub earliest: usize,
    /// The position by which it had begun.
    pub latest: usize,
    /// What changed, strongest first.
    pub shifts: Vec<Shift>,
    /// Strength by node, after consequences were taken away.
    pub nodes: BTreeMap<NodeId, f64>,
    /// Nodes at the two ends of lost time: whose it is, by feature.
    pub owners: BTreeMap<Feature, NodeId>,
    /// How often chance does as well as the strongest shift, the search over features and
    /// windows included (Bonferroni), 0 to 1.
    pub p_value: f64,
    /// From when on durations are long.
    pub limits: Limits,
}

impl Change {
    /// The shifts that a trace shows.
    pub fn shown_by<'a>(&'a self, digest: &Digest, catalog: &Catalog) -> Vec<&'a Shift> {
        let shown = of_trace(digest, catalog, &self.limits);
        let shows = |shift: &&Shift| {
            let now = shown.get(&shift.feature).copied().unwrap_or(0.0);
            if shift.during.rate() > shift.before.rate() {
                now > 0.0
            } else {
                now == 0.0 && shown.contains_key(&shift.feature.occasion())
            }
        };
        self.shifts.iter().filter(shows).collect()
    }
}

/// A change of a share by less than this is not material: four of five requests go on as before.
const MATERIAL: f64 = 0.2;
/// Fewer occasions than this, on either side, decide nothing: two alike are a coincidence.
const FEWEST: f64 = 3.0;
/// Weaker shifts are noise: twice this is a chi-square of 8, one in 200 for a single feature, and
/// hundreds are looked at.
const NOISE: f64 = 4.0;
/// A window must leave at least this share of the blocks as reference, unless there is a
/// baseline.
const REFERENCE: f64 = 0.25;

/// The window in which most changed, or what changed in a window that is known (in grid
/// positions). `None` if nothing did.
pub fn search(
    summary: &Summary,
    baseline: Option<&Summary>,
    grid: &Grid,
    known: Option<(usize, usize)>,
) -> Option<Change> {
    if grid.is_empty() {
        return None;
    }
    let blocks = Blocks::new(summary, grid, known);
    let series = features(summary, baseline, grid, &blocks);
    let parents = callers(summary);
    let count = blocks.len();
    let longest = if baseline.is_some() {
        count
    } else {
        ((1.0 - REFERENCE) * count as f64).floor() as usize
    };
    let all = (0..count)
        .flat_map(|from| (from + 1..=count.min(from + longest)).map(move |to| (from, to)));
    let windows: Vec<(usize, usize)> = match known {
        Some((from, to)) => vec![(blocks.of(from), blocks.of(to - 1) + 1)],
        // A window that begins with the input and ends before it shows a recovery: when that
        // trouble began is not in the input.
        None => all.filter(|&(from, to)| from > 0 || to == count).collect(),
    };
    let mut best: Option<(f64, Change)> = None;
    for (from, to) in windows {
        let shifts = shifts(&series, from, to, summary);
        let Some((nodes, owners)) = attribute(&shifts, &series, from, to, &parents) else {
            continue;
        };
        let top = nodes.values().copied().fold(0.0, f64::max);
        if best.as_ref().is_none_or(|b| top > b.0) {
            let change = Change {
                from: blocks.bounds[from],
                to: blocks.bounds[to],
                earliest: blocks.bounds[from.saturating_sub(1)],
                latest: blocks.bounds[from + 1],
                p_value: p_value(&shifts, series.len(), count),
                owners,
                shifts,
                nodes,
                limits: Limits::default(),
            };
            best = Some((top, change));
        }
    }
    best.map(|b| Change { limits: Limits::new(summary, baseline), ..b.1 })
}

fn shifts(series: &[Series], from: usize, to: usize, summary: &Summary) -> Vec<Shift> {
    let mut list: Vec<Shift> = series.iter().filter_map(|s| shift(s, from, to)).collect();
    list.retain(|shift| is_trouble(shift, summary));
    list.sort_by(|a, b| b.strength.total_cmp(&a.strength).then_with(|| a.feature.cmp(&b.feature)));
    list
}

fn shift(series: &Series, from: usize, to: usize) -> Option<Shift> {
    let sum = |blocks: &[Count]| blocks.iter().fold(Count::default(), |s, b| s.plus(*b));
    let during = sum(&series.blocks[from..to]);
    let outside = sum(&series.blocks[..from]).plus(sum(&series.blocks[to..]));
    let before = outside.plus(sum(&series.baseline));
    if during.trials < FEWEST || before.trials < FEWEST {
        return None;
    }
    let change = during.rate() - before.rate();
    let slower_only = matches!(series.feature, Feature::Own(_) | Feature::Gap(_));
    if change.abs() < MATERIAL || (slower_only && change < 0.0) {
        return None;
    }
    let ratio = log_binomial(before) + log_binomial(during) - log_binomial(before.plus(during));
    let reference =
        series.blocks[..from].iter().chain(&series.blocks[to..]).chain(&series.baseline);
    let swings = [Swing::of(reference), Swing::of(series.blocks[from..to].iter())];
    let strength = ratio / Swing::dispersion(&swings);
    (strength >= NOISE).then_some(Shift {
        feature: series.feature,
        node: series.node,
        before,
        during,
        strength,
    })
}

/// How much blocks of one kind differ from each other: Pearson's statistic.
#[derive(Clone, Copy, Default)]
struct Swing {
    pearson: f64,
    freedom: f64,
}

impl Swing {
    fn of<'a>(blocks: impl Iterator<Item = &'a Count> + Clone) -> Self {
        let rate = blocks.clone().fold(Count::default(), |s, b| s.plus(*b)).rate();
        let variance = rate * (1.0 - rate);
        if variance <= 0.0 {
            return Self::default();
        }
        let used = || blocks.clone().filter(|b| b.trials > 0.0);
        let pearson =
            used().map(|b| (b.events - b.trials * rate).powi(2) / (b.trials * variance)).sum();
        Self { pearson, freedom: used().count() as f64 - 1.0 }
    }

    /// How much more the blocks within the window and those outside differ than chance makes
    /// them, at least 1 (quasi-likelihood: McCullagh & Nelder 1989, §4.5). A share that follows
    /// the mix of requests swings all the time, and is discounted by this.
    fn dispersion(swings: &[Self]) -> f64 {
        let pearson: f64 = swings.iter().map(|s| s.pearson).sum();
        let freedom: f64 = swings.iter().map(|s| s.freedom).sum();
        if freedom < 1.0 { 1.0 } else { (pearson / freedom).max(1.0) }
    }
}

/// The least usual share of a thing whose absence is notable, and the most that may be left.
const USUAL: f64 = 0.8;
const GONE: f64 = 0.5;

/// Whether a shift is trouble rather than other work: warnings, errors and early ends that
/// become more frequent; usual calls and records that are left out; time that is lost. A new
/// branch that writes nothing bad is a change of the mix.
fn is_trouble(shift: &Shift, summary: &Summary) -> bool {
    let catalog = &summary.catalog;
    let rises = shift.during.rate() > shift.before.rate();
    let gone = shift.before.rate() >= USUAL && shift.during.rate() <= GONE;
    match shift.feature {
        Feature::Own(_) | Feature::Gap(_) => rises,
        Feature::Child(op, child) => gone && catalog.node_of(op) != catalog.node_of(child),
        Feature::Follows(_, _, END) => rises,
        Feature::Follows(_, _, then) => {
            let bad = catalog.templates[then as usize].severity >= Severity::Warn;
            if bad { rises } else { gone }
        }
    }
}

fn log_binomial(count: Count) -> f64 {
    let part = |k: f64| if k > 0.0 { k * (k / count.trials).ln() } else { 0.0 };
    part(count.events) + part(count.trials - count.events)
}

/// Who calls whom directly: callee to callers.
fn callers(summary: &Summary) -> BTreeMap<NodeId, BTreeSet<NodeId>> {
    let mut callers: BTreeMap<NodeId, BTreeSet<NodeId>> = BTreeMap::new();
    for (caller, operation) in summary.calls.keys() {
        let callee = summary.catalog.node_of(operation);
        if caller != crate::summary::NONE && caller != callee {
            callers.entry(callee).or_default().insert(caller);
        }
    }
    callers
}

/// Half of a node's strength moves to a callee whose own is at least this share of it: what
/// happens in a caller is mostly a consequence.
const CONSEQUENCE: f64 = 0.3;

/// Strength by node: the strongest change of what it does (one divergence shows in many
/// features), plus every connection and operation that takes longer; then callers hand half of theirs to the strongest callee that changed too.
fn attribute(
    shifts: &[Shift],
    series: &[Series],
    from: usize,
    to: usize,
    callers: &BTreeMap<NodeId, BTreeSet<NodeId>>,
) -> Option<(BTreeMap<NodeId, f64>, BTreeMap<Feature, NodeId>)> {
    if shifts.is_empty() {
        return None;
    }
    let ends = gap_ends(shifts, series, from, to);
    let (mut doing, mut taking) = (BTreeMap::new(), BTreeMap::new());
    let mut owners = BTreeMap::new();
    for shift in shifts {
        let node = match shift.feature {
            Feature::Follows(..) | Feature::Child(..) => {
                let strongest = doing.entry(shift.node).or_insert(0.0_f64);
                *strongest = strongest.max(shift.strength);
                continue;
            }
            Feature::Own(_) => shift.node,
            Feature::Gap((caller, _)) => {
                let share = |n: NodeId| ends.get(&n).copied().unwrap_or(0.0);
                if share(caller) > share(shift.node) { caller } else { shift.node }
            }
        };
        owners.insert(shift.feature, node);
        *taking.entry(node).or_insert(0.0_f64) += shift.strength;
    }
    let mut nodes: BTreeMap<NodeId, f64> = doing;
    for (node, strength) in taking {
        *nodes.entry(node).or_default() += strength;
    }
    let own = nodes.clone();
    let mut order: Vec<NodeId> = own.keys().copied().collect();
    order.sort_by(|a, b| own[b].total_cmp(&own[a]).then_with(|| a.cmp(b)));
    for node in order {
        let strength = own[&node];
        let explained_by = own
            .iter()
            .filter(|(callee, s)| {
                **callee != node
                    && **s >= CONSEQUENCE * strength
                    && calls_down_to(node, **callee, callers)
                    && !calls_down_to(**callee, node, callers)
            })
            .max_by(|a, b| a.1.total_cmp(b.1));
        if let Some((&callee, _)) = explained_by {
            *nodes.entry(callee).or_default() += strength / 2.0;
            *nodes.entry(node).or_default() -= strength / 2.0;
        }
    }
    Some((nodes, owners))
}

/// Bonferroni over features and distinct windows of the strongest shift's chi-square with one degree of
/// freedom (Wilks 1938).
fn p_value(shifts: &[Shift], features: usize, blocks: usize) -> f64 {
    let Some(strongest) = shifts.first() else { return 1.0 };
    let tail = 2.0 * Normal::standard().sf((2.0 * strongest.strength).sqrt());
    // Overlapping windows see almost the same: about b ln b of them are distinct.
    let windows = blocks as f64 * (blocks as f64).ln().max(1.0);
    (tail * features as f64 * windows).min(1.0)
}

/// Whether `from` reaches `to` by calls.
fn calls_down_to(from: NodeId, to: NodeId, callers: &BTreeMap<NodeId, BTreeSet<NodeId>>) -> bool {
    let mut seen = BTreeSet::from([to]);
    let mut next = vec![to];
    while let Some(at) = next.pop() {
        for &caller in callers.get(&at).into_iter().flatten() {
            if caller == from {
                return true;
            }
            if seen.insert(caller) {
                next.push(caller);
            }
        }
    }
    false
}

/// Of each node's connections, the share over which time was lost: a host whose CPU or network
/// is sick loses time on all of them, in and out, its healthy partner on one.
fn gap_ends(shifts: &[Shift], series: &[Series], from: usize, to: usize) -> BTreeMap<NodeId, f64> {
    let lost: BTreeSet<(NodeId, NodeId)> = shifts
        .iter()
        .filter_map(|s| match s.feature {
            Feature::Gap((caller, _)) => Some((caller, s.node)),
            _ => None,
        })
        .collect();
    let mut ends: BTreeMap<NodeId, (f64, f64)> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for one in series {
        let Feature::Gap((caller, _)) = one.feature else { continue };
        let trials: f64 = one.blocks[from..to].iter().map(|b| b.trials).sum();
        if caller == crate::summary::NONE || trials < FEWEST || !seen.insert((caller, one.node)) {
            continue;
        }
        for node in [caller, one.node] {
            let end = ends.entry(node).or_default();
            end.0 += f64::from(u8::from(lost.contains(&(caller, one.node))));
            end.1 += 1.0;
        }
    }
    // One more healthy connection than were seen: one of one says less than four of five.
    ends.into_iter().map(|(node, (bad, all))| (node, bad / (all + 1.0))).collect()
}
