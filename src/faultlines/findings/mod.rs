//! The registry of findings: what makes an integration point risky. A new finding is one file and
//! one line in [`ALL`].

mod deep_chain;
mod held_workers;
mod inverted_timeouts;
mod many_need_it;
mod no_shedding;
mod no_timeout;
mod shared_dependency;
mod stacked_retries;
#[cfg(test)]
mod tests;

use crate::model::Article;

use super::point::{Finding as Seen, Point};

/// A registered finding: what it says about itself, and what it finds.
pub struct Finding {
    /// What it says about itself.
    pub article: Article,
    /// Id of the pattern that addresses it.
    pub pattern: &'static str,
    /// What it finds at a point.
    pub find: fn(&Point<'_>) -> Option<Seen>,
}

/// All findings, in the order of reports.
pub static ALL: [&Finding; 8] = [
    &many_need_it::FINDING,
    &held_workers::FINDING,
    &shared_dependency::FINDING,
    &deep_chain::FINDING,
    &inverted_timeouts::FINDING,
    &no_timeout::FINDING,
    &stacked_retries::FINDING,
    &no_shedding::FINDING,
];

/// What each registered finding says about itself, in order of the registry.
pub fn articles() -> Vec<Article> {
    ALL.iter().map(|f| f.article).collect()
}
