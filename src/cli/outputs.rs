//! Several results at once: one place, or a folder with a file for each.

use std::fs;
use std::path::Path;

use crate::analysis::Analysis;
use crate::report::{Format, Options};

use super::Error;
use super::output::Output;
use super::screen::Screen;

/// Where each format goes.
pub struct Outputs<T: 'static = Analysis>(Vec<(&'static Format<T>, Output)>);

impl<T> Outputs<T> {
    /// Prepares all places, so that hours are not lost to a typing error.
    ///
    /// # Errors
    /// If one of them cannot be written to, or several formats have no folder to go to.
    pub fn open(formats: &[&'static Format<T>], path: Option<&Path>) -> Result<Self, Error> {
        let mut wanted: Vec<&'static Format<T>> = Vec::new();
        for format in formats {
            if !wanted.iter().any(|known| known.id == format.id) {
                wanted.push(format);
            }
        }
        let folder = path.filter(|path| wanted.len() > 1 || path.is_dir());
        let Some(folder) = folder else {
            let [format] = wanted[..] else {
                let reason = "several formats need a folder to go to: --output DIR";
                return Err(Error::Usage(reason.to_owned()));
            };
            return Ok(Self(vec![(format, Output::open(path)?)]));
        };
        fs::create_dir_all(folder)
            .map_err(|why| Error::Output { to: folder.display().to_string(), why })?;
        let open = |format: &'static Format<T>| {
            Ok((format, Output::open(Some(&folder.join(format.file)))?))
        };
        wanted.into_iter().map(open).collect::<Result<_, Error>>().map(Self)
    }

    /// Writes the subject everywhere.
    ///
    /// # Errors
    /// If that fails.
    pub fn write(
        self,
        subject: &T,
        screen: &Screen,
        wishes: impl Fn(Options) -> Options,
    ) -> Result<(), Error> {
        for (format, output) in self.0 {
            let options = wishes(output.options(screen));
            output.write(|out| format.write(subject, &options, out))?;
        }
        Ok(())
    }
}
