//! What failing requests have in common, from attributes in an export to the reports.

mod common;

use std::collections::BTreeSet;

use common::exports::Exports;
use common::pipeline::settings;
use serde_json::{Value, json};
use tracefall::analysis::summarize;
use tracefall::ingest::{Dimensions, Reading, load_as};
use tracefall::summary::Summary;

/// Requests of the export, eight a second.
const REQUESTS: u64 = 2_400;
const SECOND: u64 = 1_000_000_000;
const BEGIN: u64 = 1_800_000_000 * SECOND;

/// A request from `shop` to one instance of `stock`, and how it went.
struct Request {
    at: u64,
    failed: bool,
    instance: usize,
    version: &'static str,
    tenant: String,
    flag: &'static str,
}

/// From the third minute on, `stock` fails for the requests that `bad` says.
fn requests(bad: impl Fn(&Request) -> bool) -> Vec<Request> {
    let request = |n: u64| {
        // A hash, so that no two dimensions go together.
        let spread = |salt: u64| (n + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let instance = spread(1) as usize % 4;
        let at = n * SECOND / 8;
        let mut request = Request {
            at,
            failed: false,
            instance,
            version: if instance == 3 { "2.3.1" } else { "2.3.0" },
            tenant: format!("t{}", spread(2) % 5),
            flag: if spread(3) % 3 == 0 { "on" } else { "off" },
        };
        let chance = spread(4) % 10 < 9;
        request.failed = at >= 180 * SECOND && chance && bad(&request);
        request
    };
    (0..REQUESTS).map(request).collect()
}

fn attribute(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

/// One line for each request and service.
fn lines(requests: &[Request]) -> Vec<String> {
    let span = |n: usize, id: u64, parent: u64, kind: u32, request: &Request| {
        let mut span = json!({
            "traceId": format!("{:032x}", n + 1),
            "spanId": format!("{:016x}", 4 * n as u64 + id),
            "name": if kind == 2 && id == 3 { "POST /take" } else { "POST /buy" },
            "kind": kind,
            "startTimeUnixNano": (BEGIN + request.at + id * 1_000_000).to_string(),
            "endTimeUnixNano": (BEGIN + request.at + 40_000_000 - id * 2_000_000).to_string(),
            "status": { "code": if request.failed { 2 } else { 0 } },
        });
        if parent > 0 {
            span["parentSpanId"] = json!(format!("{:016x}", 4 * n as u64 + parent));
        }
        span
    };
    let export = |resource: Value, spans: Vec<Value>| {
        let scopes = json!([{ "spans": spans }]);
        json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": scopes }] }).to_string()
    };
    let line = |(n, request): (usize, &Request)| {
        let mut root = span(n, 1, 0, 2, request);
        root["attributes"] =
            json!([attribute("tenant.id", &request.tenant), attribute("app.shard", "s1")]);
        let mut call = span(n, 2, 1, 3, request);
        call["attributes"] = json!([attribute("server.address", "stock")]);
        call["events"] = json!([{ "name": "feature_flag.evaluation", "attributes": [
            attribute("feature_flag.key", "new-cart"),
            attribute("feature_flag.result.variant", request.flag),
        ]}]);
        let shop = json!({ "attributes": [attribute("service.name", "shop")] });
        let stock = json!({ "attributes": [
            attribute("service.name", "stock"),
            attribute("service.version", request.version),
            attribute("service.instance.id", &format!("stock-{}", request.instance)),
            attribute("cloud.availability_zone", ["a", "b"][request.instance % 2]),
            attribute("cloud.region", "eu"),
            attribute("k8s.node.name", &format!("node-{}", request.instance / 2)),
        ]});
        [export(shop, vec![root, call]), export(stock, vec![span(n, 3, 2, 2, request)])]
    };
    requests.iter().enumerate().flat_map(line).collect()
}

fn summary(exports: &Exports, dimensions: &[&str]) -> Summary {
    let names: Vec<String> = dimensions.iter().map(|name| (*name).to_owned()).collect();
    let dimensions = Dimensions::new(&names).unwrap();
    let reading = Reading { partitions: 3, dimensions, ..Reading::default() };
    let loaded = load_as(&exports.paths, &reading, &()).unwrap();
    summarize(loaded.telemetry, &settings()).unwrap()
}

#[test]
fn tags_reach_the_kept_traces_and_what_was_not_asked_for_does_not() {
    let exports = Exports::of_lines(&[lines(&requests(|_| false))]);
    let plain = summary(&exports, &[]);
    let keys = |summary: &Summary| -> BTreeSet<String> {
        summary.catalog.tags.iter().map(|tag| tag.key.clone()).collect()
    };
    assert_eq!(keys(&plain), ["feature_flag:new-cart", "tenant"].map(str::to_owned).into());
    // Every trace was kept, with both of its tags.
    assert_eq!(plain.digests.len() as u64, REQUESTS);
    assert!(plain.digests.iter().all(|digest| digest.tags.len() == 2));
    let places: BTreeSet<&str> = plain
        .catalog
        .instances
        .iter()
        .flat_map(|instance| &instance.tags)
        .map(|tag| tag.value.as_str())
        .collect();
    assert_eq!(places, ["eu", "node-0", "node-1"].into());
    let asked = summary(&exports, &["app.shard"]);
    assert!(keys(&asked).contains("app.shard"));
    assert!(asked.digests.iter().all(|digest| digest.tags.len() == 3));
}
