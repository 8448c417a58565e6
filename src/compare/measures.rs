//! What is measured, and from which size on a difference is news.

use crate::summary::Calls;

/// How a difference is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// As a quotient: 1.2 is a fifth more.
    Ratio,
    /// As a difference.
    Difference,
    /// There or not there.
    Presence,
}

/// Whether more is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum More {
    /// More is worse, less is better.
    Worse,
    /// Neither: somebody must look.
    Neutral,
}

/// A measure: what JSON, policies and reports call it.
#[derive(Debug, PartialEq)]
pub struct Measure {
    /// The id in JSON, snake case, stable.
    pub id: &'static str,
    /// What it is called in a sentence.
    pub title: &'static str,
    /// The unit of its values: `share`, `ns`, `per request`, `count`.
    pub unit: &'static str,
    /// How differences are told.
    pub effect: Effect,
    /// Which way is worse.
    pub more: More,
    /// A difference is material from here on, in its unit …
    pub least: f64,
    /// … and from this relative change on.
    pub least_relative: f64,
    /// Rare things are also material at this much smaller difference, if they doubled.
    pub least_doubled: f64,
}

/// Half a point of a share: what a service level of 99.5 % allows in total. Smaller rises are
/// news only where they at least double what was there, down to a tenth of a point.
const SHARE: f64 = 0.005;
const DOUBLED_SHARE: f64 = 0.001;
/// A tenth: what runs of one build differ by even on quiet machines (Laaber and others, Empirical
/// Software Engineering 2019, find a median of some percent in clouds).
const TENTH: f64 = 0.1;
/// Shorter differences are those of clocks and of recording, nanoseconds.
const LEAST_NANOS: f64 = 100_000.0;
/// A call more in fifty requests.
const LEAST_CALLS: f64 = 0.02;

const fn share(id: &'static str, title: &'static str) -> Measure {
    Measure {
        id,
        title,
        unit: "share",
        effect: Effect::Difference,
        more: More::Worse,
        least: SHARE,
        least_relative: TENTH,
        least_doubled: DOUBLED_SHARE,
    }
}

const fn time(id: &'static str, title: &'static str) -> Measure {
    Measure {
        id,
        title,
        unit: "ns",
        effect: Effect::Ratio,
        more: More::Worse,
        least: LEAST_NANOS,
        least_relative: TENTH,
        least_doubled: f64::INFINITY,
    }
}

const fn presence(id: &'static str, title: &'static str, more: More) -> Measure {
    Measure {
        id,
        title,
        unit: "per request",
        effect: Effect::Presence,
        more,
        least: 0.0,
        least_relative: 0.0,
        least_doubled: f64::INFINITY,
    }
}

const fn shape(id: &'static str, title: &'static str) -> Measure {
    Measure {
        id,
        title,
        unit: "count",
        effect: Effect::Difference,
        more: More::Neutral,
        least: 1.0,
        least_relative: 0.0,
        least_doubled: f64::INFINITY,
    }
}

/// A node or an edge is there at all, as calls per entry request.
pub static PRESENCE: Measure = presence("presence", "calls", More::Neutral);
/// Entry requests fail for a reason that was not there.
pub static CAUSE: Measure = presence("failure_cause", "failures for this reason", More::Worse);
/// Errors are logged that were not there.
pub static TEMPLATE: Measure = presence("error_log", "error log records", More::Worse);
/// Calls on an edge per entry request, in one mix of requests.
pub static CALLS: Measure = Measure {
    id: "calls_per_request",
    title: "calls per entry request",
    unit: "per request",
    effect: Effect::Ratio,
    more: More::Neutral,
    least: LEAST_CALLS,
    least_relative: TENTH,
    least_doubled: f64::INFINITY,
};
/// The longest chain of synchronous calls below an entry.
pub static DEPTH: Measure = shape("depth", "longest synchronous chain");
/// The most different operations that one call below an entry waits for.
pub static FAN_OUT: Measure = shape("fan_out", "widest fan-out");
/// After how long callers give up.
pub static DEADLINE: Measure =
    Measure { more: More::Neutral, ..time("caller_timeout", "visible caller timeout") };

/// A share of calls, and how it is counted.
pub struct CallShare {
    /// The measure.
    pub measure: Measure,
    /// The calls that count.
    pub count: fn(&Calls) -> u64,
}

/// Shares of the calls on an edge.
pub static SHARES: [CallShare; 5] = [
    CallShare { measure: share("error_rate", "failed calls"), count: |c| c.failed },
    CallShare {
        measure: share("timeout_rate", "calls ended by the caller's timeout"),
        count: |c| c.timeouts,
    },
    CallShare { measure: share("rejection_rate", "rejected calls"), count: |c| c.rejected },
    CallShare {
        measure: share("unreachable_rate", "calls to an unreachable callee"),
        count: |c| c.unreachable,
    },
    CallShare { measure: share("retry_rate", "calls that are retries"), count: |c| c.retries },
];

/// A quantile of durations.
pub struct Quantile {
    /// The measure.
    pub measure: Measure,
    /// Which quantile, 0 to 1.
    pub at: f64,
}

impl Quantile {
    /// Fewer observations than this have no such quantile: ten must lie on its far side.
    pub fn least_observations(&self) -> u64 {
        (10.0 / (1.0 - self.at)).ceil() as u64
    }
}

/// Quantiles of the durations on an edge, as the caller saw them.
pub static QUANTILES: [Quantile; 3] = [
    Quantile { measure: time("p50", "median latency"), at: 0.5 },
    Quantile { measure: time("p95", "95th percentile of latency"), at: 0.95 },
    Quantile { measure: time("p99", "99th percentile of latency"), at: 0.99 },
];

impl Measure {
    /// The effect of a change in this measure's way of telling it.
    pub fn effect(&self, before: f64, after: f64) -> Option<f64> {
        match self.effect {
            Effect::Ratio => (before > 0.0).then(|| after / before),
            Effect::Difference | Effect::Presence => Some(after - before),
        }
    }

    /// How large a change is in units of what is material; a missing side counts as nothing
    /// there.
    pub fn weight(&self, before: Option<f64>, after: Option<f64>) -> f64 {
        let (before, after) = (before.unwrap_or(0.0), after.unwrap_or(0.0));
        let difference = (after - before).abs();
        if difference == 0.0 {
            return 0.0;
        }
        if self.effect == Effect::Presence {
            // What is new or gone is always material: a thousandth of the requests weighs 1.
            return 1.0 + difference * 1000.0;
        }
        let smaller = f64::min(before, after);
        let relative = difference / smaller.max(f64::MIN_POSITIVE);
        let usual = f64::min(
            difference / self.least,
            relative / self.least_relative.max(f64::MIN_POSITIVE),
        );
        let doubled = if relative >= 1.0 { difference / self.least_doubled } else { 0.0 };
        usual.max(doubled)
    }

    /// Whether a change is news, if it is no chance.
    pub fn is_material(&self, before: Option<f64>, after: Option<f64>) -> bool {
        self.weight(before, after) >= 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_changes_are_no_news_whatever_their_probability() {
        let errors = &SHARES[0].measure;
        assert!(!errors.is_material(Some(0.100), Some(0.101)));
        assert!(!errors.is_material(Some(0.100), Some(0.108)), "less than a tenth");
        assert!(errors.is_material(Some(0.010), Some(0.016)));
        assert!(errors.is_material(Some(0.0), Some(0.0011)), "rare, but doubled");
        assert!(!errors.is_material(Some(0.0), Some(0.0009)));
        let median = &QUANTILES[0].measure;
        assert!(median.is_material(Some(10e6), Some(11.1e6)));
        assert!(!median.is_material(Some(10e6), Some(10.9e6)));
        assert!(!median.is_material(Some(90_000.0), Some(180_000.0)), "within clocks");
    }

    #[test]
    fn direction_does_not_change_the_weight() {
        let median = &QUANTILES[0].measure;
        let (up, down) = (median.weight(Some(1e6), Some(2e6)), median.weight(Some(2e6), Some(1e6)));
        assert_eq!(up, down);
        assert_eq!(median.effect(2e6, 1e6), Some(0.5));
        assert!(QUANTILES.map_least() == [20, 200, 1000]);
    }

    trait Least {
        fn map_least(&self) -> [u64; 3];
    }

    impl Least for [Quantile; 3] {
        fn map_least(&self) -> [u64; 3] {
            [0, 1, 2].map(|at: usize| self[at].least_observations())
        }
    }
}
