//! What the kept traces stand for.

use std::collections::BTreeMap;

use crate::model::stable_hash;

use super::catalog::OpId;
use super::digest::Digest;
use super::value::Summary;

/// How many requests each kept trace stands for: those of its stratum, divided by the kept ones.
pub fn weights(summary: &Summary) -> impl Fn(&Digest) -> f64 + '_ {
    let mut kept: BTreeMap<(u64, (OpId, bool)), f64> = BTreeMap::new();
    for digest in summary.digests.iter() {
        *kept.entry((digest.slice, digest.stratum)).or_default() += 1.0;
    }
    move |digest| {
        let rows = summary.strata.of(digest.stratum);
        let at = rows.binary_search_by_key(&digest.slice, |r| r.1);
        let all = at.map_or(1.0, |at| rows[at].2 as f64);
        all / kept[&(digest.slice, digest.stratum)]
    }
}

/// One of so many (at least one), by chance that is the same every time.
pub fn stable_pick(digest: &Digest, salt: u32, of: usize) -> usize {
    (stable_hash(digest.hash(), u64::from(salt)) % of.max(1) as u64) as usize
}
