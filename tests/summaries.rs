//! Saved summaries of every format that was ever written stay readable.
//!
//! `tests/summaries/` holds one file of each, made by the last version that wrote it. They are
//! never made again.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tracefall::model::SUMMARY_MAGIC;
use tracefall::summary::{self, Provenance};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/summaries")
}

fn run(args: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("tracefall").unwrap().args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn there_is_a_file_of_every_format_up_to_the_one_written() {
    let written = summary::write(&summary::Summary::default()).unwrap();
    let number = written[SUMMARY_MAGIC.len()];
    for format in 2..=number {
        let bytes = fs::read(folder().join(format!("v{format}.summary"))).unwrap();
        assert_eq!(bytes[SUMMARY_MAGIC.len()], format);
    }
}

#[test]
fn a_file_of_every_format_is_read_and_analysed() {
    let mut seen = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let summary = summary::read(&fs::read(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(summary.coverage.traces > 50 && !summary.digests.is_empty());
        assert!(!summary.calls.rows().is_empty() && !summary.catalog.instances.is_empty());
        // Saved again it is of today's format, and says the same.
        assert_eq!(summary::read(&summary::write(&summary).unwrap()).as_ref(), Ok(&summary));
        let (code, out, err) =
            run(&["analyze", path.to_str().unwrap(), "--format", "json", "--threads", "1"]);
        assert_eq!((code, err.as_str()), (0, ""));
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(report["verdict"], "incident", "{}", path.display());
        assert_eq!(report["candidates"][0]["service"], "ledger", "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 2);
}

/// What a format did not hold is unknown, not a default that was never checked.
#[test]
fn what_format_2_did_not_keep_is_not_made_up() {
    let old = summary::read(&fs::read(folder().join("v2.summary")).unwrap()).unwrap();
    assert_eq!(old.made, Provenance::default());
    let new = summary::read(&fs::read(folder().join("v3.summary")).unwrap()).unwrap();
    assert_eq!(new.made.settings["errors-4xx"].iter().collect::<Vec<_>>(), ["client"]);
}

#[test]
fn every_command_that_reads_exports_reads_summaries() {
    let path = folder().join("v2.summary");
    let path = path.to_str().unwrap();
    let saved = tempfile::tempdir().unwrap();
    let again = saved.path().join("again.summary");
    let again = again.to_str().unwrap();
    let (_, report, _) = run(&["analyze", path, "--format", "json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    let trace = report["candidates"][0]["exemplars"][0].as_str().unwrap();
    let edge = &report["cascade"]["edges"][0];
    let edge = format!("{},{}", edge["to"].as_str().unwrap(), edge["from"].as_str().unwrap());
    for args in [
        &["graph", path][..],
        &["trace", trace, path],
        &["whatif", path, "--edge", &edge, "--pattern", "timeout=250ms"],
        &["summarize", path, "--output", again],
        &["analyze", path, "--baseline", path],
    ] {
        let (code, _, err) = run(args);
        assert_eq!(code, 0, "{args:?}: {err}");
    }
    assert_eq!(run(&["analyze", path]).1, run(&["analyze", again]).1);
}

#[test]
fn a_summary_that_cannot_be_read_says_which_and_why() {
    let bytes = fs::read(folder().join("v3.summary")).unwrap();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("baseline.summary");
    let path = file.to_str().unwrap();
    let told = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        let (code, out, err) = run(&["analyze", path]);
        assert_eq!((code, out.as_str()), (3, ""));
        assert!(err.contains("baseline.summary"), "{err}");
        err
    };
    assert!(told(&bytes[..bytes.len() / 2]).contains("the summary is damaged"));
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 4;
    assert!(told(&flipped).contains("the summary is damaged"));
    let mut newer = bytes;
    newer[SUMMARY_MAGIC.len()] = 4;
    let newer = told(&newer);
    assert!(newer.contains("made by a newer tracefall (format 4; this one reads 2 to 3)"));
}
