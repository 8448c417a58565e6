//! How the counts of a summary came about.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Rules;

/// What must be alike for the counts of two summaries to mean the same. Empty in files of format
/// 2, which did not keep it: unknown is not the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Versions of tracefall that counted.
    pub versions: BTreeSet<String>,
    /// Settings that change what is counted, with the values in use; several where summaries
    /// were merged.
    pub settings: BTreeMap<String, BTreeSet<String>>,
}

impl Provenance {
    /// Of what this version counts by these rules.
    pub fn here(rules: &Rules) -> Self {
        let settings = rules.settings();
        Self {
            versions: [env!("CARGO_PKG_VERSION").to_owned()].into(),
            settings: settings
                .into_iter()
                .map(|(key, value)| (key.to_owned(), [value].into()))
                .collect(),
        }
    }

    /// Adds where other counts came from.
    pub fn add(&mut self, other: Self) {
        self.versions.extend(other.versions);
        for (key, values) in other.settings {
            self.settings.entry(key).or_default().extend(values);
        }
    }
}
