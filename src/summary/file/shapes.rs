//! Which fields the structs of a summary have, here and in a file.

use std::collections::BTreeMap;

use serde::de::value::Error;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

use crate::assemble::NodeKey;
use crate::model::{InputStats, Loss};
use crate::summary::catalog::{Catalog, Instance, Operation, Tag, Template};
use crate::summary::digest::{Digest, DigestHop, Digests};
use crate::summary::provenance::Provenance;
use crate::summary::table::Table;
use crate::summary::value::{Calls, Counters, Requests, Summary, Timings, Work};

/// The fields of structs in order, by the structs' names.
pub type Shapes = BTreeMap<String, Vec<String>>;

/// The struct that a file holds. Of this one a file may have more fields than are known.
pub const WHOLE: &str = "Summary";

/// Every struct in a summary. A round trip fails if one is missing.
const CURRENT: &[fn() -> Option<Fields>] = &[
    fields::<Summary>,
    fields::<InputStats>,
    fields::<Loss>,
    fields::<Counters>,
    fields::<Catalog>,
    fields::<NodeKey>,
    fields::<Operation>,
    fields::<Instance>,
    fields::<Template>,
    fields::<Tag>,
    fields::<Table<u32, u64>>,
    fields::<Requests>,
    fields::<Calls>,
    fields::<Timings>,
    fields::<Work>,
    fields::<Digests>,
    fields::<Digest>,
    fields::<DigestHop>,
    fields::<Provenance>,
];

/// The shapes of this version.
pub fn current() -> Shapes {
    let all = CURRENT.iter().filter_map(|fields| fields());
    all.map(|(name, fields)| (name.to_owned(), owned(fields))).collect()
}

/// Shapes from a list.
pub fn listed(list: &[(&str, &[&str])]) -> Shapes {
    list.iter().map(|(name, fields)| ((*name).to_owned(), owned(fields))).collect()
}

fn owned(fields: &[&str]) -> Vec<String> {
    fields.iter().map(|&field| field.to_owned()).collect()
}

/// What in a file is beyond this version: a struct within the summary that has other fields than
/// the first so many of those known here. What was appended to the summary itself can be passed
/// over, what lies between known values cannot.
pub fn beyond(written: &Shapes, known: &Shapes) -> Option<String> {
    known.iter().find_map(|(name, known)| {
        let written = written.get(name)?;
        let older = known.starts_with(written);
        let appended = name == WHOLE && written.starts_with(known);
        if older || appended {
            return None;
        }
        let new = written.iter().find(|field| !known.contains(field));
        Some(new.map_or_else(|| name.clone(), |field| format!("{name}.{field}")))
    })
}

type Fields = (&'static str, &'static [&'static str]);

/// The name and fields of a struct, as it asks for them when it is read.
fn fields<'de, T: Deserialize<'de>>() -> Option<Fields> {
    let mut found = None;
    // It always fails: there is nothing to read.
    drop(T::deserialize(Probe(&mut found)));
    found
}

struct Probe<'a>(&'a mut Option<Fields>);

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("there is nothing to read"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = Some((name, fields));
        Err(Error::custom("there is nothing to read"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier
        ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structs_may_have_grown_but_not_changed() {
        let known = listed(&[("Summary", &["a", "b"]), ("Calls", &["total", "failed"])]);
        let written = |summary: &[&str], calls: &[&str]| {
            beyond(&listed(&[("Summary", summary), ("Calls", calls)]), &known)
        };
        assert_eq!(written(&["a", "b"], &["total", "failed"]), None);
        assert_eq!(written(&["a"], &["total"]), None, "older");
        assert_eq!(written(&["a", "b", "c"], &["total", "failed"]), None, "appended at the end");
        assert_eq!(written(&["a", "b"], &["total", "failed", "shed"]), Some("Calls.shed".into()));
        assert_eq!(written(&["b", "a"], &["total"]), Some("Summary".into()));
        assert_eq!(written(&["a", "c", "b"], &["total"]), Some("Summary.c".into()));
    }

    #[test]
    fn every_struct_names_its_fields() {
        let shapes = current();
        assert_eq!(shapes.len(), CURRENT.len());
        assert_eq!(shapes["Requests"], ["total", "failed"]);
        assert!(shapes[WHOLE].starts_with(&["bucket_log2".to_owned()]));
    }
}
