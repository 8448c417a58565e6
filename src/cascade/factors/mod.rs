//! The registry of factors: what made a failure worse, or kept it from spreading, edge by edge. A
//! new factor is one file and one line in [`ALL`].

mod caller_timeout;
mod edge;
mod fail_fast;
mod ignored_deadline;
mod masked_errors;
mod retry_storm;
#[cfg(test)]
mod tests;
mod timeout_inversion;

pub use edge::{Aggravation, Edge, Found, aggravations};

use crate::model::Article;

/// A registered factor: what it says about itself, and what it finds on an edge.
pub struct Factor {
    /// What it says about itself.
    pub article: Article,
    /// What it finds.
    pub find: fn(&Edge<'_>) -> Option<Found>,
}

/// All factors, in the order of reports.
pub static ALL: [&Factor; 6] = [
    &retry_storm::FACTOR,
    &timeout_inversion::FACTOR,
    &caller_timeout::FACTOR,
    &ignored_deadline::FACTOR,
    &fail_fast::FACTOR,
    &masked_errors::FACTOR,
];

/// What each registered factor says about itself, in order of the registry.
pub fn articles() -> Vec<Article> {
    ALL.iter().map(|f| f.article).collect()
}
