//! What callers do about calls that are late or fail, hop by hop.

use crate::model::Cause;

use super::catalog::NONE;
use super::digest::DigestHop;

impl DigestHop {
    /// After how many microseconds its caller gave up on it, if that is what ended it.
    pub fn given_up(&self) -> Option<u32> {
        // A callee that failed before its caller gave up tells of a timeout further down.
        let answered = self.has(Self::CALLEE_FAILED)
            && self.worked != NONE
            && self.delay.saturating_add(self.worked) < self.waited;
        let late = self.has(Self::FAILED) && self.cause == Cause::Timeout && self.waited != NONE;
        (late && !answered).then_some(self.waited)
    }
}

/// Groups the calls of one hop to one node into logical calls: attempts in order.
pub fn chains<'a>(calls: impl IntoIterator<Item = &'a DigestHop>) -> Vec<Vec<&'a DigestHop>> {
    let mut calls: Vec<&DigestHop> = calls.into_iter().collect();
    calls.sort_by_key(|hop| (sent(hop), hop.took()));
    let mut chains: Vec<Vec<&DigestHop>> = Vec::new();
    for hop in calls {
        let open = chains.iter_mut().rev().find(|c| c.last().is_some_and(|l| repeats(hop, l)));
        match open {
            Some(chain) => chain.push(hop),
            None => chains.push(vec![hop]),
        }
    }
    chains
}

/// When the caller made a call, after the beginning of the trace.
pub fn sent(hop: &DigestHop) -> u32 {
    hop.offset.saturating_sub(hop.delay)
}

/// Clocks of two hosts agree no better.
pub const CLOCKS: u32 = 2_000;

/// Whether a call is the next attempt after another: that one had failed when this one began,
/// and both are for the same thing. An attempt without a server span has the client span's name
/// as its operation; that is compared only like with like.
fn repeats(hop: &DigestHop, last: &DigestHop) -> bool {
    let over = sent(last).saturating_add(last.took()) <= sent(hop).saturating_add(CLOCKS);
    let alike = (hop.worked == NONE) != (last.worked == NONE) || hop.operation == last.operation;
    last.has(DigestHop::FAILED) && over && alike
}

#[cfg(test)]
mod tests {
    use super::super::small_world::{STORE, call};
    use super::*;

    #[test]
    fn who_gave_up_first_is_told_from_the_callees_end() {
        let late = call(0, STORE, [400, NONE, NONE]).failed(Cause::Timeout);
        assert_eq!(late.given_up(), Some(400_000));
        let worked_on = call(0, STORE, [400, 900, 10]).broken(Cause::Timeout);
        assert_eq!(worked_on.given_up(), Some(400_000), "the callee failed later, for nobody");
        assert_eq!(call(0, STORE, [400, 300, 10]).broken(Cause::Timeout).given_up(), None);
        assert_eq!(call(0, STORE, [400, NONE, NONE]).failed(Cause::Exception).given_up(), None);
        assert_eq!(call(0, STORE, [400, 300, 10]).given_up(), None);
    }

    #[test]
    fn a_failed_call_and_its_repeats_are_one_chain() {
        let failed = call(0, STORE, [10, 8, 8]).broken(Cause::Exception);
        let calls = [failed, call(0, STORE, [10, 8, 8]).after(12), failed.after(30), failed];
        let lengths = chains(&calls).iter().map(Vec::len).collect::<Vec<_>>();
        // Two at once; one of them is repeated, and that succeeds; the last begins anew.
        assert_eq!(lengths.iter().sum::<usize>(), 4);
        assert!(lengths.contains(&2), "{lengths:?}");
        assert_eq!(chains(&[call(0, STORE, [10, 8, 8]); 3]).len(), 3, "what succeeds is no repeat");
    }
}
