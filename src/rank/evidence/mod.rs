//! The registry of evidence. A new evidence is one file and one line in [`ALL`].

mod behaviour;
mod blame_share;
mod chronic;
mod concentration;
mod deployment;
mod error_logs;
mod independent;
mod moved_blame;
mod onset_order;
mod silence;
#[cfg(test)]
mod tests;

pub use silence::unanswered;

use crate::model::Article;
use crate::summary::NodeId;

use super::Case;

/// What one evidence found about one node.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The measured value, in the article's unit.
    pub value: f64,
    /// Log-odds added to the score.
    pub contribution: f64,
    /// What was seen, in plain words.
    pub text: String,
}

/// A registered evidence: what it says about itself, and what it finds. `None` is "nothing to
/// say", which is not the same as zero.
pub struct Evidence {
    /// What it says about itself.
    pub article: Article,
    /// What it finds about a node.
    pub weigh: fn(&Case<'_>, NodeId) -> Option<Finding>,
}

/// All evidence, in the order of reports when contributions tie.
pub static ALL: [&Evidence; 10] = [
    &blame_share::EVIDENCE,
    &behaviour::EVIDENCE,
    &moved_blame::EVIDENCE,
    &independent::EVIDENCE,
    &onset_order::EVIDENCE,
    &silence::EVIDENCE,
    &concentration::EVIDENCE,
    &deployment::EVIDENCE,
    &error_logs::EVIDENCE,
    &chronic::EVIDENCE,
];

/// What each registered evidence says about itself, in order of the registry.
pub fn articles() -> Vec<Article> {
    ALL.iter().map(|e| e.article).collect()
}
