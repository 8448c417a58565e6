//! `tracefall check`: its verdicts through the binary, and its reports over a gate made by hand.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use common::analyses::{FORBIDDEN, HOSTILE, REVERSED};
use common::xsd::Schema;
use serde_json::Value;
use tracefall::analysis::Sort;
use tracefall::gate::{
    Excused, Gate, KINDS, Measure, Notice, Outcome, Place, Severity, Source, State, Subject,
    Verdict,
};
use tracefall::model::InputStats;
use tracefall::report::{CHECK, Options, redact_gate};

fn place(name: &str, team: &str) -> Place {
    let team = (!team.is_empty()).then(|| team.to_owned());
    Place { name: name.to_owned(), namespace: team.clone().unwrap_or_default(), team }
}

fn measure(subject: Subject, outcome: Outcome) -> Measure {
    Measure {
        subject,
        outcome,
        value: Some(3.5),
        limit: Some(1.0),
        calls: 2_000,
        text: "70 of 2000 requests failed (3.5%); at most 1% may".to_owned(),
        exemplars: vec![format!("{:032x}", 7)],
    }
}

fn verdict(rule: &str, kind: &str, state: State) -> Verdict {
    Verdict {
        rule: rule.to_owned(),
        kind: KINDS.iter().find(|k| k.article.id == kind).unwrap(),
        severity: Severity::Fail,
        asks: format!("what {rule} asks for"),
        state,
        broken: state == State::Failed,
        evaluated: !matches!(state, State::Unevaluated | State::Skipped),
        reason: format!("why {rule} is so"),
        findings: Vec::new(),
        excused: Vec::new(),
        judged: 3,
        too_few: 0,
        source: Source { line: 4 },
    }
}

fn entry(service: &str, operation: &str) -> Subject {
    Subject::Entry { service: place(service, "web"), operation: operation.to_owned() }
}

/// Every state, with names as a hostile sender would choose them.
fn gate() -> Gate {
    let edge = Subject::Edge {
        caller: place("shop", "web"),
        callee: place(REVERSED, ""),
        operation: None,
    };
    let mut failed = verdict("failed-requests", "failed_requests", State::Failed);
    let command = "a%0A\n::set-output name=x::y,##[add-mask]z: \u{0}\u{fffe}\u{ffff}";
    failed.findings = vec![
        measure(entry("shop", "POST /checkout"), Outcome::Broken),
        measure(entry(HOSTILE, command), Outcome::Broken),
        measure(entry("shop", "GET /"), Outcome::Unclear),
    ];
    failed.too_few = 2;
    let mut warned = verdict("calls | `x`", "failed_calls", State::Warned);
    warned.severity = Severity::Warn;
    warned.broken = true;
    warned.findings = vec![measure(edge.clone(), Outcome::Broken)];
    let mut passed = verdict("retries", "retries", State::Passed);
    passed.excused = vec![Excused {
        measure: measure(edge, Outcome::Broken),
        reason: "being replaced".to_owned(),
        until: Some("2026-12-31".to_owned()),
    }];
    Gate {
        policy: "policy.toml".to_owned(),
        file: Some("policy.toml".to_owned()),
        state: State::Failed,
        verdicts: vec![
            verdict("quiet", "no_incident", State::Passed),
            failed,
            verdict("slow", "latency", State::Unevaluated),
            warned,
            passed,
            verdict("teams", "team_edges", State::Skipped),
        ],
        notices: vec![Notice {
            text: "an exception to retries expires on 2026-12-31".to_owned(),
            source: Source { line: 40 },
        }],
        input: InputStats { files: 2, spans: 11_300, log_records: 5_900, ..InputStats::default() },
        traces: 157,
        baselines: 2,
    }
}

fn written(id: &str, gate: &Gate) -> String {
    let format = CHECK.iter().find(|format| format.id == id).unwrap();
    let mut out = Vec::new();
    format.write(gate, &Options::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn golden_reports() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    for format in CHECK {
        let text = written(format.id, &gate()).replace(&version, "\"version\": \"0.0.0\"");
        settings.bind(|| insta::assert_snapshot!(format!("check_{}", format.id), text));
    }
}

#[test]
fn no_report_is_at_the_mercy_of_names() {
    for format in CHECK {
        for gate in [gate(), redact_gate(&gate(), &names())] {
            let text = written(format.id, &gate);
            for bad in FORBIDDEN.iter().chain(&['\0']) {
                assert!(!text.contains(*bad), "{} holds {bad:?}", format.id);
            }
            let markup = format.id != "terminal" && !format.id.contains("json");
            if markup && format.id != "github" && format.id != "gitlab" {
                assert!(!text.contains("<script"), "{} holds a script", format.id);
            }
        }
    }
}

fn names() -> Vec<(Sort, String)> {
    [
        (Sort::Service, HOSTILE),
        (Sort::Service, REVERSED),
        (Sort::Service, "shop"),
        (Sort::Namespace, "web"),
        (Sort::Operation, "POST /checkout"),
    ]
    .map(|(sort, name)| (sort, name.to_owned()))
    .to_vec()
}

#[test]
fn without_names_none_is_left() {
    let redacted = redact_gate(&gate(), &names());
    for format in CHECK {
        let text = written(format.id, &redacted);
        for name in ["shop", "evil", "tnem", "/checkout", "set-output"] {
            assert!(!text.contains(name), "{} tells {name}", format.id);
        }
    }
}

#[test]
fn junit_is_what_jenkins_reads() {
    let schema = Schema::read(include_str!("schemas/junit-10.xsd"));
    let text = written("junit", &gate());
    assert_eq!(schema.problems(&text), Vec::<String>::new());
    assert_eq!(text.matches("<testcase ").count(), 6);
    for (wrong, with) in [
        ("<testcase name=\"quiet\"", "<testcase"),
        ("<failure type", "<failing type"),
        ("classname=", "class="),
        ("</testcase>", "text</testcase>"),
        ("70 of", "\u{1}70 of"),
    ] {
        assert!(text.contains(wrong), "{wrong}");
        let broken = text.replace(wrong, with);
        assert!(!schema.problems(&broken).is_empty(), "the schema lets {with:?} pass");
    }
}

#[test]
fn annotations_are_lines_of_their_own_and_at_most_ten_of_a_kind() {
    let mut gate = gate();
    let many = (0..25).map(|n| verdict(&format!("rule {n}, x: y"), "latency", State::Failed));
    gate.verdicts.extend(many);
    let text = written("github", &gate);
    let errors: Vec<&str> = text.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(errors.len(), 10);
    assert!(text.contains("\n17 more errors are not shown as annotations\n"), "{text}");
    assert!(
        errors[1].contains("title=rule 0%2C x%3A y (failed),file=policy.toml,line=4::"),
        "{text}"
    );
    for line in text.lines().filter(|line| line.starts_with("::")) {
        let command = line[2..].split(' ').next().unwrap();
        assert!(["error", "warning", "notice"].contains(&command), "{line}");
    }
    assert!(!text.contains("##["), "{text}");
}

#[test]
fn comments_and_summaries_are_cut_to_what_is_taken() {
    let mut gate = gate();
    let mut long = verdict("rule", "latency", State::Warned);
    long.reason = "word ".repeat(200);
    gate.verdicts.extend((0..2_000).map(|_| long.clone()));
    for (id, most) in [("markdown", 65_536), ("step-summary", 1 << 20)] {
        let text = written(id, &gate);
        assert!(text.len() < most && text.len() > most / 8, "{id}: {} bytes", text.len());
        assert!(text.contains("left out here"), "{id}");
        assert!(text.contains("POST /checkout"), "{id}: the worst is not cut");
    }
}

#[test]
fn fingerprints_name_a_finding_and_not_what_was_measured() {
    let fingerprints = |gate: &Gate| -> Vec<String> {
        let issues: Value = serde_json::from_str(&written("gitlab", gate)).unwrap();
        let issues = issues.as_array().unwrap().iter();
        issues.map(|issue| issue["fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    let first = fingerprints(&gate());
    let mut again = gate();
    again.verdicts[1].findings[0].value = Some(9.9);
    again.verdicts[1].findings[0].text = "otherwise".to_owned();
    assert_eq!(first, fingerprints(&again));
    let mut distinct = first.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), first.len());
}

#[test]
fn json_is_as_its_schema_says() {
    let schema = fs::read_to_string(root().join("docs/check.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let report = serde_json::from_str(&written("json", &gate())).unwrap();
    let errors: Vec<String> = schema.iter_errors(&report).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert!(!schema.is_valid(&serde_json::json!({"schema_version": "1"})));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program in a folder of its own, where no policy lies about.
struct Here {
    folder: tempfile::TempDir,
}

impl Here {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn check(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut program = Command::cargo_bin("tracefall").unwrap();
        let output =
            program.current_dir(&self.folder).arg("check").args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

fn fixture(name: &str) -> String {
    root().join("fixtures").join(name).display().to_string()
}

#[test]
fn an_incident_fails_and_a_healthy_run_passes_without_a_policy() {
    let here = Here::new();
    let (code, out, err) = here.check(&[&fixture("dead-dependency")]);
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.starts_with("Gate       FAILED"), "{out}");
    assert!(out.contains("no-incident") && out.contains("ledger"), "{out}");
    let (code, out, err) = here.check(&[&fixture("healthy-noise"), "--on-unevaluated", "pass"]);
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn what_may_be_chance_means_what_the_policy_says() {
    let here = Here::new();
    let run = fixture("bad-version");
    // 33 of 169 requests failed: above the limit, but at 17 % as many would fail in one run of four.
    let policy = |unclear: &str| {
        let rule = "[rule.a]\nkind = \"failed_requests\"\nmax_percent = 17\noperation = \"POST /checkout\"\n";
        fs::write(here.path("p.toml"), format!("{unclear}{rule}")).unwrap();
    };
    for (unclear, code, word) in [
        ("", 4, "unevaluated"),
        ("on_unclear = \"error\"\n", 4, "unevaluated"),
        ("on_unclear = \"fail\"\n", 1, "failed"),
        ("on_unclear = \"warn\"\n", 0, "warned"),
        ("on_unclear = \"pass\"\n", 0, "passed"),
        ("on_unevaluated = \"warn\"\n", 0, "warned"),
        ("on_unevaluated = \"fail\"\non_unclear = \"pass\"\n", 0, "passed"),
    ] {
        policy(unclear);
        let (found, out, err) = here.check(&[&run, "--policy", "p.toml", "--format", "json"]);
        assert_eq!(found, code, "{unclear}: {out}{err}");
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(report["rules"][0]["state"], word, "{unclear}");
        assert!(out.contains("which may be chance"), "{unclear}: {out}");
    }
    // What is typed goes over both.
    let typed = [&run, "--policy", "p.toml", "--on-unevaluated", "error"];
    assert_eq!(here.check(&typed).0, 4);
    // What cannot be seen at all is another matter.
    let rule =
        "on_unclear = \"pass\"\n[rule.a]\nkind = \"failed_requests\"\nservice = \"nobody\"\n";
    fs::write(here.path("p.toml"), rule).unwrap();
    assert_eq!(here.check(&[&run, "--policy", "p.toml"]).0, 4);
}

#[test]
fn too_few_requests_are_told_with_how_many_it_takes() {
    let here = Here::new();
    let run = fixture("load-ramp");
    let (_, out, _) = here.check(&[&run, "--baseline", &run, "--format", "json"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    let reason = |name: &str| {
        let rules = report["rules"].as_array().unwrap();
        let rule = rules.iter().find(|rule| rule["name"] == name).unwrap();
        rule["reason"].as_str().unwrap().to_owned()
    };
    let failures = reason("failure-increase");
    assert!(failures.contains("could not be judged, the largest of them storefront"), "{failures}");
    assert!(failures.contains("with 192; it takes about "), "{failures}");
    let latency = reason("latency-increase");
    assert!(latency.ends_with("too few to compare, here or in the baseline"), "{latency}");
    let redacted = [&run, "--baseline", &run, "--format", "json", "--redact"];
    let (_, hidden, _) = here.check(&redacted);
    assert!(hidden.contains("the largest of them service-"), "{hidden}");
}

#[test]
fn a_written_policy_passes_on_the_run_it_was_made_from() {
    let here = Here::new();
    let run = fixture("load-ramp");
    let (code, _, err) = here.check(&[&run, "--init"]);
    assert_eq!(code, 0, "{err}");
    let policy = fs::read_to_string(here.path("tracefall-policy.toml")).unwrap();
    assert!(policy.contains("kind = \"latency\"") && policy.contains("max_ms = "), "{policy}");
    // It is found without being named.
    let (code, out, err) = here.check(&[&run]);
    assert_eq!(code, 0, "{out}{err}\n{policy}");
    assert!(out.contains("tracefall-policy.toml"), "{out}");
    let (code, _, err) = here.check(&[&run, "--init"]);
    assert_eq!((code, err.contains("--force")), (2, true), "{err}");
    assert_eq!(here.check(&[&run, "--init", "--force"]).0, 0);
    assert_eq!(fs::read_to_string(here.path("tracefall-policy.toml")).unwrap(), policy);
}

#[test]
fn a_policy_from_an_incident_leaves_out_what_would_not_pass() {
    let here = Here::new();
    let run = fixture("dead-dependency");
    let (code, _, err) = here.check(&[&run, "--init", "--policy", "p.toml"]);
    assert!(code == 0 && err.contains("are only comments"), "{err}");
    let policy = fs::read_to_string(here.path("p.toml")).unwrap();
    assert!(
        policy.contains("# [rule.no-incident]") && policy.contains("Left out, because"),
        "{policy}"
    );
    let (code, out, err) = here.check(&[&run, "--policy", "p.toml"]);
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn mistakes_in_a_policy_are_told_at_once_before_anything_is_read() {
    let here = Here::new();
    let policy = "[rule.a]\nkind = \"latancy\"\n[rule.b]\nkind = \"depth\"\nmaxx = 3\n";
    fs::write(here.path("p.toml"), policy).unwrap();
    let (code, out, err) = here.check(&["no-such-run", "--policy", "p.toml"]);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(
        err.contains("p.toml:2:8: there is no kind `latancy`; did you mean `latency`?"),
        "{err}"
    );
    assert!(err.contains("p.toml:5:1: unknown key `maxx`"), "{err}");
    let (code, _, err) = here.check(&[&fixture("dead-dependency"), "--policy", "none.toml"]);
    assert!(code == 2 && err.contains("none.toml"), "{err}");
}

#[test]
fn not_evaluated_is_an_exit_code_of_its_own_unless_told_otherwise() {
    let here = Here::new();
    let policy = "[rule.slow]\nkind = \"latency\"\nservice = \"nobody\"\nmax_ms = 5\n";
    fs::write(here.path("p.toml"), policy).unwrap();
    let run = fixture("healthy-noise");
    for (word, expected) in [("error", 4), ("fail", 1), ("warn", 0), ("pass", 0)] {
        let arguments = [&run, "--policy", "p.toml", "--on-unevaluated", word];
        let (code, out, err) = here.check(&arguments);
        assert_eq!(code, expected, "{word}: {out}{err}");
    }
    // A failure wins.
    let failing = format!("{policy}[rule.shape]\nkind = \"depth\"\nmax = 1\n");
    fs::write(here.path("p.toml"), failing).unwrap();
    assert_eq!(here.check(&[&run, "--policy", "p.toml"]).0, 1);
}

#[test]
fn several_reports_of_one_run_from_a_summary_and_with_an_exception() {
    let here = Here::new();
    let run = fixture("dead-dependency");
    let mut program = Command::cargo_bin("tracefall").unwrap();
    program.current_dir(&here.folder).args(["summarize", &run, "-o", "run.summary"]);
    program.assert().success();
    fs::write(
        here.path("p.toml"),
        "[rule.failed]\nkind = \"failed_requests\"\nmax_percent = 5\n\
         [[exception]]\nrule = \"failed\"\noperation = \"POST *\"\nreason = \"known\"\nexpires = 2026-06-30\n",
    )
    .unwrap();
    let common = ["run.summary", "--policy", "p.toml", "--today"];
    let with = |more: &[&str]| here.check(&[&common[..], more].concat());
    let (code, out, _) =
        with(&["2026-06-01", "--report", "junit=x.xml", "--report", "json=x.json"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("excused until 2026-06-30 (known)"), "{out}");
    let junit = fs::read_to_string(here.path("x.xml")).unwrap();
    assert!(Schema::read(include_str!("schemas/junit-10.xsd")).problems(&junit).is_empty());
    let json: Value =
        serde_json::from_str(&fs::read_to_string(here.path("x.json")).unwrap()).unwrap();
    assert_eq!(json["state"], "passed");
    let (code, out, _) = with(&["2026-07-01", "--format", "github"]);
    assert_eq!(code, 1);
    assert!(out.contains("::error title=failed (failed),file=p.toml,line=1::"), "{out}");
    assert!(out.contains("expired on 2026-06-30"), "{out}");
    let all = CHECK.iter().map(|format| format.id).collect::<Vec<_>>().join(",");
    let (code, _, err) = with(&["2026-06-01", "--format", &all, "--output", "reports", "--redact"]);
    assert_eq!(code, 0, "{err}");
    for format in CHECK {
        let text = fs::read_to_string(here.path("reports").join(format.file)).unwrap();
        assert!(!text.contains("storefront"), "{} tells a name", format.id);
    }
    assert_eq!(with(&["2026-06-01", "--report", "yaml=x"]).0, 2);
}

#[test]
fn edges_between_teams_are_old_or_listed() {
    let here = Here::new();
    fs::write(here.path("p.toml"), "[rule.teams]\nkind = \"team_edges\"\n").unwrap();
    let run = fixture("dead-dependency");
    let (code, out, _) = here.check(&[&run, "--policy", "p.toml"]);
    assert_eq!(code, 4, "{out}");
    let (code, out, _) = here.check(&[&run, "--policy", "p.toml", "--baseline", &run]);
    assert_eq!(code, 0, "{out}");
    fs::write(here.path("p.toml"), "[rule.teams]\nkind = \"team_edges\"\nallow = \"web -> *\"\n")
        .unwrap();
    let (code, out, _) = here.check(&[&run, "--policy", "p.toml"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("commerce calls finance, which is not listed"), "{out}");
}
