//! Correlation across edges: in which call a request was harmed, by what symptom, and which
//! node's trouble is a consequence of another's.
//!
//! **Invariant.** Nothing here ranks: it says what was seen, with weights.

mod blame;
mod flow;
mod profile;
mod symptom;

pub use blame::{Blame, blame};
pub use flow::{Blames, Flow, collect};
pub use profile::Profile;
pub use symptom::Symptom;

use crate::model::Article;

/// What each registered mechanism says about itself, in order of the registry.
pub fn articles() -> Vec<Article> {
    Vec::new()
}
