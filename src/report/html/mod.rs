//! The report as one page: no network, no other file, opens from a mail.
//!
//! **Invariants.** Everything is drawn here, so that the page shows all of it where scripts do
//! not run; the script only hides, marks and moves. No text reaches the page but through
//! [`Harmless`], and the page's own policy lets nothing run or load but its one style sheet and
//! its one script.

mod cards;
mod document;
mod escaper;
mod graph;
mod lanes;
mod layout;
mod page;
mod policy;
mod steps;
mod traces;

pub use document::write_document;
pub use escaper::Harmless;
pub use page::{write, write_trace};
