//! Correlation across edges (under construction).

use crate::model::Article;

/// What each registered mechanism says about itself, in order of the registry.
pub fn articles() -> Vec<Article> {
    Vec::new()
}
