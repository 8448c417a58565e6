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
///
/// Traces come in order of time, so that the next count of a key is nearly always at the time of
/// its last one or beside it: keys are hashed, times are looked for near the last.
#[derive(Clone, Debug)]
pub struct Tally<K, C> {
    keys: FxHashMap<K, u32>,
    times: Vec<Times>,
    counts: Vec<C>,
}

/// When a key was counted.
#[derive(Clone, Debug, Default)]
struct Times {
    /// (time, index of the count), by time.
    list: Vec<(u64, u32)>,
    /// Where the last one was found.
    last: usize,
}

impl Times {
    /// The index of the count at a time; where to put it if there is none.
    fn find(&mut self, time: u64) -> Result<u32, usize> {
        if let Some(&(found, index)) = self.list.get(self.last) {
            if found == time {
                return Ok(index);
            }
            if found < time {
                match self.list.get(self.last + 1) {
                    None => return Err(self.last + 1),
                    Some(next) if next.0 == time => {
                        self.last += 1;
                        return Ok(next.1);
                    }
                    Some(next) if next.0 > time => return Err(self.last + 1),
                    Some(_) => {}
                }
            }
        }
        let at = self.list.partition_point(|known| known.0 < time);
        match self.list.get(at) {
            Some(&(found, index)) if found == time => {
                self.last = at;
                Ok(index)
            }
            _ => Err(at),
        }
    }
}

impl<K, C> Default for Tally<K, C> {
    fn default() -> Self {
        Self { keys: FxHashMap::default(), times: Vec::new(), counts: Vec::new() }
    }
}

impl<K: Copy + Ord + Hash + Send, C: Add> Tally<K, C> {
    /// The count of a key at a time.
    pub fn at(&mut self, key: K, time: u64) -> &mut C {
        let next = self.times.len() as u32;
        let series = *self.keys.entry(key).or_insert(next);
        if series == next {
            self.times.push(Times::default());
        }
        let times = &mut self.times[series as usize];
        let index = times.find(time).unwrap_or_else(|place| {
            let index = self.counts.len() as u32;
            self.counts.push(C::default());
            times.list.insert(place, (time, index));
            times.last = place;
            index
        });
        &mut self.counts[index as usize]
    }

    /// Adds another tally.
    #[must_use]
    pub fn merge(mut self, mut other: Self) -> Self {
        if self.counts.len() < other.counts.len() {
            std::mem::swap(&mut self, &mut other);
        }
        for (key, series) in other.keys {
            for &(time, index) in &other.times[series as usize].list {
                self.at(key, time).add(&other.counts[index as usize]);
            }
        }
        self
    }

    /// In order, for good.
    pub fn seal(mut self) -> Table<K, C> {
        let mut keys: Vec<(K, u32)> = self.keys.into_iter().collect();
        keys.sort_unstable_by_key(|key| key.0);
        let mut rows = Vec::with_capacity(self.counts.len());
        for (key, series) in keys {
            let times = std::mem::take(&mut self.times[series as usize]);
            rows.extend(times.list.into_iter().map(|(time, index)| {
                (key, time, std::mem::take(&mut self.counts[index as usize]))
            }));
        }
        Table { rows }
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
