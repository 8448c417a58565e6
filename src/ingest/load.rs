//! The way in.

use std::io;
use std::path::PathBuf;
use std::thread;

use crate::model::{InputStats, Loss, LossKind, Place, Telemetry};

use super::access::Access;
use super::address::shown;
use super::blocks::Sizes;
use super::limit::Limit;
use super::progress::Progress;
use super::report::Verdict;
use super::semantics::{Dimensions, Probes};
use super::source::{Source, discover};
use super::store::Store;
use super::workers::Crew;

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Spans and log records, partitioned by trace, and the account of every loss.
    pub telemetry: Telemetry,
    /// Saved summaries among the files: path and bytes as stored (decompressed), in the order
    /// in which the paths were given.
    pub summaries: Vec<(String, Vec<u8>)>,
    /// Why named files (or folders) were of no use, in the order in which they were given.
    /// Each is also among the losses.
    pub named_failures: Vec<Loss>,
    /// How many files held spans, log records, a summary, or were valid and empty. If this is
    /// zero and something named failed, nothing could be read.
    pub recognised: u64,
}

/// Why nothing was even tried.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// No path was given.
    #[error("no input was named")]
    NoInput,
    /// The system refused every thread.
    #[error("cannot start a thread to read with: {0}")]
    Threads(#[source] io::Error),
    /// Memory is short, and the records that do not fit could not be written.
    #[error("cannot put records into a temporary file in {folder}: {why}")]
    Spill {
        /// Where to.
        folder: String,
        /// What the system says.
        #[source]
        why: io::Error,
    },
}

/// How to read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Into so many partitions, at least one; a limit chooses for itself.
    pub partitions: usize,
    /// A bound on memory: records that do not fit are put on disk.
    pub limit: Option<Limit>,
    /// Attributes that are read beside those that always are.
    pub dimensions: Dimensions,
    /// Callers that are told from others; by default none.
    pub probes: Probes,
    /// What opens object stores.
    pub access: Access,
}

/// Reads all of `paths` (`-` is standard input, folders are walked, URLs asked for), recognising
/// everything by content, into so many partitions. Uses as many threads as rayon's current pool has.
///
/// # Errors
/// Never because of what is in a file, nor because one cannot be opened: those are losses.
pub fn load(
    paths: &[PathBuf],
    partitions: usize,
    progress: &dyn Progress,
) -> Result<Loaded, IngestError> {
    load_as(paths, &Reading { partitions, ..Reading::default() }, progress)
}

/// [`load`] as it is told to.
///
/// # Errors
/// Also if there is a bound on memory, and records that do not fit cannot be put on disk.
pub fn load_as(
    paths: &[PathBuf],
    reading: &Reading,
    progress: &dyn Progress,
) -> Result<Loaded, IngestError> {
    let limit = reading.limit.as_ref();
    let partitions = limit.map_or(reading.partitions, Limit::partitions);
    load_with(
        paths,
        Store::new(partitions, limit.cloned()),
        progress,
        rayon::current_num_threads(),
        limit.map_or_else(Sizes::default, Limit::sizes),
        reading,
    )
}

/// [`load`] with what tests vary.
pub(super) fn load_with(
    paths: &[PathBuf],
    store: Store,
    progress: &dyn Progress,
    threads: usize,
    sizes: Sizes,
    reading: &Reading,
) -> Result<Loaded, IngestError> {
    if paths.is_empty() {
        return Err(IngestError::NoInput);
    }
    let (sources, unwalked) = discover(paths, &reading.access);
    progress.total(sources.iter().map(|source| source.size).sum());
    let crew = Crew::new(&sources, &store, progress, sizes, reading);
    thread::scope(|scope| {
        let mut started = Ok(());
        let mut running = 0;
        for _ in 0..threads.max(1) {
            let worker = thread::Builder::new().name("ingest".to_owned());
            match worker.spawn_scoped(scope, || crew.work()) {
                Ok(_) => running += 1,
                Err(error) => started = Err(error),
            }
        }
        match started {
            Err(error) if running == 0 => Err(IngestError::Threads(error)),
            _ => Ok(()),
        }
    })?;
    let folder = store.folder();
    let spilling = |why| IngestError::Spill { folder: folder.display().to_string(), why };
    let (verdicts, summaries) = crew.finish().map_err(&spilling)?;
    let mut loaded = Loaded {
        telemetry: store.into_telemetry().map_err(&spilling)?,
        summaries: summaries
            .into_iter()
            .map(|(index, bytes)| (sources[index].name.to_string(), bytes))
            .collect(),
        ..Loaded::default()
    };
    account(&mut loaded, paths, &sources, verdicts, unwalked);
    Ok(loaded)
}

fn account(
    loaded: &mut Loaded,
    paths: &[PathBuf],
    sources: &[Source],
    verdicts: Vec<Verdict>,
    unwalked: Vec<Loss>,
) {
    let mut useful = vec![false; paths.len()];
    let mut failures: Vec<(usize, Loss)> = Vec::new();
    let stats = &mut loaded.telemetry.stats;
    for (source, verdict) in sources.iter().zip(verdicts) {
        stats.merge(verdict.stats);
        loaded.recognised += u64::from(verdict.recognised);
        useful[source.argument] |= verdict.recognised;
        failures.extend(verdict.failure.map(|loss| (source.argument, loss)));
    }
    for loss in unwalked {
        stats.merge(lost(loss));
    }
    for (argument, path) in paths.iter().enumerate() {
        let told = failures.iter().any(|(of, _)| *of == argument);
        if !useful[argument] && !told {
            let loss = Loss {
                file: shown(path),
                place: Place::File,
                kind: LossKind::NotTelemetry,
                reason: "a folder without telemetry".to_owned(),
            };
            stats.merge(lost(loss.clone()));
            failures.push((argument, loss));
        }
    }
    failures.sort();
    loaded.named_failures = failures.into_iter().map(|(_, loss)| loss).collect();
}

fn lost(loss: Loss) -> InputStats {
    InputStats { losses: [(loss.kind, 1)].into(), examples: vec![loss], ..InputStats::default() }
}
