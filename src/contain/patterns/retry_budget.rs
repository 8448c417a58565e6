//! Retry budget: retries are a small share of calls.

use crate::contain::change::Change;
use crate::contain::config::{istio_policy, name, percent, yaml};
use crate::model::Article;

use super::Pattern;

/// The registered pattern.
pub static PATTERN: Pattern = Pattern {
    article: Article {
        id: "retry_budget",
        title: "retry budget",
        unit: "share of failed entry requests",
        rationale: "Retries multiply the load of a callee that fails because of load. A budget \
                    lets each instance of the caller repeat a small share of its calls only. \
                    The replay takes the other retries away.",
        limits: "It also takes away retries that would have repaired a passing error.",
        source: "Google SRE book, chapter 21; Huang et al., OSDI 2022",
    },
    derive: |world, pair| {
        let edge = world.edges.get(&pair)?;
        (edge.attempts > 1).then(|| Change { budget: Some(SHARE), ..Change::default() })
    },
    parse: |text| {
        let share = percent(text).filter(|s| (0.0..=1.0).contains(s));
        let share = share.ok_or("a share of calls is expected, as in retry_budget=10%")?;
        Ok(Change { budget: Some(share), ..Change::default() })
    },
    bites: |_, strain, _| strain.repeated > 0,
    assumption: |_| "calls beyond the budget are not repeated; there is no fallback".to_owned(),
    settings: |change| {
        vec![("budget", format!("{:.0} % of calls", change.budget.unwrap_or(0.0) * 100.0))]
    },
    configurations: |change, _, callee| {
        let (host, share) = (name(callee), change.budget.unwrap_or(0.0) * 100.0);
        vec![
            (
                "envoy",
                yaml(&[
                    &format!("name: {host}"),
                    "circuit_breakers:",
                    "  thresholds:",
                    "    - priority: DEFAULT",
                    "      retry_budget:",
                    "        budget_percent:",
                    &format!("          value: {share:.1}"),
                    "        min_retry_concurrency: 1",
                ]),
            ),
            (
                "istio",
                istio_policy(
                    &host,
                    &[
                        "retryBudget:",
                        &format!("  percent: {share:.0}"),
                        "  minRetryConcurrency: 1",
                    ],
                ),
            ),
            // resilience4j has no budget: a rate limiter around retries comes closest, and one
            // attempt is the safe side.
            (
                "resilience4j",
                yaml(&[
                    "resilience4j.retry:",
                    "  instances:",
                    &format!("    {host}:"),
                    "      maxAttempts: 2",
                    "      enableExponentialBackoff: true",
                    "      enableRandomizedWait: true",
                ]),
            ),
        ]
    },
};

/// One retry for ten calls: enough for passing errors, and load grows by a tenth at most.
const SHARE: f64 = 0.1;
