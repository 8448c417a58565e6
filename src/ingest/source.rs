//! Which files there are to read.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use crate::model::{Loss, LossKind, Place};

use super::access::Access;
use super::address::{Address, address, shown};
use super::compression::Stream;
use super::remote::{Object, Remote};

/// A file or stream to read.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// Its path as the user gave it or the walk found it, without secrets; `-` is standard input.
    pub(super) name: Arc<str>,
    /// The index of the path on the command line that led to it.
    pub(super) argument: usize,
    /// Whether the user named it, rather than a folder above it.
    pub(super) named: bool,
    /// Its size as stored, if known.
    pub(super) size: u64,
    origin: Origin,
}

#[derive(Clone, Debug)]
enum Origin {
    Stdin,
    File(PathBuf),
    Object(Object),
    /// Nothing can be read, for this reason.
    Nowhere(String),
}

impl Source {
    /// Opens it.
    pub(super) fn open(&self) -> io::Result<Stream> {
        match &self.origin {
            Origin::Stdin => Ok(Box::new(io::stdin())),
            Origin::File(path) => Ok(Box::new(File::open(path)?)),
            Origin::Object(object) => object.open(),
            Origin::Nowhere(why) => Err(io::Error::new(io::ErrorKind::NotFound, why.as_str())),
        }
    }
}

/// The files behind `paths`, folders walked in order of name, and what could not be walked.
/// Links inside folders are not followed: what they point to would be read twice. Objects below
/// a URL are listed as a folder is walked.
pub(super) fn discover(paths: &[PathBuf], access: &Access) -> (Vec<Source>, Vec<Loss>) {
    let remote = Remote::new(access);
    let mut sources = Vec::new();
    let mut losses = Vec::new();
    for (argument, path) in paths.iter().enumerate() {
        match address(path) {
            Address::Local => walk(path, argument, &mut sources, &mut losses),
            Address::Url(url) => match remote.find(url) {
                Ok(found) => sources.extend(found.into_iter().map(|one| object(one, argument))),
                Err(why) => sources.push(nowhere(path, argument, why)),
            },
            Address::Unknown(scheme) => {
                let why = format!(
                    "{scheme}:// is not read: copy it to a folder first, or pipe it in (-)"
                );
                sources.push(nowhere(path, argument, why));
            }
        }
    }
    (sources, losses)
}

fn walk(path: &Path, argument: usize, sources: &mut Vec<Source>, losses: &mut Vec<Loss>) {
    if !path.is_dir() {
        sources.push(source(path, argument, true));
        return;
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

fn source(path: &Path, argument: usize, named: bool) -> Source {
    Source {
        name: Arc::from(path.display().to_string()),
        argument,
        named,
        size: std::fs::metadata(path).map_or(0, |data| data.len()),
        origin: if path.as_os_str() == "-" { Origin::Stdin } else { Origin::File(path.to_owned()) },
    }
}

fn object(object: Object, argument: usize) -> Source {
    Source {
        name: Arc::from(object.name.as_str()),
        argument,
        named: object.named,
        size: object.size,
        origin: Origin::Object(object),
    }
}

fn nowhere(path: &Path, argument: usize, why: String) -> Source {
    Source {
        name: Arc::from(shown(path)),
        argument,
        named: true,
        size: 0,
        origin: Origin::Nowhere(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(path: &str) -> String {
        let (sources, _) = discover(&[PathBuf::from(path)], &Access::default());
        sources[0].open().map(drop).unwrap_err().to_string()
    }

    #[test]
    fn a_url_is_told_from_a_missing_file() {
        assert!(reason("ftp://h.example/a?sig=hush").starts_with("ftp:// is not read"));
        for path in ["missing.jsonl", "://x", "a b://x"] {
            assert!(!reason(path).contains("is not read"), "{path}");
        }
    }

    #[test]
    #[cfg(not(feature = "object-store"))]
    fn a_build_without_object_stores_says_how_to_get_one() {
        for path in ["s3://bucket/a.jsonl", "https://h.example/a?sig=hush"] {
            let reason = reason(path);
            assert!(reason.contains(":// is not read by this build"), "{reason}");
            assert!(reason.contains("--features object-store"), "{reason}");
        }
    }

    #[test]
    fn no_secret_is_in_a_name() {
        for path in ["https://me:hush@h.example:1/", "ftp://me:hush@h/a", "s3:///a?sig=hush"] {
            let (sources, _) = discover(&[PathBuf::from(path)], &Access::default());
            assert!(!format!("{sources:?}").contains("hush"), "{sources:?}");
            assert!(sources[0].named);
        }
    }
}
