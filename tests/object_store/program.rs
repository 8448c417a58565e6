//! The program, run with what is behind URLs.

use std::path::PathBuf;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

use crate::common::fixtures::root;

/// With exactly these variables for stores: whatever this machine has is none of the test's.
pub fn command(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut run = Command::new(cargo_bin("tracefall"));
    let ours = ["AWS_", "GOOGLE_", "AZURE_", "GCE_"];
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_ascii_uppercase();
        if ours.iter().any(|prefix| text.starts_with(prefix)) || text.ends_with("_PROXY") {
            run.env_remove(&name);
        }
    }
    run.args(arguments).args(["--no-config"]).envs(variables.iter().copied());
    run.output().expect("the program was built")
}

/// The analysis of these paths, as JSON.
pub fn analyze(paths: &[&str], variables: &[(&str, &str)]) -> Output {
    command(&[&["analyze", "--format", "json"], paths].concat(), variables)
}

/// The report, without the number of bytes as stored, which differs with compression.
pub fn report(output: &Output) -> Value {
    assert!(output.status.success(), "{}", said(output));
    let mut report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    report["input"]["bytes"].take();
    report
}

/// What was said on standard error, in which nothing may be secret.
pub fn said(output: &Output) -> String {
    let all = String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned();
    assert!(!all.contains("hush"), "{all}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Fails with 3, and says this.
pub fn refused(output: &Output, want: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    for want in want {
        assert!(said.contains(want), "{want:?} is missing: {said}");
    }
    assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{said:?}");
}

/// The fixture that stands for all, read from files.
pub fn local() -> Value {
    let files = ["traces", "logs"].map(|name| path(name).to_str().unwrap().to_owned());
    report(&analyze(&files.each_ref().map(String::as_str), &[]))
}

/// One of its files, as it is stored.
pub fn packed(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).expect("the fixture is there")
}

fn path(name: &str) -> PathBuf {
    root().join("dead-dependency").join(format!("{name}.jsonl.zst"))
}
