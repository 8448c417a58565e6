//! Spans and log records as a decoder found them, before their meaning is read.
//!
//! Every format fills the same drafts, so that what a record means is decided once.

use std::borrow::Cow;

use crate::model::{SpanId, SpanKind, SpanStatus, TraceId};

use super::{Attributes, Dimensions, Key, Value, evaluation};

/// An id as found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::ingest) enum Found<T> {
    /// Missing, empty or all zero.
    #[default]
    Nothing,
    /// Usable.
    Good(T),
    /// Something that is no id.
    Bad,
}

impl<T: Copy + Default> Found<T> {
    /// The value, or the default ("none").
    pub(in crate::ingest) fn or_none(self) -> T {
        match self {
            Self::Good(value) => value,
            Self::Nothing | Self::Bad => T::default(),
        }
    }
}

/// A span as found.
#[derive(Clone, Debug, Default)]
pub(in crate::ingest) struct SpanDraft<'a> {
    /// `trace_id`.
    pub(in crate::ingest) trace: Found<TraceId>,
    /// `span_id`.
    pub(in crate::ingest) id: Found<SpanId>,
    /// `parent_span_id`.
    pub(in crate::ingest) parent: Found<SpanId>,
    /// `trace_state`.
    pub(in crate::ingest) trace_state: Cow<'a, str>,
    /// `flags`.
    pub(in crate::ingest) flags: u32,
    /// `name`.
    pub(in crate::ingest) name: Cow<'a, str>,
    /// `kind`.
    pub(in crate::ingest) kind: SpanKind,
    /// `start_time_unix_nano`.
    pub(in crate::ingest) start: u64,
    /// `end_time_unix_nano`.
    pub(in crate::ingest) end: u64,
    /// `status.code`.
    pub(in crate::ingest) status: SpanStatus,
    /// `status.message`.
    pub(in crate::ingest) message: Cow<'a, str>,
    /// A kind or status that the protocol does not know was found.
    pub(in crate::ingest) bad_enum: bool,
    /// The wanted attributes.
    pub(in crate::ingest) attributes: Attributes<'a>,
    /// The last exception event.
    pub(in crate::ingest) exception: Option<ExceptionDraft<'a>>,
    /// Feature flags that events tell of, with what they were evaluated to; rarely any.
    pub(in crate::ingest) evaluated: Vec<(String, String)>,
    /// Links with usable ids.
    pub(in crate::ingest) links: Vec<(TraceId, SpanId)>,
}

/// A span tells of at most so many feature flags.
const FLAGS: usize = 16;

/// An exception event.
#[derive(Clone, Debug, Default)]
pub(in crate::ingest) struct ExceptionDraft<'a> {
    /// `exception.type`.
    pub(in crate::ingest) kind: Value<'a>,
    /// `exception.message`.
    pub(in crate::ingest) message: Value<'a>,
}

impl<'a> SpanDraft<'a> {
    /// Nothing found yet; attributes that the user asks for are wanted too.
    pub(in crate::ingest) fn wanting(asked: &Dimensions) -> Self {
        Self { attributes: Attributes::wanting(asked), ..Self::default() }
    }

    /// Whether events of this name tell anything of interest.
    pub(in crate::ingest) fn heeds(event: &str) -> bool {
        event == "exception" || event.starts_with("feature_flag")
    }

    /// Takes note of an event; of several exceptions the last counts.
    pub(in crate::ingest) fn event(&mut self, name: &str, attributes: &Attributes<'a>) {
        if name == "exception" {
            self.exception = Some(ExceptionDraft {
                kind: attributes.get(Key::ExceptionType).clone(),
                message: attributes.get(Key::ExceptionMessage).clone(),
            });
        } else if Self::heeds(name) && self.evaluated.len() < FLAGS {
            self.evaluated.extend(evaluation(attributes));
        }
    }

    /// Back to nothing found, keeping the allocations.
    pub(in crate::ingest) fn clear(&mut self) {
        let mut links = std::mem::take(&mut self.links);
        let mut attributes = std::mem::take(&mut self.attributes);
        links.clear();
        attributes.clear();
        *self = Self { attributes, links, ..Self::default() };
    }
}

/// A log record as found.
#[derive(Clone, Debug, Default)]
pub(in crate::ingest) struct LogDraft<'a> {
    /// `trace_id`.
    pub(in crate::ingest) trace: Found<TraceId>,
    /// `span_id`.
    pub(in crate::ingest) span: Found<SpanId>,
    /// `time_unix_nano`.
    pub(in crate::ingest) time: u64,
    /// `observed_time_unix_nano`.
    pub(in crate::ingest) observed: u64,
    /// `severity_number` as found; 0 if it was not given.
    pub(in crate::ingest) severity: u8,
    /// `severity_text`.
    pub(in crate::ingest) severity_text: Cow<'a, str>,
    /// A severity that the protocol does not know was found.
    pub(in crate::ingest) bad_enum: bool,
    /// `body`.
    pub(in crate::ingest) body: BodyDraft<'a>,
    /// `event_name`.
    pub(in crate::ingest) event_name: Cow<'a, str>,
    /// The wanted attributes.
    pub(in crate::ingest) attributes: Attributes<'a>,
}

/// A log record's body.
#[derive(Clone, Debug, Default)]
pub(in crate::ingest) struct BodyDraft<'a> {
    /// The text: a scalar body, or the value under the most telling key of a structured one.
    pub(in crate::ingest) text: Value<'a>,
    /// The rank of the key that `text` came from; see [`super::body_key_rank`].
    pub(in crate::ingest) rank: u8,
    /// The keys of a structured body.
    pub(in crate::ingest) keys: Vec<Cow<'a, str>>,
}

impl<'a> BodyDraft<'a> {
    /// Takes note of one entry of a structured body.
    pub(in crate::ingest) fn entry(&mut self, key: Cow<'a, str>, value: Value<'a>) {
        let rank = super::body_key_rank(&key);
        if rank > self.rank && value.text().is_some() {
            self.rank = rank;
            self.text = value;
        }
        // More keys than this tell no more, and a hostile body must not cost memory.
        if self.keys.len() < 32 {
            self.keys.push(key);
        }
    }
}

impl LogDraft<'_> {
    /// Back to nothing found, keeping the allocations.
    pub(in crate::ingest) fn clear(&mut self) {
        let mut attributes = std::mem::take(&mut self.attributes);
        attributes.clear();
        *self = Self { attributes, ..Self::default() };
    }
}
