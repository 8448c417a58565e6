//! A bound on memory changes nothing but where records are kept, and leaves nothing behind.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use assert_cmd::cargo::CommandCargoExt;
use common::exports::{Exports, dealt, lines};
use common::pipeline::{PARTITIONS, read, report, settings};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tempfile::TempDir;
use tracefall::analysis::summarize;
use tracefall::ingest::{Limit, Reading, load_as};
use tracefall::summary;

/// The least that can be asked for; every fixture is larger.
const LITTLE: &str = "1MiB";
const SUBJECT: &str = "two-causes";

fn within(limit: &Limit) -> Reading {
    Reading { limit: Some(limit.clone()), ..Reading::default() }
}

#[test]
fn the_limit_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let lines = lines(SUBJECT);
    let whole = Exports::of_lines(std::slice::from_ref(&lines));
    let told = |telemetry| {
        let summary = summarize(telemetry, &settings()).unwrap();
        (summary::write(&summary).unwrap(), report(&summary))
    };
    let expected = told(read(&whole.paths, PARTITIONS).telemetry);
    // From a piece for every block to a few in all.
    for (seed, bytes) in [1, 300_000, 1_000_000].into_iter().enumerate() {
        let mut random = StdRng::seed_from_u64(seed as u64);
        let exports = Exports::of_lines(&dealt(lines.clone(), seed + 1, &mut random));
        let limit = Limit { bytes, folder: folder.path().to_owned() };
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut telemetry =
                pool.install(|| load_as(&exports.paths, &within(&limit), &()).unwrap().telemetry);
            assert!(telemetry.shelf.is_some(), "{bytes} bytes are enough: nothing was tested");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
            // How it was dealt out shows in the counts of files and bytes only.
            telemetry.stats = read(&whole.paths, PARTITIONS).telemetry.stats;
            let same = pool.install(|| told(telemetry)) == expected;
            assert!(same, "{bytes} bytes, {threads} threads");
        }
    }
    let plenty = Limit { bytes: 1 << 40, folder: folder.path().join("none") };
    let telemetry = load_as(&whole.paths, &within(&plenty), &()).unwrap().telemetry;
    assert!(telemetry.shelf.is_none(), "what fits stays in memory, and needs no folder");
    assert!(told(telemetry) == expected);
}

/// A folder for temporary files, and one for the input and the output.
struct Places {
    temporary: TempDir,
    exports: Exports,
}

impl Places {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        Self { temporary, exports: Exports::of_lines(&[lines(SUBJECT)]) }
    }

    fn input(&self) -> &Path {
        &self.exports.paths[0]
    }

    fn program(&self) -> Command {
        let mut command = Command::cargo_bin("tracefall").unwrap();
        command.env("TMPDIR", self.temporary.path()).env("TMP", self.temporary.path());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn analyze(&self, memory: &[&str]) -> Command {
        let mut command = self.program();
        command.arg("analyze").arg(self.input()).args(["--format", "json"]).args(memory);
        command
    }

    fn is_clean(&self) -> bool {
        let folder = self.input().parent().unwrap();
        let entries = |folder: &Path| fs::read_dir(folder).unwrap().count();
        entries(self.temporary.path()) == 0 && entries(folder) == 1
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn runs_side_by_side_do_not_meet() {
    let places = Places::new();
    let expected = places.analyze(&[]).output().unwrap();
    assert!(expected.status.success(), "{}", said(&expected));
    let start = |_| places.analyze(&["--memory", LITTLE]).spawn().unwrap();
    let runs: Vec<Child> = (0..3).map(start).collect();
    for run in runs {
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        assert!(output.stdout == expected.stdout);
        assert_eq!(said(&output), said(&expected));
    }
    assert!(places.is_clean());
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let places = Places::new();
    let missing = places.temporary.path().join("missing");
    let output = places.analyze(&["--memory", LITTLE]).env("TMPDIR", &missing).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("temporary file in ") && said(&output).contains("missing"));
    assert!(output.stdout.is_empty());
}

#[cfg(unix)]
mod unix {
    use std::io::Write;
    use std::os::unix::process::ExitStatusExt;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use super::*;

    /// A limit on the size of files stands in for a full disk: the system refuses the write.
    #[test]
    fn a_full_disk_is_told_and_left_as_it_was() {
        let places = Places::new();
        let program = places.program();
        let script = "trap '' XFSZ; ulimit -f 64; exec \"$@\"";
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "sh"]).arg(program.get_program());
        shell.arg("summarize").arg(places.input()).arg("-o");
        shell.arg(places.exports.free("week.summary")).args(["--memory", LITTLE]);
        shell.env("TMPDIR", places.temporary.path());
        let output = shell.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).starts_with("error: cannot put records into a temporary file in "));
        assert!(places.is_clean());
    }

    /// Waits until the program has a file without a name, which is where records go.
    #[cfg(target_os = "linux")]
    fn spills(child: &mut Child) {
        let files = format!("/proc/{}/fd", child.id());
        let deadline = Instant::now() + Duration::from_secs(60);
        let nameless = || {
            let links = fs::read_dir(&files).ok()?.flatten();
            let target = |entry: fs::DirEntry| fs::read_link(entry.path()).ok();
            links.filter_map(target).find(|to| to.to_string_lossy().ends_with("(deleted)"))
        };
        while nameless().is_none() {
            assert!(child.try_wait().unwrap().is_none(), "the program ended early");
            assert!(Instant::now() < deadline, "nothing is put on disk");
            sleep(Duration::from_millis(5));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_signal_ends_it_and_leaves_nothing() {
        for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1), ("KILL", 9)] {
            let places = Places::new();
            let mut command = places.program();
            command.args(["summarize", "-", "--memory", LITTLE, "-o"]);
            let draft_remains = name == "KILL";
            command.arg(places.exports.free("week.summary")).stdin(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let mut input = child.stdin.take().unwrap();
            input.write_all(&fs::read(places.input()).unwrap()).unwrap();
            input.flush().unwrap();
            spills(&mut child);
            let pid = child.id().to_string();
            assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
            let status = child.wait().unwrap();
            // What shells report as 128 and this number: 130 for an interrupt.
            assert_eq!(status.signal(), Some(number), "{status}");
            assert_eq!(fs::read_dir(places.temporary.path()).unwrap().count(), 0);
            assert!(draft_remains || places.is_clean(), "{name} left a draft");
            drop(input);
        }
    }
}
