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
            Ok(Box::new(File::open(&self.path)?))
        }
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
