//! The configuration that patterns print is read by a real parser and has the shape that its
//! product wants.

use serde::Deserialize;
use serde_norway::{Value, from_str};
use tracefall::analysis::parse_pattern;

const SETTINGS: [&str; 5] =
    ["timeout=250ms", "circuit_breaker=50%", "bulkhead=10", "load_shedding=0", "retry_budget=10%"];

fn configuration(product: &str) -> impl Iterator<Item = (&'static str, String)> + '_ {
    SETTINGS.into_iter().flat_map(move |setting| {
        let (pattern, change) = parse_pattern(setting).unwrap();
        // A name that would break out of its place if it were written as it is.
        let all = (pattern.configurations)(&change.unwrap(), "a", "Stock: {x}\n- evil");
        all.into_iter()
            .filter(move |(p, _)| *p == product)
            .map(|(_, text)| (pattern.article.id, text))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Istio {
    api_version: String,
    kind: String,
    metadata: Metadata,
    spec: Spec,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Spec {
    host: Option<String>,
    hosts: Option<Vec<String>>,
    http: Option<Vec<Route>>,
    traffic_policy: Option<TrafficPolicy>,
    workload_selector: Option<Value>,
    config_patches: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Route {
    #[serde(rename = "route")]
    _route: Vec<Value>,
    timeout: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(dead_code)]
struct TrafficPolicy {
    connection_pool: Option<Value>,
    outlier_detection: Option<OutlierDetection>,
    retry_budget: Option<RetryBudget>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(dead_code)]
struct OutlierDetection {
    #[serde(rename = "consecutive5xxErrors")]
    consecutive_5xx_errors: u32,
    base_ejection_time: String,
    max_ejection_percent: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(dead_code)]
struct RetryBudget {
    percent: f64,
    min_retry_concurrency: u32,
}

#[test]
fn istio_reads_its_objects() {
    let mut seen = 0;
    for (id, text) in configuration("istio") {
        let object: Istio = from_str(&text).unwrap_or_else(|e| panic!("{id}: {e}\n{text}"));
        assert!(object.api_version.starts_with("networking.istio.io/"));
        assert!(!object.metadata.name.contains([' ', ':']));
        let spec = object.spec;
        match object.kind.as_str() {
            "VirtualService" => {
                assert_eq!(spec.hosts.unwrap().len(), 1);
                assert_eq!(spec.http.unwrap()[0].timeout, "250ms");
            }
            "DestinationRule" => assert!(spec.host.is_some() && spec.traffic_policy.is_some()),
            "EnvoyFilter" => {
                assert!(spec.workload_selector.is_some() && spec.config_patches.is_some());
            }
            kind => panic!("{kind}"),
        }
        seen += 1;
    }
    assert_eq!(seen, 5);
}

#[test]
fn envoy_reads_its_pieces() {
    let known = ["name", "route", "outlier_detection", "circuit_breakers", "typed_config"];
    let mut seen = 0;
    for (id, text) in configuration("envoy") {
        let value: Value = from_str(&text).unwrap_or_else(|e| panic!("{id}: {e}\n{text}"));
        for (key, _) in value.as_mapping().unwrap() {
            assert!(known.contains(&key.as_str().unwrap()), "{id}: {key:?}");
        }
        seen += 1;
    }
    assert_eq!(seen, 5);
}

#[test]
fn resilience4j_reads_its_instances() {
    let mut seen = 0;
    for (id, text) in configuration("resilience4j") {
        let value: Value = from_str(&text).unwrap_or_else(|e| panic!("{id}: {e}\n{text}"));
        let (module, body) = value.as_mapping().unwrap().iter().next().unwrap();
        assert!(module.as_str().unwrap().starts_with("resilience4j."), "{id}");
        let instances = body.get("instances").unwrap().as_mapping().unwrap();
        assert_eq!(instances.len(), 1, "{id}");
        seen += 1;
    }
    assert_eq!(seen, 4, "it has no load shedding");
}
