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
}

#[test]
fn the_version_is_a_line_or_all_that_a_report_of_a_fault_needs() {
    let version = concat!("tracefall ", env!("CARGO_PKG_VERSION"));
    assert_eq!(tracefall(&["-V"]), (0, format!("{version}\n"), String::new()));
    let (code, out, _) = tracefall(&["--version"]);
    assert_eq!(code, 0);
    let names: Vec<&str> = out.lines().map(|l| l.split_once(' ').unwrap().0).collect();
    assert_eq!(names, ["tracefall", "commit:", "system:", "built:", "reads:"]);
    assert!(out.starts_with(version), "{out}");
}

#[test]
fn every_shell_is_told_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, out, err) = tracefall(&["completions", shell]);
        assert_eq!((code, err.as_str()), (0, ""), "{shell}");
        for word in ["analyze", "summarize", "whatif", "errors-4xx"] {
            assert!(out.contains(word), "{shell} knows nothing of {word}");
        }
    }
}

/// The script is run by the shell that it is for.
#[test]
fn bash_completes_an_option() {
    let (_, script, _) = tracefall(&["completions", "bash"]);
    let ask = "COMP_WORDS=(tracefall analyze --exp); COMP_CWORD=2; _tracefall tracefall --exp analyze; \
               echo \"${COMPREPLY[@]}\"";
    let run = Command::new("bash").args(["-c", &format!("{script}\n{ask}")]).output().unwrap();
    assert_eq!(String::from_utf8(run.stdout).unwrap(), "--explain\n");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = tracefall(&["man", "--output", folder.path().to_str().unwrap()]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
    let (_, help, _) = tracefall(&["--help"]);
    let commands = help.lines().skip_while(|l| *l != "Commands:").skip(1);
    let commands = commands.take_while(|l| !l.is_empty()).filter(|l| !l.starts_with("   "));
    let names = commands.map(|l| l.split_whitespace().next().unwrap()).filter(|n| *n != "help");
    let mut pages = 1;
    for name in names {
        let page = std::fs::read_to_string(folder.path().join(format!("tracefall-{name}.1")));
        assert_eq!(tracefall(&["man", name]).1, page.unwrap(), "{name}");
        pages += 1;
    }
    assert!(pages > 6);
    let own = std::fs::read_to_string(folder.path().join("tracefall.1")).unwrap();
    assert!(own.contains("tracefall\\-analyze(1)"), "{own}");
    // A page that another one refers to is there, down to commands of commands.
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let page = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for before in page.split("(1)").filter(|piece| piece.contains("tracefall\\-")) {
            let name = before.split_whitespace().next_back().unwrap().replace('\\', "");
            let named = folder.path().join(format!("{name}.1"));
            assert!(named.exists() || !name.starts_with("tracefall-"), "{name}");
        }
    }
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
        &["completions", "tcsh"],
        &["man", "nothing"],
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
