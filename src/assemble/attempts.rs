//! Which calls repeat an earlier one.

use super::Hop;

/// Marks retries and repaired failures among the calls made within one hop.
///
/// A call is a retry if its span says so (`http.request.resend_count`) or if an earlier call of
/// the same hop to the same node had failed before it began (by the caller's and the callee's
/// clock together: half of the earlier call must be over). A failed call
/// is repaired if a later attempt of it did not fail.
pub fn mark(hops: &mut [Hop]) {
    // What nothing came before repeats nothing.
    if !hops.iter().any(|hop| hop.parent.is_some() && hop.failed()) {
        return;
    }
    let mut order: Vec<u32> =
        (0..hops.len() as u32).filter(|&i| hops[i as usize].parent.is_some()).collect();
    let key = |i: u32, hops: &[Hop]| (hops[i as usize].parent, hops[i as usize].node);
    order.sort_by_key(|&i| (key(i, hops), hops[i as usize].start, i));
    let mut rest = &order[..];
    while let Some(&first) = rest.first() {
        let group = key(first, hops);
        let (same, others) = rest.split_at(rest.partition_point(|&i| key(i, hops) <= group));
        mark_group(hops, same);
        rest = others;
    }
}

/// Failed attempts remembered while looking for the one that repairs them; no sane policy
/// retries more often, and a fan-out of thousands of failures stays linear.
const REMEMBERED: usize = 16;

fn mark_group(hops: &mut [Hop], group: &[u32]) {
    // Failed attempts that a later one may still repair.
    let mut open: Vec<u32> = Vec::new();
    for &i in group {
        let (start, failed, resent) = {
            let hop = &hops[i as usize];
            (hop.start, hop.failed(), hop.retry)
        };
        let before = |o: u32| {
            let earlier = &hops[o as usize];
            earlier.start.0.saturating_add(earlier.took() / 2) <= start.0
                && (resent || same_call(earlier, &hops[i as usize]))
        };
        let repeats: Vec<u32> = open.iter().copied().filter(|&o| before(o)).collect();
        if !repeats.is_empty() {
            hops[i as usize].retry = true;
            if !failed {
                for &o in &repeats {
                    hops[o as usize].repaired = true;
                }
            }
        }
        if failed {
            if open.len() == REMEMBERED {
                open.remove(0);
            }
            open.push(i);
        } else {
            open.retain(|o| !repeats.contains(o));
        }
    }
}

/// Whether two calls to one node are for the same thing. A failed attempt often has no server
/// span, so its operation is the client span's name; that is compared only like with like.
fn same_call(earlier: &Hop, later: &Hop) -> bool {
    earlier.worked.is_some() != later.worked.is_some() || earlier.operation == later.operation
}
