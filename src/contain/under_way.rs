//! How many calls were under way at a time, estimated from a sample of traces.

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
#[derive(Debug)]
pub struct UnderWay(Vec<Interval>);

impl UnderWay {
    /// Of some intervals.
    pub const fn new(list: Vec<Interval>) -> Self {
        Self(list)
    }

    /// How many were under way on average on an instance during some periods, in which
    /// everything there is was in use. 0 without periods.
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
        let mut held = 0.0;
        for i in &self.0 {
            let first = merged.partition_point(|p| (p.0, p.2) <= (i.instance, i.from));
            let within = merged[first..].iter().take_while(|p| p.0 == i.instance && p.1 < i.to);
            let overlap: u64 = within.map(|p| p.2.min(i.to) - p.1.max(i.from)).sum();
            held += overlap as f64 * i.weight;
        }
        if total == 0 { 0.0 } else { held / total as f64 }
    }

    /// The most that were seen at once on one instance, not counting what sampling left out.
    pub fn seen_at_once(&self) -> usize {
        let each = self.0.iter().map(|i| Interval { weight: 1.0, ..*i });
        Self(each.collect()).most().round() as usize
    }

    /// The most that were under way at once on one instance.
    pub fn most(&self) -> f64 {
        let mut changes: Vec<(InstanceId, u64, f64)> = Vec::new();
        for i in &self.0 {
            changes.extend([(i.instance, i.from, i.weight), (i.instance, i.to, -i.weight)]);
        }
        changes.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        let (mut under_way, mut most) = (0.0, 0.0_f64);
        for (_, _, change) in changes {
            under_way += change;
            most = most.max(under_way);
        }
        most
    }
}
