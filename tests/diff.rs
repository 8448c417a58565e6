//! `tracefall diff`: reports over a comparison made by hand, and the program on small runs.

mod common;
#[path = "generator/world/rng.rs"]
#[expect(dead_code, reason = "simulated systems need more of it")]
mod rng;
#[path = "power/runs.rs"]
#[allow(dead_code, reason = "the experiment needs more of it")]
mod runs;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use common::analyses::{FORBIDDEN, HOSTILE, REVERSED};
use common::comparisons::{changed, unchanged};
use runs::{Change, Noise, System};
use serde_json::Value;
use tempfile::TempDir;
use tracefall::compare::Comparison;
use tracefall::report::{DIFF, Options, redact_diff};
use tracefall::summary;
use unicode_width::UnicodeWidthStr as _;

fn written(id: &str, comparison: &Comparison, width: usize) -> String {
    let format = DIFF.iter().find(|format| format.id == id).unwrap();
    let mut out = Vec::new();
    format.write(comparison, &Options { width, ..Options::default() }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let text = text.replace(&version, "\"version\": \"0.0.0\"");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn schema() -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/diff.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn valid(text: &str) -> Value {
    let value: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> = schema().iter_errors(&value).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    value
}

#[test]
fn reports_read_as_before() {
    for format in DIFF {
        for (name, comparison) in [("changed", changed()), ("unchanged", unchanged())] {
            let text = written(format.id, &comparison, 100);
            let text = match text.split_once("</style>") {
                Some((_, rest)) => rest.split_once("<script>").unwrap().0.to_owned(),
                None => text,
            };
            golden(&format!("diff_{}_{name}", format.id), &text);
        }
    }
    valid(&written("json", &changed(), 100));
    valid(&written("json", &unchanged(), 100));
}

#[test]
fn no_name_gets_out_of_its_place_and_any_terminal_is_wide_enough() {
    for format in DIFF {
        let text = written(format.id, &changed(), 100);
        assert!(!text.contains(FORBIDDEN), "{}", format.id);
        let markup = text.contains("<script>alert");
        assert!(!markup || format.id == "json" || format.id == "terminal", "{}", format.id);
    }
    for width in [60, 80, 140] {
        let text = written("terminal", &changed(), width);
        for line in text.lines() {
            assert!(line.width() <= width, "too wide for {width}: {line}");
        }
    }
}

#[test]
fn redacted_reports_hold_no_name() {
    let redacted = redact_diff(&changed());
    for format in DIFF {
        let text = written(format.id, &redacted, 140);
        for name in ["cart", "stock", "billing", "shop", "evil", "tnem", "branch", "run-1", "lost"]
        {
            assert!(!text.contains(name), "{} shows {name}", format.id);
        }
        assert!(text.contains("service-1"));
    }
    assert!(HOSTILE.contains("evil") && REVERSED.contains("tnem"));
}

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A run of the small system, saved.
    fn save(&self, name: &str, seed: u64, requests: usize, change: Change) -> String {
        let run = System::draw(7, 0.002).run(seed, requests, change, Noise::default());
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, summary::write(&run.summary).unwrap()).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn diff(args: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("tracefall").unwrap();
    let output = command.arg("diff").args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_slower_edge_is_called_worse_and_a_run_is_like_itself() {
    let place = Place::new();
    let a = place.save("a.summary", 1, 1_500, Change::None);
    let b = place.save("b.summary", 2, 1_500, Change::All(1.5));
    let (code, out, err) = diff(&[&a, &b]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("Verdict    WORSE."), "{out}");
    assert!(out.contains("gateway → price"), "{out}");
    let (_, out, _) = diff(&[&a, &b, "--format", "json"]);
    let report = valid(&out);
    let p50 = report["measured"].as_array().unwrap().iter().find(|m| {
        m["measure"] == "p50"
            && m["subject"]["kind"] == "edge"
            && m["subject"]["service"]["name"] == "price"
    });
    let p50 = p50.unwrap();
    assert_eq!((&p50["judgement"], &p50["unit"]), (&"worse".into(), &"ms".into()));
    let ratio = p50["ratio"].as_f64().unwrap();
    assert!((1.4..1.6).contains(&ratio), "{ratio}");
    assert!(p50["low"].as_f64().unwrap() < ratio && ratio < p50["high"].as_f64().unwrap());
    assert_eq!(report["warnings"][0]["id"], "noise_unknown");

    let (code, out, _) = diff(&[&a, &a]);
    assert_eq!(code, 0);
    assert!(out.starts_with("Verdict    NO CHANGE."), "{out}");
    assert!(out.contains("hold traces that the new run holds too"), "{out}");
}

#[test]
fn runs_of_reference_may_be_listed_or_lie_in_a_folder() {
    let place = Place::new();
    let runs = [1, 2, 3].map(|at| place.save(&format!("runs/{at}.summary"), at, 300, Change::None));
    let new = place.save("new.summary", 4, 300, Change::None);
    let folder = place.path("runs");
    let folder = folder.to_str().unwrap();
    let labels = |args: &[&str]| -> Vec<String> {
        let (code, out, err) = diff(&[args, &["--format", "json"]].concat());
        assert_eq!(code, 0, "{err}");
        let report = valid(&out);
        assert!(report["warnings"].as_array().unwrap().iter().all(|w| w["id"] != "noise_unknown"));
        let reference = report["reference"].as_array().unwrap();
        reference.iter().map(|run| run["label"].as_str().unwrap().to_owned()).collect()
    };
    let [a, b, c] = runs.each_ref().map(String::as_str);
    assert_eq!(labels(&[a, b, c, &new]), runs);
    assert_eq!(labels(&[&new, "--baseline", a, b, c]), runs);
    assert_eq!(labels(&[folder, &new]), runs);
    let (code, _, err) = diff(&[a, folder]);
    assert_eq!(code, 2);
    assert!(err.contains("the new run is one run"), "{err}");
    let (code, _, err) = diff(&[a]);
    assert_eq!(code, 2);
    assert!(err.contains("a reference run is missing"), "{err}");
}

#[test]
fn several_formats_go_to_a_folder_and_names_can_be_left_out() {
    let place = Place::new();
    let a = place.save("a.summary", 1, 600, Change::None);
    let b = place.save("b.summary", 2, 600, Change::Errors(0.2));
    let out = place.path("report");
    let formats = "terminal,json,html,markdown";
    let (code, _, err) =
        diff(&[&a, &b, "--format", formats, "--output", out.to_str().unwrap(), "--redact"]);
    assert_eq!((code, err.as_str()), (0, ""));
    for format in DIFF {
        let text = fs::read_to_string(out.join(format.file)).unwrap();
        assert!(text.contains("service-"), "{text}");
        for name in ["gateway", "price", "/cart", "a.summary"] {
            assert!(!text.contains(name), "{} shows {name}", format.id);
        }
    }
}

#[test]
fn runs_that_are_hardly_comparable_say_so() {
    let place = Place::new();
    let a = place.save("a.summary", 1, 200, Change::None);
    let b = place.save("b.summary", 2, 900, Change::None);
    let (_, out, _) = diff(&[&a, &b]);
    assert!(out.contains("another duration"), "{out}");
}

/// An outage in a part of a run is no property of the whole, and is not hidden either.
#[test]
fn an_incident_is_told_from_a_change() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let [quiet, outage] = ["healthy-noise", "dead-dependency"].map(|name| fixtures.join(name));
    let paths = [quiet.to_str().unwrap(), outage.to_str().unwrap()];
    let (code, out, err) = diff(&[paths[0], paths[1], "--format", "json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let report = valid(&out);
    let warnings = report["warnings"].as_array().unwrap();
    let bursts = warnings.iter().find(|warning| warning["id"] == "bursts").unwrap();
    assert!(bursts["text"].as_str().unwrap().contains("storefront POST /checkout"), "{bursts}");
    assert!(warnings.iter().any(|warning| warning["id"] == "load"));
    let (_, out, _) = diff(&paths);
    let flowing = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flowing.contains("that may be chance. Before"), "{out}");
    assert!(out.contains("PERHAPS, OR CHANCE"), "{out}");
}
