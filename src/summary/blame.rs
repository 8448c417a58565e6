//! Inside one failing trace: whose failure was it?

use crate::assemble::Trace;

/// Where the failure of a trace began, by what its spans say.
///
/// From the entry down: among the calls of a failing hop that failed for it and were not made
/// good by a later attempt, the last to end is the one it failed on. The deepest such hop is
/// blamed; a caller's client span speaks for a callee that is silent, unreachable or late. A
/// hop that failed because its caller's deadline passed hands the blame on to the call that it
/// was itself waiting in most of that time. Yields the path from the entry to the blamed hop.
pub fn blame(trace: &Trace, entry: u32, children: &Children) -> Vec<u32> {
    let mut path = vec![entry];
    let mut at = entry;
    while let Some(next) = failed_on(trace, at, children).or_else(|| waited_in(trace, at, children))
    {
        path.push(next);
        at = next;
    }
    path
}

/// A late hop waited in a call if that call took more than this share of its time.
const MOST_OF_THE_TIME: f64 = 0.5;

fn failed_on(trace: &Trace, at: u32, children: &Children) -> Option<u32> {
    let hop = |i: u32| &trace.hops[i as usize];
    let unrepaired = |&i: &u32| hop(i).failed() && !hop(i).repaired && !hop(i).asynchronous;
    let ended = |i: u32| hop(i).start.0.saturating_add(hop(i).took());
    children.of(at).iter().copied().filter(unrepaired).max_by_key(|&i| (ended(i), i))
}

fn waited_in(trace: &Trace, at: u32, children: &Children) -> Option<u32> {
    let hop = |i: u32| &trace.hops[i as usize];
    let late = hop(at).failed() && !hop(at).callee_failed && hop(at).worked.is_some();
    if !late {
        return None;
    }
    let longest = children
        .of(at)
        .iter()
        .copied()
        .filter(|&i| !hop(i).asynchronous)
        .max_by_key(|&i| (hop(i).took(), i))?;
    let share = hop(longest).took() as f64 / hop(at).worked.unwrap_or(0).max(1) as f64;
    (share > MOST_OF_THE_TIME).then_some(longest)
}

/// The children of every hop, in order.
#[derive(Debug)]
pub struct Children {
    starts: Vec<u32>,
    list: Vec<u32>,
}

impl Children {
    /// From each hop's parent; parents come before children.
    pub fn new(parents: impl Iterator<Item = Option<u32>> + Clone) -> Self {
        let count = parents.clone().count();
        let mut starts = vec![0_u32; count + 1];
        for parent in parents.clone().flatten() {
            starts[parent as usize + 1] += 1;
        }
        for i in 0..count {
            starts[i + 1] += starts[i];
        }
        let mut list = vec![0; starts[count] as usize];
        let mut next = starts.clone();
        for (i, parent) in parents.enumerate() {
            if let Some(parent) = parent {
                let slot = &mut next[parent as usize];
                list[*slot as usize] = i as u32;
                *slot += 1;
            }
        }
        Self { starts, list }
    }

    /// The children of one hop.
    pub fn of(&self, hop: u32) -> &[u32] {
        let at = hop as usize;
        &self.list[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}
