//! Partitions in one temporary file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{Partition, Shelf};

use super::codec::{Fields, Stored};

/// Written and read at once.
const CHUNK: usize = 1 << 20;

/// Partitions in pieces, in the order in which they were put away.
#[derive(Debug)]
pub(in crate::ingest) struct DiskShelf {
    file: Mutex<File>,
    partitions: Vec<Vec<Piece>>,
    end: u64,
}

/// A part of a partition.
#[derive(Clone, Copy, Debug)]
struct Piece {
    offset: u64,
    spans: u32,
    logs: u32,
    links: u32,
}

impl Piece {
    fn bytes(self) -> usize {
        let size = |count: u32, each: usize| count as usize * each;
        size(self.spans, SPAN) + size(self.logs, LOG) + size(self.links, LINK)
    }
}

const SPAN: usize = <crate::model::SpanRecord as Stored>::SIZE;
const LOG: usize = <crate::model::LogRecord as Stored>::SIZE;
const LINK: usize = <crate::model::LinkRecord as Stored>::SIZE;

impl DiskShelf {
    /// An empty one for so many partitions, in a file without a name in `folder`: nobody else
    /// can open it, and the system takes it back however the process ends.
    pub(in crate::ingest) fn new(folder: &Path, partitions: usize) -> io::Result<Self> {
        let file = Mutex::new(tempfile::tempfile_in(folder)?);
        Ok(Self { file, partitions: vec![Vec::new(); partitions], end: 0 })
    }

    /// Puts the records of all partitions away and frees their memory.
    pub(in crate::ingest) fn put(&mut self, partitions: &mut [Partition]) -> io::Result<()> {
        let mut end = self.end;
        let mut file = lock(&self.file);
        file.seek(SeekFrom::Start(end))?;
        let mut waiting = Vec::with_capacity(CHUNK + SPAN);
        for (pieces, partition) in self.partitions.iter_mut().zip(partitions) {
            let Partition { spans, logs, links } = std::mem::take(partition);
            // A count beyond 2^32 would take 300 GB of memory first.
            let count = |n: usize| u32::try_from(n).map_err(|_| io::ErrorKind::FileTooLarge);
            let piece = Piece {
                offset: end,
                spans: count(spans.len())?,
                logs: count(logs.len())?,
                links: count(links.len())?,
            };
            write(&spans, &mut waiting, &mut file)?;
            write(&logs, &mut waiting, &mut file)?;
            write(&links, &mut waiting, &mut file)?;
            end += piece.bytes() as u64;
            if piece.bytes() > 0 {
                pieces.push(piece);
            }
        }
        file.write_all(&waiting)?;
        drop(file);
        self.end = end;
        Ok(())
    }
}

fn write<T: Stored>(records: &[T], waiting: &mut Vec<u8>, file: &mut File) -> io::Result<()> {
    for record in records {
        record.store(waiting);
        if waiting.len() >= CHUNK {
            file.write_all(waiting)?;
            waiting.clear();
        }
    }
    Ok(())
}

impl Shelf for DiskShelf {
    fn partitions(&self) -> usize {
        self.partitions.len()
    }

    fn fetch(&self, partition: usize) -> io::Result<Partition> {
        let pieces = &self.partitions[partition];
        let total = |count: fn(&Piece) -> u32| pieces.iter().map(|p| count(p) as usize).sum();
        let mut whole = Partition {
            spans: Vec::with_capacity(total(|p| p.spans)),
            logs: Vec::with_capacity(total(|p| p.logs)),
            links: Vec::with_capacity(total(|p| p.links)),
        };
        let mut bytes = Vec::new();
        for piece in pieces {
            bytes.resize(piece.bytes(), 0);
            {
                let mut file = lock(&self.file);
                file.seek(SeekFrom::Start(piece.offset))?;
                file.read_exact(&mut bytes)?;
            }
            let mut fields = Fields(&bytes);
            read(piece.spans, &mut fields, &mut whole.spans)?;
            read(piece.logs, &mut fields, &mut whole.logs)?;
            read(piece.links, &mut fields, &mut whole.links)?;
        }
        Ok(whole)
    }
}

fn read<T: Stored>(count: u32, from: &mut Fields<'_>, into: &mut Vec<T>) -> io::Result<()> {
    for _ in 0..count {
        into.push(T::load(from)?);
    }
    Ok(())
}

fn lock(file: &Mutex<File>) -> MutexGuard<'_, File> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use crate::model::{LinkRecord, LogRecord, Nanos, SpanId, SpanRecord, TraceId};

    use super::*;

    fn partition(from: u64, spans: u64) -> Partition {
        let span = |n| SpanRecord { id: SpanId::new(n), ..SpanRecord::default() };
        let log = LogRecord { time: Nanos(from), ..LogRecord::default() };
        let link = LinkRecord {
            trace: TraceId::from_halves(from, 1),
            span: SpanId::new(from),
            to_trace: TraceId::NONE,
            to_span: SpanId::NONE,
        };
        let spans = (from..from + spans).map(span).collect();
        Partition { spans, logs: vec![log], links: vec![link; 2] }
    }

    #[test]
    fn pieces_of_partitions_come_back_together_and_leave_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let mut shelf = DiskShelf::new(folder.path(), 3).unwrap();
        // More than is written at once.
        let many = (CHUNK / SPAN * 2) as u64;
        let mut first = [partition(1, many), Partition::default(), partition(2, 0)];
        let mut second = [partition(many, 5), Partition::default(), Partition::default()];
        let (a, b) = (first.clone(), second.clone());
        shelf.put(&mut first).unwrap();
        shelf.put(&mut second).unwrap();
        assert!(first.iter().chain(&second).all(|p| p.spans.capacity() == 0));
        for _ in 0..2 {
            let back = shelf.fetch(0).unwrap();
            assert!(back.spans.iter().eq(a[0].spans.iter().chain(&b[0].spans)));
            assert_eq!(back.logs, [a[0].logs[0], b[0].logs[0]]);
            assert_eq!(back.links.len(), 4);
        }
        assert!(shelf.fetch(1).unwrap().spans.is_empty());
        assert_eq!(shelf.fetch(2).unwrap().logs, a[2].logs);
        assert_eq!(shelf.partitions(), 3);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(DiskShelf::new(&folder.path().join("none"), 1).is_err());
    }
}
