//! Where results go: standard output, or a file that is either whole or not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;

use anstream::{AutoStream, ColorChoice};

use crate::report::Options;

use super::screen::Screen;
use super::{Error, signals};

/// A place for one result.
#[derive(Debug)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// A file that takes its name when it is complete.
    File(Draft),
    /// A pipe or device, which has no draft.
    Device(PathBuf),
}

impl Output {
    /// Prepares the place. Done before the work, so that hours are not lost to a typing error.
    ///
    /// # Errors
    /// If it cannot be written to.
    pub fn open(path: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            return Ok(Self::Stdout);
        };
        match fs::metadata(path) {
            Ok(meta) if !meta.is_file() && !meta.is_dir() => Ok(Self::Device(path.to_owned())),
            _ => Draft::new(path).map(Self::File).map_err(|why| failed(path, why)),
        }
    }

    /// How to write there.
    pub fn options(&self, screen: &Screen) -> Options {
        match self {
            Self::Stdout => screen.on_stdout(),
            Self::File(_) | Self::Device(_) => screen.in_file(),
        }
    }

    /// Writes the result.
    ///
    /// # Errors
    /// If that fails.
    pub fn write(self, result: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
        match self {
            Self::Stdout => to_stdout(result).map_err(|why| failed("standard output", why)),
            Self::Device(path) => {
                let written = File::create(&path).and_then(|file| buffered(file, result));
                written.map(drop).map_err(|why| failed(&path, why))
            }
            Self::File(draft) => {
                let path = draft.path.clone();
                draft.finish(result).map_err(|why| failed(&path, why))
            }
        }
    }
}

fn failed(to: impl AsRef<Path>, why: io::Error) -> Error {
    Error::Output { to: to.as_ref().display().to_string(), why }
}

fn to_stdout(result: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // Colours were decided with the options; this only translates them for old consoles.
    let stdout = AutoStream::new(io::stdout().lock(), ColorChoice::Always);
    buffered(stdout, result).map(drop)
}

fn buffered<W: Write>(
    to: W,
    result: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<W> {
    let mut out = BufWriter::new(to);
    result(&mut out)?;
    out.flush()?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

/// A file under a name of its own, beside the one that it replaces when it is complete.
/// Dropped before that, it disappears.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    draft: PathBuf,
    file: Option<File>,
}

impl Draft {
    fn new(path: &Path) -> io::Result<Self> {
        // A link stays a link: its target is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.part", process::id()));
        let draft = path.with_file_name(hidden);
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).open(&draft)?;
        signals::remove_on_signal(&draft);
        Ok(Self { path, draft, file: Some(file) })
    }

    fn finish(mut self, result: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        let file = buffered(file, result)?;
        // Whoever chose stricter or wider permissions for the old file meant the new one too.
        if let Ok(old) = fs::metadata(&self.path) {
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&self.draft, &self.path)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After the renaming there is nothing left under this name.
        let _ = fs::remove_file(&self.draft);
        signals::forget(&self.draft);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_whole_or_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        let output = Output::open(Some(&path)).unwrap();
        output.write(|out| out.write_all(b"first")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first");

        let output = Output::open(Some(&path)).unwrap();
        let failing = output.write(|out| {
            out.write_all(b"second")?;
            Err(io::Error::other("disk on fire"))
        });
        assert_eq!(failing.unwrap_err().code(), 2);
        drop(Output::open(Some(&path)).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(names(folder.path()), ["report"]);
    }

    #[test]
    fn a_place_that_cannot_be_is_known_before_the_work() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Output::open(Some(folder.path())).is_err());
        assert!(Output::open(Some(&folder.path().join("none/report"))).is_err());
    }
}
