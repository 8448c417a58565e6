//! Threads that read and decode.
//!
//! A file being read is a lane. A worker takes a lane, reads one block, puts the lane back for
//! the others and decodes the block: so one large file keeps all workers busy, many small ones
//! are read side by side, and no more blocks are held than there are workers.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::model::{LossKind, Place, SUMMARY_MAGIC};

use super::batch::Batch;
use super::blocks::{Block, Blocks, ReadLoss, Sizes};
use super::compression::{Stream, peel};
use super::formats::{Decoding, FORMATS};
use super::load::Reading;
use super::progress::Progress;
use super::report::{FileReport, Formatted, Verdict};
use super::source::Source;
use super::store::{Store, Translation};

/// What all workers share.
pub(super) struct Crew<'a> {
    sources: &'a [Source],
    store: &'a Store,
    progress: &'a dyn Progress,
    sizes: Sizes,
    reading: &'a Reading,
    state: Mutex<State>,
    changed: Condvar,
    summaries: Mutex<Vec<(usize, Vec<u8>)>>,
    /// One for each source.
    verdicts: Mutex<Vec<Option<Verdict>>>,
    /// Why it makes no sense to go on.
    broken: OnceLock<io::Error>,
}

#[derive(Default)]
struct State {
    lanes: VecDeque<Lane>,
    /// The next source to open.
    next: usize,
    /// Lanes that a worker is opening or reading from.
    held: usize,
}

struct Lane {
    file: Arc<Shared>,
    blocks: Blocks,
    decoding: Decoding,
}

/// A file's account. It is closed when the last holder, lane or block, lets go.
struct Shared {
    index: usize,
    report: Mutex<FileReport>,
    stored: Arc<AtomicU64>,
}

/// What became of each file, and the saved summaries by file.
type Findings = (Vec<Verdict>, Vec<(usize, Vec<u8>)>);

enum Job {
    Open(usize),
    Read(Lane),
}

impl<'a> Crew<'a> {
    /// A crew for `sources`.
    pub(super) fn new(
        sources: &'a [Source],
        store: &'a Store,
        progress: &'a dyn Progress,
        sizes: Sizes,
        reading: &'a Reading,
    ) -> Self {
        Self {
            sources,
            store,
            progress,
            sizes,
            reading,
            state: Mutex::default(),
            changed: Condvar::new(),
            summaries: Mutex::default(),
            verdicts: Mutex::new(sources.iter().map(|_| None).collect()),
            broken: OnceLock::new(),
        }
    }

    /// Works until nothing is left; to be called once on each thread.
    pub(super) fn work(&self) {
        let mut batch = Batch::wanting(&self.reading.dimensions, &self.reading.probes);
        let mut translation = Translation::default();
        let mut spare = Vec::new();
        while let Some(job) = self.next_job() {
            let (file, block) = match job {
                Job::Open(index) => match self.open(index) {
                    (file, Some(lane)) => {
                        self.put_back(Some(lane));
                        self.close_if_done(file);
                        continue;
                    }
                    (file, None) => {
                        self.put_back(None);
                        self.close_if_done(file);
                        continue;
                    }
                },
                Job::Read(mut lane) => {
                    let block =
                        lane.blocks.next(&mut *lane.decoding.cutter, std::mem::take(&mut spare));
                    self.count_bytes(&lane.file);
                    if let Some(loss) = lane.blocks.take_loss() {
                        self.lose(&lane.file, loss);
                    }
                    let file = Arc::clone(&lane.file);
                    match block {
                        None => {
                            drop(lane);
                            self.put_back(None);
                            self.close_if_done(file);
                            continue;
                        }
                        Some(block) => {
                            let decode = lane.decoding.decode;
                            self.put_back(Some(lane));
                            (file, (decode, block))
                        }
                    }
                }
            };
            spare = self.decode(&file, block, &mut batch);
            let absorbed = self.store.absorb(&mut batch, &mut translation);
            self.close_if_done(file);
            if let Err(error) = absorbed {
                // The others stop at their next block.
                let _ = self.broken.set(error);
                return;
            }
        }
    }

    /// The verdicts on all files and the summaries among them, in order of the sources.
    ///
    /// # Errors
    /// If records could not be stored.
    pub(super) fn finish(self) -> io::Result<Findings> {
        if let Some(error) = self.broken.into_inner() {
            return Err(error);
        }
        let verdicts = self.verdicts.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut summaries = self.summaries.into_inner().unwrap_or_else(PoisonError::into_inner);
        summaries.sort_by_key(|(index, _)| *index);
        Ok((verdicts.into_iter().map(Option::unwrap_or_default).collect(), summaries))
    }

    fn next_job(&self) -> Option<Job> {
        let mut state = lock(&self.state);
        loop {
            if self.broken.get().is_some() {
                return None;
            }
            if let Some(lane) = state.lanes.pop_front() {
                state.held += 1;
                return Some(Job::Read(lane));
            }
            if state.next < self.sources.len() {
                state.next += 1;
                state.held += 1;
                return Some(Job::Open(state.next - 1));
            }
            if state.held == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put_back(&self, lane: Option<Lane>) {
        let mut state = lock(&self.state);
        state.held -= 1;
        state.lanes.extend(lane);
        drop(state);
        self.changed.notify_all();
    }

    fn open(&self, index: usize) -> (Arc<Shared>, Option<Lane>) {
        let source = &self.sources[index];
        let file = Arc::new(Shared { index, report: Mutex::default(), stored: Arc::default() });
        let stored = Arc::clone(&file.stored);
        let stream = source.open().and_then(|inner| peel(Box::new(Counting { inner, stored })));
        let stream: Stream = match stream {
            Ok(stream) => stream,
            Err(error) => {
                self.lose(
                    &file,
                    ReadLoss {
                        place: Place::File,
                        kind: LossKind::UnreadableFile,
                        reason: error.to_string(),
                    },
                );
                return (file, None);
            }
        };
        let mut blocks = Blocks::new(stream, self.sizes);
        let (head, whole) = blocks.head();
        lock(&file.report).begins(head);
        if head.starts_with(&SUMMARY_MAGIC) {
            self.keep_summary(&file, &mut blocks);
            return (file, None);
        }
        let decoding = FORMATS.iter().find_map(|format| (format.recognise)(head, whole));
        let blank = head.iter().all(u8::is_ascii_whitespace);
        self.count_bytes(&file);
        let Some(decoding) = decoding else {
            let loss = blocks.take_loss().or_else(|| {
                (!blank).then(|| ReadLoss {
                    place: Place::File,
                    kind: LossKind::NotTelemetry,
                    reason: "no OTLP".to_owned(),
                })
            });
            if let Some(loss) = loss {
                self.lose(&file, loss);
            }
            return (file, None);
        };
        lock(&file.report).formatted =
            if decoding.sure { Formatted::Surely } else { Formatted::Perhaps };
        let lane = Lane { file: Arc::clone(&file), blocks, decoding };
        (file, Some(lane))
    }

    fn keep_summary(&self, file: &Arc<Shared>, blocks: &mut Blocks) {
        let rest = blocks.rest();
        self.count_bytes(file);
        match (blocks.take_loss(), rest) {
            (None, Some(block)) => {
                lock(&file.report).summary = true;
                lock(&self.summaries).push((file.index, block.bytes));
            }
            (loss, _) => {
                if let Some(loss) = loss {
                    self.lose(file, loss);
                }
            }
        }
    }

    /// Decodes a block and gives its memory back.
    fn decode(
        &self,
        file: &Shared,
        (decode, block): (fn(&Block, &mut Batch), Block),
        batch: &mut Batch,
    ) -> Vec<u8> {
        batch.begin(Arc::clone(&self.sources[file.index].name));
        decode(&block, batch);
        let stats = std::mem::take(&mut batch.stats);
        let signals = std::mem::take(&mut batch.signals);
        let mut report = lock(&file.report);
        report.stats.merge(stats);
        report.signals.merge(signals);
        block.bytes
    }

    fn lose(&self, file: &Shared, loss: ReadLoss) {
        let mut report = lock(&file.report);
        report.unreadable |= loss.kind == LossKind::UnreadableFile;
        report.lose(&self.sources[file.index], loss);
    }

    fn count_bytes(&self, file: &Shared) {
        let read = file.stored.swap(0, Ordering::Relaxed);
        if read > 0 {
            lock(&file.report).stats.bytes += read;
            self.progress.advance(read);
        }
    }

    fn close_if_done(&self, file: Arc<Shared>) {
        // The one who gets the value out of the Arc is the last to hold it.
        if let Some(file) = Arc::into_inner(file) {
            let report = file.report.into_inner().unwrap_or_else(PoisonError::into_inner);
            let verdict = report.verdict(&self.sources[file.index]);
            lock(&self.verdicts)[file.index] = Some(verdict);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts what is read below all compression.
struct Counting {
    inner: Stream,
    stored: Arc<AtomicU64>,
}

impl Read for Counting {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.stored.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
