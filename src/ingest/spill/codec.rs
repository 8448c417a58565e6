//! Records as bytes, and back. The form lives no longer than the process that wrote it.

use std::io;

use crate::model::{
    Cause, LinkRecord, LogRecord, Nanos, PeerId, ResourceId, SamplingThreshold, SpanFlags, SpanId,
    SpanKind, SpanRecord, SpanStatus, StatusCode, Sym, TagsId, TraceId,
};

/// A record as a fixed number of bytes.
pub(super) trait Stored: Sized {
    /// How many.
    const SIZE: usize;

    /// Appends the record to `out`.
    fn store(&self, out: &mut Vec<u8>);

    /// Reads one from exactly [`Self::SIZE`] bytes.
    fn load(from: &mut Fields<'_>) -> io::Result<Self>;
}

/// Fields one after the other.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk().ok_or(io::ErrorKind::UnexpectedEof)?;
        self.0 = rest;
        Ok(*field)
    }

    fn u8(&mut self) -> io::Result<u8> {
        self.take().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> io::Result<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> io::Result<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> io::Result<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn trace(&mut self) -> io::Result<TraceId> {
        Ok(TraceId::from_halves(self.u64()?, self.u64()?))
    }

    fn span(&mut self) -> io::Result<SpanId> {
        self.u64().map(SpanId::new)
    }

    /// One of a list that is indexed by its members' numbers.
    fn one_of<T: Copy>(&mut self, list: &[T]) -> io::Result<T> {
        let number = self.u8()?;
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "a temporary file changed");
        list.get(usize::from(number)).copied().ok_or_else(damaged)
    }
}

const KINDS: [SpanKind; 6] = [
    SpanKind::Unspecified,
    SpanKind::Internal,
    SpanKind::Server,
    SpanKind::Client,
    SpanKind::Producer,
    SpanKind::Consumer,
];
const STATUSES: [SpanStatus; 3] = [SpanStatus::Unset, SpanStatus::Ok, SpanStatus::Error];
const CAUSES: [Cause; 7] = [
    Cause::Unknown,
    Cause::Exception,
    Cause::Timeout,
    Cause::Rejected,
    Cause::ShortCircuited,
    Cause::Unreachable,
    Cause::Cancelled,
];

fn trace(id: TraceId, out: &mut Vec<u8>) {
    let (high, low) = id.halves();
    out.extend_from_slice(&high.to_le_bytes());
    out.extend_from_slice(&low.to_le_bytes());
}

impl Stored for SpanRecord {
    const SIZE: usize = 79;

    fn store(&self, out: &mut Vec<u8>) {
        trace(self.trace, out);
        for number in [self.id.get(), self.parent.get(), self.start.0, self.end.0] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        let names = [self.resource.0, self.name.0, self.peer.0, self.error.0];
        for number in names.into_iter().chain([self.sampling.0, self.tags.0]) {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&self.code.number().to_le_bytes());
        let (kind, status, cause) = (self.kind as u8, self.status as u8, self.cause as u8);
        out.extend_from_slice(&[kind, status, cause, self.resend, self.flags.0]);
    }

    fn load(from: &mut Fields<'_>) -> io::Result<Self> {
        Ok(Self {
            trace: from.trace()?,
            id: from.span()?,
            parent: from.span()?,
            start: Nanos(from.u64()?),
            end: Nanos(from.u64()?),
            resource: ResourceId(from.u32()?),
            name: Sym(from.u32()?),
            peer: PeerId(from.u32()?),
            error: Sym(from.u32()?),
            sampling: SamplingThreshold(from.u32()?),
            tags: TagsId(from.u32()?),
            code: StatusCode::from_number(from.u16()?),
            kind: from.one_of(&KINDS)?,
            status: from.one_of(&STATUSES)?,
            cause: from.one_of(&CAUSES)?,
            resend: from.u8()?,
            flags: SpanFlags(from.u8()?),
        })
    }
}

impl Stored for LogRecord {
    const SIZE: usize = 45;

    fn store(&self, out: &mut Vec<u8>) {
        trace(self.trace, out);
        for number in [self.span.get(), self.time.0] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for number in [self.resource.0, self.body.0, self.print] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.push(self.severity);
    }

    fn load(from: &mut Fields<'_>) -> io::Result<Self> {
        Ok(Self {
            trace: from.trace()?,
            span: from.span()?,
            time: Nanos(from.u64()?),
            resource: ResourceId(from.u32()?),
            body: Sym(from.u32()?),
            print: from.u32()?,
            severity: from.u8()?,
        })
    }
}

impl Stored for LinkRecord {
    const SIZE: usize = 48;

    fn store(&self, out: &mut Vec<u8>) {
        trace(self.trace, out);
        out.extend_from_slice(&self.span.get().to_le_bytes());
        trace(self.to_trace, out);
        out.extend_from_slice(&self.to_span.get().to_le_bytes());
    }

    fn load(from: &mut Fields<'_>) -> io::Result<Self> {
        Ok(Self {
            trace: from.trace()?,
            span: from.span()?,
            to_trace: from.trace()?,
            to_span: from.span()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    fn comes_back<T: Stored + PartialEq + Debug>(record: &T) {
        let mut bytes = Vec::new();
        record.store(&mut bytes);
        assert_eq!(bytes.len(), T::SIZE);
        assert_eq!(T::load(&mut Fields(&bytes)).unwrap(), *record);
        assert!(T::load(&mut Fields(&bytes[1..])).is_err());
    }

    #[test]
    fn records_come_back_as_they_were() {
        let ids = (TraceId::from_halves(1, u64::MAX), SpanId::new(3), SpanId::new(4));
        for (at, cause) in CAUSES.into_iter().enumerate() {
            assert_eq!(cause as usize, at);
            for code in [StatusCode::NONE, StatusCode::http(503), StatusCode::grpc(0)] {
                comes_back(&SpanRecord {
                    trace: ids.0,
                    id: ids.1,
                    parent: ids.2,
                    start: Nanos(5),
                    end: Nanos(u64::MAX),
                    resource: ResourceId(6),
                    name: Sym(7),
                    peer: PeerId(8),
                    error: Sym(9),
                    sampling: SamplingThreshold(10),
                    tags: TagsId(18),
                    code,
                    kind: KINDS[at % KINDS.len()],
                    status: STATUSES[at % STATUSES.len()],
                    cause,
                    resend: 11,
                    flags: SpanFlags(12),
                });
            }
        }
        assert!(KINDS.into_iter().enumerate().all(|(at, kind)| kind as usize == at));
        assert!(STATUSES.into_iter().enumerate().all(|(at, status)| status as usize == at));
        comes_back(&LogRecord {
            trace: ids.0,
            span: ids.1,
            time: Nanos(13),
            resource: ResourceId(14),
            body: Sym(15),
            print: 16,
            severity: 17,
        });
        comes_back(&LinkRecord {
            trace: ids.0,
            span: ids.1,
            to_trace: TraceId::from_halves(18, 19),
            to_span: ids.2,
        });
    }
}
