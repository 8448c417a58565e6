//! Which files there are to read.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use crate::model::{Loss, LossKind, Place};

use super::compression::Stream;

/// A file or stream to read.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// Its path as the user gave it or the walk found it; `-` is standard input.
    pub(super) name: Arc<str>,
    /// The index of the path on the command line that led to it.
    pub(super) argument: usize,
    /// Whether the user named it, rather than a folder above it.
    pub(super) named: bool,
    /// Its size as stored, if known.
    pub(super) size: u64,
    path: PathBuf,
}

impl Source {
    /// Opens it.
    pub(super) fn open(&self) -> io::Result<Stream> {
        if &*self.name == "-" {
            Ok(Box::new(io::stdin()))
        } else {
            let file = File::open(&self.path).map_err(|why| told(why, &self.name))?;
            Ok(Box::new(file))
        }
    }
}

/// Of a URL, more than that there is no such file.
fn told(why: io::Error, name: &str) -> io::Error {
    let letters =
        |scheme: &str| !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric());
    match name.split_once("://") {
        Some((scheme, _)) if letters(scheme) && why.kind() == io::ErrorKind::NotFound => {
            let text =
                format!("{scheme}:// is not read: copy it to a folder first, or pipe it in (-)");
            io::Error::new(why.kind(), text)
        }
        _ => why,
    }
}

/// The files behind `paths`, folders walked in order of name, and what could not be walked.
/// Links inside folders are not followed: what they point to would be read twice.
pub(super) fn discover(paths: &[PathBuf]) -> (Vec<Source>, Vec<Loss>) {
    let mut sources = Vec::new();
    let mut losses = Vec::new();
    for (argument, path) in paths.iter().enumerate() {
        if !path.is_dir() {
            sources.push(source(path, argument, true));
            continue;
        }
        for entry in WalkDir::new(path).sort_by_file_name() {
            match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    sources.push(source(entry.path(), argument, false));
                }
                Ok(_) => {}
                Err(error) => losses.push(Loss {
                    file: error.path().unwrap_or(path).display().to_string(),
                    place: Place::File,
                    kind: LossKind::UnreadableFile,
                    reason: error
                        .io_error()
                        .map_or_else(|| "cannot be walked".to_owned(), ToString::to_string),
                }),
            }
        }
    }
    (sources, losses)
}

fn source(path: &Path, argument: usize, named: bool) -> Source {
    Source {
        name: Arc::from(path.display().to_string()),
        argument,
        named,
        size: std::fs::metadata(path).map_or(0, |data| data.len()),
        path: path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_told_from_a_missing_file() {
        let reason = |path: &str| {
            let (sources, _) = discover(&[PathBuf::from(path)]);
            sources[0].open().map(drop).unwrap_err().to_string()
        };
        assert!(reason("s3://bucket/a.jsonl").starts_with("s3:// is not read"));
        assert!(reason("https://h.example/a?sig=hush").ends_with("(-)"));
        for path in ["missing.jsonl", "://x", "a b://x"] {
            assert!(!reason(path).contains("is not read"), "{path}");
        }
    }
}
