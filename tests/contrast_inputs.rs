//! Contrasts against telemetry from elsewhere, and flags that are turned near the onset, through the
//! program.

mod common;

use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::CommandCargoExt;
use common::exports::Exports;
use serde_json::{Value, json};
use tracefall::model::stable_hash;

const SECOND: u64 = 1_000_000_000;
const BEGIN: u64 = 1_800_000_000 * SECOND;
/// Requests a second.
const RATE: u64 = 8;
/// When requests begin to fail, and when the export ends, seconds.
const ONSET: u64 = 180;
const END: u64 = 300;

/// A request from `shop` to one of four instances of `stock`.
struct Request {
    /// Since the export begins.
    at: u64,
    failed: bool,
    version: &'static str,
    instance: u64,
    flags: Vec<(&'static str, &'static str)>,
}

/// Those of some seconds, as `make` says; it is handed a hash for each salt.
fn requests(
    seconds: std::ops::Range<u64>,
    make: impl Fn(u64, &dyn Fn(u64) -> u64) -> Request,
) -> Vec<Request> {
    let numbers = seconds.start * RATE..seconds.end * RATE;
    numbers.map(|n| make(n * SECOND / RATE, &|salt| stable_hash(n, salt) >> 8)).collect()
}

fn attribute(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

/// One line for each request and service.
fn lines(requests: &[Request]) -> Vec<String> {
    let line = |request: &Request| {
        let n = request.at * RATE / SECOND;
        let span = |id: u64, kind: u32, name: &str| {
            let mut span = json!({
                "traceId": format!("{:032x}", n + 1), "spanId": format!("{:016x}", 4 * n + id),
                "name": name, "kind": kind,
                "startTimeUnixNano": (BEGIN + request.at + id * 1_000_000).to_string(),
                "endTimeUnixNano": (BEGIN + request.at + 40_000_000 - id * 2_000_000).to_string(),
                "status": { "code": if request.failed { 2 } else { 0 } },
            });
            if id > 1 {
                span["parentSpanId"] = json!(format!("{:016x}", 4 * n + id - 1));
            }
            span
        };
        let export = |attributes: Value, spans: Value| {
            let resource = json!({ "attributes": attributes });
            let scopes = json!([{ "spans": spans }]);
            json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": scopes }] }).to_string()
        };
        let (mut root, mut call) = (span(1, 2, "POST /buy"), span(2, 3, "POST"));
        let evaluated = request.flags.iter().map(|(flag, variant)| {
            let told = [
                attribute("feature_flag.key", flag),
                attribute("feature_flag.result.variant", variant),
            ];
            json!({ "name": "feature_flag.evaluation", "attributes": told })
        });
        root["events"] = evaluated.collect();
        call["attributes"] = json!([attribute("server.address", "stock")]);
        let stock = json!([
            attribute("service.name", "stock"),
            attribute("service.version", request.version),
            attribute("service.instance.id", &format!("stock-{}", request.instance)),
        ]);
        [
            export(json!([attribute("service.name", "shop")]), json!([root, call])),
            export(stock, json!([span(3, 2, "POST /take")])),
        ]
    };
    requests.iter().flat_map(line).collect()
}

fn ran(arguments: &[&Path]) -> Vec<u8> {
    let mut program = Command::cargo_bin("tracefall").unwrap();
    let output = program.args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn report(input: &Path, more: &[&Path]) -> Value {
    let plain = ["analyze", "--format", "json"].map(Path::new);
    serde_json::from_slice(&ran(&[&plain[..], &[input], more].concat())).unwrap()
}

fn traits(report: &Value, of_candidate: bool) -> Vec<(&str, &str)> {
    let list = report["contrasts"].as_array().unwrap().iter();
    let own = list.filter(|c| c["candidate"].is_u64() == of_candidate && c["symptom"] == false);
    let told = own.flat_map(|c| c["traits"].as_array().unwrap());
    told.map(|t| (t["dimension"].as_str().unwrap(), t["value"].as_str().unwrap())).collect()
}

/// The input is the incident alone; what is healthy comes as an export or as a summary of it.
#[test]
fn a_version_is_told_against_a_baseline() {
    let of = |at: u64, version: &'static str, instance: u64, failed: bool| Request {
        at,
        failed,
        version,
        instance,
        flags: Vec::new(),
    };
    let healthy = requests(0..ONSET, |at, hash| of(at, "2.3.0", hash(1) % 4, false));
    // The new version on one instance of four.
    let canary = requests(ONSET..END, |at, hash| {
        let bad = hash(1) % 4 == 3;
        let version = if bad { "2.3.1" } else { "2.3.0" };
        of(at, version, hash(1) % 4, bad && hash(2) % 10 < 9)
    });
    let files = Exports::of_lines(&[lines(&healthy), lines(&canary)]);
    let summary = files.free("healthy.summary");
    let [summarize, output, baseline] = ["summarize", "--output", "--baseline"].map(Path::new);
    ran(&[summarize, &files.paths[0], output, &summary]);

    let against = [&files.paths[0], &summary].map(|healthy| {
        let report = report(&files.paths[1], &[baseline, healthy]);
        assert_eq!(report["verdict"], "incident");
        assert_eq!(report["candidates"][0]["service"], "stock");
        let contrasts = report["contrasts"].clone();
        assert_eq!(traits(&report, true)[0], ("service.version", "2.3.1"), "{contrasts:#}");
        let first = &contrasts[0];
        assert_eq!(first["failing"]["with"], first["failing"]["known"]);
        assert!(first["healthy"]["share"].as_f64().unwrap() < 0.1, "{first}");
        contrasts
    });
    assert_eq!(against[0], against[1]);
}

/// A flag is turned on two seconds before what it guards begins to fail, and another ten seconds
/// before, for a third of all requests, which changes nothing.
#[test]
fn a_flag_turned_near_the_onset_is_told_and_a_decoy_is_not_accused() {
    let requests = requests(0..END, |at, hash| {
        let on = at >= (ONSET - 2) * SECOND;
        let dark = at >= (ONSET - 10) * SECOND && hash(3) % 3 == 0;
        let word = |on| if on { "on" } else { "off" };
        Request {
            at,
            failed: at >= ONSET * SECOND && hash(2) % 10 < 9,
            version: "2.3.0",
            instance: hash(1) % 4,
            flags: vec![("new-stock", word(on)), ("dark-mode", word(dark))],
        }
    });
    let files = Exports::of_lines(&[lines(&requests)]);
    let report = report(&files.paths[0], &[]);
    assert_eq!(report["verdict"], "incident");
    let change = |flag: &str, came: &str| {
        let changes = report["changes"].as_array().unwrap().iter();
        let mut own = changes.filter(|c| c["change"] == came);
        let found = own.find(|c| c["traits"][0]["dimension"] == flag);
        found.unwrap_or_else(|| panic!("{flag} in {:#}", report["changes"])).clone()
    };
    let (own, decoy) =
        (change("feature_flag:new-stock", "came"), change("feature_flag:dark-mode", "came"));
    assert_eq!(
        (&own["traits"][0]["value"], &own["touches_candidate"]),
        (&"on".into(), &true.into())
    );
    assert!(own["carried"].as_f64().unwrap() > 0.99, "{own}");
    assert_eq!(
        (&decoy["traits"][0]["value"], &decoy["touches_candidate"]),
        (&"on".into(), &false.into())
    );
    assert!(decoy["carried"].as_f64().unwrap() < 0.5, "{decoy}");
    let lead = |change: &Value| change["lead_ms"].as_i64().unwrap();
    assert!(lead(&own) < lead(&decoy), "the nearer is nearer: {own} {decoy}");
    assert_eq!(change("feature_flag:new-stock", "went")["traits"][0]["value"], "off");
    let dark = |(dimension, _): &(&str, &str)| *dimension == "feature_flag:dark-mode";
    assert!(!traits(&report, false).iter().any(dark), "{:#}", report["contrasts"]);
}
