//! The folders of `fixtures/`: exports with what is true of them.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

/// Where all of them are.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The names of all folders, sorted.
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root())
        .expect("the repository has fixtures")
        .filter_map(|entry| entry.ok().filter(|entry| entry.path().is_dir()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The text of a fixture's file, however it is stored.
pub fn stored(scenario: &str, name: &str) -> String {
    let folder = root().join(scenario);
    let read = |suffix: &str| fs::read(folder.join(format!("{name}{suffix}"))).ok();
    let bytes = if let Some(packed) = read(".zst") {
        zstd::decode_all(packed.as_slice()).expect("valid Zstandard")
    } else if let Some(packed) = read(".gz") {
        let mut bytes = Vec::new();
        GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("valid gzip");
        bytes
    } else {
        read("").unwrap_or_else(|| panic!("{scenario} has no {name}; run the generator"))
    };
    String::from_utf8(bytes).expect("fixtures are UTF-8")
}
