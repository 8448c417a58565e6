//! Whether trouble sits on one instance, one version or one zone.

use std::collections::{BTreeMap, BTreeSet};

use statrs::distribution::{Binomial, DiscreteCDF as _};

use crate::summary::{DigestHop, Instance, NONE, NodeId};

use super::Case;

/// What calls to one node are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// `service.version`.
    Version,
    /// `cloud.availability_zone`.
    Zone,
    /// `service.instance.id` or its substitute.
    Instance,
}

impl Dimension {
    /// Its name in a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Zone => "zone",
            Self::Instance => "instance",
        }
    }

    fn of(self, instance: &Instance) -> &str {
        match self {
            Self::Version => &instance.version,
            Self::Zone => &instance.zone,
            Self::Instance => &instance.name,
        }
    }
}

/// One value of a dimension that carries the trouble.
#[derive(Clone, Debug, PartialEq)]
pub struct Concentration {
    /// The version, zone or instance.
    pub value: String,
    /// Share of its calls that are in trouble, 0 to 1.
    pub with: f64,
    /// The same of its siblings at the same time (of the whole node before, where it has none).
    pub without: f64,
    /// The value appeared with the incident (or shortly before).
    pub new: bool,
}

/// Calls of one value, and those of them in trouble.
#[derive(Clone, Copy, Default)]
struct Share {
    calls: f64,
    bad: f64,
}

impl Share {
    fn rate(self) -> f64 {
        if self.calls > 0.0 { self.bad / self.calls } else { 0.0 }
    }
}

/// Values stand out if their calls are in trouble at least so many times as often as their
/// siblings' …
const TIMES: f64 = 4.0;
/// … at least this share of all trouble is on them …
const MOST: f64 = 0.6;
/// … and chance singles out some values so clearly in at most this share of cases.
const LEVEL: f64 = 0.01;
/// Trouble in fewer calls than this singles out nobody.
const FEWEST: f64 = 3.0;

/// Looks for a value of a dimension that carries the trouble of a node: failures of its own, or
/// calls that were blamed for harm. Several may carry it together, as long as others do not; then
/// the worst of them is named.
///
/// A version or zone carries it only if its instances do so alike: if one of them stands out among
/// those it shares that with, the trouble is its own. (And a zone of one instance is that
/// instance.)
pub fn concentration(case: &Case<'_>, node: NodeId, dimension: Dimension) -> Option<Concentration> {
    let shares = Shares::of(case, node, dimension, |_| true);
    let found =
        if shares.taken_over() { shares.against_before() } else { shares.against_siblings() }?;
    if dimension == Dimension::Instance {
        return Some(found);
    }
    let shared = |instance: &Instance| dimension.of(instance) == found.value;
    let within = Shares::of(case, node, Dimension::Instance, shared);
    let several = dimension != Dimension::Zone || within.during.len() > 1;
    (several && within.against_siblings().is_none()).then_some(found)
}

/// Calls and trouble by value, before and during.
struct Shares<'a> {
    before: BTreeMap<&'a str, Share>,
    during: BTreeMap<&'a str, Share>,
}

impl<'a> Shares<'a> {
    /// Of the calls to the instances of a node that `within` admits.
    fn of(
        case: &Case<'a>,
        node: NodeId,
        dimension: Dimension,
        within: impl Fn(&Instance) -> bool,
    ) -> Self {
        let catalog = &case.summary.catalog;
        let value = |hop: &DigestHop| {
            let instance = catalog.instances.get(hop.instance as usize)?;
            let text = dimension.of(instance);
            (!text.is_empty() && within(instance)).then_some(text)
        };
        let blamed: BTreeSet<(u64, u64, u32)> = case
            .blames
            .list
            .iter()
            .filter_map(|(d, blame, _)| Some((d.id.0, d.id.1, *blame.path.last()?)))
            .collect();
        let mut shares = Self { before: BTreeMap::new(), during: BTreeMap::new() };
        for digest in case.summary.digests.iter().filter(|d| d.slice < case.window.to) {
            let let_down = let_down(&digest.hops);
            for (at, hop) in digest.hops.iter().enumerate() {
                if catalog.node_of(hop.operation) != node || hop.instance == NONE {
                    continue;
                }
                let Some(value) = value(hop) else { continue };
                let inside = case.window.contains(digest.slice);
                let side = if inside { &mut shares.during } else { &mut shares.before };
                let share: &mut Share = side.entry(value).or_default();
                let bad = (hop.has(DigestHop::CALLEE_FAILED) && !let_down[at])
                    || blamed.contains(&(digest.id.0, digest.id.1, at as u32));
                share.calls += 1.0;
                share.bad += f64::from(u8::from(bad));
            }
        }
        shares
    }

    /// One value took over from others: it has no siblings.
    fn taken_over(&self) -> bool {
        self.during.len() == 1 && !self.before.is_empty()
    }

    /// A value that took over, compared with those before.
    fn against_before(&self) -> Option<Concentration> {
        let (&value, &worst) = self.during.iter().next()?;
        let usual = sum(self.before.values());
        let new = !self.before.contains_key(value);
        let stands_out = new && worst.bad >= FEWEST && clearly(worst, usual);
        stands_out.then(|| Concentration {
            value: value.to_owned(),
            with: worst.rate(),
            without: usual.rate(),
            new,
        })
    }

    /// The values that carry the trouble, compared with their siblings at the same time.
    fn against_siblings(&self) -> Option<Concentration> {
        let mut values: Vec<(&str, Share)> = self.during.iter().map(|(v, s)| (*v, *s)).collect();
        values.sort_by(|a, b| b.1.rate().total_cmp(&a.1.rate()).then_with(|| a.0.cmp(b.0)));
        let all = sum(values.iter().map(|v| &v.1));
        // The fewest that carry it, and some healthy sibling is left.
        let carriers = (1..values.len()).find(|&n| carried(&values, n, all))?;
        let with = sum(values[..carriers].iter().map(|v| &v.1));
        let without = sum(values[carriers..].iter().map(|v| &v.1));
        let worst = values[..carriers].iter().max_by(|a, b| a.1.bad.total_cmp(&b.1.bad))?;
        Some(Concentration {
            value: worst.0.to_owned(),
            with: with.rate(),
            without: without.rate(),
            new: !self.before.contains_key(worst.0) && !self.before.is_empty(),
        })
    }
}

/// Whether the first so many of the values carry the trouble, and not by chance.
fn carried(values: &[(&str, Share)], first: usize, all: Share) -> bool {
    let with = sum(values[..first].iter().map(|v| &v.1));
    let without = sum(values[first..].iter().map(|v| &v.1));
    with.bad >= FEWEST
        && without.calls >= FEWEST
        && with.bad >= MOST * all.bad
        && clearly(with, without)
        && chance(with, all) * choices(values.len(), first) <= LEVEL
}

/// Of the instances that run a version, the one with most trouble.
pub fn carrier(case: &Case<'_>, node: NodeId, version: &str) -> Option<Concentration> {
    let runs = |name: &str| {
        let mut instances = case.catalog().instances.iter();
        instances.any(|i| i.node == node && i.name == name && i.version == version)
    };
    let Shares { before, during } = Shares::of(case, node, Dimension::Instance, |_| true);
    let (own, others): (Vec<_>, Vec<_>) = during.iter().partition(|(name, _)| runs(name));
    // With all instances rolled, those of before are what it is compared with.
    let others: Vec<&Share> = others.into_iter().map(|o| o.1).collect();
    let without = if others.is_empty() { sum(before.values()) } else { sum(others.into_iter()) };
    let (name, worst) = own.into_iter().max_by(|a, b| a.1.bad.total_cmp(&b.1.bad))?;
    (worst.bad > 0.0 && without.calls > 0.0).then(|| Concentration {
        value: (*name).to_owned(),
        with: worst.rate(),
        without: without.rate(),
        new: !before.contains_key(name) && !before.is_empty(),
    })
}

fn clearly(with: Share, without: Share) -> bool {
    with.rate() >= TIMES * (without.bad + 0.5) / (without.calls + 1.0)
}

/// How often so much of the trouble falls on values with this share of the calls.
fn chance(with: Share, all: Share) -> f64 {
    let fair = Binomial::new((with.calls / all.calls).min(1.0), all.bad as u64);
    fair.map_or(1.0, |fair| fair.sf((with.bad as u64).saturating_sub(1)))
}

/// In how many ways so many of the values may be picked.
fn choices(values: usize, picked: usize) -> f64 {
    (0..picked).fold(1.0, |ways, i| ways * (values - i) as f64 / (i + 1) as f64)
}

fn sum<'a>(shares: impl Iterator<Item = &'a Share>) -> Share {
    shares.fold(Share::default(), |s, o| Share { calls: s.calls + o.calls, bad: s.bad + o.bad })
}

/// Which hops had a call fail: what such a hop's instance fails of is not its own.
pub fn let_down(hops: &[DigestHop]) -> Vec<bool> {
    let mut down = vec![false; hops.len()];
    for hop in hops.iter().filter(|hop| hop.parent != NONE) {
        let failed = hop.has(DigestHop::FAILED)
            && !hop.has(DigestHop::REPAIRED)
            && !hop.has(DigestHop::ASYNC);
        down[hop.parent as usize] |= failed;
    }
    down
}

#[cfg(test)]
#[path = "dimension_tests.rs"]
mod tests;
