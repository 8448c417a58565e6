//! The workflows of docs/ci.md, run as GitHub and GitLab run them, from a load test that is a generated
//! export to the comment. Engines and servers are stood in for; all shell between them is theirs.
#![cfg(unix)]

#[expect(dead_code, reason = "the simulated world has more to offer than these tests need")]
#[path = "generator/world/mod.rs"]
mod world;

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use common::actions::{Ran, Runner, text};
use serde_norway::Value;
use tempfile::TempDir;
use world::scenarios::SCENARIOS;

/// Files that docs/ci.md shows, by the path in the first line of each.
static SHOWN: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/ci.md")).unwrap();
    let blocks = page.split("```yaml\n# ").skip(1).map(|rest| rest.split("```").next().unwrap());
    let files = blocks.map(|block| block.split_once('\n').unwrap());
    files.map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
});

fn shown(path: &str) -> Value {
    serde_norway::from_str(&SHOWN[path]).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What the load test leaves, what servers keep, and what they were sent.
struct Estate {
    folder: TempDir,
}

impl Estate {
    fn new() -> Self {
        let estate = Self { folder: tempfile::tempdir().unwrap() };
        let archive = "tracefall-0.1.0-x86_64-unknown-linux-gnu";
        let packed = estate.path("archives").join(archive);
        fs::create_dir_all(&packed).unwrap();
        let program = env!("CARGO_BIN_EXE_tracefall");
        fs::write(packed.join("tracefall"), format!("#!/bin/sh\nexec '{program}' \"$@\"\n"))
            .unwrap();
        let pack = format!(
            "chmod +x {archive}/tracefall && tar -czf {archive}.tar.gz {archive} && \
             sha256sum {archive}.tar.gz >{archive}.tar.gz.sha256"
        );
        assert!(estate.shell(&pack, "archives").status().unwrap().success());
        estate
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn shell(&self, script: &str, folder: &str) -> Command {
        let mut shell = Command::new("bash");
        shell.args(["-ec", script]).current_dir(self.path(folder));
        shell
    }

    /// Lets the next load test be a run of this scenario; a policy is written from the first run.
    fn load(&self, scenario: &str, seed: u64) {
        let scenario = SCENARIOS.iter().find(|known| known.name == scenario).unwrap();
        let files = scenario.produce(seed).unwrap().files;
        let export = self.path("export");
        fs::create_dir_all(&export).unwrap();
        fs::write(export.join("otlp.jsonl"), files.traces + &files.logs).unwrap();
        if !self.path("tracefall-policy.toml").exists() {
            let mut init = Command::new(env!("CARGO_BIN_EXE_tracefall"));
            init.args(["check", "export", "--init"]).current_dir(self.folder.path());
            assert!(init.output().unwrap().status.success());
        }
    }

    /// A checkout with the files that docs/ci.md shows, and a policy.
    fn checkout(&self, workspace: &Path) {
        fs::create_dir_all(workspace.join("ci")).unwrap();
        fs::write(workspace.join("compose.yaml"), "services: {}\n").unwrap();
        for (path, text) in SHOWN.iter().filter(|(path, _)| path.starts_with("ci/")) {
            fs::write(workspace.join(path), text).unwrap();
        }
        let policy = "tracefall-policy.toml";
        fs::copy(self.path(policy), workspace.join(policy)).unwrap();
    }

    /// The scripts that stand in for engines and servers.
    fn tools(&self) -> [(&'static str, String); 3] {
        let estate = self.folder.path().display();
        let begin = format!("#!/bin/bash\nset -e\nestate='{estate}'\n");
        let docker = r#"
for file in compose.yaml ci/compose.collector.yaml; do [ -f "$file" ] && [[ "$*" == *"--file $file "* ]]; done
case "$*" in
  *"run --rm load") cp "$estate"/export/* export/ ;;
  *"up --detach --wait" | *" stop") ;;
  *) exit 9 ;;
esac
"#;
        let gh = r#"
case "$1 $2" in
  "release download") cp "$estate"/archives/*.tar.gz* . ;;
  "run list") if [ -d "$estate/baseline" ]; then echo 17; fi ;;
  "run download") [ "$3 $4 $5 $6" = "17 --name baseline --dir" ]; cp "$estate"/baseline/* "$7" ;;
  "pr comment") [ "$3 $4" = "7 --body-file" ]; cp "$5" "$estate/comment.md" ;;
  *) exit 9 ;;
esac
"#;
        let curl = r#"
output=/dev/null url= body=
while [ $# -gt 0 ]; do
  case $1 in
    --output) output=$2; shift ;;
    --header) shift ;;
    --data-urlencode) body=${2#body@}; shift ;;
    --*) ;;
    *) url=$1 ;;
  esac
  shift
done
case $url in
  */packages/generic/*) cp "$estate/archives/$(basename "$url")" "$output" ;;
  */jobs/artifacts/main/raw/baseline.tar\?job=resilience) [ -f "$estate/baseline.tar" ] || exit 22; cp "$estate/baseline.tar" "$output" ;;
  */merge_requests/7/notes) cp "$body" "$estate/comment.md" ;;
  *) exit 9 ;;
esac
"#;
        [("docker", docker), ("gh", gh), ("curl", curl)]
            .map(|(name, script)| (name, begin.clone() + script))
    }

    /// The comment that was made, once.
    fn comment(&self) -> Option<String> {
        let path = self.path("comment.md");
        let text = fs::read_to_string(&path).ok()?;
        fs::remove_file(path).unwrap();
        Some(text)
    }
}

/// A job of GitHub that is over.
struct Job {
    runner: Runner,
    ran: Vec<Ran>,
}

fn github(estate: &Estate, event: &str, branch: &str) -> Job {
    let workflow = shown(".github/workflows/resilience.yml");
    let mut runner = Runner::new();
    for (name, script) in estate.tools() {
        runner.tool(name, &script);
    }
    estate.checkout(&runner.workspace());
    runner.set("github.token", "none");
    runner.set("github.event_name", event);
    runner.set("github.ref", branch);
    runner.set("github.event.number", if event == "pull_request" { "7" } else { "" });
    let job = &workflow["jobs"]["resilience"];
    let ran = runner.steps(&job["steps"], &workflow["env"], Path::new("/nowhere"));
    Job { runner, ran }
}

impl Job {
    fn failed(&self) -> Vec<(&str, i32)> {
        let failed = self.ran.iter().filter(|step| step.code != 0);
        failed.map(|step| (step.name.as_str(), step.code)).collect()
    }

    fn step(&self, name: &str) -> Option<&Ran> {
        self.ran.iter().find(|step| step.name == name)
    }

    fn baseline(&self) -> usize {
        fs::read_dir(self.runner.workspace().join("baseline")).unwrap().count()
    }

    fn keep_baseline(&self, estate: &Estate) {
        assert!(self.step("Keep the baseline").is_some());
        let kept = estate.path("baseline");
        fs::create_dir_all(&kept).unwrap();
        for entry in fs::read_dir(self.runner.workspace().join("baseline")).unwrap() {
            let entry = entry.unwrap();
            // Another day: two runs of a test may fall into one second, and so have one name.
            let name = entry.file_name().into_string().unwrap().replacen("20", "19", 1);
            fs::copy(entry.path(), kept.join(name)).unwrap();
        }
    }
}

#[test]
fn github_keeps_good_runs_and_stops_a_bad_change() {
    const MAIN: &str = "refs/heads/main";
    let estate = Estate::new();
    estate.load("load-ramp", 1);
    let first = github(&estate, "push", MAIN);
    assert_eq!(first.failed(), [], "{:?}", first.ran);
    assert_eq!(first.baseline(), 1);
    assert!(first.step("Say where it began").is_none());
    assert_eq!(estate.comment(), None);
    first.keep_baseline(&estate);

    // Five were kept before: the oldest goes.
    for day in 1..5 {
        let run = first.runner.workspace().join("run.summary");
        fs::copy(run, estate.path("baseline").join(format!("1900010{day}T000000Z.summary")))
            .unwrap();
    }
    let second = github(&estate, "push", MAIN);
    assert_eq!(second.failed(), [], "{:?}", second.ran);
    assert_eq!(second.baseline(), 5);
    let oldest = second.runner.workspace().join("baseline/19000101T000000Z.summary");
    assert!(!oldest.exists());

    estate.load("dead-dependency", 3);
    let change = github(&estate, "pull_request", "refs/pull/7/merge");
    assert_eq!(change.failed(), [("Check", 1)], "{:?}", change.ran);
    let check = change.step("Check").unwrap();
    assert!(check.out.contains("::error "), "{}", check.out);
    let page = &change.step("Show it on the page of the job").unwrap().summary;
    assert!(page.contains("tracefall check: "), "{page}");
    let report = change.runner.workspace().join("report");
    for file in ["report.html", "report.md", "check.xml", "check.json", "diff.md"] {
        assert!(report.join(file).metadata().unwrap().len() > 100, "{file}");
    }
    let (_, kept) = change.step("Keep the reports").unwrap().uses.as_ref().unwrap();
    assert!(kept["path"].contains("report/") && kept["path"].contains("run.summary"));
    let comment = estate.comment().expect("a comment on the pull request");
    assert!(comment.contains("tracefall check: ") && comment.contains("ledger"), "{comment}");
    assert!(change.step("Keep the baseline").is_none());
}

/// A policy with a typing mistake fails the job with its own code, and is told.
#[test]
fn github_tells_a_wrong_policy_from_a_failed_one() {
    let estate = Estate::new();
    estate.load("healthy-noise", 1);
    fs::write(estate.path("tracefall-policy.toml"), "[rule.a]\nkind = \"no_incidents\"\n").unwrap();
    let job = github(&estate, "pull_request", "refs/pull/7/merge");
    assert_eq!(job.failed(), [("Check", 2)], "{:?}", job.ran);
    assert!(job.step("Check").unwrap().err.contains("tracefall-policy.toml"));
}

/// Runs a job of GitLab in a fresh checkout, and gives its exit code with what it said.
fn gitlab(estate: &Estate, workspace: &Path, job: &str, branch: Option<&str>) -> (i32, String) {
    let pipeline = shown(".gitlab-ci.yml");
    let entries = pipeline[job]["script"].as_sequence().unwrap();
    let script = entries.iter().map(text).collect::<Vec<_>>().join("\n");
    let bin = estate.path("bin");
    fs::create_dir_all(&bin).unwrap();
    for (name, tool) in estate.tools() {
        fs::write(bin.join(name), tool).unwrap();
        let run = Command::new("chmod").arg("+x").arg(bin.join(name)).status().unwrap();
        assert!(run.success());
    }
    // The image of docker has no bash.
    let has_bash = !text(&pipeline[job]["image"]).starts_with("docker:");
    let mut shell = match has_bash {
        true => Command::new("/bin/bash"),
        false => Command::new("/bin/sh"),
    };
    shell.args(if has_bash { &["-eo", "pipefail", "-c"][..] } else { &["-ec"] }).arg(script);
    shell.env_clear().env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
    shell.env("CI_API_V4_URL", "https://gitlab.example/api/v4").env("CI_PROJECT_ID", "1");
    shell.env("CI_JOB_TOKEN", "none").env("CI_DEFAULT_BRANCH", "main");
    match branch {
        Some(branch) => shell.env("CI_COMMIT_BRANCH", branch),
        None => shell.env("CI_MERGE_REQUEST_IID", "7").env("RESILIENCE_TOKEN", "none"),
    };
    for (name, value) in pipeline["variables"].as_mapping().unwrap() {
        let value = text(value).replace("$CI_API_V4_URL", "https://gitlab.example/api/v4");
        shell.env(text(name), value.replace("$CI_PROJECT_ID", "1"));
    }
    let output = shell.current_dir(workspace).output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(told).unwrap())
}

#[test]
fn gitlab_keeps_good_runs_and_stops_a_bad_change() {
    let estate = Estate::new();
    estate.load("load-ramp", 1);
    let pipeline = |name: &str, branch| {
        let workspace = estate.path(name);
        fs::create_dir(&workspace).unwrap();
        estate.checkout(&workspace);
        let (code, told) = gitlab(&estate, &workspace, "load-test", branch);
        assert_eq!(code, 0, "{told}");
        (workspace.clone(), gitlab(&estate, &workspace, "resilience", branch))
    };
    for (run, kept) in [("first", 1), ("second", 2)] {
        let (workspace, (code, told)) = pipeline(run, Some("main"));
        assert_eq!(code, 0, "{told}");
        assert_eq!(fs::read_dir(workspace.join("baseline")).unwrap().count(), kept);
        fs::copy(workspace.join("baseline.tar"), estate.path("baseline.tar")).unwrap();
        // Names are of a second.
        std::thread::sleep(std::time::Duration::from_millis(1_100));
    }
    assert_eq!(estate.comment(), None);

    estate.load("dead-dependency", 3);
    let (workspace, (code, told)) = pipeline("change", None);
    assert_eq!(code, 1, "{told}");
    let reports = shown(".gitlab-ci.yml")["resilience"]["artifacts"]["reports"].clone();
    let report = |kind: &str| fs::read_to_string(workspace.join(text(&reports[kind]))).unwrap();
    assert!(report("junit").contains("<failure"), "{}", report("junit"));
    let issues: Vec<serde_json::Value> = serde_json::from_str(&report("codequality")).unwrap();
    assert!(issues.iter().all(|issue| issue["fingerprint"].is_string()) && !issues.is_empty());
    let comment = estate.comment().expect("a note on the merge request");
    assert!(comment.contains("tracefall check: ") && comment.contains("ledger"), "{comment}");
    assert_eq!(fs::read_dir(workspace.join("baseline")).unwrap().count(), 2);
}

/// The pipelines of the collector name what is declared, and mounts what is shown.
#[test]
fn the_collector_is_configured() {
    let collector = shown("ci/collector.yaml");
    for (signal, pipeline) in collector["service"]["pipelines"].as_mapping().unwrap() {
        for kind in ["receivers", "exporters"] {
            for name in pipeline[kind].as_sequence().unwrap() {
                assert!(collector[kind].get(name).is_some(), "{signal:?}: {name:?}");
            }
        }
    }
    let compose = shown("ci/compose.collector.yaml");
    let export = text(&collector["exporters"]["file"]["path"]);
    let mut mounted = Vec::new();
    for (_, service) in compose["services"].as_mapping().unwrap() {
        let (_, version) = text(&service["image"])
            .rsplit_once(':')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        assert!(version.contains('.'), "{service:?}");
        mounted.extend(service["volumes"].as_sequence().unwrap().iter().map(text));
    }
    let at = |inside: &str| mounted.iter().any(|mount| mount.split(':').nth(1) == Some(inside));
    assert!(
        at("/etc/collector.yaml") && at(Path::new(&export).parent().unwrap().to_str().unwrap())
    );
}
