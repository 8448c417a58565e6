//! What a simulation hands out: spans, log records and facts, still free of any wire format.

use std::borrow::Cow;

/// Nanoseconds since the start of the simulation.
pub type Nanos = u64;

/// Nanoseconds in a millisecond.
pub const MILLISECOND: Nanos = 1_000_000;
/// Nanoseconds in a second.
pub const SECOND: Nanos = 1_000_000_000;

/// Milliseconds as nanoseconds.
pub fn millis(value: f64) -> Nanos {
    (value.max(0.0) * MILLISECOND as f64) as Nanos
}

/// Seconds as nanoseconds.
pub fn seconds(value: f64) -> Nanos {
    (value.max(0.0) * SECOND as f64) as Nanos
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// A string.
    Text(Cow<'a, str>),
    /// A whole number.
    Int(i64),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// Attributes in the order in which an SDK set them.
pub type Attributes<'a> = Vec<(&'static str, Value<'a>)>;

/// `SpanKind` with the numbers of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Work inside a service.
    Internal = 1,
    /// The serving side of a call.
    Server = 2,
    /// The calling side of a call.
    Client = 3,
    /// The sending of a message.
    Producer = 4,
    /// The processing of a message.
    Consumer = 5,
}

/// The span and trace that a span refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// Trace id.
    pub trace: u128,
    /// Span id.
    pub span: u64,
}

/// An exception event of a span.
#[derive(Debug, Clone)]
pub struct Exception<'a> {
    /// When it was thrown.
    pub at: Nanos,
    /// `exception.type`.
    pub class: &'static str,
    /// `exception.message`.
    pub message: Cow<'a, str>,
}

/// One finished span.
#[derive(Debug, Clone)]
pub struct Span<'a> {
    /// Index of the resource in the fleet.
    pub resource: usize,
    /// Instrumentation scope.
    pub scope: &'static str,
    /// Own ids.
    pub context: Context,
    /// Parent span id within the same trace.
    pub parent: Option<u64>,
    /// Whether the parent lives in another process.
    pub remote_parent: bool,
    /// Kind.
    pub kind: Kind,
    /// Name.
    pub name: Cow<'a, str>,
    /// Start.
    pub start: Nanos,
    /// End.
    pub end: Nanos,
    /// Attributes.
    pub attributes: Attributes<'a>,
    /// Exception that was recorded, if any.
    pub exception: Option<Exception<'a>>,
    /// A link, as consumers of a message set it.
    pub link: Option<Context>,
    /// Whether the status is ERROR, and its message.
    pub error: Option<&'static str>,
}

/// Severity of a log record with the numbers of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// INFO.
    Info = 9,
    /// WARN.
    Warn = 13,
    /// ERROR.
    Error = 17,
}

/// One log record.
#[derive(Debug, Clone)]
pub struct Log {
    /// Index of the resource in the fleet.
    pub resource: usize,
    /// Time.
    pub at: Nanos,
    /// Severity.
    pub severity: Severity,
    /// Body.
    pub body: String,
    /// The span that it was written in; runtime logs have none.
    pub context: Option<Context>,
}

/// What really happened, known to the simulation whether or not it was exported.
#[derive(Debug, Clone, Copy)]
pub enum Fact {
    /// A service worked on a request.
    Served {
        /// Index of the service.
        service: usize,
        /// When it ended.
        at: Nanos,
        /// Whether it failed.
        failed: bool,
    },
    /// A call to a service got no answer from it: refused, late or turned away.
    Unanswered {
        /// Index of the service that should have answered.
        service: usize,
        /// When the caller learnt of it.
        at: Nanos,
    },
    /// A user sent a request.
    Came {
        /// Index of the entry operation.
        operation: usize,
        /// When.
        at: Nanos,
    },
    /// A user came to a full gateway, which leaves no other trace.
    TurnedAway {
        /// When.
        at: Nanos,
    },
}

/// Receives the output of a simulation as it comes to be.
pub trait Sink<'a> {
    /// A span ended.
    fn span(&mut self, span: Span<'a>);
    /// A record was logged.
    fn log(&mut self, log: Log);
    /// Something happened.
    fn fact(&mut self, fact: Fact);
}
