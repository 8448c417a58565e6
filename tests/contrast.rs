//! What failing requests have in common, from attributes in an export to the reports.

mod common;

use std::collections::BTreeSet;
use std::process::Command;

use assert_cmd::cargo::CommandCargoExt;
use common::exports::Exports;
use common::pipeline::settings;
use serde_json::{Value, json};
use tracefall::analysis::summarize;
use tracefall::ingest::{Dimensions, Reading, load_as};
use tracefall::model::stable_hash;
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
        let spread = |salt: u64| stable_hash(n, salt) >> 8;
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

/// The report of the program.
fn analyzed(exports: &Exports, arguments: &[&str]) -> String {
    let mut program = Command::cargo_bin("tracefall").unwrap();
    let output = program.arg("analyze").args(&exports.paths).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json_of(exports: &Exports, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--format", "json"]].concat();
    serde_json::from_str(&analyzed(exports, &arguments)).unwrap()
}

/// What is told of the calls of the first candidate (or of the requests), the first of it first.
fn traits(report: &Value, of_candidate: bool) -> Vec<(String, String)> {
    let list = report["contrasts"].as_array().unwrap().iter();
    let own = list.filter(|c| c["candidate"].is_u64() == of_candidate && c["symptom"] == false);
    let first = own.flat_map(|c| c["traits"].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    first.map(|told| (text(&told["dimension"]), text(&told["value"]))).collect()
}

fn pair(dimension: &str, value: &str) -> (String, String) {
    (dimension.to_owned(), value.to_owned())
}

#[test]
fn a_version_on_one_instance_is_told_with_it_and_first() {
    let exports = Exports::of_lines(&[lines(&requests(|request| request.version == "2.3.1"))]);
    let report = json_of(&exports, &[]);
    assert_eq!(report["verdict"], "incident");
    let found = traits(&report, true);
    let version = [pair("service.version", "2.3.1"), pair("service.instance.id", "stock-3")];
    assert_eq!(found[..2], version);
    let first = &report["contrasts"][0];
    assert_eq!(first["failing"]["with"], first["failing"]["known"]);
    assert!(first["healthy"]["share"].as_f64().unwrap() < 0.1);
    assert!(first["q_value"].as_f64().unwrap() < 1e-6);
    let screen = analyzed(&exports, &["--width", "200"]);
    assert!(screen.contains("version 2.3.1 of stock: carried by all of the"), "{screen}");
    let explained = analyzed(&exports, &["--explain", "--format", "markdown"]);
    assert!(explained.contains("What the failures have in common"));
    let hidden = analyzed(&exports, &["--redact", "--explain"]);
    assert!(!hidden.contains("2.3.1") && !hidden.contains("stock-3"), "{hidden}");
}

#[test]
fn a_tenant_and_a_flag_are_told_of_the_request() {
    let exports = Exports::of_lines(&[lines(&requests(|request| request.tenant == "t3"))]);
    let report = json_of(&exports, &[]);
    assert_eq!(traits(&report, false)[0], pair("tenant", "t3"));
    assert!(!traits(&report, false).iter().any(|(key, _)| key == "service.version"));
    let hidden = analyzed(&exports, &["--redact", "--explain", "--format", "json"]);
    assert!(!hidden.contains("\"t3\""));

    let exports = Exports::of_lines(&[lines(&requests(|request| request.flag == "on"))]);
    let report = json_of(&exports, &[]);
    assert_eq!(traits(&report, false)[0], pair("feature_flag:new-cart", "on"));
}

#[test]
fn an_attribute_is_compared_only_if_it_is_asked_for() {
    let mut requests = requests(|request| request.tenant == "t1");
    // As if nobody had said which tenant, but another attribute told.
    let tenants: Vec<String> = requests.iter().map(|request| request.tenant.clone()).collect();
    requests.iter_mut().for_each(|request| request.tenant.clear());
    let lines = lines(&requests).into_iter().enumerate().map(|(at, line)| {
        // Two lines a request.
        line.replace("\"s1\"", &format!("\"shard-{}\"", tenants[at / 2]))
    });
    let exports = Exports::of_lines(&[lines.collect()]);
    assert!(traits(&json_of(&exports, &[]), false).is_empty());
    let asked = json_of(&exports, &["--dimension", "app.shard"]);
    assert_eq!(traits(&asked, false)[0], pair("app.shard", "shard-t1"));
    // A file of settings asks too, and the flag adds to it.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tracefall.toml");
    std::fs::write(&file, "dimensions = [\"app.shard\"]\n").unwrap();
    let file = file.to_str().unwrap();
    for more in [&[][..], &["--dimension", "app.other"]] {
        let asked = json_of(&exports, &[&["--config", file], more].concat());
        assert_eq!(traits(&asked, false)[0], pair("app.shard", "shard-t1"));
    }

    let mut program = Command::cargo_bin("tracefall").unwrap();
    let output = program.args(["analyze", "x", "--dimension", ""]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

/// A rollout of `shop` nine seconds before `stock` begins to fail changes nothing about it; the
/// version of `stock` that came then does.
#[test]
fn a_rollout_elsewhere_does_not_touch_the_candidate() {
    let roll = |request: &mut Request| {
        let rolled = request.at >= 176 * SECOND;
        request.version = if rolled && request.instance == 3 { "2.3.1" } else { "2.3.0" };
    };
    let mut requests = requests(|request| request.instance == 3);
    requests.iter_mut().for_each(roll);
    let at = |line: &str| -> u64 {
        let from = line.find("startTimeUnixNano\":\"").unwrap() + 20;
        line[from..from + 19].parse().unwrap()
    };
    let lines = lines(&requests).into_iter().map(|line| {
        let old = at(&line) < BEGIN + 171 * SECOND;
        let shop = "{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}}";
        let version = attribute("service.version", if old { "1" } else { "2" });
        line.replace(shop, &format!("{shop},{version}"))
    });
    let exports = Exports::of_lines(&[lines.collect()]);
    let report = json_of(&exports, &[]);
    assert_eq!(report["candidates"][0]["service"], "stock");
    let change = |service: &str, value: &str| {
        let changes = report["changes"].as_array().unwrap().iter();
        let mut own = changes.filter(|c| c["change"] == "came");
        let found = own.find(|c| {
            let first = &c["traits"][0];
            first["service"] == service && first["value"] == value
        });
        found.unwrap_or_else(|| panic!("{service} {value} in {}", report["changes"])).clone()
    };
    let (own, decoy) = (change("stock", "2.3.1"), change("shop", "2"));
    assert_eq!(own["touches_candidate"], true);
    assert_eq!(decoy["touches_candidate"], false);
    assert!(own["carried"].as_f64().unwrap() > 0.99);
    let lead = |change: &Value| change["lead_ms"].as_i64().unwrap();
    assert!((0..8_000).contains(&lead(&own)), "{own}");
    assert!((7_000..13_000).contains(&lead(&decoy)), "{decoy}");
}

/// Fixtures of the kinds whose cause is a version, an instance or a configuration.
#[test]
fn fixtures_accuse_what_was_changed() {
    let of = |scenario: &str| -> Value {
        let folder = format!("{}/fixtures/{scenario}", env!("CARGO_MANIFEST_DIR"));
        let mut program = Command::cargo_bin("tracefall").unwrap();
        let output = program.args(["analyze", &folder, "--format", "json"]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let bad = of("bad-version");
    let version = bad["candidates"][0]["version"].as_str().unwrap();
    assert_eq!(traits(&bad, true)[0], pair("service.version", version));
    for scenario in ["dead-dependency", "hanging-queries"] {
        let report = of(scenario);
        assert!(traits(&report, true).is_empty(), "{scenario}: {}", report["contrasts"]);
    }
}
