//! Load shedding: the callee turns calls away instead of letting them wait.

use crate::contain::change::Change;
use crate::contain::config::{istio_filter, name, yaml};
use crate::model::Article;

use super::Pattern;

/// The registered pattern.
pub static PATTERN: Pattern = Pattern {
    article: Article {
        id: "load_shedding",
        title: "load shedding",
        unit: "share of failed entry requests",
        rationale: "An instance that turns calls away at once when all its workers are busy \
                    does no work for callers that have given up: its goodput stays near its \
                    capacity instead of collapsing. The replay takes away the room to wait at \
                    the callee, whoever calls.",
        limits: "It refuses calls that could have waited a little. Applies where the callee was \
                 seen at its limits; how many workers it has is measured then.",
        source: "Google SRE book, chapters 21 and 22; Bronson et al., HotOS 2021; Huang et al., \
                 OSDI 2022",
    },
    derive: |world, pair| {
        world
            .nodes
            .get(pair.1 as usize)?
            .pool
            .map(|_| Change { queue: Some(0), ..Change::default() })
    },
    parse: |text| {
        let queue = if text.is_empty() { Some(0) } else { text.trim().parse().ok() };
        let queue = queue.ok_or("a number of waiting calls is expected, as in load_shedding=0")?;
        Ok(Change { queue: Some(queue), ..Change::default() })
    },
    bites: |_, _, waited| waited,
    assumption: |_| {
        "every instance of the callee turns calls away, whoever makes them, once all its workers \
         are busy; turning away costs it nothing; callers repeat as they do"
            .to_owned()
    },
    settings: |change| vec![("queue", format!("{} calls", change.queue.unwrap_or(0)))],
    configurations: |_, _, callee| {
        let host = name(callee);
        // Envoy's adaptive concurrency measures by itself how many calls the callee can work on.
        let filter = [
            "name: envoy.filters.http.adaptive_concurrency",
            "typed_config:",
            "  \"@type\": type.googleapis.com/envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency",
            "  gradient_controller_config:",
            "    sample_aggregate_percentile:",
            "      value: 90",
            "    concurrency_limit_params:",
            "      concurrency_update_interval: 0.1s",
            "    min_rtt_calc_params:",
            "      interval: 60s",
            "      request_count: 50",
            "  enabled:",
            "    default_value: true",
            "    runtime_key: adaptive_concurrency.enabled",
        ];
        vec![("envoy", yaml(&filter)), ("istio", istio_filter(&host, &filter))]
    },
};
