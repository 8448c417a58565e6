//! `analyze --remember`: keeps an incident in the history.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs};

use crate::analysis::{Analysis, Settings};
use crate::history::{
    Access, Change, Contents, Direction, History, HistoryError, Imprint, KeptSettings, Likeness,
    Record,
};
use crate::model::Nanos;
use crate::report::{Options, likeness_told, write_json};
use crate::summary::{self, Summary};

use super::Error;
use super::diagnostics::Diagnostics;
use super::history_args::Remember;

/// A place in the history for what is being analysed.
#[derive(Debug)]
pub struct Memory<'a> {
    path: PathBuf,
    args: &'a Remember,
}

impl<'a> Memory<'a> {
    /// Prepares the place, if one is wanted, so that hours are not lost to a typing error.
    ///
    /// # Errors
    /// If nothing can be kept there.
    pub fn open(args: &'a Remember) -> Result<Option<Self>, Error> {
        let Some(file) = &args.remember else { return Ok(None) };
        let path = place(file.as_deref())?;
        prepare(file.as_deref(), &path)?;
        // One that is there is looked at before the work; one that is not begins with an incident.
        if path.exists() {
            open(&path, Access::Begin)?;
        }
        Ok(Some(Self { path, args }))
    }

    /// Keeps the incident, if there is one, and tells what is known of it.
    ///
    /// # Errors
    /// If that cannot be done.
    pub fn keep(
        &self,
        analysis: &Analysis,
        summary: &Summary,
        baseline: Option<&Summary>,
        settings: &Settings,
    ) -> Result<Vec<String>, Error> {
        let Some(imprint) = Imprint::of(analysis) else {
            return Ok(vec!["there is no incident to remember".to_owned()]);
        };
        let words = |text: &Option<String>| text.clone().unwrap_or_default();
        let record = Record {
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            label: words(&self.args.label),
            note: words(&self.args.note),
            settings: KeptSettings::of(settings),
            imprint,
            report: contract(analysis),
            summary: Some(packed(summary)?),
            baseline: baseline.map(packed).transpose()?,
        };
        let mut history = open(&self.path, Access::Begin)?;
        let broken = |why| Error::History { path: self.path.clone(), why };
        let now = self.args.now.unwrap_or_else(now);
        let (id, change) = history.remember(&record, now).map_err(broken)?;
        let entries = history.entries().map_err(broken)?;
        let path = self.path.display();
        let mut told = vec![match change {
            Change::Added => format!("remembered as incident {id} in {path}"),
            Change::Updated => format!("incident {id} in {path} was known, and is replaced"),
            Change::Unchanged => format!("incident {id} in {path} was known, and says the same"),
        }];
        if let Some(likeness) = Likeness::of(&entries, id) {
            told.push(likeness_told(&likeness, &Options::default()));
        }
        for trend in Contents::of(entries).trends {
            if trend.direction == Direction::Growing {
                told.push(format!(
                    "incidents grow: {}, see tracefall history list",
                    trend.title.to_lowercase()
                ));
            }
        }
        Ok(told)
    }
}

/// Says what was remembered, or why it was not.
///
/// # Errors
/// If it was not.
pub fn tell(
    kept: Option<Result<Vec<String>, Error>>,
    diagnostics: &mut Diagnostics,
) -> Result<(), Error> {
    for line in kept.transpose()?.unwrap_or_default() {
        diagnostics.note(&line);
    }
    Ok(())
}

/// The report as JSON of the contract.
pub fn contract(analysis: &Analysis) -> String {
    let mut bytes = Vec::new();
    // Nothing that is written to memory fails, and JSON is text.
    let _ = write_json(analysis, &mut bytes);
    String::from_utf8(bytes).unwrap_or_default()
}

fn packed(summary: &Summary) -> Result<Vec<u8>, Error> {
    summary::write(summary).map_err(|why| Error::Output { to: "the history".to_owned(), why })
}

/// Opens a history.
///
/// # Errors
/// If it cannot be used.
pub fn open(path: &Path, access: Access) -> Result<History, Error> {
    let failed = |why: HistoryError| Error::History { path: path.to_owned(), why };
    History::open(path, access).map_err(failed)
}

/// Where the history is: in the file that was given, or in the user's data.
///
/// # Errors
/// If there is no place for the user's data.
pub fn place(given: Option<&Path>) -> Result<PathBuf, Error> {
    if let Some(path) = given {
        return Ok(path.to_owned());
    }
    let folder =
        |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // The specification of XDG has relative paths ignored.
    let data = folder("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let home = || Some(env::home_dir()?.join(".local/share"));
    let data = data.or_else(|| folder("LOCALAPPDATA")).or_else(home);
    let missing =
        || Error::Usage("there is no home folder for a history: give --history".to_owned());
    Ok(data.ok_or_else(missing)?.join("tracefall").join("history.db"))
}

/// Makes the folder in the user's data; where a file was given, its folder must be there.
///
/// # Errors
/// If there cannot be such a folder.
pub fn prepare(given: Option<&Path>, path: &Path) -> Result<(), Error> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    if given.is_some() {
        let missing = || Error::Usage(format!("{} is no folder", folder.display()));
        return if folder.is_dir() { Ok(()) } else { Err(missing()) };
    }
    fs::create_dir_all(folder)
        .map_err(|why| Error::Output { to: folder.display().to_string(), why })
}

/// The time of the system's clock.
pub fn now() -> Nanos {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // To the second: it is read by people.
    Nanos(since.as_secs().saturating_mul(1_000_000_000))
}
