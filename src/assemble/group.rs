//! From a partition's records to the records of one trace at a time.

use std::borrow::Cow;

use crate::model::{LinkRecord, LogRecord, Partition, SpanRecord, TraceId};

/// All records of one trace. `spans` is empty for traces that only logs mention.
#[derive(Clone, Copy, Debug)]
pub struct TraceRecords<'a> {
    /// The trace; [`TraceId::NONE`] for the log records that name none.
    pub id: TraceId,
    /// Its spans by start and id.
    pub spans: &'a [SpanRecord],
    /// Its log records by time.
    pub logs: &'a [LogRecord],
    /// Its span links.
    pub links: &'a [LinkRecord],
}

/// Brings a partition into the order that [`traces`] needs: by trace, then by time.
pub fn sort(partition: &mut Partition) {
    // Tables grew by doubling; what they did not need would stay through both visits.
    partition.spans.shrink_to_fit();
    partition.logs.shrink_to_fit();
    partition.spans.sort_unstable_by_key(|s| (s.trace, s.start, s.id, s.kind, s.end));
    partition.logs.sort_unstable_by_key(|l| (l.trace, l.time, l.span, l.severity, l.print));
    partition.links.sort_unstable();
}

/// Clocks that tick this slowly (nanoseconds) stamp alike what are different records.
const COARSE: u64 = 1_000_000;

/// Sorted log records without the copies that a repeated export made. Alike records of a coarse
/// clock are no copies, as far as can be known.
pub fn distinct(logs: &[LogRecord]) -> Cow<'_, [LogRecord]> {
    let copy =
        |next: &LogRecord, first: &LogRecord| next == first && !first.time.0.is_multiple_of(COARSE);
    if !logs.windows(2).any(|pair| copy(&pair[1], &pair[0])) {
        return Cow::Borrowed(logs);
    }
    let mut kept = logs.to_vec();
    kept.dedup_by(|next, first| copy(next, first));
    Cow::Owned(kept)
}

/// The traces of a sorted partition, in order of their ids.
pub fn traces(partition: &Partition) -> impl Iterator<Item = TraceRecords<'_>> {
    let (mut spans, mut logs, mut links) =
        (&partition.spans[..], &partition.logs[..], &partition.links[..]);
    std::iter::from_fn(move || {
        let id = match (spans.first().map(|s| s.trace), logs.first().map(|l| l.trace)) {
            (Some(a), Some(b)) => a.min(b),
            (a, b) => a.or(b)?,
        };
        Some(TraceRecords {
            id,
            spans: take(&mut spans, |s| s.trace == id),
            logs: take(&mut logs, |l| l.trace == id),
            links: {
                take(&mut links, |l| l.trace < id);
                take(&mut links, |l| l.trace == id)
            },
        })
    })
}

/// What belongs at the beginning of `rest`. Traces are short beside a partition: looking at ever
/// longer beginnings touches nothing far away.
fn take<'a, T>(rest: &mut &'a [T], belongs: impl Fn(&T) -> bool) -> &'a [T] {
    let mut within = 8;
    while rest.get(within - 1).is_some_and(&belongs) {
        within *= 2;
    }
    let near = &rest[..within.min(rest.len())];
    let (head, tail) = rest.split_at(near.partition_point(belongs));
    *rest = tail;
    head
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Nanos, SpanId};

    #[test]
    fn records_of_a_trace_come_together_in_order_of_time() {
        let trace = |n| TraceId::from_halves(0, n);
        let span = |t, id, start| SpanRecord {
            trace: trace(t),
            id: SpanId::new(id),
            start: Nanos(start),
            ..SpanRecord::default()
        };
        let log = |t| LogRecord { trace: trace(t), ..LogRecord::default() };
        let mut partition = Partition {
            spans: vec![span(2, 1, 5), span(1, 9, 7), span(1, 8, 3)],
            logs: vec![log(3), log(2)],
            links: Vec::new(),
        };
        sort(&mut partition);
        let seen: Vec<_> = traces(&partition)
            .map(|t| (t.id.halves().1, t.spans.iter().map(|s| s.id.get()).collect(), t.logs.len()))
            .collect();
        assert_eq!(seen, [(1, vec![8, 9], 0), (2, vec![1], 1), (3, vec![], 1)]);
    }

    #[test]
    fn log_records_of_one_moment_have_one_order_and_copies_are_left_out() {
        let log = |time, print| LogRecord { time: Nanos(time), print, ..LogRecord::default() };
        let sorted = |logs: &[LogRecord]| {
            let mut partition = Partition { logs: logs.to_vec(), ..Partition::default() };
            sort(&mut partition);
            distinct(&partition.logs).into_owned()
        };
        assert_eq!(sorted(&[log(5, 2), log(5, 1), log(5, 2)]), [log(5, 1), log(5, 2)]);
        assert_eq!(sorted(&[log(COARSE, 1); 3]).len(), 3, "a coarse clock");
    }
}
