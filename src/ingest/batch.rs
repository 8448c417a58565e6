//! What one worker has decoded since it last handed records over.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::{
    Cause, InputStats, LinkRecord, LogRecord, Loss, LossKind, Nanos, Peer, PeerId, Place, Resource,
    ResourceId, SpanFlags, SpanId, SpanKind, SpanRecord, SpanStatus, Sym, Tables, TraceId,
    stable_text_hash,
};

use super::emitters::Emitters;
use super::semantics::{
    Attributes, Caller, Clues, Dimensions, Found, Key, LogDraft, Probes, SpanDraft, cause, fold,
    log_text, mask, operation, peer, resource, resource_tags, sampling, severity_text, span_tags,
    status_code, truncate,
};

/// Which signals a piece of input held, by the envelopes seen: an empty one counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Signals {
    /// Spans.
    pub(super) traces: bool,
    /// Log records.
    pub(super) logs: bool,
    /// Metrics.
    pub(super) metrics: bool,
}

impl Signals {
    /// Adds what another piece held.
    pub(super) fn merge(&mut self, other: Self) {
        self.traces |= other.traces;
        self.logs |= other.logs;
        self.metrics |= other.metrics;
    }

    /// Whether nothing was recognised.
    pub(super) fn none(self) -> bool {
        self == Self::default()
    }
}

/// A place in the batch to which a record that turns out broken is rolled back.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    spans: usize,
    logs: usize,
    links: usize,
    stats: InputStats,
    examples: usize,
    signals: Signals,
}

/// Distinct names remembered together with what they fold to, before starting anew.
const FOLDED: usize = 1 << 16;
/// Distinct user agents remembered together with what they say, before starting anew.
const CALLERS: usize = 1 << 12;

/// Stands for a record's resource until the whole of its envelope has been read.
const PENDING: ResourceId = ResourceId(u32::MAX);

/// Records with tables of their own, and the account of the block they came from.
#[derive(Debug)]
pub(super) struct Batch {
    /// The tables behind the records; they outlive the records, so that names stay known.
    pub(super) tables: Tables,
    /// Spans.
    pub(super) spans: Vec<SpanRecord>,
    /// Log records.
    pub(super) logs: Vec<LogRecord>,
    /// Links.
    pub(super) links: Vec<LinkRecord>,
    /// Counts and losses of the current block.
    pub(super) stats: InputStats,
    /// What the current block held.
    pub(super) signals: Signals,
    /// Where the decoder is, for losses.
    pub(super) place: Place,
    /// Resources by how they were written, numbered in `tables`.
    pub(super) emitters: Emitters,
    /// Attributes that the user asks for.
    pub(super) asked: Dimensions,
    probes: Probes,
    callers: FxHashMap<Box<str>, Caller>,
    file: Arc<str>,
    folded: FxHashMap<Box<str>, Sym>,
    masked: String,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            tables: Tables::default(),
            spans: Vec::new(),
            logs: Vec::new(),
            links: Vec::new(),
            stats: InputStats::default(),
            signals: Signals::default(),
            place: Place::File,
            emitters: Emitters::default(),
            asked: Dimensions::default(),
            probes: Probes::default(),
            callers: FxHashMap::default(),
            file: Arc::from(""),
            folded: FxHashMap::default(),
            masked: String::new(),
        }
    }
}

impl Batch {
    /// A batch for which attributes are read that the user asks for, and probes are told.
    pub(super) fn wanting(asked: &Dimensions, probes: &Probes) -> Self {
        Self { asked: asked.clone(), probes: probes.clone(), ..Self::default() }
    }

    /// Begins a block of `file`.
    pub(super) fn begin(&mut self, file: Arc<str>) {
        self.file = file;
        self.place = Place::File;
    }

    /// Counts a loss at the current place.
    pub(super) fn lose(&mut self, kind: LossKind, reason: impl Into<String>) {
        *self.stats.losses.entry(kind).or_default() += 1;
        if self.stats.examples.len() < InputStats::EXAMPLES {
            self.stats.examples.push(Loss {
                file: self.file.to_string(),
                place: self.place,
                kind,
                reason: reason.into(),
            });
        }
    }

    /// Where the batch is now.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            spans: self.spans.len(),
            logs: self.logs.len(),
            links: self.links.len(),
            stats: InputStats {
                losses: self.stats.losses.clone(),
                examples: Vec::new(),
                ..self.stats
            },
            examples: self.stats.examples.len(),
            signals: self.signals,
        }
    }

    /// Forgets everything since `mark`, except for names.
    pub(super) fn roll_back(&mut self, mark: Mark) {
        self.spans.truncate(mark.spans);
        self.logs.truncate(mark.logs);
        self.links.truncate(mark.links);
        let mut examples = std::mem::take(&mut self.stats.examples);
        examples.truncate(mark.examples);
        self.stats = InputStats { examples, ..mark.stats };
        self.signals = mark.signals;
    }

    /// Reads and interns an emitter.
    pub(super) fn resource(&mut self, attributes: &Attributes<'_>) -> ResourceId {
        let names = resource(attributes);
        let tags = resource_tags(attributes, &mut self.tables);
        let symbols = &mut self.tables.symbols;
        let resource = Resource {
            namespace: symbols.intern(&names.namespace),
            name: symbols.intern(&names.name),
            unnamed: names.unnamed,
            instance: symbols.intern(&names.instance),
            version: symbols.intern(&names.version),
            clock: symbols.intern(&names.clock),
            zone: symbols.intern(&names.zone),
            tags,
        };
        ResourceId(self.tables.resources.intern(resource))
    }

    /// Gives the records since (`spans`, `logs`) that have no resource yet this one.
    pub(super) fn settle(&mut self, since: (usize, usize), resource: ResourceId) {
        self.settle_until(since, self.counts(), resource);
    }

    /// The same of those before `until`.
    pub(super) fn settle_until(
        &mut self,
        (spans, logs): (usize, usize),
        until: (usize, usize),
        resource: ResourceId,
    ) {
        for span in &mut self.spans[spans..until.0] {
            if span.resource == PENDING {
                span.resource = resource;
            }
        }
        for log in &mut self.logs[logs..until.1] {
            if log.resource == PENDING {
                log.resource = resource;
            }
        }
    }

    /// How many records there are, for [`Self::settle`].
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.spans.len(), self.logs.len())
    }

    /// Drops the records since (`spans`, `logs`) that never got a resource: nobody read them.
    pub(super) fn drop_pending(&mut self, (spans, logs): (usize, usize)) {
        let before = self.counts();
        let mut index = 0;
        self.spans.retain(|span| {
            index += 1;
            index <= spans || span.resource != PENDING
        });
        index = 0;
        self.logs.retain(|log| {
            index += 1;
            index <= logs || log.resource != PENDING
        });
        let after = self.counts();
        self.stats.spans -= (before.0 - after.0) as u64;
        self.stats.log_records -= (before.1 - after.1) as u64;
    }

    /// Adds a span; [`Self::settle`] must follow.
    pub(super) fn span(&mut self, span: &SpanDraft<'_>) {
        self.stats.spans += 1;
        let (Found::Good(trace), Found::Good(id)) = (span.trace, span.id) else {
            let which = if matches!(span.trace, Found::Good(_)) { "span id" } else { "trace id" };
            return self.lose(LossKind::InvalidIds, format!("a span without a usable {which}"));
        };
        if span.parent == Found::Bad {
            self.lose(LossKind::InvalidIds, "a parent span id that is no id");
        }
        if span.bad_enum {
            self.lose(LossKind::InvalidEnum, "a span kind or status out of range");
        }
        let (start, end) = self.times(span);
        let code = status_code(&span.attributes);
        let exception = span.exception.as_ref();
        let error_type = span.attributes.get(Key::ErrorType).text().unwrap_or_default();
        let exception_type = exception
            .and_then(|e| e.kind.text())
            .or_else(|| span.attributes.get(Key::ExceptionType).text())
            .unwrap_or_default();
        let exception_message = exception
            .and_then(|e| e.message.text())
            .or_else(|| span.attributes.get(Key::ExceptionMessage).text())
            .or_else(|| span.attributes.get(Key::ErrorMessage).text())
            .unwrap_or_default();
        let failed = span.status == SpanStatus::Error
            || exception.is_some()
            || !error_type.is_empty()
            || code.as_http().is_some_and(|code| code >= 400)
            || code.as_grpc().is_some_and(|code| code > 0);
        let cause = if failed {
            cause(&Clues {
                error_type: &error_type,
                exception_type: &exception_type,
                exception_message: &exception_message,
                message: &span.message,
                code,
                exception: exception.is_some() || !exception_type.is_empty(),
                kind: span.kind,
            })
        } else {
            Cause::Unknown
        };
        let error = if error_type.is_empty() { &exception_type } else { &error_type };
        let error = self.tables.symbols.intern(truncate(error));
        let operation = operation(span);
        let record = SpanRecord {
            trace,
            id,
            parent: span.parent.or_none(),
            start,
            end,
            resource: PENDING,
            name: self.folded(&operation),
            peer: self.peer(span),
            error,
            sampling: sampling(span),
            tags: span_tags(span, &operation, &mut self.tables),
            code,
            kind: span.kind,
            status: span.status,
            cause,
            resend: resend(&span.attributes),
            flags: self.flags(span),
        };
        self.stats.see(start);
        self.stats.see(end);
        self.spans.push(record);
        self.links.extend(span.links.iter().map(|(to_trace, to_span)| LinkRecord {
            trace,
            span: id,
            to_trace: *to_trace,
            to_span: *to_span,
        }));
    }

    /// Adds a log record; [`Self::settle`] must follow.
    pub(super) fn log(&mut self, log: &LogDraft<'_>) {
        self.stats.log_records += 1;
        if log.trace == Found::Bad || log.span == Found::Bad {
            self.lose(LossKind::InvalidIds, "a log record whose trace or span id is no id");
        }
        if log.bad_enum {
            self.lose(LossKind::InvalidEnum, "a log severity out of range");
        }
        let time = Nanos(if log.time == 0 { log.observed } else { log.time });
        self.stats.see(time);
        let severity = match log.severity {
            0 => severity_text(&log.severity_text).unwrap_or(0),
            given => given,
        };
        let text = log_text(log);
        mask(&text, &mut self.masked);
        let record = LogRecord {
            trace: log.trace.or_none(),
            span: log.span.or_none(),
            time,
            resource: PENDING,
            body: self.tables.symbols.intern(&self.masked),
            print: stable_text_hash(&text) as u32,
            severity,
        };
        self.logs.push(record);
    }

    fn times(&mut self, span: &SpanDraft<'_>) -> (Nanos, Nanos) {
        let (start, end) = (span.start, span.end);
        let reason = match (start, end) {
            (0, 0) => "a span without times",
            (0, _) => "a span without a start",
            (_, 0) => "a span without an end",
            _ if end < start => "a span that ends before it starts",
            _ => return (Nanos(start), Nanos(end)),
        };
        self.lose(LossKind::InvalidTime, reason);
        let at = Nanos(if start == 0 { end } else { start });
        (at, at)
    }

    fn flags(&mut self, span: &SpanDraft<'_>) -> SpanFlags {
        let told = |key| !span.attributes.get(key).is_absent();
        match told(Key::UserAgent) || told(Key::SyntheticType) {
            true => flags(span).with(self.caller(span)),
            false => flags(span),
        }
    }

    /// What is said of whoever called. A call from inside a trace is somebody else's, by whom
    /// nobody tells an entry.
    #[inline(never)]
    fn caller(&mut self, span: &SpanDraft<'_>) -> SpanFlags {
        if span.kind == SpanKind::Client && matches!(span.parent, Found::Good(_)) {
            return SpanFlags::default();
        }
        let agent = span.attributes.get(Key::UserAgent);
        let synthetic = span.attributes.get(Key::SyntheticType);
        let caller = self.told_by(&agent.text().unwrap_or_default());
        let synthetic = synthetic.text().unwrap_or_default();
        match caller {
            Caller::Kept => SpanFlags::default(),
            _ if self.probes.synthetic.iter().any(|kind| *kind == *synthetic) => {
                SpanFlags::SYNTHETIC
            }
            Caller::Probe => SpanFlags::PROBE,
            Caller::Unknown => SpanFlags::default(),
        }
    }

    fn told_by(&mut self, agent: &str) -> Caller {
        if let Some(known) = self.callers.get(agent) {
            return *known;
        }
        let caller = self.probes.of(agent);
        if self.callers.len() >= CALLERS {
            self.callers.clear();
        }
        self.callers.insert(Box::from(agent), caller);
        caller
    }

    fn folded(&mut self, raw: &str) -> Sym {
        if let Some(known) = self.folded.get(raw) {
            return *known;
        }
        let sym = match fold(raw) {
            Some(folded) => self.tables.symbols.intern(truncate(&folded)),
            None => self.tables.symbols.intern(truncate(raw)),
        };
        if self.folded.len() >= FOLDED {
            self.folded.clear();
        }
        self.folded.insert(Box::from(raw), sym);
        sym
    }

    fn peer(&mut self, span: &SpanDraft<'_>) -> PeerId {
        let Some(names) = peer(span) else {
            return PeerId::NONE;
        };
        let symbols = &mut self.tables.symbols;
        let peer = Peer {
            kind: names.kind,
            name: symbols.intern(truncate(&names.name)),
            namespace: symbols.intern(&names.namespace),
            database: symbols.intern(&names.database),
            system: symbols.intern(&names.system),
        };
        PeerId(self.tables.peers.intern(peer))
    }

    /// Forgets the names once there are more than are worth keeping; the records must have
    /// been handed over. Says whether it did.
    pub(super) fn forget_names(&mut self, limit: usize) -> bool {
        let full = self.tables.symbols.len() > limit;
        if full {
            self.tables = Tables::default();
            self.emitters = Emitters::default();
            self.folded = FxHashMap::default();
        }
        full
    }
}

fn resend(attributes: &Attributes<'_>) -> u8 {
    attributes
        .get(Key::Resend)
        .int()
        .map_or(0, |count| u8::try_from(count.clamp(0, 255)).unwrap_or(u8::MAX))
}

fn flags(span: &SpanDraft<'_>) -> SpanFlags {
    // OTLP: bit 8 says that bit 9 holds, bit 9 says that the parent is remote.
    const KNOWN: u32 = 1 << 8;
    const REMOTE: u32 = 1 << 9;
    let mut flags = SpanFlags::default();
    if span.exception.is_some() {
        flags = flags.with(SpanFlags::EXCEPTION);
    }
    if span.flags & KNOWN != 0 {
        flags = flags.with(SpanFlags::REMOTE_KNOWN);
        if span.flags & REMOTE != 0 {
            flags = flags.with(SpanFlags::REMOTE_PARENT);
        }
    }
    if !span.links.is_empty() {
        flags = flags.with(SpanFlags::LINKED);
    }
    flags
}

/// The links of a draft keep only those with ids that can be followed.
pub(super) fn link(trace: Found<TraceId>, span: Found<SpanId>) -> Option<(TraceId, SpanId)> {
    match (trace, span) {
        (Found::Good(trace), Found::Good(span)) => Some((trace, span)),
        _ => None,
    }
}
