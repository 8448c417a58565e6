//! tracefall.toml through the binary: every setting does what it says, flags win over it, it is
//! found where it should be, and mistakes are told with place and suggestion.

mod common;

use std::fs;
use std::path::Path;

use common::place::{CLIENT, ONE, Place, SERVER, Span, node, services};
use serde_json::{Value, json};
use tracefall::cli::{KEYS, read_settings};

/// The shop calls the cart, which answers with this code.
fn answered(code: u64) -> Place {
    let status: &[(&str, Value)] = &[("http.response.status_code", json!(code))];
    Place::new(&[
        ((1, 1, 0), "shop", SERVER, "GET /", &[("http.response.status_code", json!(200))]),
        ((1, 2, 1), "shop", CLIENT, "GET", status),
        ((1, 3, 2), "cart", SERVER, "GET /cart", status),
    ])
}

/// One call that fails with a type, as far as anybody says.
fn failing(kind: &str) -> Place {
    Place::new(&[
        ((1, 1, 0), "shop", SERVER, "GET /", &[]),
        ((1, 2, 1), "shop", CLIENT, "GET", &[]),
        ((1, 3, 2), "cart", SERVER, "GET /cart", &[("error.type", json!(kind))]),
        ((2, 1, 0), "cart", SERVER, "GET /cart", &[("error.type", json!(kind))]),
    ])
}

#[test]
fn an_absent_or_empty_file_changes_nothing() {
    let place = answered(503);
    let plain = place.run(&["analyze", "traces.json", "--format", "json"]);
    assert_eq!(plain.0, 0);
    assert_eq!(place.run(&["analyze", "traces.json", "--format", "json", "--no-config"]), plain);
    let place = place.settings("# nothing\n[errors]\n[noise]\n");
    assert_eq!(place.run(&["analyze", "traces.json", "--format", "json"]), plain);
}

#[test]
fn the_file_is_found_upwards_to_the_root_of_the_repository() {
    let place = answered(200).settings("width = 44\n");
    place.write("repo/deep/er/x", "");
    let of = |folder, args: &[&str]| {
        let (code, out, err) = place.run_in(folder, &[&["config"], args].concat());
        assert_eq!((code, err.as_str()), (0, ""));
        out.lines().find(|line| line.contains("width")).unwrap().to_owned()
    };
    assert!(of("", &[]).ends_with("# tracefall.toml:1"), "{}", of("", &[]));
    assert!(of("repo/deep/er", &[]).starts_with("width = 44 "));
    assert!(of("repo/deep/er", &["--no-config"]).starts_with("# width"));
    place.write("repo/.git/HEAD", "");
    assert!(of("repo/deep/er", &[]).starts_with("# width"), "that is another project's");
    place.write("repo/tracefall.toml", "\nwidth = 55");
    assert!(of("repo/deep/er", &[]).starts_with("width = 55 "));
    let named = of("repo/deep", &["--config", "../../tracefall.toml"]);
    assert!(named.starts_with("width = 44 ") && named.ends_with("# ../../tracefall.toml:1"));
    assert!(of("repo", &["--width", "66"]).ends_with("# --width"));
    let (code, _, err) = place.run(&["graph", "traces.json", "--config", "no.toml"]);
    assert_eq!(code, 2);
    assert!(err.contains("cannot read the settings in no.toml"), "{err}");
}

#[test]
fn general_settings_act_and_flags_win() {
    let widest = |out: &str| out.lines().map(|line| line.chars().count()).max().unwrap();
    let place = answered(503).settings("width = 50\ncolor = \"always\"\ntz = \"+03:00\"\n");
    let out = place.out(&["analyze", "traces.json"]);
    assert!(out.contains('\u{1b}'), "{out}");
    let plain = place.out(&["analyze", "traces.json", "--color", "never"]);
    assert!(!plain.contains('\u{1b}') && widest(&plain) <= 50, "{plain}");
    let wide = place.out(&["analyze", "traces.json", "--color", "never", "--width", "100"]);
    assert!(widest(&wide) > 50, "{wide}");
    // 22:13:21 UTC.
    let one = ["trace", ONE, "traces.json", "--color", "never"];
    assert!(place.out(&one).contains("01:13:21"), "{}", place.out(&one));
    let utc = place.out(&[&one[..], &["--tz", "UTC"]].concat());
    assert!(utc.contains("22:13:21") && !utc.contains("01:13:21"), "{utc}");

    let place = answered(503).settings("threads = 1\nmemory = \"1MiB\"\n");
    let same = place.graph(&["--no-config"]);
    assert_eq!(place.graph(&[]), same);
    let shown = place.out(&["config"]);
    assert!(shown.contains("threads = 1 ") && shown.contains("memory = \"1MiB\" "), "{shown}");
    let (code, _, err) = place.run(&["graph", "traces.json", "--memory", "1KiB"]);
    assert!(code == 2 && err.contains("at least 1MiB"), "{err}");

    let url = "trace_url = \"https://traces.example/{trace_id}\"\n";
    let place = answered(503).settings(url);
    let trace = ["trace", ONE, "traces.json", "--format", "html"];
    assert!(place.out(&trace).contains("https://traces.example/0000000"));
    let other = place.out(&[&trace[..], &["--trace-url", "https://x.example/{trace_id}"]].concat());
    assert!(other.contains("https://x.example/000") && !other.contains("traces.example"));
}

/// Every flag that goes over a setting can be shown beside it, also with what only some commands take.
#[test]
fn what_is_typed_is_shown_with_its_flag() {
    let file = "memory = \"2GiB\"\ndimensions = [\"app.tenant\"]\n[noise]\n\
                operations = [\"prober\"]\n[teams]\nshop = \"web\"\n";
    let place = answered(200).settings(file);
    place.write("teams.toml", "# ours\n\"sh\\\"op*\" = \"b\"\n");
    let cases: &[(&[&str], &str, &str)] = &[
        (&["--color", "never"], "color = \"never\"", "--color"),
        (&["--width", "80"], "width = 80", "--width"),
        (&["--tz", "+02:00"], "tz = \"+02\"", "--tz"),
        (&["--threads", "3"], "threads = 3", "--threads"),
        (&["--memory", "512MiB"], "memory = \"512MiB\"", "--memory"),
        (&["--memory", "2000000"], "memory = \"2000000B\"", "--memory"),
        (
            &["--trace-url", "https://x/{trace_id}"],
            "trace_url = \"https://x/{trace_id}\"",
            "--trace-url",
        ),
        (&["--errors-4xx", "both"], "http_4xx = \"both\"", "--errors-4xx"),
        (&["--keep-noise"], "defaults = false", "--keep-noise"),
        (&["--keep-noise"], "operations = []", "--keep-noise"),
        (
            &["--dimension", "app.shard", "--dimension", "app.tenant"],
            "dimensions = [\"app.tenant\", \"app.shard\"]",
            "tracefall.toml:2, --dimension",
        ),
        (&["--teams", "teams.toml"], "\"sh\\\"op*\" = \"b\"", "teams.toml:2"),
        (&[], "\"shop\" = \"web\"", "tracefall.toml:6"),
    ];
    for (flags, setting, from) in cases {
        let shown = place.out(&[&["config"], *flags].concat());
        let line = shown.lines().find(|line| line.starts_with(&format!("{setting} ")));
        let line = line.unwrap_or_else(|| panic!("{flags:?} is not shown: {shown}"));
        assert_eq!(line.rsplit_once("# ").unwrap().1, *from, "{flags:?}");
        place.write("shown.toml", &shown);
        let (code, _, err) = place.run(&["config", "--check", "shown.toml"]);
        assert_eq!(code, 0, "{err}");
    }
    assert!(!place.out(&["config", "--teams", "teams.toml"]).contains("\"shop\""), "others win");
    // Which flags those are, the page of settings says.
    let page = fs::read_to_string(root().join("docs/config.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    for flag in rows.flat_map(|row| row.split('`').filter(|word| word.starts_with("--"))) {
        assert!(cases.iter().any(|(flags, ..)| flags.contains(&flag)), "{flag} is not tried");
    }
    let many: Vec<String> = (0..8).flat_map(|n| ["--dimension".into(), format!("a{n}")]).collect();
    let many: Vec<&str> = ["config"].into_iter().chain(many.iter().map(String::as_str)).collect();
    let (code, _, err) = place.run(&many);
    assert!(code == 2 && err.contains("--dimension: at most 8 dimensions"), "{err}");
}

#[test]
fn whose_failure_a_4xx_is() {
    for (whose, failed) in [("client", 1), ("both", 1), ("none", 0)] {
        let place = answered(404).settings(&format!("[errors]\nhttp_4xx = \"{whose}\"\n"));
        assert_eq!(place.failed("cart", &[]), failed, "{whose}");
        assert_eq!(place.failed("cart", &["--errors-4xx", "none"]), 0, "a flag wins over {whose}");
        assert_eq!(place.failed("cart", &["--errors-4xx", "both"]), 1, "a flag wins over {whose}");
    }
    let own = Place::new(&[(
        (1, 1, 0),
        "shop",
        SERVER,
        "GET /",
        &[("http.response.status_code", json!(404))],
    )]);
    assert_eq!(own.failed("shop", &[]), 0);
    let own = own.settings("[errors]\nhttp_4xx = \"both\"\n");
    assert_eq!(own.failed("shop", &[]), 1);
}

#[test]
fn codes_that_are_failures_and_codes_that_are_none() {
    let http = |code, settings: &str| {
        answered(code).settings(&format!("[errors]\n{settings}\n")).failed("cart", &[])
    };
    assert_eq!(http(503, ""), 1);
    assert_eq!(http(503, "http_successes = [503]"), 0);
    assert_eq!(http(503, "http_successes = [\"5xx\"]"), 0);
    assert_eq!(http(503, "http_successes = [\"5xx\"]\nhttp_failures = [503]"), 1);
    assert_eq!(http(202, "http_failures = 202"), 1);
    let grpc = |code: u64, settings: &str| {
        let status: &[(&str, Value)] = &[("rpc.grpc.status_code", json!(code))];
        let spans = [((1, 1, 0), "shop", SERVER, "shop.Api/Get", status)];
        Place::new(&spans).settings(&format!("[errors]\n{settings}\n")).failed("shop", &[])
    };
    assert_eq!((grpc(14, ""), grpc(5, "")), (1, 0));
    assert_eq!(grpc(14, "grpc_successes = [\"UNAVAILABLE\"]"), 0);
    assert_eq!(grpc(5, "grpc_failures = [\"NOT_FOUND\"]"), 1);
    assert_eq!(grpc(5, "grpc_failures = [5]"), 1);
}

#[test]
fn failures_that_are_ignored_by_type_or_by_operation() {
    let kind = "shop.ValidationException";
    let with = |settings: &str| {
        failing(kind).settings(&format!("[errors]\n{settings}\n")).failed("cart", &[])
    };
    assert_eq!(with(""), 1, "of the other its caller says nothing");
    assert_eq!(with("ignored_types = [\"*.ValidationException\"]"), 0);
    assert_eq!(with("ignored_types = [\"*.OtherException\"]"), 1);
    assert_eq!(with("ignored_operations = [\"cart GET /c*\"]"), 0);
    assert_eq!(with("ignored_operations = [\"cart POST *\", \"shop\"]"), 1);
    // The caller's own word on the call is taken back too.
    let seen = answered(503).settings("[errors]\nignored_operations = [\"cart\"]\n");
    assert_eq!((seen.failed("cart", &[]), seen.failed("cart", &["--no-config"])), (0, 1));
}

#[test]
fn what_counts_as_an_entry() {
    let entries = |settings: &str| -> Vec<String> {
        let place = answered(200).settings(settings);
        let graph = place.graph(&[]);
        let nodes = graph["nodes"].as_array().unwrap().iter();
        let entries = nodes.filter(|node| node["entry"] == true);
        entries.map(|node| node["service"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(entries(""), ["shop"]);
    assert_eq!(entries("[entries]\ncount = [\"cart GET /cart\"]"), ["cart"]);
    assert_eq!(entries("[entries]\nnever = [\"shop\"]"), Vec::<String>::new());
}

#[test]
fn services_and_peers_under_given_names() {
    let spans: &[Span<'_>] = &[
        ((1, 1, 0), "shop-v1", SERVER, "GET /", &[]),
        ((2, 1, 0), "shop-v2", SERVER, "GET /", &[]),
        (
            (2, 2, 1),
            "shop-v2",
            CLIENT,
            "SELECT",
            &[("db.system", json!("mysql")), ("server.address", json!("10.0.3.7"))],
        ),
        ((2, 3, 1), "shop-v2", CLIENT, "POST", &[("server.address", json!("pay.internal"))]),
    ];
    let plain = Place::new(spans);
    assert_eq!(services(&plain.graph(&[])), ["10.0.3.7", "pay.internal", "shop-v1", "shop-v2"]);
    let named = plain.settings(
        "[aliases]\n\"shop-v?\" = \"shop\"\n[peers]\n\"10.0.3.*\" = \"orders\"\n\
         \"pay.*\" = \"money/ledger\"\n",
    );
    let graph = named.graph(&[]);
    assert_eq!(services(&graph), ["ledger", "orders", "shop"]);
    assert_eq!(node(&graph, "ledger")["namespace"], "money");
    assert_eq!(node(&graph, "orders")["kind"], "database");
    assert_eq!(node(&graph, "shop")["calls"], 2);
    let redacted = named.out(&["analyze", "traces.json", "--format", "json", "--redact"]);
    for name in ["ledger", "orders", "shop"] {
        assert!(!redacted.contains(name), "{name} in {redacted}");
    }
}

#[test]
fn teams_are_those_of_the_file_unless_another_is_given() {
    let place = Place::new(&[
        ((1, 1, 0), "shop", SERVER, "GET /", &[]),
        ((1, 2, 1), "shop", CLIENT, "GET", &[]),
        ((1, 3, 2), "cart", SERVER, "GET /cart", &[]),
    ]);
    let faultlines = |flags: &[&str]| {
        let (code, out, err) = place.run(&[&["faultlines", "traces.json"], flags].concat());
        assert_eq!(code, 0, "{err}");
        out + &err
    };
    assert!(!faultlines(&[]).contains("\"nobody\""), "{}", faultlines(&[]));
    // A rule that chooses no service is told: so both files are seen to be read.
    place.write("tracefall.toml", "[teams]\n\"nobody\" = \"a\"\nshop = \"b\"\n");
    assert!(faultlines(&[]).contains("\"nobody\""), "{}", faultlines(&[]));
    place.write("teams.toml", "\"nowhere\" = \"a\"\n");
    let other = faultlines(&["--teams", "teams.toml"]);
    assert!(other.contains("\"nowhere\"") && !other.contains("\"nobody\""), "{other}");
}

#[test]
fn dimensions_are_attributes_to_keep() {
    let tenant: &[(&str, Value)] = &[("app.tenant", json!("a"))];
    let place = Place::new(&[((1, 1, 0), "shop", SERVER, "GET /", tenant)]);
    let summary = || {
        place.out(&["summarize", "traces.json", "--output", "s"]);
        fs::read(place.path().join("s")).unwrap()
    };
    let plain = summary();
    place.write("tracefall.toml", "dimensions = [\"app.other\"]");
    assert_eq!(summary(), plain, "no span has it");
    place.write("tracefall.toml", "dimensions = [\"app.tenant\"]");
    assert_ne!(summary(), plain);
    place.write("tracefall.toml", "dimensions = [\"\"]");
    let (code, _, err) = place.run(&["graph", "traces.json"]);
    assert!(code == 2 && err.contains("tracefall.toml:1:14: a dimension needs"), "{err}");
}

#[test]
fn all_mistakes_are_told_with_place_and_suggestion() {
    let text = "widht = 80\ncolor = \"alwys\"\n\n[alises]\na = \"b\"\n\n[errors]\n\
                http_4xx = 4\nhttp_failures = [404, \"9xx\", 700]\nignored_types = \"[x\"\n\n\
                [peers]\n\"10.*\" = \"\"\n";
    let place = answered(200).settings(text);
    let (code, out, err) = place.run(&["graph", "traces.json"]);
    assert_eq!((code, out.as_str()), (2, ""));
    let expected = "\
error: tracefall.toml:1:1: unknown key `widht`; did you mean `width`?
  1 | widht = 80
    | ^^^^^
error: tracefall.toml:2:9: `color` cannot be `alwys`; did you mean `always`?
  2 | color = \"alwys\"
    |         ^^^^^^^
error: tracefall.toml:4:2: unknown key `alises`; did you mean `aliases`?
  4 | [alises]
    |  ^^^^^^
error: tracefall.toml:8:12: `errors.http_4xx` must be text in quotes, not a number
  8 | http_4xx = 4
    |            ^
error: tracefall.toml:9:23: \"9xx\" is neither a code such as 404 nor a class such as 4xx
  9 | http_failures = [404, \"9xx\", 700]
    |                       ^^^^^
error: tracefall.toml:9:30: `errors.http_failures` must lie from 100 to 599
  9 | http_failures = [404, \"9xx\", 700]
    |                              ^^^
error: tracefall.toml:10:17: \"[x\" is no pattern: invalid range pattern
  10 | ignored_types = \"[x\"
     |                 ^^^^
error: tracefall.toml:13:10: \"\" names no service; NAME or NAMESPACE/NAME is expected
  13 | \"10.*\" = \"\"
     |          ^^
";
    assert_eq!(err, expected);
    assert_eq!(place.run(&["config"]).2, expected);
    assert_eq!(place.run(&["config", "--check"]).0, 2);
    assert_eq!(place.run(&["graph", "traces.json", "--no-config"]).0, 0);
    // What asks nothing of the settings is not stopped by them.
    assert_eq!(place.run(&["completions", "bash"]).0, 0);
}

#[test]
fn a_check_says_that_all_is_well_or_that_there_is_no_file() {
    let place = answered(200);
    let (code, _, err) = place.run(&["config", "--check"]);
    // The folder for temporary files lies in no repository; above it there may be settings.
    assert!(code == 0 || err.contains("there is no tracefall.toml"), "{err}");
    place.write("other.toml", "width = 80\n[noise]\nkeep = []\n");
    let good = place.run(&["config", "--check", "other.toml"]);
    assert_eq!(good, (0, "other.toml: 2 settings, no mistakes\n".to_owned(), String::new()));
    place.write("bad\u{1b}.toml", "x = \u{7} \n");
    let (code, _, err) = place.run(&["config", "--check", "bad\u{1b}.toml"]);
    assert!(code == 2 && !err.contains(['\u{1b}', '\u{7}']), "{err}");
}

#[test]
fn what_config_prints_is_a_file_with_the_same_effect() {
    let example = fs::read_to_string(root().join("docs/tracefall.toml")).unwrap();
    let place = answered(404).settings(&example);
    let printed = place.out(&["config"]);
    place.write("printed.toml", &printed);
    let again = place.out(&["config", "--config", "printed.toml"]);
    let values = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.rsplit_once(" # ").map_or(line, |l| l.0).trim().to_owned()).collect()
    };
    assert_eq!(values(&printed), values(&again));
    assert_eq!(place.run(&["config", "--check", "printed.toml"]).0, 0);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The example shows every key, and without its values there is nothing to see in it.
#[test]
fn the_example_is_complete() {
    let example = fs::read_to_string(root().join("docs/tracefall.toml")).unwrap();
    let file = read_settings("docs/tracefall.toml", &example).unwrap_or_else(|e| panic!("{e}"));
    for key in KEYS {
        let shown = file.written.iter().any(|written| match key.path.strip_suffix('*') {
            Some(table) => written.path.starts_with(table),
            None => written.path == key.path,
        });
        assert!(shown, "docs/tracefall.toml does not show {}", key.path);
    }
}
