//! Kills at any moment, files of every version, media that cannot be written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tracefall::history::SCHEMA;

use super::{Home, SCENARIOS, dozen, said, saved};

/// Kills of each loop, spread evenly over the time that a run takes.
const KILLS: u32 = 16;

fn program() -> PathBuf {
    assert_cmd::cargo::cargo_bin("tracefall")
}

/// Runs to the end, or for so long.
fn run_for(home: &Home, args: &[&str], time: Option<Duration>) {
    let mut command = Command::new(program());
    command.env("XDG_DATA_HOME", home.path("")).args(args);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    if let Some(time) = time {
        sleep(time);
        // SIGKILL where there are signals; it may be over already.
        let _ = child.kill();
    }
    child.wait().unwrap();
}

fn begin_with(home: &Home, bytes: &[u8]) {
    fs::create_dir_all(home.file().parent().unwrap()).unwrap();
    fs::write(home.file(), bytes).unwrap();
}

/// An import is one transaction: whenever it is killed, all of it is there or nothing.
#[test]
fn a_killed_import_leaves_all_or_nothing() {
    let first = Home::new();
    first.remember(SCENARIOS[0].0, &[]);
    let before = fs::read(first.file()).unwrap();
    let lines = first.path("dozen.jsonl");
    fs::write(&lines, dozen().must(&["history", "export"])).unwrap();
    let import = ["history", "import", lines.to_str().unwrap()];
    let begun = Instant::now();
    run_for(&first, &import, None);
    let whole = begun.elapsed();
    let mut seen = Vec::new();
    for kill in 0..=KILLS {
        let home = Home::new();
        begin_with(&home, &before);
        run_for(&home, &import, (kill < KILLS).then(|| whole * kill / (KILLS - 1)));
        let exported = home.must(&["history", "export"]);
        let count = exported.lines().count();
        assert!(count == 1 || count == SCENARIOS.len(), "{count} after kill {kill}");
        seen.push(count);
    }
    assert_eq!((seen[0], seen[KILLS as usize]), (1, SCENARIOS.len()), "{seen:?}");
}

/// So is an incident that is remembered, into a file that begins with it.
#[test]
fn a_killed_run_leaves_whole_incidents() {
    let export = saved(SCENARIOS[1].0);
    let analyze = ["analyze", export.to_str().unwrap(), "--remember"];
    let home = Home::new();
    let begun = Instant::now();
    run_for(&home, &analyze, None);
    let whole = begun.elapsed();
    let kept = home.must(&["history", "show", "1"]);
    for kill in 0..KILLS {
        let home = Home::new();
        // Most of the time goes into the analysis: the end is where it is written.
        run_for(&home, &analyze, Some(whole / 2 + whole * kill / (2 * KILLS - 2)));
        if home.file().exists() {
            for incident in home.list() {
                assert!(home.must(&["history", "show", &incident["id"].to_string()]) == kept);
            }
        }
        run_for(&home, &analyze, None);
        assert_eq!(home.list().len(), 1, "after kill {kill}");
    }
}

/// The file of a version, made of its dump.
fn of_version(version: u32, path: &Path) {
    let dump = format!("{}/tests/history/v{version}.sql", env!("CARGO_MANIFEST_DIR"));
    let dump =
        fs::read_to_string(&dump).unwrap_or_else(|_| panic!("{dump} is to be kept for ever"));
    let file = rusqlite::Connection::open(path).unwrap();
    file.execute_batch(&dump).unwrap();
    let found: u32 = file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(found, version);
}

fn version(path: &Path) -> u32 {
    let file = rusqlite::Connection::open(path).unwrap();
    file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// A new version of the schema comes with a dump of a file: this test asks for it.
#[test]
fn files_of_every_version_are_read_and_brought_up_to_date() {
    let mut lists = Vec::new();
    for number in 1..=SCHEMA {
        let home = Home::new();
        begin_with(&home, &[]);
        of_version(number, &home.file());
        lists.push(home.list());
        assert_eq!(lists.last().unwrap()[0]["label"], "kept for ever", "version {number}");
        let report = home.must(&["history", "show", "1", "--format", "json"]);
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["candidates"][0]["service"], "checkout", "version {number}");
        assert_eq!(version(&home.file()), SCHEMA);
        home.remember("dead-dependency", &[]);
        assert_eq!(home.list().len(), 2);
    }
    assert!(lists.iter().all(|list| *list == lists[0]));
}

/// On a medium that cannot be written, history is read, also that of an earlier version.
#[cfg(unix)]
#[test]
fn what_cannot_be_written_can_be_read() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;

    const NOBODY: u32 = 65_534;
    let allow = |path: &Path, mode: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let home = Home::new();
    allow(&home.path(""), 0o755);
    // No permission keeps the superuser from writing, so that the program is run as nobody.
    let own = home.path("tracefall.program");
    fs::copy(program(), &own).unwrap();
    let superuser = fs::metadata(&own).unwrap().uid() == 0;
    let run = |args: &[&str]| {
        let mut command = Command::new(&own);
        command.args(args);
        if superuser {
            command.uid(NOBODY).gid(NOBODY);
        }
        said(command.output().unwrap())
    };
    let folder = home.path("medium");
    fs::create_dir(&folder).unwrap();
    for number in 1..=SCHEMA {
        let file = folder.join(format!("v{number}.db"));
        allow(&folder, 0o755);
        of_version(number, &file);
        let before = fs::read(&file).unwrap();
        allow(&file, 0o444);
        allow(&folder, 0o555);
        let path = file.to_str().unwrap();
        let (code, out, err) = run(&["history", "--history", path, "list"]);
        assert!(code == 0 && out.contains("kept for ever"), "version {number}: {code} {err}");
        let (code, out, _) = run(&["history", "--history", path, "show", "1", "--format", "json"]);
        assert!(code == 0 && out.contains("checkout"));
        let (code, _, err) = run(&["history", "--history", path, "annotate", "1", "--label", "x"]);
        assert!(
            code == 2 && err.contains("it cannot be written"),
            "version {number}: {code} {err}"
        );
        assert!(fs::read(&file).unwrap() == before);
    }
    allow(&folder, 0o755);
}
