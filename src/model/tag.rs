//! What a span or an emitter says of itself that requests can be told apart by.

use super::{Sym, Table};

/// Index into [`super::Tables::tags`]: the head of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagsId(pub u32);

impl TagsId {
    /// No tags; every table holds it first.
    pub const NONE: Self = Self(0);

    /// Whether there are no tags.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// A key with its value, and the tags beside it. Lists share their ends, so that the few sets of
/// tags that an input has are held once and a record names its own by one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tag {
    /// What is told: an attribute's name, or `feature_flag:NAME`.
    pub key: Sym,
    /// Its value.
    pub value: Sym,
    /// The other tags.
    pub rest: TagsId,
}

/// The tags of a list as (key, value).
pub(super) fn walk(tags: &Table<Tag>, id: TagsId) -> impl Iterator<Item = (Sym, Sym)> + '_ {
    let mut at = id;
    std::iter::from_fn(move || {
        if at.is_none() {
            return None;
        }
        let tag = tags.get(at.0);
        at = tag.rest;
        Some((tag.key, tag.value))
    })
}
