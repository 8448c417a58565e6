//! Bulkhead: a slow edge may hold only so many of its caller's workers.

use crate::contain::change::Change;
use crate::contain::config::{istio_policy, name, yaml};
use crate::model::Article;

use super::Pattern;

/// The registered pattern.
pub static PATTERN: Pattern = Pattern {
    article: Article {
        id: "bulkhead",
        title: "bulkhead",
        unit: "share of failed entry requests",
        rationale: "A limit on the calls that each instance of the caller has under way on the \
                    edge keeps the rest of its workers for its other work. The replay refuses \
                    calls beyond the limit at once.",
        limits: "It refuses calls on the edge that would have succeeded; where the number of \
                 the caller's workers was never seen, the limit is what it had at work at most.",
        source: "Nygard, Release It!; Little (1961)",
    },
    derive: |world, pair| {
        let caller = world.nodes.get(pair.0 as usize)?;
        let limit = caller
            .workers
            .map_or(caller.busiest, |w| SHARE * w)
            .floor()
            .clamp(f64::from(FEWEST), 1e6) as u32;
        Some(Change { limit: Some(limit), ..Change::default() })
    },
    parse: |text| {
        let limit = text.trim().parse().ok().filter(|&n| n > 0);
        let limit = limit.ok_or("a number of calls is expected, as in bulkhead=10")?;
        Ok(Change { limit: Some(limit), ..Change::default() })
    },
    bites: |change, strain, _| change.limit.is_some_and(|limit| strain.most > limit),
    assumption: |_| {
        "calls beyond the limit fail at once and are not repeated; there is no fallback".to_owned()
    },
    settings: |change| {
        let limit = change.limit.unwrap_or(0);
        vec![("max_concurrent_calls", format!("{limit} per caller instance"))]
    },
    configurations: |change, _, callee| {
        let (limit, host) = (change.limit.unwrap_or(0), name(callee));
        vec![
            (
                "envoy",
                yaml(&[
                    &format!("name: {host}"),
                    "circuit_breakers:",
                    "  thresholds:",
                    "    - priority: DEFAULT",
                    &format!("      max_requests: {limit}"),
                    &format!("      max_connections: {limit}"),
                    "      max_pending_requests: 1",
                ]),
            ),
            (
                "istio",
                istio_policy(
                    &host,
                    &[
                        "connectionPool:",
                        "  tcp:",
                        &format!("    maxConnections: {limit}"),
                        "  http:",
                        &format!("    http2MaxRequests: {limit}"),
                        "    http1MaxPendingRequests: 1",
                    ],
                ),
            ),
            (
                "resilience4j",
                yaml(&[
                    "resilience4j.bulkhead:",
                    "  instances:",
                    &format!("    {host}:"),
                    &format!("      maxConcurrentCalls: {limit}"),
                    "      maxWaitDuration: 0ms",
                ]),
            ),
        ]
    },
};

/// One edge may hold a third of its caller's workers.
const SHARE: f64 = 0.34;
/// A limit of one would make calls wait for each other.
const FEWEST: u32 = 2;
