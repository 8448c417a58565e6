//! Attributes that the user asks for, beside those that are always read.

use std::sync::Arc;

use super::Key;

/// As many as there are keys for.
const MOST: usize = ASKED.len();
const ASKED: [Key; 8] = [
    Key::FirstAsked,
    Key::SecondAsked,
    Key::ThirdAsked,
    Key::FourthAsked,
    Key::FifthAsked,
    Key::SixthAsked,
    Key::SeventhAsked,
    Key::EighthAsked,
];
/// No attribute's name is longer.
const LONGEST: usize = 200;

/// Names of resource or span attributes by which failing and healthy requests are compared, at
/// most eight; none by default, which costs nothing.
#[derive(Clone, Debug, Default)]
pub struct Dimensions(Option<Arc<[Asked]>>);

/// A name and its key.
type Asked = (Box<str>, Key);

/// Why attributes cannot be asked for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DimensionError {
    /// More than there are places for.
    #[error("at most {MOST} dimensions can be asked for")]
    TooMany,
    /// No attribute can be called that.
    #[error("a dimension needs the name of an attribute, of 1 to {LONGEST} bytes")]
    NoName,
}

impl Dimensions {
    /// The attributes of these names. One that is named twice counts once.
    ///
    /// # Errors
    /// See [`DimensionError`].
    pub fn new(names: &[String]) -> Result<Self, DimensionError> {
        let mut list: Vec<Asked> = Vec::new();
        for name in names {
            if name.is_empty() || name.len() > LONGEST {
                return Err(DimensionError::NoName);
            }
            if list.iter().any(|(known, _)| **known == **name) {
                continue;
            }
            // What is read anyway has its place already.
            let key = Key::of(name.as_bytes()).or_else(|| ASKED.get(list.len()).copied());
            list.push((name.as_str().into(), key.ok_or(DimensionError::TooMany)?));
        }
        if list.len() > MOST {
            return Err(DimensionError::TooMany);
        }
        Ok(Self((!list.is_empty()).then(|| list.into())))
    }

    /// These attributes and further ones.
    ///
    /// # Errors
    /// See [`DimensionError`]; the bound is on all of them together.
    pub fn and(&self, names: &[String]) -> Result<Self, DimensionError> {
        let mut all: Vec<String> = self.names().map(str::to_owned).collect();
        all.extend_from_slice(names);
        Self::new(&all)
    }

    /// The names of the attributes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    /// The key of an attribute's name, if it was asked for.
    #[inline]
    pub(in crate::ingest) fn key(&self, name: &[u8]) -> Option<Key> {
        let mut list = self.0.as_ref()?.iter();
        list.find(|(known, _)| known.as_bytes() == name).map(|(_, key)| *key)
    }

    /// Names and keys.
    pub(in crate::ingest) fn iter(&self) -> impl Iterator<Item = (&str, Key)> {
        self.0.iter().flat_map(|list| list.iter()).map(|(name, key)| (&**name, *key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_known_ones_keep_their_key() {
        let names = ["app.shard", "db.system", "app.shard"].map(str::to_owned);
        let dimensions = Dimensions::new(&names).unwrap();
        assert_eq!(dimensions.iter().count(), 2);
        let more = dimensions.and(&["app.zone", "app.shard"].map(str::to_owned)).unwrap();
        assert_eq!((more.iter().count(), more.key(b"app.shard")), (3, Some(Key::FirstAsked)));
        assert_eq!(dimensions.key(b"app.shard"), Some(Key::FirstAsked));
        assert_eq!(dimensions.key(b"db.system"), Some(Key::DbSystem));
        assert_eq!(dimensions.key(b"app.shar"), None);
        assert_eq!(Dimensions::default().key(b"app.shard"), None);
    }

    #[test]
    fn too_many_and_nameless_ones_are_refused() {
        let many: Vec<String> = (0..9).map(|n| format!("a.{n}")).collect();
        assert_eq!(Dimensions::new(&many).unwrap_err(), DimensionError::TooMany);
        assert!(Dimensions::new(&many[..8]).is_ok());
        assert_eq!(Dimensions::new(&[String::new()]).unwrap_err(), DimensionError::NoName);
    }
}
