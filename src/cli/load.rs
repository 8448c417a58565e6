//! From paths to one summary: the only place that calls the readers.

use std::env;
use std::path::{Path, PathBuf};

use crate::analysis::{Settings, summarize};
use crate::compare::Run;
use crate::ingest::{self, Access, IngestError, Limit, Loaded, Reading};
use crate::model::{InputStats, Loss};
use crate::summary::{self, Summary};

use super::Error;
use super::diagnostics::{Diagnostics, place};
use super::progress::Meter;

/// Traces are spread over so many parts for each thread, so that one large part does not
/// leave the other threads idle and a part's records fit near the processor. The result does
/// not depend on it.
const PARTS_PER_THREAD: usize = 16;

/// What was read.
pub struct Input {
    /// Exports and saved summaries as one.
    pub summary: Summary,
    /// Named files that could not be used though others could.
    pub failures: Vec<Loss>,
}

/// Reads exports and saved summaries.
///
/// # Errors
/// If nothing at all could be read, or if a saved summary is damaged.
pub fn load(
    paths: &[PathBuf],
    memory: Option<u64>,
    settings: &Settings,
    meter: &Meter,
    diagnostics: &mut Diagnostics,
) -> Result<Input, Error> {
    let loaded = read(paths, memory, settings, meter)?;
    diagnostics.failures(&loaded.named_failures);
    fold(loaded, settings, meter, diagnostics)
}

/// Reads one path as a run of its own, or as several: every saved summary of a folder that holds
/// nothing else.
///
/// # Errors
/// As [`load`].
pub fn load_runs(
    path: &Path,
    memory: Option<u64>,
    settings: &Settings,
    meter: &Meter,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<Run>, Error> {
    let loaded = read(&[path.to_owned()], memory, settings, meter)?;
    diagnostics.failures(&loaded.named_failures);
    let set = loaded.summaries.len() > 1 && !holds_exports(&loaded);
    if set {
        let run = |(file, bytes): &(String, Vec<u8>)| {
            Ok(Run { label: file.clone(), summary: unpack(file, bytes)? })
        };
        return loaded.summaries.iter().map(run).collect();
    }
    let input = fold(loaded, settings, meter, diagnostics)?;
    Ok(vec![Run { label: ingest::shown(path), summary: input.summary }])
}

/// Without exports beside them, saved summaries speak for themselves.
fn holds_exports(loaded: &Loaded) -> bool {
    loaded.telemetry.stats.files > 0 || loaded.telemetry.stats.lost() > 0
}

fn unpack(file: &str, bytes: &[u8]) -> Result<Summary, Error> {
    summary::read(bytes).map_err(|e| Error::Input(format!("{file}: {e}")))
}

fn read(
    paths: &[PathBuf],
    memory: Option<u64>,
    settings: &Settings,
    meter: &Meter,
) -> Result<Loaded, Error> {
    let reading = Reading {
        partitions: rayon::current_num_threads().saturating_mul(PARTS_PER_THREAD),
        limit: memory.map(|bytes| Limit { bytes, folder: env::temp_dir() }),
        dimensions: settings.dimensions.clone(),
        probes: settings.probes.clone(),
        access: Access::of(variables()),
    };
    let mut loaded = ingest::load_as(paths, &reading, meter).map_err(|error| match error {
        IngestError::Spill { .. } => Error::Temporary(error.to_string()),
        other => Error::Input(other.to_string()),
    })?;
    refuse_nothing(&loaded)?;
    discount(&mut loaded.telemetry.stats, &loaded.summaries);
    Ok(loaded)
}

/// Of the environment, what is text.
fn variables() -> impl Iterator<Item = (String, String)> {
    env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
}

fn fold(
    loaded: Loaded,
    settings: &Settings,
    meter: &Meter,
    diagnostics: &mut Diagnostics,
) -> Result<Input, Error> {
    meter.phase("joining traces");
    let exports = holds_exports(&loaded);
    let Loaded { telemetry, summaries, named_failures, .. } = loaded;
    if !summaries.is_empty() && (settings.from.is_some() || settings.to.is_some()) {
        diagnostics.warning("--from and --to do not reach into saved summaries");
    }
    let mut whole = if exports || summaries.is_empty() {
        let unread = |why| {
            let folder = env::temp_dir();
            let folder = folder.display();
            Error::Temporary(format!("cannot read a temporary file in {folder}: {why}"))
        };
        Some(summarize(telemetry, settings).map_err(unread)?)
    } else {
        None
    };
    for (file, bytes) in &summaries {
        let saved = unpack(file, bytes)?;
        whole = Some(match whole {
            Some(whole) => join(whole, saved, file, diagnostics),
            None => saved,
        });
    }
    Ok(Input { summary: whole.unwrap_or_default(), failures: named_failures })
}

/// A saved summary brings the account of the files that it was made of: its own is not one more.
fn discount(stats: &mut InputStats, summaries: &[(String, Vec<u8>)]) {
    let bytes: usize = summaries.iter().map(|(_, bytes)| bytes.len()).sum();
    stats.files = stats.files.saturating_sub(summaries.len() as u64);
    stats.bytes = stats.bytes.saturating_sub(bytes as u64);
}

fn join(whole: Summary, saved: Summary, file: &str, diagnostics: &mut Diagnostics) -> Summary {
    let twice = summary::overlap(&whole, &saved);
    if twice > 0 {
        diagnostics.warning(&format!("{file} holds traces that other input holds too"));
    }
    summary::merge(whole, saved)
}

/// Named files that hold nothing are an error only if there is nothing else to work on.
fn refuse_nothing(loaded: &Loaded) -> Result<(), Error> {
    if loaded.recognised > 0 || loaded.named_failures.is_empty() {
        return Ok(());
    }
    let reasons: Vec<String> = loaded.named_failures.iter().take(5).map(place).collect();
    Err(Error::Input(reasons.join("; ")))
}
