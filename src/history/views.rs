//! The plain values that reports about several incidents read.

use super::record::Entry;
use super::similarity::{ALIKE, Alike, nearest};
use super::trend::{Trend, trends};

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// Incidents in order of onset.
    pub entries: Vec<Entry>,
    /// Whether they grow, by measure.
    pub trends: Vec<Trend>,
}

impl Contents {
    /// Of incidents in order of onset. Whether they grow is asked of certain ones only.
    pub fn of(entries: Vec<Entry>) -> Self {
        let certain = entries.iter().map(|entry| &entry.imprint).filter(|i| i.is_certain());
        let trends = trends(&certain.collect::<Vec<_>>());
        Self { entries, trends }
    }
}

/// An incident among the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Likeness {
    /// The incident.
    pub entry: Entry,
    /// All others, the most alike first.
    pub others: Vec<(Entry, Alike)>,
}

impl Likeness {
    /// Of one incident of those remembered; `None` if it is not among them.
    pub fn of(entries: &[Entry], id: u64) -> Option<Self> {
        let entry = entries.iter().find(|entry| entry.id == id)?;
        let others: Vec<&Entry> = entries.iter().filter(|other| other.id != id).collect();
        let imprints = others.iter().map(|other| (other.id, &other.imprint));
        let of = |id: u64| others.iter().find(|other| other.id == id).map(|other| (*other).clone());
        let ranked = nearest(&entry.imprint, imprints);
        let others = ranked.into_iter().filter_map(|(id, alike)| Some((of(id)?, alike)));
        Some(Self { entry: entry.clone(), others: others.collect() })
    }

    /// The most alike, if it is alike at all.
    pub fn twin(&self) -> Option<&(Entry, Alike)> {
        self.others.first().filter(|(_, alike)| alike.similarity >= ALIKE)
    }
}
