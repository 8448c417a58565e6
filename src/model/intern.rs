//! Interning: every distinct value once, named by a small number.

use std::hash::Hash;

use indexmap::{Equivalent, IndexSet};
use rustc_hash::FxBuildHasher;

/// A name for an interned string. Only meaningful with the [`SymbolTable`] that gave it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sym(pub u32);

impl Sym {
    /// The empty string: "not given". Every table holds it first.
    pub const EMPTY: Self = Self(0);

    /// Whether this is the empty string.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Distinct values in order of first sight.
#[derive(Clone, Debug)]
pub struct Table<T>(IndexSet<T, FxBuildHasher>);

impl<T: Hash + Eq> Default for Table<T> {
    fn default() -> Self {
        Self(IndexSet::default())
    }
}

impl<T: Hash + Eq> Table<T> {
    /// The number of `value`, added if it is new.
    ///
    /// # Panics
    /// Beyond 2^32 distinct values.
    pub fn intern(&mut self, value: T) -> u32 {
        u32::try_from(self.0.insert_full(value).0).expect("fewer than 2^32 distinct values")
    }

    /// The number of a value already there; never allocates.
    pub fn find<Q: ?Sized + Hash + Equivalent<T>>(&self, value: &Q) -> Option<u32> {
        self.0.get_index_of(value).map(|i| i as u32)
    }

    /// The value with this number.
    pub fn get(&self, index: u32) -> &T {
        &self.0[index as usize]
    }

    /// All values, in order of their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Interned strings.
#[derive(Clone, Debug)]
pub struct SymbolTable(Table<Box<str>>);

impl Default for SymbolTable {
    fn default() -> Self {
        let mut table = Table::default();
        table.intern(Box::from(""));
        Self(table)
    }
}

impl SymbolTable {
    /// The symbol of `text`; allocates only when it is new.
    pub fn intern(&mut self, text: &str) -> Sym {
        // Most attributes that could be there are not.
        if text.is_empty() {
            return Sym::EMPTY;
        }
        match self.0.find(text) {
            Some(index) => Sym(index),
            None => Sym(self.0.intern(Box::from(text))),
        }
    }

    /// The string behind a symbol of this table.
    pub fn get(&self, sym: Sym) -> &str {
        self.0.get(sym.0)
    }

    /// All strings, in order of their symbols.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// How many there are, the empty one included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether only the empty string is there.
    pub fn is_empty(&self) -> bool {
        self.len() == 1
    }
}
