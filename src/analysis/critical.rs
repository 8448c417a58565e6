//! The critical path of one trace: the calls without which it would have been shorter.

use crate::summary::{Children, Digest, DigestHop, NONE};

/// When the caller of a hop began, microseconds after the trace.
pub fn began(hop: &DigestHop) -> u64 {
    u64::from(hop.offset.saturating_sub(hop.delay))
}

/// By hop, whether it is on the critical path.
///
/// From the end of a call backward: the callee that ended last was waited for, then the one that
/// ended last before that one began, and so on (CRISP, USENIX ATC 2022). Callees that go on
/// after their caller gave up count up to there.
pub fn critical(digest: &Digest) -> Vec<bool> {
    let parents = digest.hops.iter().map(|h| (h.parent != NONE).then_some(h.parent));
    let children = Children::new(parents);
    let mut on = vec![false; digest.hops.len()];
    let end = |i: u32| {
        let hop = &digest.hops[i as usize];
        began(hop) + u64::from(hop.took())
    };
    let mut stack = vec![(digest.entry, end(digest.entry))];
    while let Some((at, until)) = stack.pop() {
        if std::mem::replace(&mut on[at as usize], true) {
            continue;
        }
        let mut called: Vec<u32> = children.of(at).to_vec();
        called.retain(|&i| !digest.hops[i as usize].has(DigestHop::ASYNC));
        called.sort_by_key(|&i| std::cmp::Reverse((end(i), i)));
        let mut before = until;
        for child in called {
            let starts = began(&digest.hops[child as usize]);
            let ends = end(child);
            // The last one may end after its caller did; any other must end before the next.
            if starts < before && (ends <= before || before == until) {
                stack.push((child, ends.min(before)));
                before = starts;
            }
        }
    }
    on
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cause;

    fn hop(parent: u32, offset: u32, took: u32) -> DigestHop {
        DigestHop {
            parent,
            operation: 0,
            instance: NONE,
            offset,
            delay: 0,
            waited: took,
            worked: took,
            own: 0,
            flags: 0,
            cause: Cause::Unknown,
        }
    }

    fn digest(hops: Vec<DigestHop>) -> Digest {
        Digest {
            id: (0, 1),
            start: 0,
            slice: 0,
            stratum: (0, false),
            entry: 0,
            hops,
            locals: Vec::new(),
            logs: Vec::new(),
            cut: 0,
            tags: Vec::new(),
        }
    }

    #[test]
    fn of_calls_side_by_side_the_longest_counts() {
        let trace = digest(vec![
            hop(NONE, 0, 100),
            hop(0, 0, 30),  // then …
            hop(0, 40, 50), // … these two side by side
            hop(0, 40, 20),
            hop(2, 50, 30),
        ]);
        assert_eq!(critical(&trace), [true, true, true, false, true]);
    }

    #[test]
    fn who_works_on_for_nobody_was_waited_for_and_messages_were_not() {
        let mut message = hop(0, 10, 500);
        message.flags = DigestHop::ASYNC;
        let trace = digest(vec![hop(NONE, 0, 100), hop(0, 20, 400), message]);
        assert_eq!(critical(&trace), [true, true, false]);
    }
}
