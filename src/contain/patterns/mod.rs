//! The registry of patterns. A new pattern is one file and one line in [`ALL`].

pub mod bulkhead;
pub mod circuit_breaker;
pub mod load_shedding;
pub mod retry_budget;
pub mod timeout;

use crate::model::Article;

use super::change::Change;
use super::guard::Strain;
use super::landscape::{Landscape, Pair};

/// A registered pattern.
pub struct Pattern {
    /// What it says about itself.
    pub article: Article,
    /// The setting for an edge, derived from the reference; `None` where it does not apply.
    pub derive: fn(&Landscape, Pair) -> Option<Change>,
    /// The setting in the user's words (what follows `=`), beside the derived one.
    pub parse: fn(&str) -> Result<Change, String>,
    /// Whether it would have had anything to do, given what passed the edge and whether calls
    /// waited at the callee. If not, nothing changes.
    pub bites: fn(&Change, Strain, bool) -> bool,
    /// What is assumed, in words.
    pub assumption: fn(&Change) -> String,
    /// The setting: name and value.
    pub settings: fn(&Change) -> Vec<(&'static str, String)>,
    /// Ready-to-paste configuration: product and text. The arguments are the names of caller
    /// and callee.
    pub configurations: fn(&Change, &str, &str) -> Vec<(&'static str, String)>,
}

/// All patterns, in the order of reports when estimates tie.
pub static ALL: [&Pattern; 5] = [
    &timeout::PATTERN,
    &circuit_breaker::PATTERN,
    &bulkhead::PATTERN,
    &load_shedding::PATTERN,
    &retry_budget::PATTERN,
];

/// What each registered pattern says about itself, in order of the registry.
pub fn articles() -> Vec<Article> {
    ALL.iter().map(|p| p.article).collect()
}
