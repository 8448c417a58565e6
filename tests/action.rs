//! The composite action: its steps are run as shell, on real exports and on hostile inputs.
#![cfg(unix)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use common::actions::{Ran, Runner, text};
use serde_norway::Value;

/// The most that GitHub takes as the summary of a step, in bytes.
const SUMMARY_LIMIT: usize = 1 << 20;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn action_folder() -> PathBuf {
    root().join(".github/actions/analyze")
}

fn action() -> Value {
    serde_norway::from_str(&fs::read_to_string(action_folder().join("action.yml")).unwrap())
        .unwrap()
}

/// A runner that was given these inputs, and the defaults of all others.
fn runner(inputs: &[(&str, &str)]) -> Runner {
    let mut runner = Runner::new();
    let action = action();
    for (name, input) in action["inputs"].as_mapping().unwrap() {
        let default = input.get("default").map(text).unwrap_or_default();
        runner.set(&format!("inputs.{}", text(name)), &default);
    }
    for (name, value) in inputs {
        assert!(action["inputs"].get(name).is_some(), "there is no input {name}");
        runner.set(&format!("inputs.{name}"), value);
    }
    runner
}

fn run(runner: &mut Runner) -> Vec<Ran> {
    runner.steps(&action()["runs"]["steps"], &Value::Null, &action_folder())
}

fn fixture(name: &str) -> String {
    root().join("fixtures").join(name).display().to_string()
}

fn uploads(ran: &[Ran]) -> Vec<&Ran> {
    let upload = |ran: &&Ran| {
        ran.uses.as_ref().is_some_and(|(uses, _)| uses.starts_with("actions/upload-artifact@"))
    };
    ran.iter().filter(upload).collect()
}

#[test]
fn an_incident_is_told_in_the_summary_and_kept_as_an_artifact() {
    let mut runner = runner(&[("paths", &fixture("dead-dependency"))]);
    runner.tracefall();
    let ran = run(&mut runner);
    for step in &ran {
        assert_eq!(step.code, 0, "{step:?}");
    }
    let summary: String = ran.iter().map(|step| step.summary.as_str()).collect();
    assert!(summary.contains("ledger") && summary.contains("```mermaid"), "{summary}");
    let out: String = ran.iter().map(|step| step.out.as_str()).collect();
    assert!(out.contains("::warning title=tracefall::The verdict is incident"), "{out}");

    let action = action();
    let output = |name| runner.value(&text(&action["outputs"][name]["value"]));
    assert_eq!(output("verdict"), "incident");
    let report = PathBuf::from(output("report"));
    for file in ["report.html", "report.json", "report.md", "run.summary"] {
        assert!(report.join(file).metadata().unwrap().len() > 100, "{file}");
    }
    assert_eq!(PathBuf::from(output("summary")), report.join("run.summary"));
    let [kept] = uploads(&ran)[..] else { panic!("{ran:?}") };
    assert_eq!(kept.uses.as_ref().unwrap().1["path"], output("report"));
}

/// The code of the check is that of the job, after all reports are kept.
#[test]
fn a_check_fails_the_job_at_its_end() {
    let mut runner = runner(&[
        ("paths", &fixture("dead-dependency")),
        ("check", "true"),
        ("policy", "strict policy.toml"),
        ("baseline", "none/*.summary"),
    ]);
    runner.tracefall();
    let policy = "[rule.calm]\nkind = \"no_incident\"\n";
    fs::write(runner.workspace().join("strict policy.toml"), policy).unwrap();
    let ran = run(&mut runner);
    let codes: Vec<i32> = ran.iter().map(|step| step.code).filter(|code| *code != 0).collect();
    assert_eq!((codes, ran.last().unwrap().code), (vec![1], 1), "{ran:?}");
    assert_eq!(runner.value("${{ steps.check.outputs.code }}"), "1");
    let out: String = ran.iter().map(|step| step.out.as_str()).collect();
    assert!(out.contains("::error ") && out.contains("calm"), "{out}");
    let summary: String = ran.iter().map(|step| step.summary.as_str()).collect();
    let (check, report) = (summary.find("tracefall check: "), summary.find("```mermaid"));
    assert!(check.is_some() && check < report, "{summary}");
    let kept = &uploads(&ran)[0].uses.as_ref().unwrap().1["path"];
    for file in ["check.xml", "check.json", "check.md", "report.html"] {
        assert!(Path::new(kept).join(file).exists(), "{file}");
    }
}

/// Paths are lines: spaces, patterns and what a shell would run are parts of names.
#[test]
fn inputs_are_never_run() {
    let name = "a b; touch $(touch owned) `touch owned` '\"&& touch owned.json";
    let paths = format!("ex port/{name}\n\n${{HOME}}/none*");
    let given = |formats| {
        let mut runner = runner(&[
            ("paths", &paths),
            ("baseline", "no such folder/*.summary\n"),
            ("args", "--top\n2\n--trace-url\nhttps://a.b/{trace_id}?q=*"),
            ("formats", formats),
            ("artifact", ""),
        ]);
        runner.tracefall();
        let folder = runner.workspace().join("ex port");
        fs::create_dir(&folder).unwrap();
        fs::copy(fixture("healthy-noise") + "/traces.jsonl", folder.join(name)).unwrap();
        let ran = run(&mut runner);
        let mut files = walkdir::WalkDir::new(runner.workspace()).into_iter().map(Result::unwrap);
        assert!(files.all(|file| !file.file_name().to_string_lossy().starts_with("owned")));
        ran
    };
    let ran = given("csv");
    assert!(ran.iter().all(|step| step.code == 0), "{ran:?}");
    assert!(uploads(&ran).is_empty(), "no artifact was wanted");
    let ran = given("csv, $(touch${IFS}owned)");
    let refused = ran.iter().find(|step| step.code != 0).expect("a format that is none");
    assert!(refused.err.contains("$(touch${IFS}owned)"), "{refused:?}");
}

#[test]
fn what_cannot_be_read_fails_the_job_and_says_why() {
    let mut empty = runner(&[("paths", "export/*.jsonl")]);
    empty.tracefall();
    let ran = run(&mut empty);
    let step = ran.iter().find(|step| step.code != 0).unwrap();
    assert!(step.code == 2 && step.out.contains("::error title=tracefall::No export"), "{step:?}");
    assert!(uploads(&ran).is_empty());

    let mut damaged = runner(&[("paths", "damaged.json\ngood"), ("read-args", "--strict")]);
    damaged.tracefall();
    fs::write(damaged.workspace().join("damaged.json"), "{\"resourceSpans\": [").unwrap();
    std::os::unix::fs::symlink(fixture("healthy-noise"), damaged.workspace().join("good")).unwrap();
    let ran = run(&mut damaged);
    let step = ran.iter().find(|step| step.code != 0).unwrap();
    assert!(step.code == 3 && step.err.contains("damaged.json"), "{step:?}");
    // What could be read is told all the same.
    assert_eq!(uploads(&ran).len(), 1);
    assert!(ran.iter().any(|step| !step.summary.is_empty()));
}

/// A program that writes far more Markdown than GitHub takes.
#[test]
fn the_summary_stays_below_the_limit() {
    let mut runner = runner(&[("paths", "x")]);
    runner.tool(
        "tracefall",
        r#"#!/bin/bash
case $1 in
  -V) echo tracefall 0 ;;
  summarize) echo summary >"$3" ;;
  analyze)
    echo '{ "verdict": "incident" }' >"$5/report.json"
    { echo '```text'; yes 'Größe, a line of a report that does not end' | head -n 60000; echo '```'; } >"$5/report.md" ;;
esac
"#,
    );
    let ran = run(&mut runner);
    assert!(ran.iter().all(|step| step.code == 0), "{ran:?}");
    let summary: String = ran.iter().map(|step| step.summary.as_str()).collect();
    assert!(
        summary.len() > SUMMARY_LIMIT / 2 && summary.len() < SUMMARY_LIMIT,
        "{}",
        summary.len()
    );
    let end: Vec<&str> = summary.lines().rev().take(4).collect();
    assert!(end[0].starts_with("_Cut: ") && end[2] == "```", "{end:?}");
    assert_eq!(end[3], "Größe, a line of a report that does not end");
}

/// Without a program, one is built from the action's own repository, and the next job finds it.
#[test]
fn a_program_is_built_where_there_is_none() {
    let mut runner = runner(&[("paths", &fixture("healthy-noise"))]);
    let program = env!("CARGO_BIN_EXE_tracefall");
    runner.tool(
        "cargo",
        &format!(
            "#!/bin/bash\n[ \"$1 $2 $3\" = 'install --locked --path' ] && [ -f \"$4/Cargo.toml\" ] \
             && [ \"$5\" = --root ] && mkdir -p \"$6/bin\" && ln -s '{program}' \"$6/bin/tracefall\"\n"
        ),
    );
    let ran = run(&mut runner);
    assert!(ran.iter().all(|step| step.code == 0), "{ran:?}");
    let (cache, with) = ran.iter().find_map(|step| step.uses.as_ref()).unwrap();
    assert!(cache.starts_with("actions/cache@") && with["key"].len() > 80, "{with:?}");
    assert!(ran.iter().any(|step| step.name == "Build the program"));
    assert_eq!(runner.value("${{ steps.analyze.outputs.verdict }}"), "no_incident");
}

/// GitHub's own rules for a composite action, and ours: expressions stay out of scripts, actions
/// of others are official ones and pinned to a version.
#[test]
fn the_file_is_an_action() {
    let action = action();
    assert_eq!(text(&action["runs"]["using"]), "composite");
    let known: BTreeSet<&str> =
        ["name", "id", "if", "uses", "with", "shell", "env", "run"].into_iter().collect();
    for step in action["runs"]["steps"].as_sequence().unwrap() {
        for (key, _) in step.as_mapping().unwrap() {
            assert!(known.contains(text(key).as_str()), "{key:?}");
        }
        match step.get("run") {
            Some(run) => {
                assert_eq!(text(&step["shell"]), "bash");
                assert!(!text(run).contains("${{"), "{run:?}");
            }
            None => {
                let uses = text(&step["uses"]);
                let (name, version) = uses.split_once('@').unwrap();
                assert!(name.starts_with("actions/") && version.starts_with('v'), "{uses}");
            }
        }
    }
    let page = fs::read_to_string(root().join("docs/packaging.md")).unwrap();
    for (name, output) in action["outputs"].as_mapping().unwrap() {
        assert!(output.get("description").is_some(), "{name:?}");
        assert!(page.contains(&format!("| `{}` |", text(name))), "{name:?} is not documented");
    }
    for (name, input) in action["inputs"].as_mapping().unwrap() {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", text(name))));
        let default = input.get("default").map(text).filter(|default| !default.is_empty());
        let told = default.map_or_else(String::new, |default| format!("`{default}` "));
        let row = row.unwrap_or_else(|| panic!("{name:?} is not documented"));
        let known = row.ends_with(&format!("| {told}|")) || row.ends_with("| required |");
        assert!(known, "{row}");
        assert!(input.get("description").is_some(), "{name:?}");
        let required = input.get("required").is_some_and(|r| r.as_bool() == Some(true));
        assert!(required != input.get("default").is_some(), "{name:?}");
    }
}
