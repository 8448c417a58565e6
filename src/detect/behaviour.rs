//! The windows in which behaviour changed, and whose did.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF as _, Normal};

use crate::summary::{Catalog, Digest, NodeId, Severity, Summary};

use super::Grid;
use super::background::Background;
use super::blocks::Blocks;
use super::features::{END, Feature, Observed, observe, shown, took};
use super::shares::Count;
use super::slowness::{Slower, attribute, combined};
use super::times::Pace;

/// A feature that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// Which.
    pub feature: Feature,
    /// Whom it accuses.
    pub node: NodeId,
    /// Minus the logarithm of how often chance does as well with this feature alone.
    pub strength: f64,
    /// Before and during.
    pub seen: Seen,
}

impl Shift {
    /// Whether it happens more often now, or takes longer.
    fn grew(&self) -> bool {
        match self.seen {
            Seen::Share([before, during]) => during.rate() > before.rate(),
            Seen::Pace([before, during]) => during.millis > before.millis,
        }
    }
}

/// What was seen of a feature, in the reference and in the window.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// How often it happened.
    Share([Count; 2]),
    /// How long it took.
    Pace([Pace; 2]),
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
    /// What changed at the nodes below, strongest first.
    pub shifts: Vec<Shift>,
    /// Strength by node: minus the logarithm of how often chance does as well at any node.
    pub nodes: BTreeMap<NodeId, f64>,
    /// How often chance does as well as the strongest node in any window, 0 to 1.
    pub p_value: f64,
    /// What was known before.
    pub background: Background,
}

impl Change {
    /// The shifts that a trace shows.
    pub fn shown_by<'a>(&'a self, digest: &Digest, catalog: &Catalog) -> Vec<&'a Shift> {
        let (happened, times) = (shown(digest, catalog, &self.background), took(digest, catalog));
        let shows = |shift: &&Shift| match &shift.seen {
            Seen::Share([before, during]) => {
                let now = happened.contains(&shift.feature);
                let could = happened.contains(&shift.feature.occasion());
                could && now == (during.rate() > before.rate())
            }
            // Nearer to the window's pace than to the usual one.
            Seen::Pace([before, during]) => times.get(&shift.feature).is_some_and(|&micros| {
                let middle = (before.millis.max(0.0) * during.millis).sqrt();
                f64::from(micros) / 1000.0 > middle
            }),
        };
        self.shifts.iter().filter(shows).collect()
    }
}

/// Log likelihood ratios below this are noise: twice this is a chi-square of 8.
const NOISE: f64 = 4.0;
/// A window must leave at least this share of the blocks as reference, unless there is a
/// baseline.
const REFERENCE: f64 = 0.25;
/// Kinds of change that are looked for: error records, other records and calls, durations. Each
/// has a third of the level, so that the few of one kind do not pay for the many of another
/// (weighted Bonferroni: Genovese, Roeder & Wasserman, Biometrika 2006).
const KINDS: f64 = 3.0;
/// Changes told apart in one input.
const MOST: usize = 3;

/// The windows in which most changed, strongest first, each by nodes that had no part in those
/// before; or what changed in a window that is known (in grid positions).
pub fn search(
    summary: &Summary,
    baseline: Option<&Summary>,
    grid: &Grid,
    known: Option<(usize, usize)>,
) -> Vec<Change> {
    if grid.is_empty() {
        return Vec::new();
    }
    let blocks = Blocks::new(summary, grid, known);
    let background = Background::of(summary, baseline, grid, &blocks);
    let observed = observe(summary, baseline, (grid, &blocks), &background);
    let search = Search::new(&observed, &summary.catalog);
    let looks: Vec<Look> = windows(&blocks, baseline.is_some(), known)
        .into_iter()
        .map(|(from, to, price)| Look { from, to, price, nodes: search.nodes(from, to) })
        .collect();
    let mut taken: Vec<NodeId> = Vec::new();
    let mut changes = Vec::new();
    while changes.len() < MOST {
        let best = looks.iter().filter_map(|look| Some((look.best(&taken)?, look)));
        // Of equally strong ones the first: windows are in a fixed order.
        let Some((strength, look)) = best.reduce(|a, b| if b.0 > a.0 { b } else { a }) else {
            break;
        };
        let nodes = look.without(&taken);
        taken.extend(nodes.keys());
        changes.push(Change {
            from: blocks.bounds[look.from],
            to: blocks.bounds[look.to],
            earliest: blocks.bounds[look.from.saturating_sub(1)],
            latest: blocks.bounds[look.from + 1],
            p_value: (-strength).exp().min(1.0),
            shifts: search.shifts(look.from, look.to, &nodes),
            nodes,
            background: background.clone(),
        });
    }
    changes
}

/// Windows of blocks, each with the logarithm of the price for looking there.
fn windows(
    blocks: &Blocks,
    baseline: bool,
    known: Option<(usize, usize)>,
) -> Vec<(usize, usize, f64)> {
    if let Some((from, to)) = known {
        return vec![(blocks.of(from), blocks.of(to - 1) + 1, 0.0)];
    }
    let count = blocks.len();
    // Overlapping windows see almost the same: about b ln b of them are distinct. Whether the
    // input as a whole differs from a baseline is a question of its own, with half the level.
    let distinct = count as f64 * (count as f64).ln().max(1.0);
    let (longest, price) = if baseline {
        (count, (2.0 * distinct).ln())
    } else {
        (((1.0 - REFERENCE) * count as f64).floor() as usize, distinct.ln())
    };
    let all = (0..count)
        .flat_map(|from| (from + 1..=count.min(from + longest)).map(move |to| (from, to)));
    // A window that begins with the input and ends before it shows a recovery: when that
    // trouble began is not in the input.
    all.filter(|&(from, to)| from > 0 || to == count)
        .map(|(from, to)| (from, to, if to - from == count { 2.0_f64.ln() } else { price }))
        .collect()
}

/// What was found in one window.
struct Look {
    from: usize,
    to: usize,
    price: f64,
    nodes: BTreeMap<NodeId, f64>,
}

impl Look {
    fn without(&self, taken: &[NodeId]) -> BTreeMap<NodeId, f64> {
        self.nodes.iter().filter(|(n, _)| !taken.contains(n)).map(|(n, s)| (*n, *s)).collect()
    }

    fn best(&self, taken: &[NodeId]) -> Option<f64> {
        let strongest = self.without(taken).into_values().reduce(f64::max)?;
        Some(strongest - self.price)
    }
}

struct Search<'a> {
    observed: &'a Observed,
    catalog: &'a Catalog,
    /// Logarithms of how many tests there are: of error records, of other happenings, of nodes.
    tests: [f64; 3],
}

impl<'a> Search<'a> {
    fn new(observed: &'a Observed, catalog: &'a Catalog) -> Self {
        let errors = observed.shares.keys().filter(|f| writes_error(**f, catalog)).count();
        let others = observed.shares.len() - errors;
        let mut nodes: Vec<NodeId> = observed.times.keys().map(|f| f.node(catalog)).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let price = |tests: usize| (KINDS * tests.max(1) as f64).ln();
        Self { observed, catalog, tests: [price(errors), price(others), price(nodes.len())] }
    }

    /// Changed shares in a window.
    fn happenings(&self, from: usize, to: usize) -> impl Iterator<Item = Shift> {
        self.observed.shares.iter().filter_map(move |(&feature, shares)| {
            let contrast = shares.contrast(from, to)?;
            if !is_trouble(feature, contrast, self.catalog) {
                return None;
            }
            let ratio = shares.ratio(from, to, contrast);
            let node = feature.node(self.catalog);
            let strength = chi_square(ratio);
            (ratio >= NOISE).then_some(Shift {
                feature,
                node,
                strength,
                seen: Seen::Share(contrast),
            })
        })
    }

    fn slower(&self, from: usize, to: usize) -> Slower {
        let times = self.observed.times.iter();
        times.filter_map(|(&feature, times)| Some((feature, times.slower(from, to)?))).collect()
    }

    /// Strength by node, of those with any: its strongest changed share (one divergence shows
    /// in many) and its lost time.
    fn nodes(&self, from: usize, to: usize) -> BTreeMap<NodeId, f64> {
        let mut nodes: BTreeMap<NodeId, f64> = BTreeMap::new();
        for shift in self.happenings(from, to) {
            let error = writes_error(shift.feature, self.catalog);
            let strength = shift.strength - self.tests[usize::from(!error)];
            if strength > 0.0 {
                let node = nodes.entry(shift.node).or_default();
                *node = node.max(strength);
            }
        }
        for (node, tests) in attribute(&self.slower(from, to), self.catalog) {
            let strengths: Vec<f64> = tests.iter().map(|t| t.1).collect();
            let strength = combined(&strengths) - self.tests[2];
            if strength > 0.0 {
                *nodes.entry(node).or_default() += strength;
            }
        }
        nodes
    }

    fn shifts(&self, from: usize, to: usize, nodes: &BTreeMap<NodeId, f64>) -> Vec<Shift> {
        let slower = self.slower(from, to);
        let mut list: Vec<Shift> = self.happenings(from, to).collect();
        for (node, tests) in attribute(&slower, self.catalog) {
            let lost = tests.into_iter().filter(|t| t.1 >= NOISE);
            list.extend(lost.map(|(feature, strength)| Shift {
                feature,
                node,
                strength,
                seen: Seen::Pace(slower[&feature].0),
            }));
        }
        list.retain(|shift| nodes.contains_key(&shift.node));
        // What is new says more to a reader than the gap it left, which is as strong.
        list.sort_by(|a, b| {
            let order = b.strength.total_cmp(&a.strength).then_with(|| b.grew().cmp(&a.grew()));
            order.then_with(|| a.feature.cmp(&b.feature))
        });
        list
    }
}

/// Minus the logarithm of the tail of chi-square with one degree of freedom at twice a log
/// likelihood ratio (Wilks 1938).
fn chi_square(ratio: f64) -> f64 {
    let tail = 2.0 * Normal::standard().sf((2.0 * ratio).sqrt());
    -tail.max(f64::MIN_POSITIVE).ln()
}

fn writes_error(feature: Feature, catalog: &Catalog) -> bool {
    matches!(feature, Feature::Follows(_, _, then) if then != END
        && catalog.templates[then as usize].severity == Severity::Error)
}

/// The least usual share of a thing whose absence is notable, and the most that may be left.
const USUAL: f64 = 0.8;
const GONE: f64 = 0.5;

/// Whether a changed share is trouble rather than other work: warnings, errors and early ends
/// that become more frequent; usual calls and records that are left out. A new branch that
/// writes nothing bad is a change of the mix.
fn is_trouble(feature: Feature, [before, during]: [Count; 2], catalog: &Catalog) -> bool {
    let rises = during.rate() > before.rate();
    let gone = before.rate() >= USUAL && during.rate() <= GONE;
    match feature {
        Feature::Child(op, child) => gone && catalog.node_of(op) != catalog.node_of(child),
        Feature::Follows(_, _, END) | Feature::Unanswered(..) => rises,
        Feature::Follows(_, _, then) => {
            let bad = catalog.templates[then as usize].severity >= Severity::Warn;
            if bad { rises } else { gone }
        }
        Feature::Calls(..) | Feature::Own(_) | Feature::Gap(_) => false,
    }
}
