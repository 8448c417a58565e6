//! Timeout: the caller gives up sooner.

use crate::contain::change::Change;
use crate::contain::config::{istio_route, millis, name, yaml};
use crate::model::Article;

use super::Pattern;

/// The registered pattern.
pub static PATTERN: Pattern = Pattern {
    article: Article {
        id: "timeout",
        title: "timeout",
        unit: "share of failed entry requests",
        rationale: "A caller that gives up sooner frees its worker and connection sooner, so \
                    that a slow callee holds fewer of them (Little's law: held = rate × time). \
                    The replay cuts every call on the edge at the timeout and lets the callee \
                    work on, as it would.",
        limits: "It fails calls that would have succeeded late, and where failed calls are \
                 repeated it adds load to a callee that is slow because of load.",
        source: "Little (1961); Nygard, Release It!; Google SRE book, chapter 22",
    },
    derive: |world, pair| {
        let edge = world.edges.get(&pair)?;
        let timeout = (TIMES * edge.slowest).max(SHORTEST);
        (edge.slowest > 0).then(|| Change {
            timeout: Some(edge.timeout.map_or(timeout, |now| now.min(timeout))),
            ..Change::default()
        })
    },
    parse: |text| {
        let timeout = millis(text).filter(|&t| t > 0);
        let timeout = timeout.ok_or("a duration is expected, as in timeout=250ms")?;
        Ok(Change { timeout: Some(timeout), ..Change::default() })
    },
    bites: |change, strain, _| change.timeout.is_some_and(|t| strain.longest > t),
    assumption: |_| {
        "callers give up at the timeout and fail unless a retry succeeds; there is no fallback; \
         the callee works on"
            .to_owned()
    },
    settings: |change| {
        let timeout = change.timeout.unwrap_or(0);
        vec![("timeout", format!("{} ms", timeout / 1000))]
    },
    configurations: |change, _, callee| {
        let ms = change.timeout.unwrap_or(0) / 1000;
        let seconds = format!("{}.{:03}s", ms / 1000, ms % 1000);
        let host = name(callee);
        vec![
            (
                "envoy",
                yaml(&["route:", &format!("  cluster: {host}"), &format!("  timeout: {seconds}")]),
            ),
            ("istio", istio_route(&host, &[&format!("timeout: {ms}ms")])),
            (
                "resilience4j",
                yaml(&[
                    "resilience4j.timelimiter:",
                    "  instances:",
                    &format!("    {host}:"),
                    &format!("      timeoutDuration: {ms}ms"),
                    "      cancelRunningFuture: true",
                ]),
            ),
        ]
    },
};

/// Healthy calls vary; three times what nine of ten of the slowest operation's take cuts none.
const TIMES: u64 = 3;
/// Shorter timeouts would cut calls at a collection pause, microseconds.
const SHORTEST: u64 = 50_000;
