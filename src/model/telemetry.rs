//! What ingest hands on: partitions of records with the tables that name their strings.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    LinkRecord, LogRecord, Nanos, Peer, Resource, SpanRecord, Sym, SymbolTable, Table, Tag, TagsId,
};

/// The strings, resources and peers that records point into.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Strings.
    pub symbols: SymbolTable,
    /// Resources, by [`super::ResourceId`].
    pub resources: Table<Resource>,
    /// Peers, by [`super::PeerId`]; the first is "none".
    pub peers: Table<Peer>,
    /// Lists of tags, by [`super::TagsId`]; the first is the empty one.
    pub tags: Table<Tag>,
}

impl Default for Tables {
    fn default() -> Self {
        let mut peers = Table::default();
        peers.intern(Peer::default());
        let mut tags = Table::default();
        tags.intern(Tag::default());
        Self { symbols: SymbolTable::default(), resources: Table::default(), peers, tags }
    }
}

impl Tables {
    /// A list with one tag more.
    pub fn tag(&mut self, rest: TagsId, key: &str, value: &str) -> TagsId {
        let (key, value) = (self.symbols.intern(key), self.symbols.intern(value));
        TagsId(self.tags.intern(Tag { key, value, rest }))
    }

    /// The tags of a list as (key, value).
    pub fn tags_of(&self, id: TagsId) -> impl Iterator<Item = (Sym, Sym)> + '_ {
        super::tag::walk(&self.tags, id)
    }
}

/// Whole traces: all records whose trace id hashes to one partition, in no particular order.
/// Log records without a trace id are in the first.
#[derive(Clone, Debug, Default)]
pub struct Partition {
    /// Spans.
    pub spans: Vec<SpanRecord>,
    /// Log records.
    pub logs: Vec<LogRecord>,
    /// Span links.
    pub links: Vec<LinkRecord>,
}

/// Partitions that are kept elsewhere because memory is short.
pub trait Shelf: Debug + Send + Sync {
    /// How many there are.
    fn partitions(&self) -> usize;

    /// Brings one back, in no particular order; as often as it is asked for.
    ///
    /// # Errors
    /// If it cannot be read.
    fn fetch(&self, partition: usize) -> io::Result<Partition>;
}

/// Everything that was read.
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    /// The tables behind the records.
    pub tables: Tables,
    /// The records, partitioned by trace id; none if they are on a shelf.
    pub partitions: Vec<Partition>,
    /// Where the records are if they did not fit in memory.
    pub shelf: Option<Arc<dyn Shelf>>,
    /// What was read and what was lost.
    pub stats: InputStats,
}

/// Counts of what was read and lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputStats {
    /// Files (or streams) in which telemetry was recognised.
    pub files: u64,
    /// Files of walked folders that hold no telemetry and were passed over.
    pub files_skipped: u64,
    /// Bytes read, as stored.
    pub bytes: u64,
    /// Spans decoded, duplicates included.
    pub spans: u64,
    /// Log records decoded.
    pub log_records: u64,
    /// Metric data points or metrics recognised and left aside.
    pub metrics: u64,
    /// The earliest time of any record.
    pub from: Nanos,
    /// The latest time of any record.
    pub to: Nanos,
    /// How often each kind of loss happened.
    pub losses: BTreeMap<LossKind, u64>,
    /// The first losses, file by file in order of place, as examples; bounded.
    pub examples: Vec<Loss>,
}

/// What can be lost or repaired while reading. The order is that of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// A file named by the user or found in a folder could not be opened or read.
    UnreadableFile,
    /// A named file holds no telemetry.
    NotTelemetry,
    /// The file ends inside a record, a frame or a compressed block.
    TruncatedTail,
    /// A line or JSON value that is not JSON, or JSON that is not OTLP where OTLP was expected.
    BadLine,
    /// A length-prefixed frame or protobuf message that does not decode.
    BadFrame,
    /// Bytes that are not UTF-8 and were replaced.
    InvalidUtf8,
    /// A span without a usable trace or span id.
    InvalidIds,
    /// A span whose end lies before its start, or with no times at all; kept, with no duration.
    InvalidTime,
    /// A kind, status or severity outside its range; kept as "unspecified".
    InvalidEnum,
    /// A record that could not be understood and was dropped.
    BadRecord,
    /// A trace of which the backend that it comes from says that it has more.
    PartialTrace,
}

impl LossKind {
    /// The name used in reports: that of the JSON key.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnreadableFile => "unreadable_file",
            Self::NotTelemetry => "not_telemetry",
            Self::TruncatedTail => "truncated_tail",
            Self::BadLine => "bad_line",
            Self::BadFrame => "bad_frame",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::InvalidIds => "invalid_ids",
            Self::InvalidTime => "invalid_time",
            Self::InvalidEnum => "invalid_enum",
            Self::BadRecord => "bad_record",
            Self::PartialTrace => "partial_trace",
        }
    }

    /// Every kind, in the order of reports.
    pub const ALL: [Self; 11] = [
        Self::UnreadableFile,
        Self::NotTelemetry,
        Self::TruncatedTail,
        Self::BadLine,
        Self::BadFrame,
        Self::InvalidUtf8,
        Self::InvalidIds,
        Self::InvalidTime,
        Self::InvalidEnum,
        Self::BadRecord,
        Self::PartialTrace,
    ];
}

/// Where in a file something was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A line, from 1.
    Line(u64),
    /// An offset in the (decompressed) bytes, from 0.
    Byte(u64),
}

/// One loss, for the eyes of the user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Loss {
    /// The path as the user gave it or the walk found it; `-` is stdin.
    pub file: String,
    /// Where.
    pub place: Place,
    /// What.
    pub kind: LossKind,
    /// Why, in words.
    pub reason: String,
}

impl InputStats {
    /// How many examples of losses are kept.
    pub const EXAMPLES: usize = 20;

    /// Adds the counts of another part of the same input. Commutative and associative.
    pub fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.files_skipped += other.files_skipped;
        self.bytes += other.bytes;
        self.spans += other.spans;
        self.log_records += other.log_records;
        self.metrics += other.metrics;
        if self.from == Nanos(0) || (other.from != Nanos(0) && other.from < self.from) {
            self.from = other.from;
        }
        self.to = self.to.max(other.to);
        for (kind, count) in other.losses {
            *self.losses.entry(kind).or_default() += count;
        }
        self.examples.extend(other.examples);
        self.examples.sort();
        self.examples.truncate(Self::EXAMPLES);
    }

    /// Widens the time range by a record's time.
    pub fn see(&mut self, time: Nanos) {
        if time != Nanos(0) {
            if self.from == Nanos(0) || time < self.from {
                self.from = time;
            }
            self.to = self.to.max(time);
        }
    }

    /// Losses in total.
    pub fn lost(&self) -> u64 {
        self.losses.values().sum()
    }
}

/// The first bytes of a saved summary, by which ingest tells one from an export.
pub const SUMMARY_MAGIC: [u8; 8] = *b"\x89tfsum\r\n";
