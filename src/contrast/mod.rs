//! What failing requests have in common, and what changed about when they began to fail.
//!
//! **Invariant.** A pure function of summaries, a window and the candidates. The unit of testing is
//! the trace, like is compared with like, and nothing that is found is called a cause.

mod changes;
mod discovery;
mod exact;
mod find;
mod population;
mod tail;
mod tally;

pub use changes::{Change, Changes, changes};
pub use find::{Contrasts, Distinction, Scope, Side, Trait, articles, contrasts};
pub use population::{Compared, Reference};
