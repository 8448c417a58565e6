//! Steps of GitHub Actions, run as a runner runs them: expressions become variables, `run` is a script
//! of bash, and what a step says by files is read. Of `uses` only a note is taken.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_norway::Value;
use tempfile::TempDir;

use super::expression::Context;

/// A runner with a workspace of its own.
pub struct Runner {
    folder: TempDir,
    context: Context,
    /// Folders that steps put before the PATH, each with a colon behind it.
    before_path: String,
    failed: bool,
}

/// What became of a step.
#[derive(Debug, Default)]
pub struct Ran {
    pub name: String,
    /// The action that is used instead of a script, with what it is given.
    pub uses: Option<(String, BTreeMap<String, String>)>,
    pub code: i32,
    pub out: String,
    pub err: String,
    /// What was written for the page of the job.
    pub summary: String,
}

impl Runner {
    /// A runner whose PATH holds bash's tools and what is put there by [`Runner::tool`].
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "temp", "work"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let (context, before_path) = (Context::default(), String::new());
        let mut runner = Self { folder, context, before_path, failed: false };
        let temp = runner.path("temp").display().to_string();
        runner.set("runner.temp", &temp);
        runner
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the repository under test would be checked out.
    pub fn workspace(&self) -> PathBuf {
        self.path("work")
    }

    /// Gives a value to an expression such as `inputs.paths`.
    pub fn set(&mut self, name: &str, value: &str) {
        self.context.set(name, value);
    }

    /// Puts a script on the PATH.
    pub fn tool(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Puts the program that was built for the tests on the PATH.
    pub fn tracefall(&self) {
        let program = env!("CARGO_BIN_EXE_tracefall");
        self.tool("tracefall", &format!("#!/bin/sh\nexec '{program}' \"$@\"\n"));
    }

    /// Runs the steps in order. Those whose condition does not hold are left out.
    pub fn steps(&mut self, steps: &Value, env: &Value, action: &Path) -> Vec<Ran> {
        let steps = steps.as_sequence().unwrap();
        steps.iter().filter_map(|step| self.step(step, env, action)).collect()
    }

    fn step(&mut self, step: &Value, env: &Value, action: &Path) -> Option<Ran> {
        let condition = step.get("if").map_or_else(|| "success()".to_owned(), text);
        if !self.context.holds(&condition, self.failed) {
            return None;
        }
        let name = step.get("name").map(text).unwrap_or_default();
        if let Some(uses) = step.get("uses") {
            let with = self.values(step.get("with"));
            return Some(Ran { name, uses: Some((text(uses), with)), ..Ran::default() });
        }
        let mut variables = self.values(Some(env));
        variables.extend(self.values(step.get("env")));
        let ran = self.script(&text(&step["run"]), &variables, action);
        if let Some(id) = step.get("id") {
            self.outputs(&text(id));
        }
        let added = fs::read_to_string(self.path("path")).unwrap();
        self.before_path.extend(added.lines().flat_map(|line| [line, ":"]));
        self.failed |= ran.code != 0;
        Some(Ran { name, ..ran })
    }

    /// The values of a mapping, with expressions worked out.
    fn values(&self, mapping: Option<&Value>) -> BTreeMap<String, String> {
        let pairs = mapping.and_then(Value::as_mapping).into_iter().flatten();
        pairs.map(|(key, value)| (text(key), self.context.fill(&text(value)))).collect()
    }

    fn script(&self, script: &str, variables: &BTreeMap<String, String>, action: &Path) -> Ran {
        assert!(!script.contains("${{"), "an expression inside a script: {script}");
        let file = self.path("temp").join("step.sh");
        fs::write(&file, script).unwrap();
        for name in ["output", "summary", "path"] {
            fs::write(self.path(name), "").unwrap();
        }
        let bin = self.path("bin");
        let path = format!("{}{}:/usr/local/bin:/usr/bin:/bin", self.before_path, bin.display());
        let mut shell = Command::new("/bin/bash");
        // As the runner does for `shell: bash`.
        shell.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&file);
        shell.env_clear().env("PATH", path).env("HOME", self.folder.path());
        shell.env("RUNNER_TEMP", self.path("temp")).env("RUNNER_OS", "Linux");
        shell.env("RUNNER_ARCH", "X64").env("GITHUB_ACTION_PATH", action);
        shell.env("GITHUB_OUTPUT", self.path("output")).env("GITHUB_PATH", self.path("path"));
        shell.env("GITHUB_STEP_SUMMARY", self.path("summary"));
        shell.envs(variables).current_dir(self.workspace());
        let output = shell.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
            summary: fs::read_to_string(self.path("summary")).unwrap(),
            ..Ran::default()
        }
    }

    /// Takes up what the step wrote as its outputs.
    fn outputs(&mut self, id: &str) {
        let written = fs::read_to_string(self.path("output")).unwrap();
        for line in written.lines() {
            let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("{line}"));
            self.context.set(&format!("steps.{id}.outputs.{name}"), value);
        }
    }

    /// What an expression stands for now.
    pub fn value(&self, text: &str) -> String {
        self.context.fill(text)
    }
}

/// A scalar as text.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        _ => panic!("{value:?} is no scalar"),
    }
}
