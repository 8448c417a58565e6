//! Counts by key and time.

use std::hash::Hash;

use rayon::slice::ParallelSliceMut;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// Something that can be added in any order with the same result.
pub trait Add: Default + Send {
    /// Adds another value.
    fn add(&mut self, other: &Self);
}

impl Add for u64 {
    fn add(&mut self, other: &Self) {
        *self = self.saturating_add(*other);
    }
}

/// Counts while folding: any key and time, in no order.
#[derive(Clone, Debug)]
pub struct Tally<K, C>(FxHashMap<(K, u64), C>);

impl<K, C> Default for Tally<K, C> {
    fn default() -> Self {
        Self(FxHashMap::default())
    }
}

impl<K: Copy + Ord + Hash + Send, C: Add> Tally<K, C> {
    /// The count of a key at a time.
    pub fn at(&mut self, key: K, time: u64) -> &mut C {
        self.0.entry((key, time)).or_default()
    }

    /// Adds another tally.
    #[must_use]
    pub fn merge(mut self, mut other: Self) -> Self {
        if self.0.len() < other.0.len() {
            std::mem::swap(&mut self, &mut other);
        }
        for ((key, time), count) in other.0 {
            self.at(key, time).add(&count);
        }
        self
    }

    /// In order, for good.
    pub fn seal(self) -> Table<K, C> {
        Table::from_rows(self.0.into_iter().map(|((k, t), c)| (k, t, c)).collect())
    }
}

/// Sealed counts: a row per key and time at which there was anything, by key, then time.
/// Times are numbers of epoch-aligned buckets or slices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table<K, C> {
    rows: Vec<(K, u64, C)>,
}

impl<K, C> Default for Table<K, C> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

impl<K: Copy + Ord, C: Add> Table<K, C> {
    /// All rows.
    pub fn rows(&self) -> &[(K, u64, C)] {
        &self.rows
    }

    /// The rows of one key.
    pub fn of(&self, key: K) -> &[(K, u64, C)] {
        let from = self.rows.partition_point(|r| r.0 < key);
        let to = from + self.rows[from..].partition_point(|r| r.0 == key);
        &self.rows[from..to]
    }

    /// The distinct keys.
    pub fn keys(&self) -> impl Iterator<Item = K> + '_ {
        self.rows.chunk_by(|a, b| a.0 == b.0).map(|rows| rows[0].0)
    }

    /// Rows by key.
    pub fn by_key(&self) -> impl Iterator<Item = (K, &[(K, u64, C)])> {
        self.rows.chunk_by(|a, b| a.0 == b.0).map(|rows| (rows[0].0, rows))
    }

    /// The sum of some rows.
    pub fn sum<'a>(rows: impl IntoIterator<Item = &'a (K, u64, C)>) -> C
    where
        K: 'a,
        C: 'a,
    {
        let mut total = C::default();
        for row in rows {
            total.add(&row.2);
        }
        total
    }
}

impl<K: Copy + Ord + Send, C: Add> Table<K, C> {
    /// From rows in any order; those with equal key and time are added.
    pub fn from_rows(mut rows: Vec<(K, u64, C)>) -> Self {
        // Equal rows may come in any order: adding commutes.
        rows.par_sort_unstable_by_key(|r| (r.0, r.1));
        rows.dedup_by(|next, first| {
            let same = (next.0, next.1) == (first.0, first.1);
            if same {
                first.2.add(&next.2);
            }
            same
        });
        Self { rows }
    }

    /// With every key renamed and every time coarsened by a power of two.
    pub fn remap(self, key: impl Fn(K) -> K, shift: u32) -> Self {
        Self::from_rows(self.rows.into_iter().map(|(k, t, c)| (key(k), t >> shift, c)).collect())
    }

    /// Adds another table.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.rows.extend(other.rows);
        Self::from_rows(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealing_merging_and_coarsening_add_up() {
        let mut a: Tally<u32, u64> = Tally::default();
        *a.at(7, 5) += 1;
        *a.at(3, 9) += 2;
        let mut b: Tally<u32, u64> = Tally::default();
        *b.at(7, 5) += 10;
        *b.at(7, 4) += 1;
        let merged = a.clone().merge(b.clone()).seal();
        assert_eq!(merged, a.seal().merge(b.seal()));
        assert_eq!(merged.rows(), [(3, 9, 2), (7, 4, 1), (7, 5, 11)]);
        assert_eq!(merged.of(7).len(), 2);
        assert!(merged.of(4).is_empty());
        assert_eq!(merged.remap(|k| k, 1).rows(), [(3, 4, 2), (7, 2, 12)]);
    }
}
