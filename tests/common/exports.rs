//! Exports as files, taken apart and put together in other ways.

use std::fs;
use std::path::{Path, PathBuf};

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::fixtures::stored;

/// A folder of export files that is removed in the end.
pub struct Exports {
    folder: TempDir,
    /// The files, in the order in which they are to be named.
    pub paths: Vec<PathBuf>,
}

impl Exports {
    /// Writes one file for each list of lines.
    pub fn of_lines(files: &[Vec<String>]) -> Self {
        let files = files.iter().map(|lines| lines.join("\n") + "\n");
        Self::of_bytes(files.map(String::into_bytes))
    }

    /// Writes one file for each of these.
    pub fn of_bytes(files: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let folder = tempfile::tempdir().expect("a place for temporary files");
        let write = |(number, bytes)| {
            let path = folder.path().join(format!("{number}.jsonl"));
            fs::write(&path, bytes).expect("room for temporary files");
            path
        };
        let paths = files.into_iter().enumerate().map(write).collect();
        Self { folder, paths }
    }

    /// A path for a file that is not there yet.
    pub fn free(&self, name: &str) -> PathBuf {
        Path::new(self.folder.path()).join(name)
    }
}

/// The lines of a fixture: one resource a line, spans and log records together.
pub fn lines(scenario: &str) -> Vec<String> {
    let texts = ["traces.jsonl", "logs.jsonl"].map(|name| stored(scenario, name));
    texts.iter().flat_map(|text| text.lines()).flat_map(resources).collect()
}

/// One request as one request for each resource.
fn resources(line: &str) -> Vec<String> {
    let request: Value = serde_json::from_str(line).expect("a line of JSON");
    let alone = |(key, items): (&String, &Value)| {
        let items = items.as_array().cloned().unwrap_or_default();
        items.into_iter().map(|item| json!({ key: [item] }).to_string()).collect::<Vec<_>>()
    };
    request.as_object().into_iter().flatten().flat_map(alone).collect()
}

/// The lines in another order, dealt out to so many files.
pub fn dealt(mut lines: Vec<String>, files: usize, random: &mut StdRng) -> Vec<Vec<String>> {
    lines.shuffle(random);
    let mut dealt = vec![Vec::new(); files];
    for line in lines {
        dealt[random.random_range(0..files)].push(line);
    }
    dealt
}

/// The same lines, so many nanoseconds later.
pub fn later(lines: &[String], nanos: u64) -> Vec<String> {
    const MARK: &str = "UnixNano\":\"";
    let shifted = |line: &String| {
        let mut parts = line.split(MARK);
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find('"').expect("a time is a string");
            let time: u64 = part[..end].parse().expect("a time is a number");
            text += &format!("{MARK}{}{}", time + nanos, &part[end..]);
        }
        text
    };
    lines.iter().map(shifted).collect()
}
