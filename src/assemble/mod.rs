//! Joins the spans of one trace into a tree of hops.
//!
//! A [`Hop`] is one call as both sides saw it: the caller's client span, the callee's server
//! span, or the one of them that exists. Everything later (statistics, blame, digests) speaks
//! of hops; raw spans end here.
//!
//! **Invariant.** Assembly of a trace depends on that trace and on the [`Resolver`] alone, and
//! not on the order of its records.

mod attempts;
mod clock;
mod group;
mod hop;
mod outcome;
mod resolve;
mod tree;

pub use clock::{ClockPairs, Offsets};
pub use group::{TraceRecords, sort, traces};
pub use hop::{Hop, Local, Logged, Trace, TraceStats, assemble};
pub use outcome::{ErrorPolicy, Judge};
pub use resolve::{NodeKey, PeerUse, Resolver};
pub use tree::{Joined, Tree, join};
