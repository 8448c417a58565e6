//! Runs side by side, in one set of names.

use crate::summary::{Catalog, Renaming, Summary};

/// One run: a load test, a day, an incident.
#[derive(Clone, Debug)]
pub struct Run {
    /// What the user calls it: its path as a rule.
    pub label: String,
    /// What was counted.
    pub summary: Summary,
}

/// Several runs of what should be equal, kept apart: how they differ among themselves is what a
/// difference to another run must exceed.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    /// In the order given.
    pub list: Vec<Run>,
}

impl Runs {
    /// A single run.
    pub fn one(run: Run) -> Self {
        Self { list: vec![run] }
    }
}

impl FromIterator<Run> for Runs {
    fn from_iter<I: IntoIterator<Item = Run>>(runs: I) -> Self {
        Self { list: runs.into_iter().collect() }
    }
}

/// One set of names for some catalogs, and how each one's ids are called in it.
pub fn united<'a>(catalogs: impl Iterator<Item = &'a Catalog> + Clone) -> (Catalog, Vec<Renaming>) {
    let all = catalogs.clone().fold(Catalog::default(), |all, next| Catalog::union(&all, next).0);
    let renamings = catalogs.map(|catalog| Catalog::union(&all, catalog).2).collect();
    (all, renamings)
}
