//! Archives are the same bytes wherever they are packed, and hold a program that works; the container
//! file says what can be built. No container engine is needed: what it would do is read, not run.

#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{command:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// Packs the program that was built for the tests, by a shell with the given habits.
fn pack(into: &Path, umask: &str, habits: &[(&str, &str)]) -> PathBuf {
    let script = format!("umask {umask}; exec .ci/release --program \"$0\" --output \"$1\"");
    let mut shell = Command::new("bash");
    shell.current_dir(root()).env("SOURCE_DATE_EPOCH", "1767225600");
    shell.args(["-c", &script, env!("CARGO_BIN_EXE_tracefall")]).arg(into);
    shell.envs(habits.iter().copied());
    PathBuf::from(run(&mut shell).trim())
}

#[test]
fn an_archive_is_the_same_everywhere_and_works() {
    let folder = tempfile::tempdir().unwrap();
    let [here, there] = ["here", "there"].map(|name| folder.path().join(name));
    let first = pack(&here, "022", &[]);
    let second = pack(&there, "077", &[("TZ", "Asia/Tokyo"), ("LC_ALL", "C.UTF-8")]);
    assert!(fs::read(&first).unwrap() == fs::read(&second).unwrap(), "two archives differ");

    let name = first.file_name().unwrap().to_str().unwrap().trim_end_matches(".tar.gz");
    let version = concat!("tracefall-", env!("CARGO_PKG_VERSION"), "-");
    assert!(name.starts_with(version) && name.ends_with("-linux-gnu"), "{name}");
    let list = ["--list", "--verbose", "--numeric-owner", "--utc", "--full-time", "--file"];
    let listed = run(Command::new("tar").args(list).arg(&first));
    let mut names = Vec::new();
    for line in listed.lines() {
        let mut cells = line.split_whitespace();
        let (mode, owner, path) =
            (cells.next().unwrap(), cells.next().unwrap(), line.rsplit(' ').next());
        assert_eq!(owner, "0/0", "{line}");
        assert!(line.contains("2026-01-01 00:00:00"), "{line}");
        assert!(["drwxr-xr-x", "-rwxr-xr-x", "-rw-r--r--"].contains(&mode), "{line}");
        names.push(path.unwrap());
    }
    assert!(names.is_sorted(), "{names:?}");
    for file in ["tracefall", "LICENSE", "README.md", "docs/method.md", "man/tracefall-analyze.1"] {
        assert!(names.contains(&format!("{name}/{file}").as_str()), "{file} is not packed");
    }
    run(Command::new(root().join(".ci/try-release")).arg(&first));

    // A damaged archive is not tried.
    let mut bytes = fs::read(&first).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&first, bytes).unwrap();
    let tried = Command::new(root().join(".ci/try-release")).arg(&first).output().unwrap();
    assert!(!tried.status.success());
}

#[test]
fn wrong_usage_of_the_script_is_told() {
    for arguments in [&["--programme", "x"][..], &["--program"], &["--program", "none-such"]] {
        let output = Command::new(root().join(".ci/release")).args(arguments).output().unwrap();
        assert!(!output.status.success() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_documentation_names_options_that_there_are() {
    let help = run(Command::new(root().join(".ci/release")).arg("--help"));
    let page = fs::read_to_string(root().join("docs/packaging.md")).unwrap();
    let spans = page.split('`').skip(1).step_by(2);
    let mut seen = 0;
    for flag in spans.filter_map(|span| span.strip_prefix(".ci/release ")) {
        let known = help.lines().any(|line| line.trim().starts_with(flag));
        assert!(known || flag == "--help", "{flag}");
        seen += 1;
    }
    assert!(seen > 3, "{seen}");
}

/// The instructions of the container file, those over several lines joined.
fn instructions() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join(".ci/Containerfile")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let joined = lines.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    let cut = |line: &str| line.split_once(' ').map(|(a, b)| (a.to_owned(), b.trim().to_owned()));
    joined.lines().map(|line| cut(line).unwrap_or_else(|| panic!("{line}"))).collect()
}

#[test]
fn the_container_file_can_be_built() {
    const KNOWN: [&str; 9] =
        ["FROM", "WORKDIR", "COPY", "ARG", "RUN", "LABEL", "USER", "ENTRYPOINT", "ENV"];
    let ignored = fs::read_to_string(root().join(".dockerignore")).unwrap();
    let (mut stages, mut user, mut entry) = (BTreeSet::new(), String::new(), String::new());
    let mut built = false;
    for (instruction, rest) in instructions() {
        assert!(KNOWN.contains(&instruction.as_str()), "{instruction} {rest}");
        let words: Vec<&str> = rest.split_whitespace().collect();
        match instruction.as_str() {
            "FROM" => {
                let (_, tag) = words[0].rsplit_once(':').expect("a tag");
                assert!(tag != "latest" && words[0].split('/').count() > 2, "{rest}");
                if let [_, "AS", stage] = words[..] {
                    stages.insert(stage.to_owned());
                }
                user.clear();
            }
            "COPY" => match words[0].strip_prefix("--from=") {
                Some(stage) => assert!(stages.contains(stage), "{rest}"),
                None => {
                    assert!(root().join(words[0]).exists(), "{rest}");
                    assert!(!ignored.lines().any(|line| line == words[0]), "{rest}");
                }
            },
            "RUN" => {
                // Of the repository it runs nothing but what is tested here, as it may be run.
                let script = root().join(words[0]);
                assert!(script.ends_with(".ci/release"), "{rest}");
                assert!(script.metadata().unwrap().permissions().mode() & 0o111 != 0);
                let help = run(Command::new(&script).arg("--help"));
                let flags = words[1..].iter().take_while(|word| **word != "&&");
                for flag in flags.filter(|word| word.starts_with("--")) {
                    assert!(help.contains(flag), "{flag}");
                }
                built = true;
            }
            "USER" => user = rest,
            "ENTRYPOINT" => entry = serde_json::from_str::<Vec<String>>(&rest).unwrap().remove(0),
            _ => {}
        }
    }
    assert!(built && stages.len() == 1);
    assert!(user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)), "{user:?}");
    assert!(
        instructions().iter().any(|(i, rest)| i == "COPY" && rest.ends_with(&entry)),
        "{entry}"
    );
    for needed in [".git", "target"] {
        assert!(ignored.lines().any(|line| line == needed), "{needed}");
    }
}

/// The engine is a script that writes down what it was asked for.
#[test]
fn the_engine_is_told_the_commit_and_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let engine = folder.path().join("podman");
    fs::write(&engine, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n").unwrap();
    fs::set_permissions(&engine, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let told =
        run(Command::new(root().join(".ci/container")).arg("house/tracefall").env("PATH", path));
    let words: Vec<&str> = told.lines().collect();
    let version = concat!("house/tracefall:", env!("CARGO_PKG_VERSION"));
    assert!(words.contains(&version) && words.contains(&".ci/Containerfile"), "{words:?}");
    for (instruction, rest) in instructions().iter().filter(|(i, _)| i == "ARG") {
        let name = rest.split('=').next().unwrap();
        let told = words.iter().any(|word| word.starts_with(&format!("{name}=")));
        assert!(told, "{instruction} {name} is not told");
    }
    assert_eq!((words[0], *words.last().unwrap()), ("build", "."));
}
