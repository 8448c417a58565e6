//! Candidates and the evidence that scores them (under construction).

use crate::model::Article;

/// What each registered evidence says about itself, in order of the registry.
pub fn articles() -> Vec<Article> {
    Vec::new()
}
