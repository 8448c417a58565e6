//! What is kept of an incident.

use crate::model::{Nanos, Teams};
use crate::summary::{self, Summary};

use super::imprint::Imprint;
use super::kept::KeptSettings;

/// An incident to remember.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The version of tracefall that studied it.
    pub tool: String,
    /// A short name, chosen by people; may be empty.
    pub label: String,
    /// What people have to say of it; may be empty.
    pub note: String,
    /// The settings of the run.
    pub settings: KeptSettings,
    /// What it is compared by.
    pub imprint: Imprint,
    /// The report, JSON of the contract, byte by byte.
    pub report: String,
    /// The saved summary; `None` if names were left out of the record.
    pub summary: Option<Vec<u8>>,
    /// The saved summary of the baseline, where there was one.
    pub baseline: Option<Vec<u8>>,
}

impl Record {
    /// Whether both tell the same, people's words aside.
    pub fn tells_the_same(&self, other: &Self) -> bool {
        let words =
            |record: &Self| Self { label: String::new(), note: String::new(), ..record.clone() };
        words(self) == words(other)
    }

    /// Whether both are of the same incident: their windows overlap, and they hold traces of each
    /// other's. Records without summaries are the same only if they say the same.
    pub fn is_of_the_incident(&self, other: &Self) -> bool {
        let (a, b) = (&self.imprint, &other.imprint);
        let together = a.onset <= b.until && b.onset <= a.until;
        let shared = || match (self.sketched(), other.sketched()) {
            (Some(a), Some(b)) => summary::overlap(&a, &b) > 0,
            _ => false,
        };
        together && (self.tells_the_same(other) || shared())
    }

    fn sketched(&self) -> Option<Summary> {
        summary::read(self.summary.as_ref()?).ok()
    }
}

/// A remembered incident without what takes space.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number, never given twice.
    pub id: u64,
    /// When it was first remembered.
    pub remembered: Nanos,
    /// When it was last changed.
    pub updated: Nanos,
    /// The version of tracefall that studied it.
    pub tool: String,
    /// A short name.
    pub label: String,
    /// What people have to say of it.
    pub note: String,
    /// What it is compared by.
    pub imprint: Imprint,
    /// Whose services were, when it was remembered.
    pub teams: Teams,
}

/// A remembered incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its number, never given twice.
    pub id: u64,
    /// When it was first remembered.
    pub remembered: Nanos,
    /// When it was last changed.
    pub updated: Nanos,
    /// What is kept of it.
    pub record: Record,
}
