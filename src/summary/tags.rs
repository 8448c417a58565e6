//! Which tags of spans are told apart.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::model::{Sym, Tables, TagsId};

use super::catalog::{Tag, TagId};

/// Keys that are kept: feature flags are a key each.
const MAX_KEYS: usize = 64;
/// Values of a key that are told apart; the rest is "other".
const MAX_VALUES: usize = 64;

/// The most used keys and values, and where each tag went.
pub fn keep(
    used: &FxHashMap<TagsId, u64>,
    tables: &Tables,
    folded: &mut u64,
) -> (Vec<Tag>, FxHashMap<(Sym, Sym), TagId>) {
    let text = |sym| tables.symbols.get(sym);
    let mut keys: BTreeMap<&str, (u64, BTreeMap<&str, u64>)> = BTreeMap::new();
    for (&list, &count) in used {
        for (key, value) in tables.tags_of(list) {
            let (all, values) = keys.entry(text(key)).or_default();
            *all += count;
            *values.entry(text(value)).or_default() += count;
        }
    }
    let mut ranked: Vec<_> = keys.into_iter().collect();
    // Stable: ties stay in order of their names.
    ranked.sort_by_key(|(_, (all, _))| Reverse(*all));
    *folded += ranked.len().saturating_sub(MAX_KEYS) as u64;
    ranked.truncate(MAX_KEYS);
    let mut kept = Vec::new();
    for (key, (_, values)) in &ranked {
        let mut values: Vec<_> = values.iter().collect();
        values.sort_by_key(|(_, count)| Reverse(**count));
        let rest = values.len().saturating_sub(MAX_VALUES);
        *folded += rest as u64;
        let values = values.iter().take(MAX_VALUES).map(|(value, _)| **value);
        let other = (rest > 0).then_some("");
        let tag = |value: &str| Tag { key: (*key).to_owned(), value: value.to_owned() };
        kept.extend(values.chain(other).map(tag));
    }
    kept.sort();
    kept.dedup();
    let find = |key: &str, value: &str| {
        let wanted = |tag: &Tag| (tag.key.as_str(), tag.value.as_str()).cmp(&(key, value));
        kept.binary_search_by(wanted).ok().map(|at| at as TagId)
    };
    let mut places = FxHashMap::default();
    for &list in used.keys() {
        for (key, value) in tables.tags_of(list) {
            let id = find(text(key), text(value)).or_else(|| find(text(key), ""));
            places.extend(id.map(|id| ((key, value), id)));
        }
    }
    (kept, places)
}

/// A list of tags in order.
pub fn sorted(tables: &Tables, list: TagsId) -> Vec<Tag> {
    let text = |sym| tables.symbols.get(sym).to_owned();
    let tags = tables.tags_of(list).map(|(key, value)| Tag { key: text(key), value: text(value) });
    let mut tags: Vec<Tag> = tags.collect();
    tags.sort();
    tags.dedup();
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_used_values_are_kept_and_the_rest_is_counted() {
        let mut tables = Tables::default();
        let mut used = FxHashMap::default();
        for n in 0..100_u64 {
            used.insert(tables.tag(TagsId::NONE, "tenant", &format!("t{n:02}")), 1 + n);
        }
        let both = tables.tag(TagsId::NONE, "feature_flag:new", "on");
        used.insert(tables.tag(both, "tenant", "t99"), 5);
        let mut folded = 0;
        let (kept, places) = keep(&used, &tables, &mut folded);
        assert_eq!(folded, 36);
        assert_eq!(kept.len(), MAX_VALUES + 2);
        let name = |key: &str, value: &str| {
            let sym = |text: &str| (0..).map(Sym).find(|s| tables.symbols.get(*s) == text).unwrap();
            kept[places[&(sym(key), sym(value))] as usize].value.clone()
        };
        assert_eq!(name("tenant", "t99"), "t99");
        assert_eq!(name("tenant", "t00"), "");
        assert_eq!(name("feature_flag:new", "on"), "on");
    }
}
