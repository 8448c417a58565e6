//! The program as a whole, as far as it needs no telemetry: help, wrong usage, exit codes.

use assert_cmd::Command;

fn tracefall(args: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("tracefall").unwrap().args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn help_is_a_result_and_names_every_format() {
    let (code, out, err) = tracefall(&["analyze", "--help"]);
    assert_eq!((code, err.as_str()), (0, ""));
    for format in tracefall::report::ANALYSIS {
        assert!(out.contains(format.id) && out.contains(format.title), "{out}");
    }
    assert!(out.contains("Examples:"));
    let (code, out, _) = tracefall(&["graph", "--help"]);
    assert_eq!(code, 0);
    for format in tracefall::report::GRAPH {
        assert!(out.contains(format.id) && out.contains(format.title), "{out}");
    }
    let (code, out, _) = tracefall(&["--version"]);
    assert_eq!(code, 0);
    assert_eq!(out.trim(), concat!("tracefall ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_is_told_on_stderr_with_code_2() {
    for args in [
        &[][..],
        &["analyse"],
        &["analyze"],
        &["analyze", "x", "--format", "yaml"],
        &["analyze", "x", "--format", "json,html"],
        &["analyze", "x", "--trace-url", "javascript:{trace_id}"],
        &["analyze", "x", "--trace-url", "https://a.b/"],
        &["analyze", "x", "--tz", "Nowhere/Never"],
        &["trace"],
        &["trace", "0af7", "fixtures/healthy-noise"],
        &["analyze", "x", "--top", "0"],
        &["analyze", "x", "--from", "yesterday"],
        &["analyze", "x", "--width", "3"],
        &["analyze", "x", "--incident", "2026-01-02T03:04:05Z"],
        &["analyze", "x", "--from", "2026-01-02T03:04:05Z", "--to", "2026-01-02T03:04:05Z"],
        &["analyze", "-", "--baseline", "-"],
        &["analyze", "x", "--output", "none/of/these/folders/report"],
        &["summarize", "x"],
        &["explain", "no_such_id"],
    ] {
        let (code, out, err) = tracefall(args);
        assert_eq!(code, 2, "{args:?}: {err}");
        assert_eq!(out, "", "{args:?}");
        assert!(!err.is_empty(), "{args:?}");
        assert!(!err.contains('\u{1b}'), "{args:?}: colours in a pipe");
    }
}

#[test]
fn unreadable_input_is_told_with_code_3() {
    let (code, out, err) = tracefall(&["analyze", "no-such-file.json"]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.starts_with("error: no-such-file.json: "), "{err}");
}

#[test]
fn hostile_arguments_reach_no_terminal() {
    let (code, _, err) = tracefall(&["explain", "\u{1b}[2J\u{202e}"]);
    assert_eq!(code, 2);
    assert!(!err.contains(['\u{1b}', '\u{202e}']), "{err:?}");
    let (code, _, err) = tracefall(&["analyze", "\u{1b}[2J.json"]);
    assert_eq!(code, 3);
    assert!(!err.contains('\u{1b}'), "{err:?}");
}

#[test]
fn a_failed_run_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let report = report.to_str().unwrap();
    let (code, ..) = tracefall(&["analyze", "no-such-file.json", "--output", report]);
    assert_eq!(code, 3);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
