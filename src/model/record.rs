//! Spans, links and log records as fixed-size values.

use serde::{Deserialize, Serialize};

use super::{Nanos, PeerId, ResourceId, SpanId, Sym, TagsId, TraceId};

/// OTLP's span kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum SpanKind {
    /// Not given, or a value this version does not know.
    #[default]
    Unspecified = 0,
    /// Work inside a service.
    Internal = 1,
    /// Handles a synchronous call.
    Server = 2,
    /// Makes a synchronous call.
    Client = 3,
    /// Hands a message over.
    Producer = 4,
    /// Works on a message.
    Consumer = 5,
}

/// OTLP's span status code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum SpanStatus {
    /// The default: nothing was said.
    #[default]
    Unset = 0,
    /// Said to be fine by the application.
    Ok = 1,
    /// Said to have failed.
    Error = 2,
}

/// The protocol's own status, HTTP or gRPC, in two bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusCode(u16);

impl StatusCode {
    /// No code was given.
    pub const NONE: Self = Self(0);
    const GRPC: u16 = 1000;

    /// The names of the gRPC statuses, by number.
    pub const GRPC_NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];

    /// An HTTP status, 100 to 599; anything else is [`Self::NONE`].
    pub const fn http(code: u16) -> Self {
        if code >= 100 && code < 600 { Self(code) } else { Self::NONE }
    }

    /// A gRPC status, 0 to 16; anything else is [`Self::NONE`].
    pub const fn grpc(code: u16) -> Self {
        if code <= 16 { Self(Self::GRPC + code) } else { Self::NONE }
    }

    /// As a number, by which [`Self::from_number`] finds it again.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The code behind [`Self::number`]; of other numbers, [`Self::NONE`].
    pub const fn from_number(number: u16) -> Self {
        if number >= Self::GRPC { Self::grpc(number - Self::GRPC) } else { Self::http(number) }
    }

    /// The HTTP status, if it is one.
    pub const fn as_http(self) -> Option<u16> {
        if self.0 >= 100 && self.0 < 600 { Some(self.0) } else { None }
    }

    /// The gRPC status, if it is one.
    pub const fn as_grpc(self) -> Option<u16> {
        if self.0 >= Self::GRPC { Some(self.0 - Self::GRPC) } else { None }
    }
}

/// Why a call failed, as far as its own span says so: read from `error.type`, the exception
/// type, the status message and the protocol's code. Ordered from least to most specific.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[repr(u8)]
pub enum Cause {
    /// Nothing was said beyond "error", or nothing at all.
    #[default]
    Unknown = 0,
    /// An exception or error of the application itself.
    Exception = 1,
    /// A deadline passed at the caller.
    Timeout = 2,
    /// Turned away by the callee: 429, 503, RESOURCE_EXHAUSTED, a full queue or pool.
    Rejected = 3,
    /// The caller's own breaker or limiter refused to make the call.
    ShortCircuited = 4,
    /// The callee could not be reached: refused, reset, unresolved, no route, TLS.
    Unreachable = 5,
    /// The client went away on purpose.
    Cancelled = 6,
}

/// Facts about a span that fit in a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanFlags(pub u8);

impl SpanFlags {
    /// The span carries at least one exception event.
    pub const EXCEPTION: Self = Self(1);
    /// The span's parent is known to live in another process (OTLP flags bit 9).
    pub const REMOTE_PARENT: Self = Self(1 << 1);
    /// OTLP says whether the parent is remote (flags bit 8).
    pub const REMOTE_KNOWN: Self = Self(1 << 2);
    /// The span carries links, kept in the partition's link table.
    pub const LINKED: Self = Self(1 << 3);
    /// Its user agent is that of a health check, a probe or the like.
    pub const PROBE: Self = Self(1 << 4);
    /// It says of its caller that it is synthetic.
    pub const SYNTHETIC: Self = Self(1 << 5);

    /// Whether all bits of `other` are set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// With the bits of `other` set too.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The upper 32 of the 56 bits of `tracestate`'s `ot=th:` rejection threshold.
///
/// OpenTelemetry, "TraceState: Probability Sampling": a span with threshold T stands for
/// 2^56 / (2^56 − T) spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SamplingThreshold(pub u32);

impl SamplingThreshold {
    /// No threshold was given: the sampling is unknown, not "everything".
    pub const UNKNOWN: Self = Self(u32::MAX);

    /// How many spans one such span stands for, 1 or more; `None` if unknown.
    pub fn adjusted_count(self) -> Option<f64> {
        (self != Self::UNKNOWN).then(|| 2_f64.powi(32) / (2_f64.powi(32) - f64::from(self.0)))
    }
}

impl Default for SamplingThreshold {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

/// A span, 80 bytes. `Copy`, so that sorting and spilling are plain memory moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanRecord {
    /// Its trace; never [`TraceId::NONE`] (such spans are a counted loss).
    pub trace: TraceId,
    /// Its own id; never [`SpanId::NONE`].
    pub id: SpanId,
    /// Its parent, or none.
    pub parent: SpanId,
    /// When it began, by its host's clock.
    pub start: Nanos,
    /// When it ended; never before `start` (ingest clamps and counts).
    pub end: Nanos,
    /// Who emitted it.
    pub resource: ResourceId,
    /// The operation: the span's name with ids folded away.
    pub name: Sym,
    /// Whom it talked to.
    pub peer: PeerId,
    /// `error.type` or the exception's type, empty where none was given.
    pub error: Sym,
    /// The sampling threshold in its `tracestate`.
    pub sampling: SamplingThreshold,
    /// What it says of itself that requests can be told apart by.
    pub tags: TagsId,
    /// HTTP or gRPC status.
    pub code: StatusCode,
    /// Kind.
    pub kind: SpanKind,
    /// Status.
    pub status: SpanStatus,
    /// What the span says about why it failed.
    pub cause: Cause,
    /// `http.request.resend_count`, at most 255; 0 where absent.
    pub resend: u8,
    /// See [`SpanFlags`].
    pub flags: SpanFlags,
}

/// A link from one span to another, of the same or another trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkRecord {
    /// The trace of the span that carries the link.
    pub trace: TraceId,
    /// The span that carries the link.
    pub span: SpanId,
    /// The linked trace.
    pub to_trace: TraceId,
    /// The linked span.
    pub to_span: SpanId,
}

/// A log record, 48 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogRecord {
    /// Its trace, or none.
    pub trace: TraceId,
    /// Its span, or none.
    pub span: SpanId,
    /// `time_unix_nano`, else `observed_time_unix_nano`, else 0.
    pub time: Nanos,
    /// Who emitted it.
    pub resource: ResourceId,
    /// The masked body (numbers, ids and long values folded), at most 200 bytes.
    pub body: Sym,
    /// A hash of the text before it was masked, by which copies of a record are known.
    pub print: u32,
    /// Severity number, 0 (not given) to 24; derived from the text where only that was given.
    pub severity: u8,
}

const _: () = assert!(size_of::<SpanRecord>() <= 80);
const _: () = assert!(size_of::<LogRecord>() <= 48);
