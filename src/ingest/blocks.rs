//! Cutting a stream into blocks of whole lines, objects or frames.

use std::io::{self, Read};

use crate::model::{LossKind, Place};

/// A run of whole units, and where in the (decompressed) stream they are.
#[derive(Debug)]
pub(super) struct Block {
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// The offset of the first byte.
    pub(super) offset: u64,
    /// The number of the first line, from 1.
    pub(super) line: u64,
    /// Nothing follows, so the last unit may be cut off.
    pub(super) last: bool,
}

/// Where a format allows a cut.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// After so many bytes; 0 if more are needed first.
    After(usize),
    /// So many bytes are whole; what follows cannot be read, nor anything after it.
    Lost(usize, &'static str),
}

/// Finds the last place in a buffer at which it may be cut.
pub(super) trait Cutter: Send {
    /// `bytes` begin at the last cut; the first `seen` of them were shown before.
    fn cut(&mut self, bytes: &[u8], seen: usize) -> Cut;
}

/// How much is read at once, and how much one unit may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Bytes a block.
    pub(super) block: usize,
    /// Bytes that a line, object or frame may have.
    pub(super) unit: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { block: 4 << 20, unit: 1 << 30 }
    }
}

/// What formats are recognised by, at least.
const HEAD: usize = 1 << 16;

/// A loss that reading itself met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReadLoss {
    /// Where.
    pub(super) place: Place,
    /// What.
    pub(super) kind: LossKind,
    /// Why.
    pub(super) reason: String,
}

/// Reads a stream block by block.
pub(super) struct Blocks {
    reader: Box<dyn Read + Send>,
    sizes: Sizes,
    /// What was read, and behind it room for more that is initialised already.
    buffer: Vec<u8>,
    filled: usize,
    offset: u64,
    line: u64,
    ended: bool,
    /// It ended before its end. Not asked of `loss`, which may have been told by then.
    broken: bool,
    loss: Option<ReadLoss>,
}

impl Blocks {
    /// Over a stream.
    pub(super) fn new(reader: Box<dyn Read + Send>, sizes: Sizes) -> Self {
        Self {
            reader,
            sizes,
            buffer: Vec::new(),
            filled: 0,
            offset: 0,
            line: 1,
            ended: false,
            broken: false,
            loss: None,
        }
    }

    /// The first bytes, and whether they are all there are. Consumes nothing.
    pub(super) fn head(&mut self) -> (&[u8], bool) {
        self.fill(self.sizes.block.max(HEAD));
        (&self.buffer[..self.filled], self.ended)
    }

    /// The next block; `None` at the end. `spare` takes what is read on after it: memory that
    /// was used before costs less than new one.
    pub(super) fn next(&mut self, cutter: &mut dyn Cutter, spare: Vec<u8>) -> Option<Block> {
        let mut target = self.sizes.block;
        let mut seen = 0;
        loop {
            self.fill(target);
            let shown = target.min(self.filled);
            let end = match cutter.cut(&self.buffer[..shown], seen) {
                Cut::Lost(end, reason) => {
                    self.give_up(end, LossKind::BadFrame, reason.to_owned());
                    end
                }
                Cut::After(_) if self.ended && shown == self.filled => shown,
                Cut::After(0) if shown >= self.sizes.unit => {
                    let reason = format!("longer than {} MiB", self.sizes.unit >> 20);
                    self.give_up(0, LossKind::BadLine, reason);
                    0
                }
                Cut::After(0) => {
                    seen = shown;
                    target = (target * 2).min(self.sizes.unit);
                    continue;
                }
                Cut::After(end) => end,
            };
            return self.take(end, spare);
        }
    }

    /// All the rest as one block, up to the size of a unit.
    pub(super) fn rest(&mut self) -> Option<Block> {
        self.fill(self.sizes.unit);
        if !self.ended {
            self.give_up(0, LossKind::BadFrame, "a file too large to hold".to_owned());
        }
        self.take(self.filled, Vec::new())
    }

    /// What went wrong with reading, told once.
    pub(super) fn take_loss(&mut self) -> Option<ReadLoss> {
        self.loss.take()
    }

    fn fill(&mut self, target: usize) {
        while !self.ended && self.filled < target {
            if self.buffer.is_empty() {
                // Asked for as zeros, memory that is never reached costs nothing.
                self.buffer = vec![0; target.min(self.sizes.block.max(HEAD))];
            } else if self.filled == self.buffer.len() {
                self.buffer.resize(target.min(2 * self.filled), 0);
            }
            let end = target.min(self.buffer.len());
            match self.reader.read(&mut self.buffer[self.filled..end]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.broken = true;
                    let place = Place::Byte(self.offset + self.filled as u64);
                    self.loss.get_or_insert(read_loss(&error, place));
                }
            }
        }
    }

    fn take(&mut self, end: usize, mut spare: Vec<u8>) -> Option<Block> {
        if end == 0 {
            return None;
        }
        // A block for one long line is not kept in memory for its own sake.
        if spare.capacity() > 2 * self.sizes.block {
            spare = Vec::new();
        }
        let rest = &self.buffer[end..self.filled];
        self.filled = rest.len();
        if spare.len() < rest.len() {
            spare.resize(rest.len(), 0);
        }
        spare[..rest.len()].copy_from_slice(rest);
        self.buffer.truncate(end);
        let bytes = std::mem::replace(&mut self.buffer, spare);
        let block = Block {
            offset: self.offset,
            line: self.line,
            last: self.ended && self.filled == 0 && !self.broken,
            bytes,
        };
        self.offset += end as u64;
        self.line += memchr::memchr_iter(b'\n', &block.bytes).count() as u64;
        Some(block)
    }

    fn give_up(&mut self, end: usize, kind: LossKind, reason: String) {
        self.ended = true;
        self.broken = true;
        self.filled = end;
        self.loss.get_or_insert(ReadLoss {
            place: Place::Byte(self.offset + end as u64),
            kind,
            reason,
        });
    }
}

fn read_loss(error: &io::Error, place: Place) -> ReadLoss {
    let (kind, reason) = match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            (LossKind::TruncatedTail, "the input ends inside a compressed block".to_owned())
        }
        // The decoders' ways of saying that the data is damaged; zstd's have no kind.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
            (LossKind::BadFrame, format!("damaged compressed data: {error}"))
        }
        _ => (LossKind::UnreadableFile, error.to_string()),
    };
    ReadLoss { place, kind, reason }
}
