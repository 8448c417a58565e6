//! Which signal an export request carries.
//!
//! `ExportTraceServiceRequest`, `ExportLogsServiceRequest` and `ExportMetricsServiceRequest`
//! have the same shape down to the scope; only the records in it differ.

use super::wire::{Next, Wire, field};

/// A signal of OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) enum Signal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Metrics.
    Metrics,
}

/// What looking at a message found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// A record of this signal.
    Found(Signal),
    /// The right shape, but no record to tell the signal by.
    Empty,
    /// Not the shape of an export request.
    Foreign,
}

/// The signal of a message; `None` if it holds no record, or is no export.
pub(in crate::ingest) fn signal(message: &[u8]) -> Option<Signal> {
    match export(message, true) {
        Look::Found(signal) => Some(signal),
        Look::Empty | Look::Foreign => None,
    }
}

/// Whether `head` begins an export request; `whole` says whether that is all of it.
pub(in crate::ingest) fn is_export(head: &[u8], whole: bool) -> bool {
    match export(head, whole) {
        Look::Found(_) => true,
        // Without a record, the resource must be one.
        Look::Empty => has_resource(head),
        Look::Foreign => false,
    }
}

/// Whether the first bytes of a frame can be those of an export request.
pub(in crate::ingest) fn starts_export(payload: &[u8]) -> bool {
    payload.first().is_none_or(|tag| *tag == 0x0a)
}

fn export(message: &[u8], whole: bool) -> Look {
    // ExportXServiceRequest: 1 repeated ResourceX.
    nested(message, whole, |number, inside, whole| match number {
        1 => resource(inside, whole),
        _ => Look::Foreign,
    })
}

fn resource(message: &[u8], whole: bool) -> Look {
    // ResourceX: 1 resource, 2 repeated ScopeX, 3 schema_url, 1000 the scopes' old place.
    nested(message, whole, |number, inside, whole| match number {
        2 | 1000 => scope(inside, whole),
        1 | 3 => Look::Empty,
        _ => Look::Foreign,
    })
}

fn scope(message: &[u8], whole: bool) -> Look {
    // ScopeX: 1 scope, 2 repeated record, 3 schema_url.
    nested(message, whole, |number, inside, _| match number {
        2 => record(inside),
        1 | 3 => Look::Empty,
        _ => Look::Foreign,
    })
}

/// Walks a message all of whose fields are bytes, until one of them tells the signal.
fn nested(message: &[u8], whole: bool, look: impl Fn(u32, &[u8], bool) -> Look) -> Look {
    let mut at = 0;
    loop {
        let (number, inside, end) = match field(message, at) {
            Next::Field(number, Wire::Bytes(inside), end) => (number, inside, Some(end)),
            Next::CutOff(Some((number, Wire::Bytes(inside)))) if !whole => (number, inside, None),
            Next::CutOff(None) if !whole => return Look::Empty,
            // What is cut off at the end of the input is still what it was.
            Next::CutOff(Some((number, Wire::Bytes(inside)))) => (number, inside, None),
            Next::CutOff(None) if at > 0 => return Look::Empty,
            Next::End => return Look::Empty,
            _ => return Look::Foreign,
        };
        match (look(number, inside, end.is_some()), end) {
            (Look::Empty, Some(end)) => at = end,
            (found, _) => return found,
        }
    }
}

/// Tells a record by the types of its fields.
fn record(message: &[u8]) -> Look {
    let mut at = 0;
    loop {
        let (number, wire, end) = match field(message, at) {
            Next::Field(number, wire, end) => (number, wire, Some(end)),
            Next::CutOff(Some((number, wire))) => (number, wire, None),
            Next::CutOff(None) | Next::End => return Look::Empty,
            Next::Broken => return Look::Foreign,
        };
        let signal = match (number, wire) {
            // Span: 1 trace_id (or its first bytes, where the input ends), 2 span_id.
            (1, Wire::Bytes(id)) if end.is_some() && id.len() == 16 && !is_name(id) => {
                Some(Signal::Traces)
            }
            (2, Wire::Bytes(id)) if end.is_some() && id.len() == 8 && !is_name(id) => {
                Some(Signal::Traces)
            }
            // Span: 6 kind, 7 start, 8 end.
            (6, Wire::Varint(_)) | (7 | 8, Wire::Fixed64) => Some(Signal::Traces),
            // LogRecord: 1 time, 2 severity, 6 attributes, 8 flags, 11 observed time.
            (1 | 11, Wire::Fixed64) | (2, Wire::Varint(_)) | (8, Wire::Fixed32) => {
                Some(Signal::Logs)
            }
            // LogRecord: 9 trace_id. Span: 9 attributes.
            (9, Wire::Bytes(id)) if id.len() == 16 && id.first() != Some(&0x0a) => {
                Some(Signal::Logs)
            }
            // Metric: 5 gauge, 7 sum, 9 histogram, 10, 11, each of data points; a span has
            // its name at 5 and times at 7.
            (7, Wire::Bytes(_)) => Some(Signal::Metrics),
            (5 | 9 | 10 | 11, Wire::Bytes(data)) if has_points(data) => Some(Signal::Metrics),
            _ => None,
        };
        match (signal, end) {
            (Some(signal), _) => return Look::Found(signal),
            (None, Some(end)) => at = end,
            (None, None) => return Look::Empty,
        }
    }
}

/// Whether what could be an id is the readable name of a metric.
fn is_name(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| b.is_ascii_graphic() || *b == b' ')
}

/// Whether a metric's data holds data points: 1 repeated, with a fixed64 time in it at 2 or 3.
fn has_points(data: &[u8]) -> bool {
    let Next::Field(1, Wire::Bytes(point), _) = field(data, 0) else {
        return false;
    };
    let mut at = 0;
    while let Next::Field(number, wire, end) = field(point, at) {
        if matches!((number, wire), (2 | 3, Wire::Fixed64)) {
            return true;
        }
        at = end;
    }
    false
}

/// Whether the first field holds a resource with an attribute that has a readable key.
fn has_resource(message: &[u8]) -> bool {
    fn first(message: &[u8], number: u32) -> Option<&[u8]> {
        match field(message, 0) {
            Next::Field(n, Wire::Bytes(inside), _) if n == number => Some(inside),
            Next::CutOff(Some((n, Wire::Bytes(inside)))) if n == number => Some(inside),
            _ => None,
        }
    }
    (0..3)
        .try_fold(message, |inside, _| first(inside, 1))
        .and_then(|attribute| first(attribute, 1))
        .is_some_and(|key| !key.is_empty() && is_name(key))
}
