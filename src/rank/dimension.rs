//! Whether trouble sits on one instance or one version.

use std::collections::BTreeMap;

use crate::summary::{DigestHop, NONE, NodeId};

use super::Case;

/// One value of a dimension that carries the trouble.
#[derive(Clone, Debug, PartialEq)]
pub struct Concentration {
    /// `service.instance.id` or `service.version`.
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

/// A value stands out if its calls are in trouble at least so many times as often as its
/// siblings' …
const TIMES: f64 = 4.0;
/// … and at least this share of all trouble is on it.
const MOST: f64 = 0.6;
/// Trouble in fewer calls than this singles out nobody.
const FEWEST: f64 = 3.0;

/// Looks for an instance (`by_version` false) or version that carries the trouble of a node:
/// failed calls, or calls that were blamed for harm.
pub fn concentration(case: &Case<'_>, node: NodeId, by_version: bool) -> Option<Concentration> {
    let catalog = case.catalog();
    let value = |hop: &DigestHop| {
        let instance = catalog.instances.get(hop.instance as usize)?;
        let text = if by_version { &instance.version } else { &instance.name };
        (!text.is_empty()).then_some(text.as_str())
    };
    let blamed: std::collections::BTreeSet<(u64, u64, u32)> = case
        .blames
        .list
        .iter()
        .filter_map(|(d, blame, _)| Some((d.id.0, d.id.1, *blame.path.last()?)))
        .collect();
    let mut during: BTreeMap<&str, Share> = BTreeMap::new();
    let mut before: BTreeMap<&str, Share> = BTreeMap::new();
    for digest in case.summary.digests.iter().filter(|d| d.slice < case.window.to) {
        for (at, hop) in digest.hops.iter().enumerate() {
            if catalog.node_of(hop.operation) != node || hop.instance == NONE {
                continue;
            }
            let Some(value) = value(hop) else { continue };
            let inside = case.window.contains(digest.slice);
            let share = if inside { &mut during } else { &mut before };
            let share = share.entry(value).or_default();
            let bad = hop.has(DigestHop::CALLEE_FAILED)
                || blamed.contains(&(digest.id.0, digest.id.1, at as u32));
            share.calls += 1.0;
            share.bad += f64::from(u8::from(bad));
        }
    }
    let bad: f64 = during.values().map(|s| s.bad).sum();
    let (&name, &worst) = during.iter().max_by(|a, b| a.1.bad.total_cmp(&b.1.bad))?;
    let others = during
        .iter()
        .filter(|(value, _)| **value != name)
        .fold(Share::default(), |s, (_, o)| Share { calls: s.calls + o.calls, bad: s.bad + o.bad });
    let new = !before.contains_key(name) && !before.is_empty();
    if others.calls < FEWEST && !new {
        return None;
    }
    let usual = if others.calls >= FEWEST {
        others
    } else {
        before
            .values()
            .fold(Share::default(), |s, o| Share { calls: s.calls + o.calls, bad: s.bad + o.bad })
    };
    let stands_out = worst.bad >= FEWEST
        && worst.bad >= MOST * bad
        && worst.rate() >= TIMES * (usual.bad + 0.5) / (usual.calls + 1.0);
    stands_out.then(|| Concentration {
        value: name.to_owned(),
        with: worst.rate(),
        without: usual.rate(),
        new,
    })
}
