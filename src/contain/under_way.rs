//! How many calls were under way at a time, estimated from a sample of traces.

use std::collections::BTreeMap;

use crate::summary::InstanceId;

/// A call, or the work on one.
#[derive(Clone, Copy, Debug)]
pub struct Interval {
    /// Where it ran, or who made it.
    pub instance: InstanceId,
    /// From then, microseconds …
    pub from: u64,
    /// … until then.
    pub to: u64,
    /// How many calls it stands for.
    pub weight: f64,
}

/// On an instance, from, to.
pub type Period = (InstanceId, u64, u64);

/// Intervals that can be added up over periods.
#[derive(Debug, Default)]
pub struct UnderWay {
    count: usize,
    curves: BTreeMap<InstanceId, Curve>,
}

/// The number under way on one instance over time.
#[derive(Debug, Default)]
struct Curve {
    /// Moments of change …
    at: Vec<u64>,
    /// … the level from then on …
    level: Vec<f64>,
    /// … and the area below the curve before them.
    area: Vec<f64>,
    /// The most at once, not counting what sampling left out.
    seen: usize,
}

impl UnderWay {
    /// Of some intervals.
    pub fn new(list: &[Interval]) -> Self {
        let mut changes: BTreeMap<InstanceId, Vec<(u64, f64)>> = BTreeMap::new();
        for i in list {
            let changes = changes.entry(i.instance).or_default();
            changes.extend([(i.from, i.weight), (i.to, -i.weight)]);
        }
        let curves = changes.into_iter().map(|(instance, list)| (instance, Curve::new(list)));
        Self { count: list.len(), curves: curves.collect() }
    }

    /// How many there are in all.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// How many were under way on average on an instance from … to. 0 for an empty period.
    pub fn mean(&self, (instance, from, to): Period) -> f64 {
        let Some(curve) = self.curves.get(&instance) else { return 0.0 };
        if to <= from { 0.0 } else { (curve.until(to) - curve.until(from)) / (to - from) as f64 }
    }

    /// How many were under way on average during one of them: itself, which stands for others at
    /// other times, and others.
    pub fn beside(&self, one: &Interval) -> f64 {
        (self.mean((one.instance, one.from, one.to)) - one.weight).max(0.0) + 1.0
    }

    /// How many were under way on average during some periods, in which everything there is was
    /// in use; where periods overlap, time counts once. 0 without periods.
    pub fn mean_during(&self, periods: &[Period]) -> f64 {
        let mut merged: Vec<Period> = Vec::new();
        let mut sorted = periods.to_vec();
        sorted.sort_unstable();
        for period in sorted {
            match merged.last_mut() {
                Some(last) if last.0 == period.0 && period.1 <= last.2 => {
                    last.2 = last.2.max(period.2)
                }
                _ => merged.push(period),
            }
        }
        let total: u64 = merged.iter().map(|p| p.2 - p.1).sum();
        let held: f64 = merged.iter().map(|&p| self.mean(p) * (p.2 - p.1) as f64).sum();
        if total == 0 { 0.0 } else { held / total as f64 }
    }

    /// How many were under way on average on the busiest instance, over all the time seen.
    pub fn busiest_mean(&self) -> f64 {
        let first = self.curves.values().filter_map(|c| c.at.first()).min();
        let last = self.curves.values().filter_map(|c| c.at.last()).max();
        let (Some(&first), Some(&last)) = (first, last) else { return 0.0 };
        let means = self.curves.keys().map(|&instance| self.mean((instance, first, last)));
        means.fold(0.0, f64::max)
    }

    /// The most that were seen at once on one instance, not counting what sampling left out.
    pub fn seen_at_once(&self) -> usize {
        self.curves.values().map(|c| c.seen).max().unwrap_or(0)
    }

    /// The most that were under way at once on one instance.
    pub fn most(&self) -> f64 {
        self.curves.values().flat_map(|c| &c.level).fold(0.0, |most, &l| most.max(l))
    }
}

impl Curve {
    fn new(mut changes: Vec<(u64, f64)>) -> Self {
        // What ends makes room before what begins at the same time.
        changes.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut curve = Self::default();
        let (mut level, mut area, mut before, mut seen) = (0.0, 0.0, 0, 0_usize);
        for (at, change) in changes {
            area += level * (at - before) as f64;
            level += change;
            before = at;
            seen = if change > 0.0 { seen + 1 } else { seen.saturating_sub(1) };
            curve.seen = curve.seen.max(seen);
            curve.at.push(at);
            curve.level.push(level);
            curve.area.push(area);
        }
        curve
    }

    /// The area before a moment.
    fn until(&self, at: u64) -> f64 {
        match self.at.partition_point(|&a| a <= at) {
            0 => 0.0,
            n => self.area[n - 1] + self.level[n - 1] * (at - self.at[n - 1]) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_by_hand() {
        let call = |instance, from, to, weight| Interval { instance, from, to, weight };
        let calls =
            [call(0, 0, 10, 2.0), call(0, 5, 15, 2.0), call(0, 10, 12, 1.0), call(1, 0, 4, 1.0)];
        let under_way = UnderWay::new(&calls);
        // 2 for five, 4 for five, then 2 + 1 for two and 2 for three.
        assert_eq!(under_way.mean((0, 0, 10)), 3.0);
        assert_eq!(under_way.mean((0, 10, 15)), 12.0 / 5.0);
        assert_eq!(under_way.mean((0, 15, 20)), 0.0);
        assert_eq!(under_way.mean((2, 0, 10)), 0.0);
        // Overlapping periods count once.
        assert_eq!(under_way.mean_during(&[(0, 0, 6), (0, 4, 10), (1, 0, 2)]), 32.0 / 12.0);
        // Itself once, and the other two for the half of the time.
        assert_eq!(under_way.beside(&calls[0]), 2.0);
        assert_eq!(under_way.seen_at_once(), 2);
        assert_eq!(under_way.most(), 4.0);
        assert_eq!(under_way.len(), 4);
    }
}
