//! Traces that nobody asked for through the binary: what is left out by which setting, and how that is told.

mod common;

use common::place::{CLIENT, Place, SERVER, Span, services};
use serde_json::{Value, json};

fn noise(place: &Place, flags: &[&str]) -> u64 {
    place.report("traces.json", flags)["coverage"]["noise_traces"].as_u64().unwrap()
}

/// By operation, by user agent, and as synthetic.
fn by(place: &Place, flags: &[&str]) -> [u64; 3] {
    let by = place.report("traces.json", flags)["coverage"]["noise_by"].clone();
    ["operation", "user_agent", "synthetic"].map(|key| by[key].as_u64().unwrap())
}

fn checked() -> Place {
    Place::new(&[
        ((1, 1, 0), "shop", SERVER, "GET /", &[]),
        ((2, 1, 0), "shop", SERVER, "GET /healthz", &[]),
        ((2, 2, 1), "shop", CLIENT, "SELECT", &[("db.system", json!("mysql"))]),
        ((3, 1, 0), "prober", CLIENT, "journey", &[]),
        ((4, 1, 0), "lab", SERVER, "/health", &[]),
    ])
}

#[test]
fn noise_is_left_out_and_counted() {
    let place = checked();
    assert_eq!((noise(&place, &[]), noise(&place, &["--keep-noise"])), (2, 0));
    assert_eq!(services(&place.graph(&[])), ["prober", "shop"]);

    let place = place.settings("[noise]\ndefaults = false\n");
    assert_eq!(noise(&place, &[]), 0);
    let place = place.settings("[noise]\noperations = [\"prober\"]\nkeep = [\"lab\"]\n");
    assert_eq!((noise(&place, &[]), noise(&place, &["--keep-noise"])), (2, 0));
    assert_eq!(services(&place.graph(&[])), ["lab", "shop"]);
}

#[test]
fn what_was_left_out_is_part_of_a_summary() {
    let place = checked();
    place.out(&["summarize", "traces.json", "--output", "s"]);
    let noise = |flags: &[&str]| place.report("s", flags)["coverage"]["noise_traces"].clone();
    assert_eq!(
        (noise(&[]), noise(&["--keep-noise"])),
        (json!(2), json!(2)),
        "it is counted already"
    );
}

fn entry<'a>(trace: u64, attributes: &'a [(&'a str, Value)]) -> Span<'a> {
    ((trace, 1, 0), "shop", SERVER, "GET /", attributes)
}

/// Somebody's request, and those of probes in each spelling.
fn probed() -> Place {
    let agent = |key: &'static str, agent: &str| [(key, json!(agent))];
    let kind = |kind: &str| [("user_agent.synthetic.type", json!(kind))];
    let (person, load) = (
        agent("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64)"),
        agent("user_agent.original", "k6/0.49.0 (https://k6.io/)"),
    );
    let (kubernetes, aws, envoy) = (
        agent("user_agent.original", "kube-probe/1.29"),
        agent("http.user_agent", "ELB-HealthChecker/2.0"),
        agent("user_agent", "Envoy/HC"),
    );
    let (bot, test) = (kind("bot"), kind("test"));
    let inner = agent("user_agent.original", "Prometheus/2.45.0");
    Place::new(&[
        entry(1, &person),
        // What is called from inside a request is no entry, whatever it says.
        ((1, 2, 1), "shop", CLIENT, "GET", &inner),
        ((1, 3, 2), "cart", SERVER, "GET /cart", &inner),
        entry(2, &load),
        entry(3, &kubernetes),
        entry(4, &aws),
        entry(5, &envoy),
        entry(6, &bot),
        entry(7, &test),
        ((8, 1, 0), "shop", SERVER, "GET /healthz", &kubernetes),
        // Its caller is not here: what comes in is what it says.
        ((9, 2, 1), "shop", SERVER, "GET /", &aws),
    ])
}

#[test]
fn user_agents_and_synthetic_callers_are_left_out_and_counted_apart() {
    let place = probed();
    assert_eq!((noise(&place, &[]), by(&place, &[])), (7, [1, 4, 2]));
    assert_eq!(by(&place, &["--keep-noise"]), [0; 3]);
    assert_eq!(services(&place.graph(&[])), ["cart", "shop"]);
    place.out(&["summarize", "traces.json", "--output", "s"]);
    assert_eq!(place.report("s", &[])["coverage"]["noise_by"]["user_agent"], 4);
    // The same spilled to disk.
    assert_eq!(by(&place, &["--memory", "1MiB"]), [1, 4, 2]);

    let told = "7 traces of health checks, probes and the like were left out: 1 by its operation, \
                4 by their user agents, 2 as synthetic by their own word.";
    for flags in [&["--explain"][..], &["--format", "markdown"], &["--format", "html"]] {
        let report = place.out(&[&["analyze", "traces.json"], flags].concat());
        let words: Vec<&str> = report.split_whitespace().collect();
        assert!(words.join(" ").contains(told), "{flags:?}: {report}");
    }
}

#[test]
fn settings_say_which_callers_are_noise() {
    let with = |settings: &str| by(&probed().settings(&format!("[noise]\n{settings}\n")), &[]);
    assert_eq!(with(""), [1, 4, 2]);
    assert_eq!(with("defaults = false"), [0, 0, 0]);
    assert_eq!(with("user_agents = [\"k6/*\"]"), [1, 5, 2]);
    assert_eq!(with("defaults = false\nuser_agents = [\"k6/*\"]"), [0, 1, 0]);
    assert_eq!(with("keep_user_agents = [\"ELB-*\"]"), [1, 2, 2]);
    assert_eq!(with("synthetic = [\"bot\"]"), [1, 4, 1]);
    assert_eq!(with("synthetic = []"), [1, 4, 0]);
    assert_eq!(with("defaults = false\nsynthetic = \"test\""), [0, 0, 1]);
    // What an operation is kept for, it is kept whoever asks.
    assert_eq!(with("keep = [\"shop GET /\"]"), [1, 0, 0]);

    let place = probed();
    let shown = |flags: &[&str]| place.out(&[&["config"], flags].concat());
    let (usual, kept) = (shown(&["--no-config"]), shown(&["--no-config", "--keep-noise"]));
    for (setting, from) in [
        ("user_agents = [] ", "# default"),
        ("keep_user_agents = [] ", "# default"),
        ("# synthetic = …", "# default: `bot` and `test`, or nothing without `noise.defaults`"),
    ] {
        let line = usual.lines().find(|line| line.starts_with(setting)).expect(setting);
        assert!(line.ends_with(from), "{line}");
    }
    assert!(kept.contains("synthetic = [] ") && kept.contains("# --keep-noise"), "{kept}");
    place.write("tracefall.toml", "[noise]\nuser_agents = [\"[x\"]\nsynthetic = 3\n");
    let (code, _, err) = place.run(&["config"]);
    assert!(code == 2 && err.contains("tracefall.toml:2:16: \"[x\" is no pattern"), "{err}");
    assert!(err.contains("tracefall.toml:3:13: `noise.synthetic` must be text"), "{err}");
}
