//! The registry of what a rule may measure. A new kind is one file and one line in [`ALL`].

mod call_increase;
mod coverage;
mod depth;
mod failed_calls;
mod failed_requests;
mod failure_increase;
mod fan_out;
mod increase;
mod latency;
mod latency_increase;
mod no_incident;
mod retries;
mod service_cycle;
mod shape;
mod synchronous_chain;
mod team_edges;
#[cfg(test)]
mod tests;
mod timeout_order;
mod words;

use std::fmt;

use crate::model::Article;

use super::judgement::Judged;
use super::parameter::Parameter;
use super::policy::Rule;
use super::run::Run;
use super::select::Key;

/// A kind of rule.
pub struct Kind {
    /// What it says about itself; the id is what the policy calls it.
    pub article: Article,
    /// By what its rules may be narrowed.
    pub keys: &'static [Key],
    /// What can be set.
    pub parameters: &'static [Parameter],
    /// Whether it says anything without a baseline.
    pub relative: bool,
    /// What a rule asks for, in plain words.
    pub asks: fn(&Rule) -> String,
    /// What it finds.
    pub judge: fn(&Run<'_>, &Rule) -> Judged,
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kind").field(&self.article.id).finish()
    }
}

/// All kinds, in the order of the documentation.
pub static ALL: [&Kind; 15] = [
    &no_incident::KIND,
    &failed_requests::KIND,
    &failed_calls::KIND,
    &latency::KIND,
    &latency_increase::KIND,
    &failure_increase::KIND,
    &call_increase::KIND,
    &retries::KIND,
    &fan_out::KIND,
    &depth::KIND,
    &synchronous_chain::KIND,
    &timeout_order::KIND,
    &service_cycle::KIND,
    &team_edges::KIND,
    &coverage::KIND,
];

/// What each kind says about itself, in order of the registry.
pub fn articles() -> Vec<Article> {
    ALL.iter().map(|kind| kind.article).collect()
}
