//! From paths to one summary: the only place that calls the readers.

use std::path::PathBuf;

use crate::analysis::{Settings, summarize};
use crate::ingest::{self, Loaded};
use crate::model::Loss;
use crate::summary::{self, Summary};

use super::Error;
use super::diagnostics::{Diagnostics, place};
use super::progress::Meter;

/// Traces are spread over so many parts for each thread, so that one large part does not
/// leave the other threads idle. The result does not depend on it.
const PARTS_PER_THREAD: usize = 4;

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
    settings: &Settings,
    meter: &Meter,
    diagnostics: &mut Diagnostics,
) -> Result<Input, Error> {
    let partitions = rayon::current_num_threads().saturating_mul(PARTS_PER_THREAD);
    let loaded = ingest::load(paths, partitions, meter).map_err(|e| Error::Input(e.to_string()))?;
    refuse_nothing(&loaded)?;
    diagnostics.failures(&loaded.named_failures);

    meter.phase("joining traces");
    let Loaded { telemetry, summaries, named_failures, .. } = loaded;
    // Without exports beside them, saved summaries speak for themselves.
    let exports = telemetry.stats.files > 0 || summaries.is_empty();
    let mut whole = exports.then(|| summarize(telemetry, settings));
    for (file, bytes) in &summaries {
        let saved = summary::read(bytes).map_err(|e| Error::Input(format!("{file}: {e}")))?;
        whole = Some(match whole {
            Some(whole) => join(whole, saved, file, diagnostics),
            None => saved,
        });
    }
    Ok(Input { summary: whole.unwrap_or_default(), failures: named_failures })
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
