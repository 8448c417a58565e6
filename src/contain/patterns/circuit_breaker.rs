//! Circuit breaker: calls fail at once while most of them fail.

use crate::contain::change::Change;
use crate::contain::config::{istio_policy, name, percent, yaml};
use crate::contain::landscape::BreakerRule;
use crate::model::Article;

use super::Pattern;

/// The registered pattern.
pub static PATTERN: Pattern = Pattern {
    article: Article {
        id: "circuit_breaker",
        title: "circuit breaker",
        unit: "share of failed entry requests",
        rationale: "An open breaker turns slow failures into fast ones: it frees the caller's \
                    workers and connections and takes load from the callee. The replay keeps \
                    one for each instance of the caller, over its last calls on the edge.",
        limits: "It does not make a call succeed that is required, and it refuses calls that \
                 would have succeeded: on an edge that serves many operations of which one \
                 fails, it spreads the failure.",
        source: "Nygard, Release It!; resilience4j's count-based sliding window",
    },
    derive: |world, pair| {
        let open = world.edges.get(&pair)?.breaker.is_some();
        (!open).then(|| Change { breaker: Some(RULE), ..Change::default() })
    },
    parse: |text| {
        let share = percent(text).filter(|s| (0.01..=1.0).contains(s));
        let share = share.ok_or("a share is expected, as in circuit_breaker=50%")?;
        Ok(Change { breaker: Some(BreakerRule { share, ..RULE }), ..Change::default() })
    },
    bites: |change, strain, _| {
        let rule = change.breaker.unwrap_or(RULE);
        f64::from(strain.failed) >= rule.share * f64::from(rule.least)
    },
    assumption: |_| {
        "refused calls fail at once and are not repeated; there is no fallback: a call that is \
         required still fails"
            .to_owned()
    },
    settings: |change| {
        let rule = change.breaker.unwrap_or(RULE);
        vec![
            ("failure_rate_threshold", format!("{:.0} %", rule.share * 100.0)),
            ("sliding_window", format!("{} calls", rule.window)),
            ("minimum_calls", format!("{} calls", rule.least)),
            ("open_for", format!("{} s", rule.open / 1_000_000)),
            ("probes", format!("{} calls", rule.probes)),
        ]
    },
    configurations: |change, _, callee| {
        let rule = change.breaker.unwrap_or(RULE);
        let (host, share, open) = (name(callee), rule.share * 100.0, rule.open / 1_000_000);
        vec![
            // Envoy ejects hosts by outlier detection; its circuit_breakers are limits.
            (
                "envoy",
                yaml(&[
                    &format!("name: {host}"),
                    "outlier_detection:",
                    &format!("  failure_percentage_threshold: {share:.0}"),
                    &format!("  failure_percentage_request_volume: {}", rule.least),
                    "  failure_percentage_minimum_hosts: 1",
                    "  enforcing_failure_percentage: 100",
                    &format!("  base_ejection_time: {open}s"),
                    "  max_ejection_percent: 100",
                ]),
            ),
            (
                "istio",
                istio_policy(
                    &host,
                    &[
                        "outlierDetection:",
                        &format!("  consecutive5xxErrors: {}", rule.least),
                        &format!("  baseEjectionTime: {open}s"),
                        "  maxEjectionPercent: 100",
                    ],
                ),
            ),
            (
                "resilience4j",
                yaml(&[
                    "resilience4j.circuitbreaker:",
                    "  instances:",
                    &format!("    {host}:"),
                    "      slidingWindowType: COUNT_BASED",
                    &format!("      slidingWindowSize: {}", rule.window),
                    &format!("      minimumNumberOfCalls: {}", rule.least),
                    &format!("      failureRateThreshold: {share:.0}"),
                    &format!("      waitDurationInOpenState: {open}s"),
                    &format!("      permittedNumberOfCallsInHalfOpenState: {}", rule.probes),
                ]),
            ),
        ]
    },
};

/// Half of the last twenty calls: few enough to open within seconds, enough that chance rarely
/// opens it. Breakers found in the input are taken to be like this too.
pub const RULE: BreakerRule =
    BreakerRule { window: 20, least: 10, share: 0.5, open: 8_000_000, probes: 2 };
